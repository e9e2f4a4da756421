"""A history as a table of texts that is read in batches, so that memory does not grow with its length.

Knows columns by name only: what they mean is the business of the mapping.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from .faults import UnreadableHistory
from .scans import form_of
from .unpack import first_bytes, unpacked

BATCH_ROWS: Final = 20_000
"""Rows in one batch."""

_ESCAPED: Final = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class History:
    """An open history: the name of its file, the SHA-256 of the file as published, its form, and its columns."""

    name: str
    sha256: str
    form: str
    columns: tuple[str, ...]
    path: Path
    separator: str
    frame: pl.LazyFrame

    def first(self, rows: int) -> History:
        """The history as if it ended after its first ``rows`` rows."""
        return replace(self, frame=self.frame.head(rows))

    def batches(self, columns: Iterable[str], absent: Iterable[str]) -> Iterator[pl.DataFrame]:
        """The named columns, row by row in the order of the file, as text; `absent` texts and nulls are null.

        Raises:
            UnreadableHistory: when a batch cannot be read.
        """
        names = sorted(set(columns))
        none = pl.Series(sorted(set(absent)), dtype=pl.String).implode()
        texts = [pl.col(name).cast(pl.String) for name in names]
        cleaned = [pl.when(~text.is_in(none)).then(text).alias(name) for name, text in zip(names, texts, strict=True)]
        try:
            yield from self.frame.select(cleaned).collect_batches(chunk_size=BATCH_ROWS, engine="streaming")
        except (PolarsError, OSError) as error:
            raise UnreadableHistory(self._why(error)) from error

    def _why(self, error: Exception) -> str:
        place = _crooked_line(self.path, self.separator, len(self.columns)) if self.form == "csv" else None
        return f"{self.name}: {place or _first_line(error)}"


@contextmanager
def open_history(path: Path, separator: str = ",") -> Iterator[History]:
    """Open a CSV file (plain, gzip, or a zip that holds one) or a Parquet file, told apart by their first bytes.

    Raises:
        UnreadableHistory: when there is no such file, or it is not readable as one of these.
    """
    first_bytes(path)
    with unpacked(path) as plain:
        form = form_of(first_bytes(plain))
        try:
            frame = form.scan(plain, separator)
            columns = tuple(frame.collect_schema().names())
        except (PolarsError, OSError) as error:
            raise UnreadableHistory(f"{path}: {_first_line(error)}") from error
        yield History(path.name, _sha256(path), form.name, columns, plain, separator, frame)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["cannot be read"])[0]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _crooked_line(path: Path, separator: str, width: int) -> str | None:
    # Polars does not say which line it cannot read: read again, slowly, and find it.
    begin = 0
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file, delimiter=separator, strict=True)
        try:
            for row in rows:
                if len(row) > width:
                    return f"line {begin + 1} has {len(row)} fields where the head has {width}"
                if any(not field.isascii() and _ESCAPED.search(field) for field in row):
                    return f"line {begin + 1} is not UTF-8 text"
                begin = rows.line_num
        except csv.Error as error:
            return f"line {begin + 1}: {error}"
    return None
