"""Which columns are written at the end of a ticket and stand on its rows all the same, so that they must not leak."""

from __future__ import annotations

from collections.abc import Iterator

from .matching import Match
from .promises import is_due, is_verdict
from .rows import RowsGuess
from .sample import Sample
from .text import beside, quoted, spoken


def final_lines(sample: Sample, rows: RowsGuess, matches: list[Match]) -> Iterator[str]:
    """The section on final values."""
    suspects: dict[str, tuple[str, str]] = {}
    if rows.rows == "ticket":
        ends = [name for name in rows.instants if name != rows.opened and _is_end(name) and not is_due(name)]
        resolved = [match.column for match in matches if match.fact.name == "ticket.resolved_at"]
        for end in [name for name in (*resolved, *ends) if name in ends][:1]:
            found = _written_at_end(sample, rows, matches, end)
            suspects = {name: why for name, why in found.items() if name not in ends}
    else:
        ends = list(rows.late)
        alike = "never changes within a ticket, and is named alike"
        suspects = {
            name: (end, alike)
            for name in sorted(rows.constant)
            for end in ends
            if _shares_stem(name, end) and name not in (rows.opened, rows.ticket, *ends)
        }
    if not ends:
        return
    yield "# Written at the end, these stand on every row: used only from the instant on that stands beside them."
    yield "final:"
    for name in ends:
        why = f"lies after the first event of {rows.late[name]}% of tickets" if name in rows.late else "ends a ticket"
        yield beside(f"  {quoted(name)}: {quoted(name)}", why)
    for name, (end, why) in suspects.items():
        yield beside(f"  {quoted(name)}: {quoted(end)}", why)
    rest = sorted(rows.constant - {*ends, *suspects, rows.opened or "", rows.ticket or ""})
    if rest:
        told = spoken(", ".join(rest))
        yield f"# ? these never change within a ticket either; are any written at its end? {told}"


def _written_at_end(sample: Sample, rows: RowsGuess, matches: list[Match], end: str) -> dict[str, tuple[str, str]]:
    """Columns of one row a ticket that tell of its end, each with the column of that instant and why."""
    found = {match.column: (end, "tells how it ended") for match in matches if match.fact.name == "ticket.status"}
    for name, column in sample.columns.items():
        if name in (end, rows.opened, rows.ticket) or name in found or is_due(name) or is_verdict(column):
            continue
        if _shares_stem(name, end):
            found[name] = end, "is named alike"
        elif _filled_with(sample, name, end):
            found[name] = end, f"is filled only where {end} is"
    return found


def _filled_with(sample: Sample, name: str, end: str) -> bool:
    filled, ended = sample.frame[name].is_not_null(), sample.frame[end].is_not_null()
    return bool(filled.any()) and not bool(ended.all()) and not bool((filled & ~ended).any())


def _is_end(name: str) -> bool:
    return any(stem in name.lower() for stem in ("clos", "resol", "solv", "complet", "finish", "end"))


def _shares_stem(name: str, end: str) -> bool:
    one, other = name.lower(), end.lower()
    return len(one) > 4 and one[:5] == other[:5]
