"""The decisions of all sides on the moments of a batch, in bulk; what cannot be taken so is decided one by one.

In every batch some moments are decided both ways and compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from engine import RequestRefused, format_instant
from engine.bulk import BulkDesk, BulkDiffers, Coded, Column, ColumnSet, ManyDecisions

from ..bulk import Telling, Told, columns_of
from ..findings import Ask, Moment
from ..mappings import Fact, HistoryMapping
from .facts import facts_at, kinds_of
from .plan import Plan
from .rows import Batch
from .sides import Answer, Side

SAMPLE: Final = 200
"""Moments of a batch that are decided singly too."""
_INSTANTS: Final = ("at", "from", "until")
"""What is an instant in the lists that tell the course of a ticket."""
_LISTS: Final = ("ticket.waits", "ticket.messages", "ticket.states")


class Refused(NamedTuple):
    """No decision: a side cannot take the request."""

    side: Side
    refused: RequestRefused


Found: TypeAlias = Sequence[Answer] | Refused
_Told: TypeAlias = tuple[tuple[str, Told] | None, ...]
"""What every side says in bulk: version and decision; None: it refuses."""


class Deciding:
    """The sides of a replay, asked batch after batch."""

    def __init__(self, plan: Plan) -> None:
        self._sides = plan.sides
        self._mapping = plan.mapping
        self._seed = plan.seed
        self._desks = (
            [BulkDesk(side.catalogue, side.rulebook, side.version) for side in plan.sides]
            if fits_columns(plan.mapping)
            else []
        )

    def answers(self, batch: Batch, asks: Sequence[Ask]) -> list[Found]:
        """What every side decides on moments of a batch, or the first side that refuses.

        Raises:
            BulkDiffers: when a decision made in bulk is not the one that is made singly: a fault of ours.
        """
        columns: dict[Moment, tuple[list[int], ColumnSet]] = {}
        for moment in ("opening", "event", "end") if self._desks else ():
            places = [place for place, ask in enumerate(asks) if ask.moment == moment]
            try:
                columns[moment] = places, self._columns(batch, moment, [asks[place] for place in places])
            except (pl.exceptions.PolarsError, OverflowError, TypeError):
                # Some value does not go into a column of its kind, such as a number beyond 64 bits.
                columns.clear()
                break
        if not columns:
            return [self._singly(ask) for ask in asks]
        told: dict[int, _Told] = {}
        telling = Telling()
        for places, said in columns.values():
            if places:
                told.update(zip(places, self._in_bulk(telling, said), strict=True))
        some = np.random.default_rng((self._seed, batch.start)).permutation(len(asks))[:SAMPLE]
        sampled = set(some.tolist())
        return [self._found(ask, told[place], place in sampled) for place, ask in enumerate(asks)]

    def _in_bulk(self, telling: Telling, columns: ColumnSet) -> Iterator[_Told]:
        many = [desk.decide(columns) for desk in self._desks]
        self._meet(many)
        return zip(*(telling.tell(one) for one in many), strict=True)

    def _found(self, ask: Ask, told: _Told, sampled: bool) -> Found:
        """The decisions of the sides; refusals come in the words of the single one."""
        bulk = [Answer(*said) for said in told if said is not None]
        refuses = self._sides[told.index(None)] if None in told else None
        if refuses is None and not sampled:
            return bulk
        single = self._singly(ask)
        if isinstance(single, Refused):
            if single.side is not refuses:
                raise _differs(ask, f"{single.side.name} refuses it singly alone: {single.refused.detail}")
        elif refuses is not None:
            raise _differs(ask, f"{refuses.name} refuses it in bulk alone")
        elif single != bulk:
            raise _differs(ask, f"{bulk} in bulk, {single} singly")
        return single if refuses is not None else bulk

    def _meet(self, many: Sequence[ManyDecisions]) -> None:
        """Note the versions that answer."""
        decided = np.ones(len(many[0]), np.bool_)
        for side, one in zip(self._sides, many, strict=True):
            decided = decided & ~one.refused
            for group in one.groups:
                if decided[group.rows].any():
                    side.digests[group.decisions.version] = group.decisions.digest

    def _singly(self, ask: Ask) -> Found:
        answers = []
        for side in self._sides:
            try:
                answers.append(side.answer(ask.request))
            except RequestRefused as refused:
                return Refused(side, refused)
        return answers

    def _columns(self, batch: Batch, moment: Moment, asks: Sequence[Ask]) -> ColumnSet:
        """What is known at some moments of a kind, as columns."""
        mapping = self._mapping
        rows = [ask.row - 1 - batch.start for ask in asks]
        said = mapping.at_opening if moment == "opening" else {}
        frame = facts_at(_taken(batch, rows), mapping, [ask.at for ask in asks], said).drop("row", "ticket")
        instants = [name for name in instant_facts(mapping) if name not in said]
        lists: dict[str, Column] = {name: _list(frame[name]) for name in _LISTS if name in frame.columns}
        frame = frame.drop(lists).with_columns(pl.col("at", *instants).cast(pl.Datetime("us", "UTC")))
        return ColumnSet({**columns_of(frame), **lists})


def _differs(ask: Ask, how: str) -> BulkDiffers:
    return BulkDiffers(f"{ask.ticket}, row {ask.row}, {ask.moment}: {how}")


def fits_columns(mapping: HistoryMapping) -> bool:
    """Whether all that a history tells goes into columns of one kind each."""
    return mapping.request is None and all(len(kinds_of(fact)) < 2 for fact in mapping.facts)


def instant_facts(mapping: HistoryMapping) -> list[str]:
    """The facts that are instants of the history."""
    read = [fact.name for fact in mapping.facts if _is_instant(fact)]
    return read if mapping.course is None else [*read, *mapping.course.first, *mapping.course.last]


def _is_instant(fact: Fact) -> bool:
    return fact.column is not None and fact.column.is_instant


def _taken(batch: Batch, rows: Sequence[int]) -> Batch:
    """Some rows of a batch."""
    if len(rows) == len(batch) and rows == list(range(len(batch))):
        return batch
    return replace(
        batch,
        tickets=[batch.tickets[row] for row in rows],
        sources=tuple(
            replace(
                source,
                values=[source.values[row] for row in rows],
                known_from=None if source.known_from is None else [source.known_from[row] for row in rows],
            )
            for source in batch.sources
        ),
        waits={place: batch.waits[row] for place, row in enumerate(rows) if row in batch.waits},
        courses={place: batch.courses[row] for place, row in enumerate(rows) if row in batch.courses},
    )


def _list(series: pl.Series) -> Coded:
    """A list of the course of each ticket, as a request has it."""
    values = [[_entry(entry) for entry in told] for told in series.to_list()]
    empty: Any = None if series.name == "ticket.waits" else []
    return Coded(np.arange(len(values), dtype=np.intp), [told or empty for told in values])


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: format_instant(value) if key in _INSTANTS and isinstance(value, int) else value
        for key, value in entry.items()
        if value is not None
    }
