"""A history as a table of texts that is read piece by piece, so that memory does not grow with its length.

Knows columns by name only: what they mean is the business of the mapping.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import polars as pl

from .faults import UnreadableHistory
from .forms import form_of
from .location import location_of
from .packing import first_bytes
from .table import Form, Layout, Source, Table

_VALUED: Final = re.compile(r"[-+]?[0-9]")


@dataclass(frozen=True, slots=True)
class History:
    """A history: where it lies, the SHA-256 of the file, its form, its columns, and how many rows of it are taken."""

    source: Source
    sha256: str
    form: Form
    columns: tuple[str, ...]
    limit: int | None = None

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return self.source.name

    def first(self, rows: int) -> History:
        """The history as if it ended after its first ``rows`` rows."""
        return replace(self, limit=rows)

    def tables(
        self, columns: Iterable[str], absent: Iterable[str], typed: Iterable[str] | None = None
    ) -> Iterator[Table]:
        """The named columns in the order of the file; texts that stand for nothing are null.

        With ``typed`` columns, these may come as instants with a zone or as whole numbers, if the file has them so;
        without, all are texts.

        Raises:
            UnreadableHistory: when it cannot be read to its end.
        """
        names = sorted(set(columns))
        if typed is not None and self.form.typed_tables is not None:
            # What could stand for nothing among numbers and instants is told by its text.
            plain = () if any(_VALUED.match(text) for text in absent) else set(typed)
            for table in self.form.typed_tables(self.source, names, self.limit, plain):
                yield table._replace(frame=_present(table.frame, absent))
            return
        for table in self.form.tables(self.source, names, self.limit):
            yield table._replace(frame=_blanked(_present(table.frame, absent), table.crooked))


def open_history(
    address: str | Path,
    separator: str = ",",
    *,
    quote: str = '"',
    encoding: str = "utf-8",
    member: str | None = None,
    asked: Sequence[str] = (),
) -> History:
    """Open a history: CSV, JSON Lines, Parquet, XES or a decision log; plain, gzip or zip; told apart by content.

    ``address`` is a path or an address of fsspec. ``separator``, ``quote`` (empty: none) and ``encoding`` are of CSV;
    ``member`` names the file in a zip of several. Of a form whose rows differ, ``asked`` are columns to look for beyond
    its beginning.

    Raises:
        UnreadableHistory: when there is no such file, or it is not readable as one of these.
    """
    source = Source(location_of(address), Layout(separator, quote, encoding, member))
    form = form_of(source, first_bytes(source))
    columns = form.columns(source, asked)
    if not columns:
        raise UnreadableHistory(f"{source.name}: it holds no row that can be read ({form.name})")
    return History(source, _sha256(source), form, columns)


def _sha256(source: Source) -> str:
    try:
        with source.location.open() as file:
            return hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
    except OSError as error:
        raise UnreadableHistory(f"{source.name}: {(error.strerror or str(error)).lower()}") from error


def _present(frame: pl.DataFrame, absent: Iterable[str]) -> pl.DataFrame:
    none = pl.Series(sorted(set(absent)), dtype=pl.String).implode()
    return frame.with_columns(
        pl.when(~pl.col(name).is_in(none)).then(pl.col(name)).alias(name)
        for name, kind in frame.schema.items()
        if kind == pl.String
    )


def _blanked(frame: pl.DataFrame, crooked: Iterable[int]) -> pl.DataFrame:
    rows = sorted(crooked)
    if not rows:
        return frame
    straight = ~pl.int_range(frame.height).is_in(pl.Series(rows, dtype=pl.Int64).implode())
    return frame.select(pl.when(straight).then(pl.col(name)).alias(name) for name in frame.columns)
