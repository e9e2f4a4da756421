"""Parquet histories, read by Polars; columns that are no texts are turned into texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from .faults import UnreadableHistory
from .table import BATCH_ROWS, Table


def columns(path: Path, separator: str) -> tuple[str, ...]:
    """The names of the columns."""
    try:
        return tuple(pl.scan_parquet(path, glob=False).collect_schema().names())
    except (PolarsError, OSError) as error:
        raise _unreadable(path, error) from error


def tables(path: Path, separator: str, names: Sequence[str], limit: int | None) -> Iterator[Table]:
    """The rows, piece by piece."""
    wanted = pl.scan_parquet(path, glob=False).select(pl.col(name).cast(pl.String) for name in names)
    if limit is not None:
        wanted = wanted.head(limit)
    try:
        for frame in wanted.collect_batches(chunk_size=BATCH_ROWS, engine="streaming"):
            yield Table(frame, {})
    except (PolarsError, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> UnreadableHistory:
    first = (str(error).strip().splitlines() or ["cannot be read"])[0]
    return UnreadableHistory(f"{path.name}: not readable as Parquet: {first}")
