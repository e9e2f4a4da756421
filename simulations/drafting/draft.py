"""Drafts a mapping from a history: what was guessed, with the evidence beside it, and what could not be told.

The draft is a text for a person, who reads and mends it; nothing is decided by it unseen.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from ..histories import History
from .course import course_lines
from .endings import final_lines
from .lists import list_lines
from .matching import Match, match_facts
from .promises import is_due, is_verdict, promise_lines
from .rows import RowsGuess, guess_rows
from .sample import LOOKED_AT, Sample, take_sample
from .text import beside, listed, quoted, slug, spoken
from .wanted import COMMON, Wanted
from .words import name_score

_ORDINAL = re.compile(r" ([23])(?:nd|rd)$")
_AT_OPENING = {"ticket.status": "new", "ticket.reopened": "0", "ticket.group": "null", "ticket.owner": "null"}


def draft_mapping_text(
    history: History, facts: tuple[Wanted, ...] = COMMON, layout: dict[str, str] | None = None
) -> str:
    """The text of a mapping that could read a history; ``layout`` is how it was opened, where not as usual.

    Raises:
        UnreadableHistory: when the history cannot be read.
    """
    sample = take_sample(history)
    rows = guess_rows(sample)
    matches = match_facts(sample, rows, facts)
    sections = (
        _head(sample),
        _history(sample, rows, layout or {}),
        _ticket(sample, rows),
        _order(sample, rows),
        _instants(sample, rows),
        _facts(sample, rows, matches, facts),
        list_lines(sample),
        course_lines(sample, rows, matches),
        _at_opening(rows, matches),
        final_lines(sample, rows, matches),
        _recorded(sample, rows),
        _rest(sample, rows, matches),
    )
    return "\n\n".join("\n".join(lines) for section in sections if (lines := list(section))) + "\n"


def _head(sample: Sample) -> Iterator[str]:
    yield "# yaml-language-server: $schema=../../schemas/mapping.schema.json"
    yield "#"
    seen = "all of it" if sample.whole else f"its first {LOOKED_AT:,} rows"
    yield f"# A draft, made from {spoken(sample.name)} ({sample.form}; {seen}). Each guess has its evidence beside it."
    yield "# Lines that begin with `# ?` are questions that the history does not answer."
    yield ""
    yield f"mapping: {slug(sample.name)}"


def _history(sample: Sample, rows: RowsGuess, layout: dict[str, str]) -> Iterator[str]:
    yield "history:"
    if rows.rows == "event":
        yield beside("  rows: event", f"each {quoted(rows.ticket or '')} stands on several rows")
    else:
        yield beside("  rows: ticket", "no column repeats as the ids of tickets with several events do")
    for key, value in layout.items():
        yield f"  {key}: {quoted(value)}"
    absent = sample.absent or {"": 0}
    told = ", ".join(f"{count:,} times {text or 'empty'}" for text, count in absent.items() if count) or "none was met"
    yield beside(f"  absent: {listed(absent)}", told)
    if sample.whole:
        tickets = sample.columns[rows.ticket].distinct if rows.ticket is not None else sample.rows
        if rows.ticket is None or not sample.columns[rows.ticket].many:
            yield beside(f"  expect: {{rows: {sample.rows}, tickets: {tickets}}}", "a truncated copy will be noticed")


def _ticket(sample: Sample, rows: RowsGuess) -> Iterator[str]:
    if rows.ticket is None:
        yield f"# ? ticket:    no column looks like ids; name one of {spoken(', '.join(sample.columns))}"
        return
    yield beside(f"ticket: {quoted(rows.ticket)}", sample.columns[rows.ticket].evidence)
    if rows.others:
        yield f"# ? or one of {spoken(', '.join(rows.others))}"


def _order(sample: Sample, rows: RowsGuess) -> Iterator[str]:
    if rows.event_at is None:
        return
    yield "order:"
    yield beside(f"  - {{column: {quoted(rows.event_at)}, type: instant}}", "differs between the rows of a ticket")
    for name in rows.counters[:1]:
        yield beside(f"  - {{column: {quoted(name)}, type: whole}}", "grows with the rows of nearly every ticket")
    columns = [name for name in (rows.ticket, rows.event_at, *rows.counters[:1]) if name is not None]
    again = sample.frame.height - sample.frame.select(columns).n_unique()
    known = f"{again:,} of {sample.frame.height:,} rows agree in these with another"
    yield f"# ? history.unique: {spoken(listed(columns))} would set repeated events aside; {known}"


def _instants(sample: Sample, rows: RowsGuess) -> Iterator[str]:
    if rows.opened is None:
        yield "# ? instants: no column was read as instants; write `format`, `zone`, `opened`, for events `event_at`"
        return
    usual = Counter(written.format for written in rows.instants.values()).most_common(1)[0][0]
    first = next(written for written in rows.instants.values() if written.format == usual)
    yield "instants:"
    # A rival is settled by any other column that is written the same way.
    settled = next((w for w in rows.instants.values() if w.format == usual and w.rival is None), first)
    yield beside(f"  format: {quoted(usual)}", settled.why)
    if settled.rival is not None:
        yield f"  # ? format: {quoted(settled.rival)}   fits every text as well: say which comes first, day or month"
    if not all(written.has_offset for written in rows.instants.values()):
        yield beside("  zone: UTC", "a guess: the texts carry no offset; name the zone of the desk")
    if not all(written.has_time for written in rows.instants.values()):
        yield beside('  date_at: "00:00"', "a guess: some instants are mere dates")
    yield beside(f"  opened: {quoted(rows.opened)}", _why_opened(sample, rows))
    if rows.event_at is not None:
        yield beside(f"  event_at: {quoted(rows.event_at)}", sample.columns[rows.event_at].evidence)
    others = {name: written for name, written in rows.instants.items() if written.format != usual}
    if others:
        yield "  columns:"
        for name, written in others.items():
            yield beside(f"    {quoted(name)}: {{format: {quoted(written.format)}}}", written.why)


def _why_opened(sample: Sample, rows: RowsGuess) -> str:
    if rows.opened == rows.event_at and rows.rows == "event":
        return "no column says when a ticket was opened: its first event does"
    evidence = sample.columns[rows.opened or ""].evidence
    return f"never changes within a ticket; {evidence}" if rows.rows == "event" else evidence


def _facts(sample: Sample, rows: RowsGuess, matches: list[Match], facts: tuple[Wanted, ...]) -> Iterator[str]:
    yield "facts:"
    if rows.ticket is not None:
        yield f"  ticket.id: {quoted(rows.ticket)}"
    if rows.opened is not None and rows.opened != rows.event_at:
        yield f"  ticket.created_at: {{column: {quoted(rows.opened)}, type: instant}}"
    if rows.event_at is not None:
        yield f"  ticket.last_update_at: {{column: {quoted(rows.event_at)}, type: instant}}"
    given = {"ticket.id", "ticket.created_at", "ticket.last_update_at"}
    for match in matches:
        if match.fact.name not in given:
            yield from _fact(sample, match)
    met = {match.fact.name for match in matches}
    if rows.rows == "event" and "ticket.line" not in met and (line := _line(sample)) is not None:
        yield line
    yield from _hints(sample, rows, [fact for fact in facts if fact.name not in given | met], matches)
    lacking = [fact.name for fact in facts if fact.name not in given | {match.fact.name for match in matches}]
    if lacking:
        yield f"  # ? no column was found for: {', '.join(lacking)}"


def _line(sample: Sample) -> str | None:
    """The line of support, where the names of a column of groups tell it."""
    for name, column in sample.columns.items():
        texts = column.texts(200) if column.distinct <= 2_000 else []
        if len({found[1] for text in texts if (found := _ORDINAL.search(text))}) > 1:
            said = f"  ticket.line: {{column: {quoted(name)}, pattern: {json.dumps(_ORDINAL.pattern)}, "
            return beside(said + "otherwise: 1, type: whole}", "names end in 2nd, 3rd and the like")
    return None


def _hints(sample: Sample, rows: RowsGuess, lacking: list[Wanted], matches: list[Match]) -> Iterator[str]:
    """Columns named like a fact whose texts are none of its values."""
    used = {match.column for match in matches} | {*rows.instants, rows.ticket}
    for fact in lacking:
        near = [name for name, one in sample.columns.items() if name not in used and 1 <= one.distinct <= 40]
        best = max(near, key=lambda name: name_score(name, fact.name), default=None)
        if fact.kind == "closed" and best is not None and name_score(best, fact.name) >= 0.9:
            texts = spoken(", ".join(map(quoted, sample.columns[best].texts(8))))
            known = ", ".join(fact.values)
            yield f"  # ? {fact.name}: {{column: {quoted(best)}, values: …}}   which of {known} is each of {texts}?"


def _fact(sample: Sample, match: Match) -> Iterator[str]:
    fact, column = match.fact, sample.columns[match.column]
    if match.values:
        yield f"  {fact.name}:"
        yield beside(f"    column: {quoted(match.column)}", column.evidence)
        yield "    values:"
        for text, value in match.values.items():
            line = f"      {quoted(text)}: {'null' if value is None else quoted(value)}"
            yield line if value is not None else beside(line, f"? none is near; one of {', '.join(fact.values)}")
    elif fact.kind == "text":
        yield beside(f"  {fact.name}: {quoted(match.column)}", column.evidence)
    else:
        yield beside(f"  {fact.name}: {{column: {quoted(match.column)}, type: {fact.kind}}}", column.evidence)
    if match.rivals:
        yield f"  # ? or from one of {spoken(', '.join(match.rivals))}"


def _at_opening(rows: RowsGuess, matches: list[Match]) -> Iterator[str]:
    known = [match.fact.name for match in matches if match.fact.name in _AT_OPENING]
    if rows.rows != "event":
        if "ticket.status" in known:
            yield beside("at_opening: {ticket.status: new}", "the row tells how it ended")
        return
    yield "# The first row of a ticket may be written after its opening: what was otherwise then?"
    yield "at_opening:"
    yield "  ticket.last_update_at: null"
    for name in known:
        yield f"  {name}: {_AT_OPENING[name]}"


def _recorded(sample: Sample, rows: RowsGuess) -> Iterator[str]:
    lines = [*_levels(sample), *promise_lines(sample, rows)]
    if any(not line.startswith("#") for line in lines):
        yield "recorded:"
    yield from lines


def _levels(sample: Sample) -> Iterator[str]:
    for name, column in sample.columns.items():
        if "priority" not in name.lower() or not 2 <= column.distinct <= 8:
            continue
        levels = {text: next((c for c in text if c.isdigit()), None) for text in column.texts(8)}
        if all(levels.values()) and len(set(levels.values())) == len(levels):
            yield "  priority.level:"
            yield beside(f"    column: {quoted(name)}", column.evidence)
            yield "    values:"
            yield from (beside(f"      {quoted(text)}: P{digit}", "by its digit") for text, digit in levels.items())
        else:
            texts = spoken(", ".join(column.texts(8)))
            yield f"# ? recorded: {{priority.level: {spoken(quoted(name))}}}   which level is each of {texts}?"
        return


def _rest(sample: Sample, rows: RowsGuess, matches: list[Match]) -> Iterator[str]:
    used = {match.column for match in matches} | {rows.ticket, rows.opened, rows.event_at, *rows.late}
    used |= {name for name, column in sample.columns.items() if is_due(name) or is_verdict(column)}
    rest = [column for column in sample.columns.values() if column.name not in used]
    if rest:
        yield "# Columns that were not used:"
    for column in rest:
        texts = ", ".join(quoted(text[:30]) for text in column.texts(3))
        yield f"#   {spoken(quoted(column.name))}: {column.evidence}; {spoken(texts) or 'nothing'}"
