"""Numbers of rows of a history, a bit for each row: ten million rows take little more than a megabyte."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.bulk import Flags, Whole


class RowNumbers:
    """Some of the rows of a history, by their numbers from 0; added in any order."""

    def __init__(self) -> None:
        self._bits: npt.NDArray[np.uint8] = np.zeros(1 << 10, np.uint8)
        self._count = 0

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def add(self, rows: Whole) -> None:
        """Take more rows, each once."""
        if not len(rows):
            return
        bytes_, self._count = rows >> 3, self._count + len(rows)
        if (most := int(bytes_.max())) >= len(self._bits):
            self._bits = np.concatenate([self._bits, np.zeros(most + 1, np.uint8)])
        np.bitwise_or.at(self._bits, bytes_, np.left_shift(1, rows & 7).astype(np.uint8))

    def flags(self, start: int, stop: int) -> Flags:
        """Which of the rows from ``start`` to before ``stop`` are among them."""
        first = start >> 3
        bits = np.unpackbits(self._bits[first : (stop + 7) >> 3], bitorder="little")[start - 8 * first :]
        flags: Flags = np.zeros(stop - start, np.bool_)
        found = bits[: stop - start]
        flags[: len(found)] = found
        return flags

    def within(self, start: int, stop: int) -> list[int]:
        """Those that lie from ``start`` to before ``stop``, counted from ``start``, ascending."""
        return np.flatnonzero(self.flags(start, stop)).tolist()
