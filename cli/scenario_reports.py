"""Shows what scenarios came to: failures in full, rules that none reached, coverage, and the traceability matrix."""

from collections.abc import Iterator, Mapping, Sequence

from rich.markup import escape

from engine import Outcome, ScenarioReport, Share, Trace, VersionResult, difference_in_words, render_report

from .tables import Draw, draw_text, show

_SHOWN = 3
"""Scenarios of a clause that are named; the others are counted."""


def write_scenario_report(report: ScenarioReport, draw: Draw, *, matrix: bool) -> None:
    """The report for people, what matters most at the end."""
    if draw is draw_text:
        show(*_told(report))
    if matrix:
        for result in report.results:
            if result.traces:
                heads = ("clause", "says", "stage", "rules", "scenarios")
                draw(f"{result.rulebook} {result.version}: clauses", heads, _matrix(result.traces))
    if report.results:
        draw("scenarios", ("rulebook", "version", ">passed", ">failed", ">rules reached", ">clauses reached"),
             map(_row, report.results))  # fmt: skip
    if draw is draw_text:
        show(summary(report))


def summary(report: ScenarioReport) -> str:
    """One line: how much was tested, and what was found."""
    scenarios = sum(len(result.outcomes) for result in report.results)
    failed = sum(len(result.failed) for result in report.results)
    said = f"{_count(len(report.results), 'version')}, {_count(scenarios, 'scenario')}: "
    said += f"{failed} failed" if failed else "all passed" if scenarios else "nothing was tested"
    low = [f"{result.rulebook} {result.version}" for result in report.results if _falls_short(result)]
    if low:
        said += f"; too little is covered of {', '.join(low)}"
    faults = len(report.check.errors)
    return said + (f"; {_count(faults, 'fault')} in files" if faults else "")


def _told(report: ScenarioReport) -> Iterator[str]:
    faults = render_report(report.check)
    if faults:
        yield escape(faults)
    for result in report.results:
        for outcome, line in result.failed:
            yield from _failure(result, outcome, line)
    for result in report.results:
        yield from _unreached(result)


def _failure(result: VersionResult, outcome: Outcome, line: int) -> Iterator[str]:
    name = escape(outcome.scenario.name)
    yield f"[bold red]FAILED[/] [bold]{name}[/] ({result.rulebook} {result.version})"
    yield f"  {escape(result.scenarios_file)}:{line}"
    for difference in outcome.differences:
        yield f"  {escape(difference_in_words(difference))}"
        if difference.by is not None:
            because = f": {difference.because}" if difference.because else ""
            yield f"    by {escape(difference.by + because)}"
    for complaint in outcome.complaints:
        yield f"  {escape(complaint)}"
    yield ""


def _unreached(result: VersionResult) -> Iterator[str]:
    if result.unreached:
        yield f"[bold]rules of {result.rulebook} {result.version} that no scenario reached[/]"
        for rule in result.unreached:
            yield f"  {escape(result.file)}:{rule.line}: {rule.stage}: {escape(rule.id)}"
        yield ""
    clauses = [trace for trace in result.traces if not trace.is_covered]
    if clauses:
        yield f"[bold]clauses of {result.rulebook} {result.version} that no scenario reached[/]"
        for trace in clauses:
            stages = ", ".join(settled.stage for settled in trace.stages if not settled.scenarios)
            yield f"  {escape(trace.clause.id)} ({stages}): {escape(_in_english(trace.clause.says))}"
        yield ""


def _row(result: VersionResult) -> Sequence[str]:
    failed = len(result.failed)
    clauses = "no clauses" if result.clauses is None else _share(result.clauses)
    passed = str(len(result.outcomes) - failed)
    return result.rulebook, result.version, passed, str(failed), _share(result.rules), clauses


def _matrix(traces: Sequence[Trace]) -> Iterator[Sequence[str]]:
    for trace in traces:
        id, says = trace.clause.id, _in_english(trace.clause.says)
        if trace.clause.no_decision is not None:
            yield id, says, "none", f"nothing to decide: {_in_english(trace.clause.no_decision)}", ""
        for settled in trace.stages:
            scenarios = "; ".join(settled.scenarios[:_SHOWN]) or "none"
            more = len(settled.scenarios) - _SHOWN
            yield (
                id,
                says,
                settled.stage,
                ", ".join(settled.rules) or "none",
                (scenarios + (f"; and {more} more" if more > 0 else "")),
            )
            id, says = "", ""


def _falls_short(result: VersionResult) -> bool:
    return not result.rules.suffices or (result.clauses is not None and not result.clauses.suffices)


def _share(share: Share) -> str:
    short = "" if share.suffices else f", {share.minimum:g}% asked for"
    return f"{share.covered} of {share.total} = {share.percent:g}%{short}"


def _in_english(texts: Mapping[str, str]) -> str:
    return texts.get("en") or next(iter(texts.values()), "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
