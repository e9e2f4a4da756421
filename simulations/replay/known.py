"""The facts of a piece as columns of requests, as known at each decision.

Says the same as `Requests`, which asks row by row. A fact absent, or not known yet, is null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from engine.bulk import Coded, Codes, Column, ColumnSet, Flags, Instants, Numbers, Whole

from ..bulk import TextColumn
from ..mappings import HistoryMapping, Value, micros_of
from .asks import Wanted
from .courses import CourseSoFar
from .pieces import Piece, SourceColumn
from .requests import course_request

_LISTS: Final = ("ticket.waits", "ticket.messages", "ticket.states")


def known_columns(piece: Piece, mapping: HistoryMapping, wanted: Wanted, withheld: Counter[str]) -> ColumnSet:
    """What is known at the moments that are wanted, with `at`. Counts, by fact, what was not known yet."""
    said: Mapping[str, Value] = mapping.at_opening if wanted.moment == "opening" else {}
    rows, count = wanted.rows, len(wanted.rows)
    columns: dict[str, Column] = {"at": Instants(wanted.at)}
    for source in piece.sources:
        name = source.fact.name
        if name not in said:
            columns[name], late = _known(source, mapping, rows, wanted.at, len(piece))
            if late:
                withheld[name] += late
    for name, value in said.items():
        if value is not None:
            columns[name] = Coded(np.zeros(count, np.intp), [value])
    columns |= _course(piece, mapping, wanted, said)
    return ColumnSet(columns)


def _known(source: SourceColumn, mapping: HistoryMapping, rows: Codes, now: Whole, of: int) -> tuple[Column, int]:
    """A fact of some rows as known at an instant each, and how many of its values were not known yet."""
    fact, column = source.fact, source.fact.column
    values, known_from = source.values, source.known_from
    # All rows come in their order, and need not be picked.
    if len(rows) != of:
        values = values.take(rows)
        known_from = known_from.take(rows) if known_from is not None else None
    late = 0
    known: Flags | None = None
    if known_from is not None:
        since, stated = micros_of(known_from)
        known = stated & (since <= now)
        late = int(np.count_nonzero(~known & _present(values)))
    early = fact.planned or (column is not None and column.name == mapping.instants.opened)
    if isinstance(values, Instants) and not early:
        happened = values.values <= now
        known = happened if known is None else known & happened
    return (values if known is None or known.all() else _where(values, known)), late


def _present(values: Column) -> Flags:
    if isinstance(values, Instants | Numbers):
        return np.ones(len(values), np.bool_) if values.present is None else values.present
    if isinstance(values, TextColumn):
        return values.present()
    coded = values.coded()
    flags: Flags = np.array([value is not None for value in coded.values], np.bool_)[coded.codes]
    return flags


def _where(values: Column, known: Flags) -> Column:
    if isinstance(values, Instants | Numbers):
        return type(values)(values.values, known if values.present is None else known & values.present)
    if isinstance(values, TextColumn):
        return values.where(known)
    coded = values.coded()
    return Coded(np.where(known, coded.codes, len(coded.values)), [*coded.values, None])


def _course(piece: Piece, mapping: HistoryMapping, wanted: Wanted, said: Mapping[str, Value]) -> dict[str, Column]:
    """What the events of the tickets tell, as columns of values as requests have them."""
    course = mapping.course
    if course is None and not mapping.waits and not mapping.messages:
        return {}
    names = [*_LISTS, *(course.facts if course is not None else ())]
    found: dict[str, list[Any]] = {name: [] for name in names}
    nothing = CourseSoFar()
    for row, now in zip(wanted.rows.tolist(), wanted.at.tolist(), strict=True):
        told = course_request(course, piece.courses.get(row) or nothing, piece.waits.get(row, ()), now, said)
        for name in names:
            found[name].append(told.get(name))
    return {name: _listed(values) for name, values in found.items() if any(value is not None for value in values)}


def _listed(values: list[Any]) -> Coded:
    return Coded(np.arange(len(values), dtype=np.intp), values)
