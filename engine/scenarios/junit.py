"""The report in JUnit's XML: a suite for each version, a case for each scenario.

Coverage is a case of its own, and so is every fault of a file: a report is red exactly when the command fails.
"""

from collections.abc import Iterator

from .coverage import Share
from .junit_suites import Case, suites_xml
from .report import ScenarioReport, VersionResult
from .running import Outcome
from .words import difference_in_words


def junit_xml(report: ScenarioReport) -> str:
    """The report as the text of an XML file."""
    return suites_xml(((f"{r.rulebook} {r.version}", _cases(r)) for r in report.results), report.check)


def _cases(result: VersionResult) -> Iterator[Case]:
    for outcome, line in zip(result.outcomes, result.lines, strict=True):
        case = Case(outcome.scenario.name, result.scenarios_file, line)
        if outcome.has_passed:
            yield case
        else:
            lines = list(_told(outcome))
            yield case._replace(said="failure", message=lines[0], text="\n".join(lines))
    for what, share in (("rules", result.rules), ("clauses", result.clauses)):
        if share is not None:
            case = Case(f"coverage of {what}", result.scenarios_file, 1)
            yield (
                case
                if share.suffices
                else case._replace(said="failure", message=_short(share), text=_missing(result, what))
            )


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
