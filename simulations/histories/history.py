"""A history as a table of texts that is read piece by piece, so that memory does not grow with its length.

Knows columns by name only: what they mean is the business of the mapping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from .forms import form_of
from .packing import first_bytes
from .table import Form, Table


@dataclass(frozen=True, slots=True)
class History:
    """A history: its file with the file's SHA-256, its form, its columns, and how many rows of it are taken."""

    path: Path
    sha256: str
    form: Form
    separator: str
    columns: tuple[str, ...]
    limit: int | None = None

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return self.path.name

    def first(self, rows: int) -> History:
        """The history as if it ended after its first ``rows`` rows."""
        return replace(self, limit=rows)

    def tables(self, columns: Iterable[str], absent: Iterable[str]) -> Iterator[Table]:
        """The named columns in the order of the file; texts that stand for nothing are null.

        Raises:
            UnreadableHistory: when it cannot be read to its end.
        """
        names = sorted(set(columns))
        none = pl.Series(sorted(set(absent)), dtype=pl.String).implode()
        present = [pl.when(~pl.col(name).is_in(none)).then(pl.col(name)).alias(name) for name in names]
        for frame, crooked in self.form.tables(self.path, self.separator, names, self.limit):
            yield Table(_blanked(frame.select(present), crooked), crooked)


def open_history(path: Path, separator: str = ",") -> History:
    """Open a CSV file (plain, gzip, or a zip that holds one) or a Parquet file, told apart by their first bytes.

    Raises:
        UnreadableHistory: when there is no such file, or it is not readable as one of these.
    """
    form = form_of(first_bytes(path))
    columns = form.columns(path, separator)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return History(path, sha256, form, separator, columns)


def _blanked(frame: pl.DataFrame, crooked: Iterable[int]) -> pl.DataFrame:
    rows = sorted(crooked)
    if not rows:
        return frame
    straight = ~pl.int_range(frame.height).is_in(pl.Series(rows, dtype=pl.Int64).implode())
    return frame.select(pl.when(straight).then(pl.col(name)).alias(name) for name in frame.columns)
