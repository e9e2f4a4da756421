"""What a replay found, for people: disclosures first, then flips, targets and guardrails, then how well it was read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from simulations import Agreement, Estimate, OpenedMoment, RulePair, Summary, TargetTally

_MOST: Final = 10
_LONGEST: Final = 60
_WIDTH: Final = 140
_SHOWN: Final = {"kept": "kept", "broken": "BROKEN", "unknown": "CANNOT BE TOLD"}


def summary_text(summary: Summary) -> str:
    """All that a person needs at first; the rest stands in `summary.json`."""
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    with console.capture() as printed:
        for line in _head(summary):
            console.print(line, markup=False, soft_wrap=True)
        for table in (
            _disclosures(summary),
            _flips(summary),
            _matrix(summary),
            _targets(summary),
            _guardrails(summary),
            *_breakdowns(summary),
            _load(summary),
            _counts(summary),
            _agreement(summary.agreement),
            _differences(summary.agreement),
            _set_aside(summary),
        ):
            if table is not None:
                console.print(table)
        for line in _notes(summary):
            console.print(line, markup=False, soft_wrap=True)
    return printed.get()


def opened_text(moments: Sequence[OpenedMoment]) -> str:
    """A ticket with every decision on it, what changed, and both traces."""
    lines: list[str] = []
    for moment in moments:
        flips = f"; changes: {', '.join(moment.changed)}" if moment.changed else ""
        lines += [f"ticket {moment.ticket}, {moment.moment} at {moment.at} (row {moment.row}){flips}", "  asked"]
        lines += _indented(moment.request)
        for said in moment.decisions:
            lines += [f"  {said.side} {said.version} decides", *_indented(said.decision), "    because"]
            for line in said.trace:
                cited = f" (clauses {', '.join(line['cites'])})" if line["cites"] else ""
                assumed = " (assumed)" if line["assumed"] else ""
                lines.append(f"      {line['stage']}: {line['rule']}: {line['because']}{cited}{assumed}")
        lines.append("")
    return "\n".join(lines)


def _indented(said: Any) -> Iterator[str]:
    for key, value in said.items():
        yield f"    {key}: {msgspec.json.encode(value).decode()}"


def _head(summary: Summary) -> Iterator[str]:
    size = summary.size
    part = f", the first {summary.limit:,} rows asked for" if summary.limit is not None else ""
    yield f"{summary.history}: {size.rows:,} rows of {size.tickets:,} tickets{part}, read through {summary.mapping}"
    for side in summary.sides:
        yield f"{side.side}: {side.rulebook}, decided by {', '.join(side.versions) or 'no version'}"
        for change in side.changes:
            yield f"  line {change.line}: {change.before} → {change.after}"
    if summary.disclosures == ():
        yield "disclosures: nothing newly permitted, nothing newly denied"


def _disclosures(summary: Summary) -> Table | None:
    table = _table(
        "disclosures", "topic", "change", "from", "to", ">openings", ">events", ">tickets", "rules", "such as"
    )
    for said in summary.disclosures or ():
        counts = (f"{count:,}" for count in (said.openings, said.events, said.tickets))
        table.add_row(
            said.topic, said.change, said.before, said.after, *counts, _rules(said.rules), _tickets(said.examples)
        )
    return table if table.row_count else None


def _flips(summary: Summary) -> Table | None:
    table = _table("what the candidate changes", "stage", "compared", ">openings", ">events", ">tickets")
    for row in summary.flips or ():
        if row.openings or row.events or row.stage == "any":
            table.add_row(row.stage, row.compares, f"{row.openings:,}", f"{row.events:,}", f"{row.tickets:,}")
    return table if table.row_count else None


def _matrix(summary: Summary) -> Table | None:
    table = _table("from → to", "stage", "from", "to", ">openings", ">events", ">tickets", "rules", "such as")
    for row in summary.flips or ():
        for cell in row.matrix[:_MOST] if row.stage != "disclosures" else ():
            counts = (f"{count:,}" for count in (cell.openings, cell.events, cell.tickets))
            place = _plain(row.stage), _plain(cell.before), _plain(cell.after)
            table.add_row(*place, *counts, _rules(cell.rules), _tickets(cell.examples))
    return table if table.row_count else None


def _rules(pairs: Sequence[RulePair]) -> str:
    first = pairs[0]
    both = first.baseline or "no rule", first.candidate or "no rule"
    said = both[0] if both[0] == both[1] else " → ".join(both)
    return _plain(said) + (f" and {len(pairs) - 1} more" if len(pairs) > 1 else "")


def _tickets(examples: Sequence[Any]) -> str:
    return _plain(examples[0].ticket) if examples else ""


def _targets(summary: Summary) -> Table | None:
    both = len(summary.sides) > 1
    columns = [">candidate missed", ">newly missed", ">newly met", ">points", ">95% interval", "clear"] if both else []
    title = "targets missed as at the end of each ticket, recorded times held fixed"
    table = _table(title, "target", "level", ">baseline missed", *columns)
    for found in summary.targets:
        row = [found.target, found.level or "all", _missed(found.baseline)]
        if found.candidate is not None:
            moved = f"{found.newly_missed:,}", f"{found.newly_met:,}"
            row += [_missed(found.candidate), *moved, *_sure(found.breach_rate)]
        if found.level is None or found.candidate not in (None, found.baseline):
            table.add_row(*row)
    return table if table.row_count else None


def _missed(tally: TargetTally) -> str:
    return _of(tally.missed, tally.told)


def _sure(estimate: Estimate) -> tuple[str, str, str]:
    if estimate.difference is None:
        return "", "", ""
    points = f"{100 * estimate.difference:+.2f}"
    if estimate.low is None or estimate.high is None:
        return points, "too few days", ""
    bounds = f"{100 * estimate.low:+.2f} … {100 * estimate.high:+.2f}"
    return points, bounds, "yes" if estimate.clear else "no"


def _guardrails(summary: Summary) -> Table | None:
    table = _table("guardrails", "guardrail", "found", "")
    for found in summary.guardrails:
        table.add_row(_plain(found.says), _plain(found.why), _SHOWN[found.verdict])
    return table if table.row_count else None


def _breakdowns(summary: Summary) -> Iterator[Table]:
    both = len(summary.sides) > 1
    for part in summary.breakdown:
        columns = [">flipped", ">candidate missed"] if both else []
        table = _table(f"tickets by {part.fact}", "value", ">tickets", ">baseline missed", *columns)
        for row in part.rows[:_MOST]:
            cells = [_plain(row.value or "not stated"), f"{row.tickets:,}", _missed(row.baseline)]
            table.add_row(*cells, *([f"{row.flipped:,}", _missed(row.candidate)] if row.candidate else []))
        yield table


def _load(summary: Summary) -> Table | None:
    table = _table("tickets by group at their opening", "group", ">baseline", ">candidate")
    moved = [row for row in summary.load if row.candidate is not None and row.baseline_hours != row.candidate_hours]
    for row in moved[:_MOST]:
        table.add_row(_plain(row.group or "none"), f"{row.baseline:,}", f"{row.candidate:,}")
    return table if table.row_count else None


def _counts(summary: Summary) -> Table:
    table = _table("decisions", "", ">of", ">decided", ">set aside")
    rows = ("tickets as at their opening", summary.openings), ("events as they stood", summary.events)
    for name, count in (*rows, ("tickets as at their end", summary.ends)):
        if count is not None:
            table.add_row(name, f"{count.total:,}", f"{count.decided:,}", f"{count.set_aside:,}")
    return table


def _agreement(results: tuple[Agreement, ...]) -> Table | None:
    table = _table("decided as recorded", "part", "side", "decisions", ">equal", ">not recorded")
    for found in results:
        table.add_row(
            found.part, found.side, f"{found.moment}s", _of(found.equal, found.compared), f"{found.unrecorded:,}"
        )
    return table if results else None


def _differences(results: tuple[Agreement, ...]) -> Table | None:
    table = _table("not decided as recorded", "part", "side", "decisions", "recorded", "decided", ">count")
    for found in results:
        for pair in found.differences[:_MOST]:
            values = str(pair.recorded), "nothing" if pair.decided is None else str(pair.decided)
            table.add_row(found.part, found.side, f"{found.moment}s", *values, f"{pair.count:,}")
    return table if table.row_count else None


def _set_aside(summary: Summary) -> Table | None:
    table = _table("set aside", "decisions", "column", "reason", "such as", ">count", ">first row")
    for found in summary.set_aside:
        place = found.column, found.reason, ", ".join(map(_short, found.examples))
        table.add_row(f"{found.decision}s", *map(_plain, place), f"{found.count:,}", f"{found.first_row:,}")
    return table if table.row_count else None


def _short(text: str) -> str:
    # The whole text stands in `set_aside.csv`.
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _notes(summary: Summary) -> Iterator[str]:
    for share in summary.recorded_shares:
        tickets, rows = _of(share.tickets, share.of_tickets), _of(share.rows, share.of_rows)
        yield f"recorded {share.name} is {share.share_of}: tickets by their last row {tickets}; rows {rows}"
    if summary.withheld:
        told = ", ".join(f"{fact} {count:,}" for fact, count in summary.withheld.items())
        yield f"kept out of decisions that were taken before it was known: {told}"
    if summary.events_before_opening:
        yield f"events dated before the opening of their ticket: {summary.events_before_opening:,}"
    for doubt, count in summary.doubtful_local_times.items():
        if count:
            yield f"local times that fall into a {doubt} of the zone's clock: {count:,}"
    yield from _idle(summary)
    used_rules = [rule for rule in summary.rules_used if rule.baseline or rule.candidate]
    untested = [rule.rule for rule in used_rules if rule.scenario is False]
    if untested:
        yield f"rules that decisions used and no scenario reaches: {', '.join(untested)}"
    yield from summary.notes


def _idle(summary: Summary) -> Iterator[str]:
    """Rules that the traffic never touched, once where they are the same ones, beside what scenarios reach."""
    sides = [side.side for side in summary.sides]
    idle = {side: [rule for rule in summary.rules_used if getattr(rule, side) == 0] for side in sides}
    same = len(sides) > 1 and idle[sides[0]] == idle[sides[1]]
    for side in sides[:1] if same else sides:
        if idle[side]:
            told = ", ".join(rule.rule for rule in idle[side])
            yield f"{'both sides' if same else side}: rules that no decision used: {told}"
            untested = [rule.rule for rule in idle[side] if rule.scenario is False]
            reached = sum(rule.scenario is True for rule in idle[side])
            if untested:
                yield f"  of these no scenario reaches either: {', '.join(untested)}"
            elif reached == len(idle[side]):
                yield "  scenarios reach all of these"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left")
    return table


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _of(part: int, whole: int) -> str:
    # Rounded down: 100.00% is said of all and of nothing less.
    return f"{part:,} of {whole:,}" + (f" = {part * 10_000 // whole / 100:.2f}%" if whole else "")
