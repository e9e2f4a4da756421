"""Rows of many tickets, brought together ticket by ticket: for what must be known of all the rows that a ticket has.

They may lie anywhere in a history, so memory alone would not do. Up to a bound rows are held; beyond it they are spread
over parts of a file by a hash of the ticket, so that each part can be taken by itself; a part that is still too long is
spread again. The file has no name and goes away with its holder, however that ends.

Knows columns by name only: what is kept of a ticket is said by the caller.
"""

from __future__ import annotations

import io
import tempfile
import weakref
from collections.abc import Callable, Iterator
from typing import IO, Final, NamedTuple, TypeAlias

import polars as pl

HELD: Final = 1 << 18
"""Rows that are held before they are spread."""
HELD_BYTES: Final = 64_000_000
"""The same for rows that are long."""
PARTS: Final = 64
LEVELS: Final = 4
"""How often rows are spread: with so many parts each time, what is left together then is of few tickets."""

Reduce: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]
"""Leaves of some rows, in any order, those that matter beside any others of their tickets."""


class _Piece(NamedTuple):
    """Where a piece of a part lies in the file."""

    start: int
    length: int


class Gathered:
    """Takes frames with a column `ticket`, and gives them back as frames that each hold all that is left of a ticket.

    Memory is bounded by HELD rows, or by those that ``reduce`` leaves of one ticket where these are more; a row costs
    some tens of bytes on disk, in the folder for temporary files.
    """

    def __init__(self, reduce: Reduce, level: int = 0) -> None:
        self._reduce = reduce
        self._level = level
        self._held: list[pl.DataFrame] = []
        self._rows, self._bytes = 0, 0
        self._file: IO[bytes] | None = None
        self._pieces: list[list[_Piece]] = [[] for _ in range(PARTS)]
        self._pays = True

    def add(self, frame: pl.DataFrame) -> None:
        """Take more rows.

        Raises:
            OSError: when they cannot be written to the folder for temporary files.
        """
        self._hold(frame)
        if self._rows < HELD and self._bytes < HELD_BYTES:
            return
        rows = self._rows
        held = self._taken()
        # Where it leaves most of the rows it is not tried again: each part is reduced later on.
        if self._pays:
            held = self._reduce(held)
            self._pays = held.height <= rows // 2 or self._level == LEVELS
        if self._pays:
            self._hold(held)
        else:
            self._spread(held)

    def parts(self) -> Iterator[pl.DataFrame]:
        """What is left of all rows, once all were taken; to be asked once."""
        held = self._taken() if self._held else None
        if self._file is None:
            if held is not None:
                yield self._reduce(held)
            return
        if held is not None:
            self._spread(held)
        with self._file as file:
            for pieces in self._pieces:
                part = Gathered(self._reduce, self._level + 1)
                for piece in pieces:
                    file.seek(piece.start)
                    part.add(pl.read_ipc(io.BytesIO(file.read(piece.length))))
                yield from part.parts()

    def _hold(self, frame: pl.DataFrame) -> None:
        self._held.append(frame)
        self._rows += frame.height
        self._bytes += int(frame.estimated_size())

    def _taken(self) -> pl.DataFrame:
        held, self._held, self._rows, self._bytes = pl.concat(self._held), [], 0, 0
        return held

    def _spread(self, frame: pl.DataFrame) -> None:
        """Write rows to the file, part by part."""
        number = (pl.col("ticket").hash(self._level) % PARTS).alias("_part")
        parts = frame.with_columns(number).partition_by("_part", as_dict=True, include_key=False)
        try:
            file = self._opened()
            for (part,), rows in parts.items():
                buffer = io.BytesIO()
                rows.write_ipc(buffer, compression="lz4")
                start = file.tell()
                self._pieces[part].append(_Piece(start, file.write(buffer.getbuffer())))
            file.flush()
        except OSError as error:
            raise OSError(error.errno, error.strerror, tempfile.gettempdir()) from error

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with its holder)
            weakref.finalize(self, self._file.close)
        return self._file
