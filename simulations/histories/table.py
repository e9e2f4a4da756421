"""What every form of history gives: pieces of a table of texts, and how a form is described."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

import polars as pl

from .location import Location

BATCH_ROWS: Final = 20_000
"""Rows in one piece of a table."""
LARGE_BATCH_ROWS: Final = 65_536
"""Rows in one piece of a table whose rows are never Python's own values."""
BATCH_CHARACTERS: Final = 32_000_000
"""A piece ends early when its rows have this many characters."""
_HIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHOWN: Final = 200


class Table(NamedTuple):
    """Rows of a history, all columns as text, unless others were asked for.

    ``crooked`` tells, by position, of rows that are no rows of the table; ``shown`` keeps what stands there instead.
    """

    frame: pl.DataFrame
    crooked: Mapping[int, str]
    shown: Mapping[int, str] = {}


class Record(NamedTuple):
    """One row as it is read: the texts of all wanted columns, or None with the reason why it is no row.

    ``weight`` is how many characters it took; ``shown`` is what stands there.
    """

    cells: Sequence[str | None] | None
    weight: int
    why: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text of a history is laid out, and which member of an archive holds it, where that must be said."""

    separator: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    member: str | None = None


class Source(NamedTuple):
    """Where a history lies, and how it is laid out."""

    location: Location
    layout: Layout

    @property
    def name(self) -> str:
        """The name of the file, for messages."""
        return self.location.name


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file.

    ``recognises`` tells it by the first plain bytes. ``columns`` takes the source and the names that somebody asks
    about, and gives the names of the columns; a form whose rows differ looks on until it has met all that are asked
    about. ``tables`` takes the names that are wanted and how many rows at most, and gives the rows in the order of the
    file. ``typed_tables``, where there is one, also takes the columns that may stay instants or whole numbers.
    """

    name: str
    recognises: Callable[[bytes], bool]
    columns: Callable[[Source, Sequence[str]], tuple[str, ...]]
    tables: Callable[[Source, Sequence[str], int | None], Iterator[Table]]
    typed_tables: Callable[[Source, Sequence[str], int | None, Collection[str]], Iterator[Table]] | None = None


def tables_of(records: Iterator[Record], names: Sequence[str], limit: int | None, most: int) -> Iterator[Table]:
    """Records as tables of at most ``most`` rows, so that memory does not grow with the length of a history."""
    piece: list[Record] = []
    weight = 0
    for record in islice(records, limit):
        piece.append(record)
        weight += record.weight
        if len(piece) >= most or weight >= BATCH_CHARACTERS:
            yield _table(piece, names)
            piece, weight = [], 0
    if piece:
        yield _table(piece, names)


def line_shown(number: int, line: str) -> str:
    """The beginning of a line with its number, to be kept where the line is no row."""
    # Bytes that are no text, and signs that no terminal shows, are written as escapes.
    text = line.rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    text = _HIDDEN.sub(lambda found: f"\\x{ord(found.group()):02x}", text)
    return f"line {number}: {text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}"


def _table(piece: list[Record], names: Sequence[str]) -> Table:
    blank = [None] * len(names)
    rows = [record.cells if record.cells is not None else blank for record in piece]
    frame = pl.DataFrame(
        {name: [row[at] for row in rows] for at, name in enumerate(names)}, schema=dict.fromkeys(names, pl.String)
    )
    crooked = {at: record for at, record in enumerate(piece) if record.cells is None}
    return Table(
        frame, {at: record.why for at, record in crooked.items()}, {at: record.shown for at, record in crooked.items()}
    )
