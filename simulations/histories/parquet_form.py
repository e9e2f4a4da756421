"""Parquet histories, read by Polars; columns that are no texts are turned into texts, lists and structs into JSON.

Instants with a zone, and whole numbers, are left as they are where the caller takes them so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import polars as pl
from polars.exceptions import PolarsError

from .faults import UnreadableHistory
from .packing import plain_file
from .table import BATCH_ROWS, LARGE_BATCH_ROWS, Source, Table


def columns(source: Source, asked: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns."""
    try:
        with plain_file(source) as path:
            return tuple(pl.scan_parquet(path, glob=False).collect_schema().names())
    except (PolarsError, OSError) as error:
        raise _unreadable(source, error) from error


def tables(source: Source, names: Sequence[str], limit: int | None) -> Iterator[Table]:
    """The rows, piece by piece."""
    yield from typed_tables(source, names, limit, ())


def typed_tables(source: Source, names: Sequence[str], limit: int | None, typed: Collection[str]) -> Iterator[Table]:
    """The same, but for ``typed`` columns that hold instants or whole numbers: these stay what they are."""
    rows = LARGE_BATCH_ROWS if typed else BATCH_ROWS
    try:
        with plain_file(source) as path:
            whole = pl.scan_parquet(path, glob=False)
            schema = whole.collect_schema()
            wanted = whole.select(
                pl.col(name) if name in typed and _is_plain(schema[name]) else _text(name, schema[name])
                for name in names
            )
            if limit is not None:
                wanted = wanted.head(limit)
            for frame in wanted.collect_batches(chunk_size=rows, engine="streaming"):
                yield Table(frame, {})
    except (PolarsError, OSError) as error:
        raise _unreadable(source, error) from error


def _is_plain(kind: pl.DataType) -> bool:
    return kind.is_integer() or (isinstance(kind, pl.Datetime) and kind.time_zone is not None)


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Struct):
        return column.struct.json_encode()
    if isinstance(kind, pl.List | pl.Array):
        # Polars writes structs as JSON and no lists: the list is put into one, and taken out of its text.
        wrapped = pl.struct(column.alias("_")).struct.json_encode().str.strip_prefix('{"_":').str.strip_suffix("}")
        return pl.when(column.is_not_null()).then(wrapped).alias(name)
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return column.cast(pl.String)


def _unreadable(source: Source, error: Exception) -> UnreadableHistory:
    first = (str(error).strip().splitlines() or ["cannot be read"])[0]
    return UnreadableHistory(f"{source.name}: not readable as Parquet: {first}")
