"""What the events of a ticket could tell of its course: waits, states, changes of hands."""

from __future__ import annotations

from collections.abc import Iterator

from .matching import Match
from .rows import RowsGuess
from .sample import Sample
from .text import beside, listed, quoted, spoken
from .words import is_wait_for_requester, state_of


def course_lines(sample: Sample, rows: RowsGuess, matches: list[Match]) -> Iterator[str]:
    """The section on events, or for one row a ticket a question about waits."""
    status = next((match.column for match in matches if match.fact.name == "ticket.status"), None)
    if rows.rows != "event":
        totals = [name for name in rows.whole if any(stem in name.lower() for stem in ("wait", "hold", "pend"))]
        if totals:
            hint = f"[{{total: {quoted(totals[0])}, unit: seconds, until: …}}]"
            yield f"# ? waits: {spoken(hint)}   its name speaks of waiting; say in which unit, and until when"
        return
    lines = list(_lines(sample, rows, status))
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


def _lines(sample: Sample, rows: RowsGuess, status: str | None) -> Iterator[str]:
    if rows.opened == rows.event_at:
        yield beside("  first: {ticket.created_at: {}}", "no column says when a ticket was opened")
    if status is None:
        return
    texts = sample.columns[status].texts(40)
    for_requester = [text for text in texts if is_wait_for_requester(text)]
    others = [text for text in texts if state_of(text) == "waiting" and text not in for_requester]
    if for_requester:
        line = f"  waits: {{while: {{{quoted(status)}: {listed(for_requester)}}}}}"
        yield beside(line, "states that speak of waiting for the requester")
        if others:
            yield f"  # ? waits too, but for others: {spoken(', '.join(others))}"
    elif others:
        line = f"  # ? waits: {{while: {{{quoted(status)}: {listed(others)}}}}}"
        yield f"{line}   is it the requester that is waited for?"
