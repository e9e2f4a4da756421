"""What the events of a ticket could tell of its course: waits, states, the end, changes of hands."""

from __future__ import annotations

from collections.abc import Iterator

from .matching import Match
from .rows import RowsGuess
from .sample import Sample
from .text import beside, listed, quoted, spoken
from .words import is_wait_for_requester, state_of

_STATES = 40


def course_lines(sample: Sample, rows: RowsGuess, matches: list[Match]) -> Iterator[str]:
    """The section on events, or for one row a ticket a question about waits."""
    status = next((match.column for match in matches if match.fact.name == "ticket.status"), None)
    if rows.rows != "event":
        totals = [name for name in rows.whole if any(stem in name.lower() for stem in ("wait", "hold", "pend"))]
        if totals:
            hint = f"[{{total: {quoted(totals[0])}, unit: seconds, until: …}}]"
            yield f"# ? waits: {spoken(hint)}   its name speaks of waiting; say in which unit, and until when"
        return
    ends = {match.fact.name for match in matches}
    lines = [*_waits(sample, status), *_ends(sample, rows, status, "ticket.resolved_at" in ends)]
    lines += _reopened(sample, status) if "ticket.reopened" not in ends else ()
    if lines:
        yield "# What the events tell of the course of a ticket, up to each decision."
        yield "events:"
        yield from lines
    if status is not None:
        yield f"# ? events.states: {spoken(quoted(status))}   where a rulebook speaks of the desk's own states"
    hands = [match.column for match in matches if match.fact.name in ("ticket.group", "ticket.owner")]
    if hands:
        told = f"{{ticket.fields.…: {{changes: {spoken(quoted(hands[0]))}}}}}"
        yield f"# ? events.counts: {told}   counts how often it changed hands"
    yield "# ? events.messages: which events are messages of the requester, and which of an agent?"


def _waits(sample: Sample, status: str | None) -> Iterator[str]:
    """Waits by the states of whichever column speaks of waiting, that of the status first."""
    few = [name for name, column in sample.columns.items() if 2 <= column.distinct <= _STATES]
    waiting = {
        name: [text for text in sample.columns[name].texts(_STATES) if state_of(text) == "waiting"] for name in few
    }
    told = sorted((name for name in few if waiting[name]), key=lambda name: (name != status, -len(waiting[name])))
    column = next((name for name in told if any(map(is_wait_for_requester, waiting[name]))), next(iter(told), None))
    if column is None:
        return
    for_requester = [text for text in waiting[column] if is_wait_for_requester(text)]
    others = [text for text in waiting[column] if text not in for_requester]
    if for_requester:
        line = f"  waits: {{while: {{{quoted(column)}: {listed(for_requester)}}}}}"
        yield beside(line, "states that speak of waiting for the requester")
        if others:
            yield f"  # ? waits too, but for others: {spoken(', '.join(others))}"
    else:
        line = f"  # ? waits: {{while: {{{quoted(column)}: {listed(others)}}}}}"
        yield f"{spoken(line)}   is it the requester that is waited for?"


def _ends(sample: Sample, rows: RowsGuess, status: str | None, told: bool) -> Iterator[str]:
    first = []
    if rows.opened == rows.event_at:
        first.append(beside("    ticket.created_at: {}", "no column says when a ticket was opened"))
    over, going = _states(sample, status)
    if not told and status is not None and over:
        again = f", forgotten: {{when: {{{quoted(status)}: {listed(going)}}}}}" if going else ""
        line = f"    ticket.resolved_at: {{when: {{{quoted(status)}: {listed(over)}}}{again}}}"
        first.append(beside(line, "no column says when it was; a ticket that goes on is not"))
    yield from ("  first:", *first) if first else ()


def _reopened(sample: Sample, status: str | None) -> Iterator[str]:
    over, going = _states(sample, status)
    if status is not None and over and going:
        when = f"when: {{{quoted(status)}: {listed(going)}}}, before: {{{quoted(status)}: {listed(over)}}}"
        yield "  counts:"
        yield beside(f"    ticket.reopened: {{{when}}}", "it goes on after its end")


def _states(sample: Sample, status: str | None) -> tuple[list[str], list[str]]:
    """The states in which a ticket is over, and those in which it goes on."""
    texts = sample.columns[status].texts(_STATES) if status is not None else []
    over = [text for text in texts if state_of(text) in ("resolved", "closed")]
    return over, [text for text in texts if state_of(text) in ("new", "open", "waiting")]
