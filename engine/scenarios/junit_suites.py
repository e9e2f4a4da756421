"""JUnit's XML, as build servers read it: suites of cases, each of which passed, was skipped, failed or erred.

The format is that of the JUnit task of Apache Ant (`testsuites`, `testsuite`, `testcase`, `failure`, `error`,
`skipped`). Knows nothing of what is tested.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..decision import CheckReport

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(NamedTuple):
    """One case: its name and place, and what became of it; `said` None: it passed."""

    name: str
    file: str
    line: int
    said: Literal["failure", "error", "skipped"] | None = None
    message: str = ""
    """One line on it."""
    text: str = ""
    """All there is to tell."""


def suites_xml(suites: Iterable[tuple[str, Iterable[Case]]], faults: CheckReport) -> str:
    """Suites by their names, and one of the faults of files where there are any, as the text of an XML file."""
    root = Element("testsuites", name="deskpolicy")
    for name, cases in suites:
        _add_suite(root, name, cases)
    if faults.diagnostics:
        _add_suite(root, "files", _faults(faults))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add_suite(root: Element, name: str, cases: Iterable[Case]) -> None:
    suite = SubElement(root, "testsuite", name=_clean(name))
    suite.extend(_element(name, case) for case in cases)
    suite.set("tests", str(len(suite)))
    for count, said in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        number = sum(case.find(said) is not None for case in suite)
        if number or said != "skipped":
            suite.set(count, str(number))


def _element(group: str, case: Case) -> Element:
    names = {"classname": _clean(group), "name": _clean(case.name), "file": _clean(case.file), "line": str(case.line)}
    element = Element("testcase", names)
    if case.said is not None:
        SubElement(element, case.said, message=_clean(case.message)).text = _clean(case.text)
    return element


def _faults(report: CheckReport) -> Iterator[Case]:
    for fault in report.diagnostics:
        place = f"{fault.file}:{fault.span.line}: {fault.code}"
        yield Case(place, fault.file, fault.span.line, "error", fault.message, fault.help or "")


def _clean(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
