"""A whole column of texts as values: each distinct text is read once, and instants in plain writings on arrays.

What a text means is told by its reader alone: arrays are used where they cannot say anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from engine.bulk import Coded, Codes, Flags, Instants, Numbers, Whole
from engine.bulk import Column as Values

from ..bulk import TextColumn
from .columns import Column
from .instants import RFC3339, Doubt
from .plain_instants import PlainInstants
from .readers import ColumnReader, Readers

_WIDEST: Final = 10**18
"""A whole number has at most 18 digits."""
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The microseconds of the years 1 to 9999."""


class ColumnValues(NamedTuple):
    """The values of a column; by position the reasons why some could not be read; and how many are doubtful."""

    values: Values
    unread: Mapping[int, str]
    doubts: Mapping[Doubt, int]


def read_column(readers: Readers, column: Column, series: pl.Series) -> ColumnValues:
    """The values of a column of texts; of instants with a zone and of whole numbers also as they are."""
    reader = readers.of(column)
    if column.is_instant:
        return _instants(reader, readers.plain(column), series)
    if column.kind == "whole" and column.values is None and column.pattern is None:
        return _whole(reader, series)
    texts = as_text(series)
    if column.kind == "text" and column.values is None and column.pattern is None:
        return ColumnValues(TextColumn(texts), {}, {})
    coded = TextColumn(texts).coded()
    values, unread = reader.values(coded.values)
    return ColumnValues(Coded(coded.codes, values), _positions(coded.codes, unread), {})


def as_text(series: pl.Series) -> pl.Series:
    """A column as the texts that stand for it."""
    if series.dtype == pl.String:
        return series
    if isinstance(series.dtype, pl.Datetime):
        return series.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return series.cast(pl.String)


def _whole(reader: ColumnReader, series: pl.Series) -> ColumnValues:
    if series.dtype.is_integer():
        values, present = series.fill_null(0).cast(pl.Int64, strict=False), _present(series)
        if not values.null_count() and bool(((values < _WIDEST) & (values > -_WIDEST)).all()):
            return ColumnValues(Numbers(values.to_numpy(), present), {}, {})
    coded = TextColumn(as_text(series)).coded()
    values_by_text, unread = reader.values(coded.values)
    there = np.array([value is not None for value in values_by_text], np.bool_)[coded.codes]
    numbers = np.array([value or 0 for value in values_by_text], np.int64)[coded.codes]
    present = None if there.all() else there
    return ColumnValues(Numbers(numbers, present), _positions(coded.codes, unread), {})


def _instants(reader: ColumnReader, plain: PlainInstants, series: pl.Series) -> ColumnValues:
    if series.dtype != pl.String:
        micros = series.dt.cast_time_unit("us").to_physical().fill_null(0).to_numpy()
        if RFC3339 in plain.formats and (not len(micros) or _FIRST <= micros.min() <= micros.max() <= _LAST):
            return ColumnValues(Instants(micros, _present(series)), {}, {})
        series = as_text(series)
    micros, read = plain.read(series)
    rest = np.flatnonzero(~read & series.is_not_null().to_numpy())
    unread: dict[int, str] = {}
    doubts: dict[Doubt, int] = {}
    if len(rest):
        coded = TextColumn(series.gather(rest)).coded()
        values, unread_texts = reader.values(coded.values)
        counts = np.bincount(coded.codes, minlength=len(values)).tolist()
        for value, count in zip(values, counts, strict=True):
            if value is not None and value.doubt is not None:
                doubts[value.doubt] = doubts.get(value.doubt, 0) + count
        micros[rest] = np.array([0 if value is None else value.micros for value in values], np.int64)[coded.codes]
        read[rest] = np.array([value is not None for value in values], np.bool_)[coded.codes]
        unread = {int(rest[at]): why for at, why in _positions(coded.codes, unread_texts).items()}
    return ColumnValues(Instants(micros, None if read.all() else read), unread, doubts)


def _positions(codes: Codes, unread: Mapping[int, str]) -> dict[int, str]:
    """The reasons by position, from those by the place of a text."""
    if not unread:
        return {}
    flags: Flags = np.zeros(int(max(unread)) + 1, np.bool_)
    flags[list(unread)] = True
    held = codes < len(flags)
    rows: Any = np.flatnonzero(held)[flags[codes[held]]]
    return {row: unread[int(codes[row])] for row in rows.tolist()}


def _present(series: pl.Series) -> Flags | None:
    if not series.null_count():
        return None
    flags: Flags = series.is_not_null().to_numpy()
    return flags


def micros_of(instants: Instants) -> tuple[Whole, Flags]:
    """The microseconds of instants, and which are there."""
    present = np.ones(len(instants.values), np.bool_) if instants.present is None else instants.present
    return instants.values, present
