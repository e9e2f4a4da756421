"""The rows of a long table as arrays: which of them can apply together, lie within one another, or take a request.

Each column is a fact: for each row a run of cells from a first to a last, and for listed values a mask of cells. Where
a condition is no run, and for texts and sets, the run is the least that holds it, and the row is `rough`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ...rulebook import Row
from ...tables import ANY, Line, Listed, Partition

Flags: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[np.int64]
_WORD = 63
_LAST = 2**40


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a table by columns. Rows are told by their numbers, in order."""

    masks: Sequence[Numbers]
    """For each column of a list that fits a word, by row, the cells that the row takes."""
    runs: Sequence[tuple[Numbers, Numbers]]
    """For each other column, by row, the first and the last cell that the row takes."""
    rough: Flags
    """Rows that take less than their runs say."""

    def together(self, i: int) -> Numbers:
        """The rows that can apply together with a row, as far as columns tell; the row itself among them."""
        found: Numbers = np.arange(len(self.rough))
        for mask in self.masks:
            found = found[(mask[found] & mask[i]) != 0]
        for low, high in self.runs:
            found = found[(low[found] <= high[i]) & (high[found] >= low[i])]
        return found

    def within(self, i: int, among: Numbers) -> Flags:
        """Whether a row lies within each of some others; true only where that is sure."""
        found: Flags = ~self.rough[among]
        for mask in self.masks:
            found &= (mask[i] & ~mask[among]) == 0
        for low, high in self.runs:
            found &= (low[among] <= low[i]) & (high[among] >= high[i])
        return found

    def around(self, i: int, among: Numbers) -> Flags:
        """Whether each of some rows lies within a row; true only where that is sure."""
        found: Flags = np.full(len(among), not self.rough[i])
        for mask in self.masks:
            found &= (mask[among] & ~mask[i]) == 0
        for low, high in self.runs:
            found &= (low[among] >= low[i]) & (high[among] <= high[i])
        return found


def grid_of(rows: Sequence[Row], partitions: dict[str, Partition]) -> Grid:
    """The rows over the cells of the facts that they test."""
    rough, masks, runs = np.zeros(len(rows), dtype=np.bool_), [], []
    for fact in dict.fromkeys(fact for row in rows for fact in row.when):
        cells = partitions[fact]
        known: dict[Any, tuple[int, int, bool, int]] = {}
        low, high, mask = (np.zeros(len(rows), dtype=np.int64) for _ in range(3))
        for i, row in enumerate(rows):
            condition = row.when.get(fact, ANY)
            found = known.get(condition)
            if found is None:
                found = known[condition] = _run(cells, condition)
            low[i], high[i], is_rough, mask[i] = found
            rough[i] |= is_rough
        if isinstance(cells, Listed) and cells.size <= _WORD:
            masks.append(mask)
        else:
            runs.append((low, high))
    return Grid(masks, runs, rough)


def _run(cells: Partition, condition: Any) -> tuple[int, int, bool, int]:
    """First and last cell, whether the run says too much, and the mask of listed cells."""
    if isinstance(cells, Listed):
        accepted = cells.accepted(condition)
        if not accepted:
            return 1, 0, False, 0
        is_rough = cells.size > _WORD and len(accepted) != accepted[-1] - accepted[0] + 1
        return (0, _LAST, False, _mask(accepted)) if cells.size <= _WORD else (accepted[0], accepted[-1], is_rough, 0)
    if isinstance(cells, Line):
        runs = cells.runs(condition)
        return (runs[0][0], runs[-1][1], len(runs) > 1, 0) if runs else (1, 0, False, 0)
    absent, required = cells.bits(condition)
    return (0, 0 if absent else _LAST, bool(required), 0) if absent is not False else (1, _LAST, bool(required), 0)


def _mask(cells: Sequence[int]) -> int:
    return sum(1 << cell for cell in cells)
