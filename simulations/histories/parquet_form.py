"""Parquet histories, read by Polars; columns that are no texts are turned into texts, lists and structs into JSON.

A field of a struct is a column too, named with dots (`requester.tier`).

Instants with a zone, and whole numbers, are left as they are where the caller takes them so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from .faults import UnreadableHistory
from .packing import plain_file
from .table import BATCH_ROWS, LARGE_BATCH_ROWS, Source, Table

_AHEAD: Final = 1 << 18
"""Rows that may be read before they are asked for."""


def columns(source: Source, asked: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns."""
    try:
        with plain_file(source) as path:
            return tuple(_names(pl.scan_parquet(path, glob=False).collect_schema()))
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
            places = {name: _place(schema, name) for name in names}
            wanted = whole.select(
                (column if name in typed and _is_plain(kind) else _text(column, kind)).alias(name)
                for name, (column, kind) in places.items()
            )
            count = whole.select(pl.len()).collect().item()
            # Polars reads far ahead of what is taken, so it is given no more than it may hold.
            stretch = rows * (_AHEAD // rows)
            for start in range(0, count if limit is None else min(limit, count), stretch):
                some = wanted.slice(start, stretch if limit is None else min(stretch, limit - start))
                for frame in some.collect_batches(chunk_size=rows, engine="streaming"):
                    yield Table(frame, {})
    except (PolarsError, OSError) as error:
        raise _unreadable(source, error) from error


def _is_plain(kind: pl.DataType) -> bool:
    return kind.is_integer() or (isinstance(kind, pl.Datetime) and kind.time_zone is not None)


def _names(schema: Mapping[str, pl.DataType], prefix: str = "") -> Iterator[str]:
    """The names of columns, and with dots those of the fields of structs."""
    for name, kind in schema.items():
        yield prefix + name
        if isinstance(kind, pl.Struct):
            yield from _names(pl.Schema(kind.to_schema()), f"{prefix}{name}.")


def _place(schema: Mapping[str, pl.DataType], name: str) -> tuple[pl.Expr, pl.DataType]:
    """A column, or a field within structs; a column that is spelt like the whole name comes first."""
    if name in schema:
        return pl.col(name), schema[name]
    head = next(head for head in _heads(name) if isinstance(schema.get(head), pl.Struct))
    column, kind = pl.col(head), schema[head]
    rest = name[len(head) + 1 :]
    while rest:
        assert isinstance(kind, pl.Struct)
        fields = pl.Schema(kind.to_schema())
        field = rest if rest in fields else next(head for head in _heads(rest) if head in fields)
        column, kind = column.struct.field(field), fields[field]
        rest = rest[len(field) + 1 :]
    return column, kind


def _heads(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[:count]) for count in range(1, len(parts)))


def _text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.Struct):
        return column.struct.json_encode()
    if isinstance(kind, pl.List | pl.Array):
        # Polars writes structs as JSON and no lists: the list is put into one, and taken out of its text.
        wrapped = pl.struct(column.alias("_")).struct.json_encode().str.strip_prefix('{"_":').str.strip_suffix("}")
        return pl.when(column.is_not_null()).then(wrapped)
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return column.cast(pl.String)


def _unreadable(source: Source, error: Exception) -> UnreadableHistory:
    first = (str(error).strip().splitlines() or ["cannot be read"])[0]
    return UnreadableHistory(f"{source.name}: not readable as Parquet: {first}")
