"""CSV histories: plain, gzip, or a zip that holds one.

Read by Python's own reader instead of Polars', which fills lines that are too short and cuts those that are too long
without a word: a line whose fields have moved would be taken for a row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import polars as pl

from .faults import UnreadableHistory
from .packing import plain_bytes
from .table import BATCH_ROWS, Table


def columns(path: Path, separator: str) -> tuple[str, ...]:
    """The names in the head."""
    with _lines(path, separator) as lines:
        head = tuple(next(lines, ()))
    if not head:
        raise UnreadableHistory(f"{path.name}: the file has no head")
    twice = sorted({name for name in head if head.count(name) > 1})
    if twice:
        raise UnreadableHistory(f"{path.name}: the head names `{twice[0]}` twice")
    return head


def tables(path: Path, separator: str, names: Sequence[str], limit: int | None) -> Iterator[Table]:
    """The rows, piece by piece; empty lines are none."""
    with _lines(path, separator) as lines:
        head = next(lines)
        places = {name: head.index(name) for name in names}
        rows = islice(lines, limit)
        while piece := list(islice(rows, BATCH_ROWS)):
            yield _table(piece, len(head), places)


def _table(rows: list[list[str]], width: int, places: dict[str, int]) -> Table:
    crooked = {}
    for at, row in enumerate(rows):
        if len(row) != width:
            crooked[at] = f"the line has {len(row)} fields where the head has {width}"
    for at in crooked:
        rows[at] = [""] * width
    frame = pl.DataFrame(
        {name: [row[place] for row in rows] for name, place in places.items()},
        schema=dict.fromkeys(places, pl.String),
    )
    return Table(frame, crooked)


@contextmanager
def _lines(path: Path, separator: str) -> Iterator[Iterator[list[str]]]:
    with plain_bytes(path) as plain, io.TextIOWrapper(plain, encoding="utf-8-sig", newline="") as text:
        yield _rows(path, text, separator)


def _rows(path: Path, text: io.TextIOWrapper, separator: str) -> Iterator[list[str]]:
    reader, ended = csv.reader(text, delimiter=separator, strict=True), 0
    try:
        for row in reader:
            ended = reader.line_num
            if row:
                yield row
    except csv.Error as error:
        why = "a quote is never closed" if str(error) == "unexpected end of data" else str(error)
        raise UnreadableHistory(f"{path.name}: line {ended + 1}: {why}") from error
    except UnicodeDecodeError as error:
        raise UnreadableHistory(f"{path.name}: not UTF-8 text, soon after line {ended}") from error
