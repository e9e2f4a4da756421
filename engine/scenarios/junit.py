"""The report in JUnit's XML, as build servers read it: a suite for each version, a case for each scenario.

Coverage is a case of its own, and so is every fault of a file: a report is red exactly when the command fails. The
format is that of the JUnit task of Apache Ant (`testsuites`, `testsuite`, `testcase`, `failure`, `error`).
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .coverage import Share
from .report import ScenarioReport, VersionResult
from .running import Outcome
from .words import difference_in_words

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(report: ScenarioReport) -> str:
    """The report as the text of an XML file."""
    suites = Element("testsuites", name="deskpolicy")
    for result in report.results:
        _suite(suites, f"{result.rulebook} {result.version}", list(_cases(result)))
    if report.check.diagnostics:
        _suite(suites, "files", list(_faults(report)))
    for count in ("tests", "failures", "errors"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _suite(suites: Element, name: str, cases: list[Element]) -> None:
    suite = SubElement(suites, "testsuite", name=_clean(name), tests=str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(sum(case.find("error") is not None for case in cases)))
    suite.extend(cases)


def _cases(result: VersionResult) -> Iterator[Element]:
    group = f"{result.rulebook} {result.version}"
    for outcome, line in zip(result.outcomes, result.lines, strict=True):
        case = _case(group, outcome.scenario.name, result.scenarios_file, line)
        if not outcome.has_passed:
            lines = list(_told(outcome))
            _add(case, "failure", lines[0], "\n".join(lines))
        yield case
    for what, share in (("rules", result.rules), ("clauses", result.clauses)):
        if share is not None:
            case = _case(group, f"coverage of {what}", result.scenarios_file, 1)
            if not share.suffices:
                _add(case, "failure", _short(share), _missing(result, what))
            yield case


def _faults(report: ScenarioReport) -> Iterator[Element]:
    for fault in report.check.diagnostics:
        case = _case("files", f"{fault.file}:{fault.span.line}: {fault.code}", fault.file, fault.span.line)
        _add(case, "error", fault.message, fault.help or "")
        yield case


def _case(group: str, name: str, file: str, line: int) -> Element:
    return Element("testcase", classname=_clean(group), name=_clean(name), file=_clean(file), line=str(line))


def _add(case: Element, kind: str, message: str, text: str) -> None:
    SubElement(case, kind, message=_clean(message)).text = _clean(text)


def _told(outcome: Outcome) -> Iterator[str]:
    for difference in outcome.differences:
        yield difference_in_words(difference)
    yield from outcome.complaints


def _short(share: Share) -> str:
    return f"{share.covered} of {share.total} = {share.percent:g}%, and {share.minimum:g}% are asked for"


def _missing(result: VersionResult, what: str) -> str:
    if what == "rules":
        return "\n".join(f"{result.file}:{rule.line}: {rule.id}" for rule in result.unreached)
    return "\n".join(f"clause {trace.clause.id}" for trace in result.traces if not trace.is_covered)


def _clean(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
