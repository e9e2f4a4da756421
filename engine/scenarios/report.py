"""Runs the scenarios of folders and tells what they came to: as values, and as plain data for programs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..decision import CheckReport, check_paths, file_fault
from ..diagnostics import Diagnostic, to_json
from .coverage import Share, Trace, citing, trace_clauses
from .folders import BESIDE, SCENARIOS, Folder, Version, folders_of, read_folder
from .model import Coverage
from .rules import Rule
from .running import Difference, Outcome, run_scenario
from .wants import NOTHING
from .words import dotted


@dataclass(frozen=True, slots=True)
class VersionResult:
    """What the scenarios of one version came to."""

    rulebook: str
    version: str
    file: str
    scenarios_file: str
    lines: tuple[int, ...]
    """Where each scenario stands in its file."""
    outcomes: tuple[Outcome, ...]
    unreached: tuple[Rule, ...]
    rules: Share
    clauses: Share | None
    """None where no clauses lie beside the rulebook."""
    traces: tuple[Trace, ...]

    @property
    def failed(self) -> tuple[tuple[Outcome, int], ...]:
        """The scenarios that failed, each with its line."""
        pairs = zip(self.outcomes, self.lines, strict=True)
        return tuple((outcome, line) for outcome, line in pairs if not outcome.has_passed)

    @property
    def is_good(self) -> bool:
        """Whether every scenario passed and enough was covered."""
        return not self.failed and self.rules.suffices and (self.clauses is None or self.clauses.suffices)


@dataclass(frozen=True, slots=True)
class ScenarioReport:
    """What the scenarios of all rulebooks came to."""

    results: tuple[VersionResult, ...]
    check: CheckReport
    """The faults of rulebooks, clauses and scenarios."""

    @property
    def is_good(self) -> bool:
        """Whether all is well."""
        return not self.check.errors and all(result.is_good for result in self.results)


def run_paths(paths: Iterable[Path]) -> ScenarioReport:
    """Run the scenarios of roots, of rulebooks' folders, or of single versions; what has faults is left out."""
    paths = list(paths)
    wanted = {path for path in paths if not path.is_dir() and path.name not in BESIDE}
    report = check_paths(dict.fromkeys(path if path.is_dir() else path.parent for path in paths))
    folders = [read_folder(path, report) for path in folders_of(report)]
    results, faults = list[VersionResult](), _errors(report, wanted)
    for folder in folders:
        faults += [*folder.faults, *_empty(folder)]
        results += _results(folder, wanted)
    sources = {**report.sources, **{source.name: source for folder in folders for source in folder.sources}}
    return ScenarioReport(tuple(results), CheckReport(report.files, sorted(set(faults)), sources, report.rulebooks))


def _empty(folder: Folder) -> list[Diagnostic]:
    """The fault of a rulebook that has no scenarios at all."""
    path = folder.path / SCENARIOS
    if (folder.suite is not None and folder.suite.scenarios) or any(f.file == path.as_posix() for f in folder.faults):
        return []
    help = "docs/reference/scenarios.md tells how to write them"
    return [file_fault("no-scenarios", "this rulebook has no scenarios", path, help)]


def _errors(report: CheckReport, wanted: set[Path]) -> list[Diagnostic]:
    """The errors of the rulebooks that are to be tested."""
    partial = {path.parent for path in wanted}
    return [d for d in report.errors if Path(d.file).parent not in partial or Path(d.file) in wanted]


def _results(folder: Folder, wanted: set[Path]) -> Iterator[VersionResult]:
    suite = folder.suite
    if suite is None:
        return
    here = {path for path in wanted if path.parent == folder.path}
    for version in folder.held:
        if not here or Path(version.source.name) in here:
            cited = citing(version.rules)
            outcomes = [run_scenario(scenario, version.book, cited) for scenario in suite.scenarios]
            lines = [suite.source.span(scenario.place).line for scenario in suite.scenarios]
            yield _result(folder, version, suite.source.name, suite.coverage, outcomes, lines)


def _result(
    folder: Folder, version: Version, file: str, minimum: Coverage, outcomes: Sequence[Outcome], lines: Sequence[int]
) -> VersionResult:
    reached = {rule for outcome in outcomes for rule in outcome.reached}
    unreached = tuple(rule for rule in version.rules if rule.id not in reached)
    traces = trace_clauses(folder.clauses, version.rules, outcomes) if folder.clauses else ()
    deciding = [trace for trace in traces if trace.clause.decides]
    covered = sum(trace.is_covered for trace in deciding)
    return VersionResult(
        rulebook=version.rulebook.id,
        version=version.rulebook.version,
        file=version.source.name,
        scenarios_file=file,
        lines=tuple(lines),
        outcomes=tuple(outcomes),
        unreached=unreached,
        rules=Share(len(version.rules) - len(unreached), len(version.rules), minimum.rules),
        clauses=Share(covered, len(deciding), minimum.clauses) if folder.clauses else None,
        traces=traces,
    )


def scenario_report_json(report: ScenarioReport, *, matrix: bool) -> dict[str, Any]:
    """The report for programs; with `matrix` also the way from each clause to its scenarios."""
    return {
        "passed": report.is_good,
        "faults": to_json(report.check.diagnostics),
        "rulebooks": [_result_json(result, matrix) for result in report.results],
    }


def _result_json(result: VersionResult, matrix: bool) -> dict[str, Any]:
    total, failed = len(result.outcomes), len(result.failed)
    plain: dict[str, Any] = {
        "rulebook": result.rulebook,
        "version": result.version,
        "file": result.file,
        "passed": result.is_good,
        "scenarios": {"total": total, "passed": total - failed, "failed": failed},
        "coverage": {
            "rules": _share_json(result.rules),
            "clauses": None if result.clauses is None else _share_json(result.clauses),
        },
        "unreached": [{"stage": r.stage, "rule": r.id, "file": result.file, "line": r.line} for r in result.unreached],
        "failures": [_failure_json(outcome, result.scenarios_file, line) for outcome, line in result.failed],
    }
    if matrix:
        plain["matrix"] = [_trace_json(trace) for trace in result.traces]
    return plain


def _share_json(share: Share) -> dict[str, Any]:
    return {"covered": share.covered, "total": share.total, "percent": share.percent, "minimum": share.minimum}


def _failure_json(outcome: Outcome, file: str, line: int) -> dict[str, Any]:
    return {
        "scenario": outcome.scenario.name,
        "file": file,
        "line": line,
        "differences": [_difference_json(difference) for difference in outcome.differences],
        "complaints": list(outcome.complaints),
    }


def _difference_json(difference: Difference) -> dict[str, Any]:
    return {
        "path": dotted(difference.at),
        "unwanted" if difference.is_unwanted else "wanted": difference.want,
        "got": None if difference.got is NOTHING else difference.got,
        "by": difference.by,
        "because": difference.because,
    }


def _trace_json(trace: Trace) -> dict[str, Any]:
    clause = trace.clause
    return {
        "clause": clause.id,
        "says": dict(clause.says),
        "no_decision": None if clause.no_decision is None else dict(clause.no_decision),
        "covered": trace.is_covered,
        "stages": [{"stage": s.stage, "rules": list(s.rules), "scenarios": list(s.scenarios)} for s in trace.stages],
    }
