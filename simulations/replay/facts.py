"""The facts of a batch as a frame of typed columns, as known at each decision: the columnar twin of `Requests`.

A fact absent, or not known yet, is null. Instants are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from ..mappings import Column, Fact, HistoryMapping, Instant, Value
from .agreement import Moment
from .courses import CourseSoFar
from .readings import Source
from .requests import happened, spans_at
from .rows import Batch

_KINDS: Final[dict[str, pl.DataType]] = {
    "text": pl.String(),
    "whole": pl.Int64(),
    "decimal": pl.Float64(),
    "truth": pl.Boolean(),
    "instant": pl.Int64(),
    "set": pl.List(pl.String()),
}
_VALUES: Final[dict[type, pl.DataType]] = {
    str: pl.String(),
    bool: pl.Boolean(),
    int: pl.Int64(),
    float: pl.Float64(),
}
_WAITS: Final = pl.List(pl.Struct({"from": pl.Int64, "until": pl.Int64}))
_MESSAGES: Final = pl.List(pl.Struct({"at": pl.Int64, "from": pl.String, "channel": pl.String}))
_STATES: Final = pl.List(pl.Struct({"at": pl.Int64, "state": pl.String}))


def facts_frame(batch: Batch, mapping: HistoryMapping, moment: Moment) -> pl.DataFrame:
    """A row for each row of the batch: its number as `row` (from 0), `ticket`, the instant `at`, and each fact by name.

    Facts are as known at the event, or at the opening; there what the mapping says under `at_opening` holds. The course
    of a ticket comes as `ticket.waits`, `ticket.messages` and `ticket.states`, where the mapping reads them. Rows that
    cannot be decided are among them: `batch.misread` tells which.

    Raises:
        ValueError: for a history of whole requests, which has no columns of facts.
    """
    if batch.requests is not None:
        raise ValueError("a history of whole requests has no columns of facts")
    moments = batch.opened if moment == "opening" else batch.event_at or []
    return facts_at(batch, mapping, _micros(moments), mapping.at_opening if moment == "opening" else {})


def facts_at(
    batch: Batch, mapping: HistoryMapping, instants: Sequence[int | None], said: Mapping[str, Value]
) -> pl.DataFrame:
    """The same at any instants, one for each row; what is ``said`` holds instead of the history."""
    now = pl.Series("at", instants, dtype=pl.Int64)
    columns = [
        pl.int_range(batch.start, batch.start + len(batch), dtype=pl.Int64, eager=True).alias("row"),
        pl.Series("ticket", batch.tickets, dtype=pl.String),
        now,
        *(_series(source, mapping, now) for source in batch.sources if source.fact.name not in said),
        *(_constant(name, value, len(batch)) for name, value in said.items()),
        *_course(batch, mapping, now.to_list(), said),
    ]
    return pl.DataFrame(columns)


def kind_of(fact: Fact) -> pl.DataType:
    """The type of a fact's column."""
    if fact.column is None:
        return _kind_of_values([fact.constant])
    column: Column = fact.column
    if column.values is None:
        return _KINDS[column.kind]
    return _kind_of_values([*column.values.values(), column.otherwise])


def kinds_of(fact: Fact) -> set[type]:
    """The types of a fact's values, as far as the mapping names them."""
    column = fact.column
    values = [fact.constant] if column is None else [*(column.values or {}).values(), column.otherwise]
    return {type(value) for value in values if value is not None}


def _kind_of_values(values: list[Value]) -> pl.DataType:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return pl.Float64()
    return _VALUES[kinds.pop()] if len(kinds) == 1 else pl.Object() if kinds else pl.String()


def _series(source: Source, mapping: HistoryMapping, now: pl.Series) -> pl.Series:
    fact, column = source.fact, source.fact.column
    instant = column is not None and column.is_instant
    values = pl.Series(fact.name, _micros(source.values) if instant else source.values, dtype=kind_of(fact))
    known = pl.repeat(True, len(values), dtype=pl.Boolean, eager=True)
    if source.known_from is not None:
        known = known & (pl.Series(_micros(source.known_from), dtype=pl.Int64) <= now).fill_null(False)
    if instant and not fact.planned and column is not None and column.name != mapping.instants.opened:
        known = known & (values <= now).fill_null(False)
    return values if known.all() else _where(values, known)


def _where(values: pl.Series, known: pl.Series) -> pl.Series:
    frame = pl.DataFrame([values, known.alias("known to be")])
    return frame.select(pl.when("known to be").then(pl.col(values.name)).alias(values.name)).to_series()


def _constant(name: str, value: Value, rows: int) -> pl.Series:
    return pl.Series(name, [value] * rows, dtype=_kind_of_values([value]))


def _course(
    batch: Batch, mapping: HistoryMapping, moments: list[int | None], said: Mapping[str, Value]
) -> Iterator[pl.Series]:
    course = mapping.course
    if course is None and not mapping.waits:
        return
    at_rows = [(at, batch.courses.get(at) or CourseSoFar(), now) for at, now in enumerate(moments)]
    if mapping.waits or (course is not None and course.waits is not None):
        waits = [
            None if now is None else spans_at([*batch.waits.get(at, ())], so_far, now) for at, so_far, now in at_rows
        ]
        told = [[{"from": start, "until": until} for start, until in waited or ()] for waited in waits]
        yield pl.Series("ticket.waits", told, dtype=_WAITS)
    if course is None:
        return
    if course.messages:
        messages = [
            [
                {"at": at, "from": sender, "channel": channel}
                for at, sender, channel in so_far.messages
                if at <= (now or 0)
            ]
            for _, so_far, now in at_rows
        ]
        yield pl.Series("ticket.messages", messages, dtype=_MESSAGES)
    if course.states is not None:
        states = [
            [{"at": at, "state": state} for at, state in so_far.states if at <= (now or 0)]
            for _, so_far, now in at_rows
        ]
        yield pl.Series("ticket.states", states, dtype=_STATES)
    told_facts = [happened(course, so_far, now or 0) for _, so_far, now in at_rows]
    for name in course.facts:
        if name not in said:
            yield pl.Series(name, [facts.get(name) for facts in told_facts], dtype=pl.Int64)


def _micros(moments: list[Any]) -> list[int | None]:
    return [moment.micros if isinstance(moment, Instant) else None for moment in moments]
