"""Polars frames as columns of requests.

A frame's columns are named as rules name facts (`ticket.impact`, `ticket.fields.load`, `requester.tier`), and `at` is
the instant of the decision; `ticket.waits`, `ticket.messages`, `ticket.states`, `roster`, `ask.disclose`, `ask.to`,
`ask.do` and `language` hold what else a request may have. Null says nothing of that fact.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from engine import format_duration
from engine.bulk import Coded, Codes, Column, ColumnSet, Durations, Flags, Instants, Numbers


def columns_of(frame: pl.DataFrame) -> ColumnSet:
    """The columns of a frame, by what they hold.

    Texts, categories and truth values are told by distinct values; numbers, instants (`Datetime` with a time zone) and
    durations are taken over as arrays; lists and structs are read as JSON. Texts are also read as the instants and
    durations that they write, where the fact is one. Raises ValueError for a column that can be none of these, such as
    a `Datetime` without a time zone.
    """
    return ColumnSet({series.name: _column(series) for series in frame})


class TextColumn:
    """A column of texts; they are told apart when somebody asks, and then once."""

    __slots__ = ("_coded", "_series")

    def __init__(self, series: pl.Series) -> None:
        """Take a series of texts."""
        self._series = series
        self._coded: Coded | None = None

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._series)

    def raw(self, row: int) -> str | None:
        """The text of a row."""
        text: str | None = self._series[int(row)] if self._coded is None else self._coded.raw(row)
        return text

    def coded(self) -> Coded:
        """The column as distinct texts and their places."""
        if self._coded is None:
            distinct = self._series.unique().drop_nulls()
            places = self._series.cast(pl.Enum(distinct)).to_physical()
            self._coded = Coded(_filled(places, len(distinct)), [*distinct.to_list(), None])
        return self._coded

    def take(self, rows: Codes) -> TextColumn:
        """The column of these rows alone."""
        return TextColumn(self._series.gather(rows))

    def present(self) -> Flags:
        """The rows that have a text."""
        flags: Flags = self._series.is_not_null().to_numpy()
        return flags

    def where(self, flags: Flags) -> TextColumn:
        """The column without what stands in the other rows."""
        return TextColumn(pl.select(pl.when(pl.Series(flags)).then(self._series).alias(self._series.name)).to_series())

    def series(self) -> pl.Series:
        """The texts."""
        return self._series

    def longest(self) -> int:
        """The most bytes that a text has; it cannot have more characters."""
        longest: Any = self._series.str.len_bytes().max()
        return int(longest or 0)


def _column(series: pl.Series) -> Column:
    kind = series.dtype
    if kind == pl.String:
        return TextColumn(series)
    if kind == pl.Boolean:
        return Coded(_filled(series.cast(pl.UInt8), 2), (False, True, None))
    if isinstance(kind, pl.Categorical | pl.Enum):
        return TextColumn(series.cast(pl.String))
    if kind.is_integer():
        return _numbers(series, pl.Int64)
    if kind.is_float():
        return _numbers(series, pl.Float64)
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return Instants(_micros(series), _present(series))
    if isinstance(kind, pl.Duration):
        return Durations(_micros(series), _present(series))
    if isinstance(kind, pl.List | pl.Array | pl.Struct | pl.Object | pl.Null):
        return _read(series)
    said = "its instants name no time zone" if isinstance(kind, pl.Datetime) else f"{kind} is no type of a fact"
    raise ValueError(f"column `{series.name}`: {said}")


def _numbers(series: pl.Series, kind: type[pl.Int64 | pl.Float64]) -> Numbers:
    try:
        values = series.cast(kind)
    except pl.exceptions.InvalidOperationError:
        raise ValueError(f"column `{series.name}` holds numbers beyond 64 bits") from None
    return Numbers(values.fill_null(0).to_numpy(), _present(series))


def _micros(series: pl.Series) -> Any:
    return series.dt.cast_time_unit("us").to_physical().fill_null(0).to_numpy()


def _present(series: pl.Series) -> Flags | None:
    if not series.null_count():
        return None
    flags: Flags = series.is_not_null().to_numpy()
    return flags


def _filled(places: pl.Series, absent: int) -> Codes:
    """Places as an array, with one for what is null."""
    if places.null_count():
        places = places.cast(pl.Int64).fill_null(absent)
    return places.to_numpy().astype(np.intp)


def _read(series: pl.Series) -> Coded:
    """Lists and structs as JSON values, equal ones once."""
    places: dict[str, int] = {}
    values: list[Any] = []
    codes = np.empty(len(series), np.intp)
    for row, found in enumerate(series.to_list()):
        value = _json(found)
        place = places.setdefault(repr(value), len(values))
        if place == len(values):
            values.append(value)
        codes[row] = place
    return Coded(codes, values or [None])


def _json(value: Any) -> Any:
    if isinstance(value, list | pl.Series):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items() if item is not None}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return format_duration(value // timedelta(microseconds=1))
    return value
