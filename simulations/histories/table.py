"""What every form of history gives: pieces of a table of texts, and how a form is described."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

BATCH_ROWS: Final = 20_000
"""Rows in one piece of a table."""


class Table(NamedTuple):
    """Rows of a history, all columns as text; ``crooked`` tells, by position, of rows that are no rows of the table."""

    frame: pl.DataFrame
    crooked: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file.

    ``recognises`` tells it by the first four bytes; ``columns`` takes the path and the separator; ``tables`` takes also
    the names of the columns that are wanted and how many rows at most, and gives the rows in the order of the file.
    """

    name: str
    recognises: Callable[[bytes], bool]
    columns: Callable[[Path, str], tuple[str, ...]]
    tables: Callable[[Path, str, Sequence[str], int | None], Iterator[Table]]
