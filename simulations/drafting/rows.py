"""What the rows of a history are: tickets or events, which column names the ticket, and which instants lie where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from ..mappings import Column, Instant, Instants, Readers
from .sample import Sample
from .words import name_score
from .writings import WrittenInstants, written_instants

_ID: Final = re.compile(r".*[0-9]")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_LOOKED_AT: Final = 20_000


@dataclass(frozen=True, slots=True)
class RowsGuess:
    """The guess: ``ticket`` and ``opened`` are None where nothing fits; ``others`` could be the ticket's column too.

    ``constant`` columns never change within a ticket; ``late`` ones hold instants that lie ahead of most first rows.
    """

    rows: str
    ticket: str | None
    others: tuple[str, ...]
    instants: Mapping[str, WrittenInstants]
    opened: str | None
    event_at: str | None
    counters: tuple[str, ...]
    constant: frozenset[str]
    late: Mapping[str, int]
    whole: frozenset[str]


def guess_rows(sample: Sample) -> RowsGuess:
    """The guess for a sample."""
    instants = {
        name: written for name, column in sample.columns.items() if (written := written_instants(column)) is not None
    }
    whole = frozenset(name for name in sample.columns if name not in instants and _all_whole(sample, name))
    candidates = _tickets(sample, instants)
    ticket = candidates[0] if candidates else None
    by_event = ticket is not None and sample.columns[ticket].distinct * 1.05 < sample.rows
    if ticket is None or not by_event:
        opened = _best(sorted(instants), "ticket.created_at")
        return RowsGuess("ticket", ticket, tuple(candidates[1:4]), instants, opened, None, (), frozenset(), {}, whole)
    constant = _constant(sample, ticket)
    moving = [name for name in instants if name not in constant]
    event_at = _best(moving, "ticket.last_update_at")
    opened = _best([name for name in instants if name in constant], "ticket.created_at") or event_at
    late = _late(sample, ticket, event_at, [n for n in instants if n not in (opened, event_at)], instants)
    counters = _counters(sample, ticket, whole - constant)
    return RowsGuess(
        "event", ticket, tuple(candidates[1:4]), instants, opened, event_at, counters, constant, late, whole
    )


def _tickets(sample: Sample, instants: Mapping[str, WrittenInstants]) -> list[str]:
    scored = []
    for place, (name, column) in enumerate(sample.columns.items()):
        if name in instants or not column.rows or column.filled < column.rows * 0.9 or column.distinct < 2:
            continue
        rows_each = column.rows / column.distinct
        texts = column.texts(50)
        looks = sum(_ID.fullmatch(text) is not None for text in texts) / len(texts)
        if looks < 0.5 or rows_each > 200 or (rows_each > 1.05 and column.distinct < column.rows**0.5 / 2):
            continue
        scored.append((-(name_score(name, "ticket.id") * 2 + looks - place * 0.02), name))
    return [name for _, name in sorted(scored)]


def _constant(sample: Sample, ticket: str) -> frozenset[str]:
    rows = sample.frame.head(_LOOKED_AT).filter(pl.len().over(ticket) > 1)
    if not rows.height:
        return frozenset()
    varied = rows.group_by(ticket).agg(pl.all().n_unique()).select(pl.all().exclude(ticket).max()).row(0, named=True)
    return frozenset(name for name, most in varied.items() if most == 1 and sample.columns[name].filled)


def _late(
    sample: Sample,
    ticket: str,
    event_at: str | None,
    suspects: list[str],
    instants: Mapping[str, WrittenInstants],
) -> dict[str, int]:
    """The suspects whose instants lie after the first event of at least half of the tickets, with the share."""
    if event_at is None:
        return {}
    firsts = sample.frame.head(_LOOKED_AT).unique(ticket, keep="first", maintain_order=True).head(2_000)
    moments = micros(firsts[event_at], instants[event_at])
    found = {}
    for name in suspects:
        pairs = [(m, s) for m, s in zip(moments, micros(firsts[name], instants[name]), strict=True) if m and s]
        share = sum(said > moment for moment, said in pairs) * 100 // len(pairs) if pairs else 0
        if share >= 50:
            found[name] = share
    return found


def micros(texts: pl.Series, written: WrittenInstants) -> list[int | None]:
    """The instants of texts, unreadable ones as None."""
    form = Instants(written.format, None if written.has_offset else "UTC", "", None, date_at="00:00")
    values, _ = Readers(form).of(Column(texts.name, "instant")).values(texts.to_list())
    return [value.micros if isinstance(value, Instant) else None for value in values]


def _counters(sample: Sample, ticket: str, whole: frozenset[str]) -> tuple[str, ...]:
    """Whole numbers that grow with every row of nearly every ticket, the best named first."""
    rows = sample.frame.head(_LOOKED_AT)
    found = []
    for name in sorted(whole - {ticket}):
        number = pl.col(name).cast(pl.Int64, strict=False)
        steps = rows.select((number - number.shift(1).over(ticket)).alias("step"))["step"].drop_nulls()
        if len(steps) and (steps > 0).mean() >= 0.95:  # type: ignore[operator]
            found.append(name)
    return tuple(found)


def _all_whole(sample: Sample, name: str) -> bool:
    texts = sample.columns[name].texts(200)
    return bool(texts) and all(_WHOLE.fullmatch(text) for text in texts)


def _best(names: list[str], fact: str) -> str | None:
    return max(names, key=lambda name: name_score(name, fact), default=None)
