"""A bounded look at a history: how full and how varied each column is, and some of its rows, the first and spread ones.

Knows texts only; what they could mean is guessed elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from ..histories import History

LOOKED_AT: Final = 500_000
"""Rows that are counted at most."""
_SPREAD: Final = 1_000
_FEW: Final = 200
_DISTINCT: Final = 50_000
_PLACEHOLDERS: Final = ("?", "", "-", "--", "NULL", "null", "None", "N/A", "n/a", "NA", "nan", "\\N", "#N/A", "(none)")
"""Texts that often stand for nothing."""


@dataclass(slots=True)
class Column:
    """A column as far as it was looked at: rows, filled ones, distinct texts (``many``: at least so many)."""

    name: str
    rows: int = 0
    filled: int = 0
    distinct: int = 0
    many: bool = False
    sample: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    """The filled texts of the rows that were kept."""
    few: pl.Series | None = None
    """All distinct texts, where they are few."""

    @property
    def evidence(self) -> str:
        """What was counted, in words."""
        share = self.filled * 100 // self.rows if self.rows else 0
        return f"{'at least ' if self.many else ''}{self.distinct:,} distinct in {self.rows:,} rows; {share}% filled"

    def texts(self, most: int) -> list[str]:
        """The distinct texts, the most frequent of the sample first; all of them where they are few."""
        counts = self.sample.value_counts(sort=False)
        ordered = counts.sort("count", self.name, descending=[True, False])[self.name]
        if self.few is not None:
            ordered = pl.concat([ordered, self.few.filter(~self.few.is_in(ordered.implode())).sort()])
        return ordered.head(most).to_list()


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen of a history: ``frame`` holds the rows that were kept, texts that stand for nothing as null."""

    name: str
    form: str
    rows: int
    whole: bool
    absent: dict[str, int]
    columns: dict[str, Column]
    frame: pl.DataFrame


def take_sample(history: History) -> Sample:
    """Look at the beginning of a history, its first 500,000 rows at most.

    Raises:
        UnreadableHistory: when it cannot be read.
    """
    found = {name: Column(name) for name in history.columns}
    met = {name: pl.Series(name, [], dtype=pl.String) for name in history.columns}
    absent = dict.fromkeys(_PLACEHOLDERS, 0)
    kept: list[pl.DataFrame] = []
    rows = 0
    for table in history.first(LOOKED_AT).tables(history.columns, ()):
        straight = ~pl.int_range(table.frame.height).is_in(pl.Series(list(table.crooked), dtype=pl.Int64).implode())
        frame = table.frame.filter(straight)
        rows += table.frame.height
        for name in history.columns:
            _count(found[name], met, frame[name], absent)
        kept.append(frame if not kept else frame.gather_every(max(1, frame.height // _SPREAD)))
    frame = pl.concat(kept) if kept else pl.DataFrame(schema=dict.fromkeys(history.columns, pl.String))
    used = {text: count for text, count in absent.items() if count}
    none = pl.Series(list(_PLACEHOLDERS), dtype=pl.String).implode()
    frame = frame.select(pl.when(~pl.col(name).is_in(none)).then(pl.col(name)).alias(name) for name in frame.columns)
    for name, column in found.items():
        column.few = met[name] if not column.many and column.distinct <= _FEW else None
        column.sample = frame[name].drop_nulls()
    return Sample(history.name, history.form.name, rows, rows < LOOKED_AT, used, found, frame)


def _count(column: Column, met: dict[str, pl.Series], texts: pl.Series, absent: dict[str, int]) -> None:
    filled = texts.drop_nulls()
    column.rows += len(texts)
    placeholders = filled.filter(filled.is_in(pl.Series(_PLACEHOLDERS, dtype=pl.String).implode()))
    for text, count in placeholders.value_counts().rows():
        absent[text] += count
    column.filled += len(filled) - len(placeholders)
    if not column.many:
        told = filled.filter(~filled.is_in(pl.Series(_PLACEHOLDERS, dtype=pl.String).implode()))
        met[column.name] = pl.concat([met[column.name], told.alias(column.name)]).unique()
        column.distinct = len(met[column.name])
        if column.distinct >= _DISTINCT:
            column.many, met[column.name] = True, met[column.name].clear()
