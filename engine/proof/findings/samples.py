"""Requests taken at random over the cells of a long table, and which of its rules apply to each.

What a sample shows is so, and need not be asked. Of what none shows nothing is known. Only for tables whose facts
requests state, each whatever the others are: then every choice of cells that hold values is a request.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ...facts import FactType
from ...rulebook import Row
from ...tables import ANY, Condition, Line, Listed, inhabited
from ..values import NOTHING, example

Bits: TypeAlias = int
"""A set of rules, a bit for each."""
Cells: TypeAlias = Sequence[int]
KEPT = 6
"""Samples that are kept for one rule."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The cells that a rule takes: stretches of all cells that hold values."""

    filled: Cells
    stretches: Sequence[tuple[int, int]]
    number: int

    def cell(self, place: int) -> int:
        """One of them."""
        for low, high in self.stretches:
            if place < high - low:
                return self.filled[low + place]
            place -= high - low
        raise IndexError(place)


def _both(one: Taken, other: Taken) -> Taken:
    """The cells that two rules take."""
    pairs = ((max(a, c), min(b, d)) for a, b in one.stretches for c, d in other.stretches)
    return _taken(one.filled, [(low, high) for low, high in pairs if low < high])


def _taken(filled: Cells, stretches: Sequence[tuple[int, int]]) -> Taken:
    return Taken(filled, stretches, sum(high - low for low, high in stretches))


@dataclass(frozen=True, slots=True)
class Column:
    """A fact: which rules take each of its cells, and the cells that each rule takes."""

    starts: Cells
    """From which cells on `taking` counts."""
    taking: Sequence[Bits]
    cells: Sequence[Taken]
    """By rule, its cells that hold values."""

    def at(self, cell: int) -> Bits:
        """The rules that take a cell."""
        return self.taking[bisect_right(self.starts, cell) - 1]


@dataclass(slots=True)
class Samples:
    """What samples have shown of the rules of a table."""

    columns: Sequence[Column]
    draws: Iterator[float] = field(default_factory=lambda: _draws())
    applied: dict[int, list[Bits]] = field(default_factory=dict)
    """By rule that settles some sample: the rules that apply to some of them, that one among them."""
    also: dict[int, Bits] = field(default_factory=dict)
    """By rule: the rules that apply to some sample that it settles."""
    always: dict[int, Bits] = field(default_factory=dict)
    """By rule: the rules that apply to every sample that it settles."""

    def take(self, cells: Cells) -> Bits:
        """Look at the request of some cells; the rules that apply to it."""
        found = -1
        for column, cell in zip(self.columns, cells, strict=True):
            found &= column.at(cell)
        if found:
            first = (found & -found).bit_length() - 1
            kept = self.applied.setdefault(first, [])
            if len(kept) < KEPT:
                kept.append(found)
            self.also[first] = self.also.get(first, 0) | found
            self.always[first] = self.always.get(first, -1) & found
        return found

    def taken(self, i: int) -> list[Taken]:
        """By column, the cells that a rule takes."""
        return [column.cells[i] for column in self.columns]

    def within(self, taken: Sequence[Taken]) -> Cells | None:
        """Some cells of these; None where there are none."""
        if not all(cells.number for cells in taken):
            return None
        return [cells.cell(int(next(self.draws) * cells.number)) for cells in taken]

    def reaches_beyond(self, j: int, i: int) -> bool:
        """Whether a rule is seen to apply where another one does not."""
        for _ in range(KEPT):
            cells = self.within(self.taken(j))
            if cells is not None and not self.take(cells) >> i & 1:
                return True
        return False

    def look_between(self, i: int, others: Iterable[int]) -> None:
        """Take samples of what a rule and each of some others take, until one shows the rule crossing something."""
        own = self.taken(i)
        for j in others:
            common = [one if one is other else _both(one, other) for one, other in zip(own, self.taken(j), strict=True)]
            for _ in range(KEPT):
                cells = self.within(common)
                if cells is not None:
                    self.take(cells)
            if self.crossed_by(i) >> j & 1:
                return

    def crossed_by(self, i: int) -> Bits:
        """The rules that apply to some of what a rule settles, and to some of it do not."""
        return self.also.get(i, 0) & ~self.always.get(i, -1)


def _draws() -> Iterator[float]:
    """Numbers from 0 to less than 1, always the same: Knuth's linear congruential generator (MMIX), its upper bits."""
    state = 0
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 11) / 2**53


def samples_of(rows: Sequence[Row], facts: Mapping[str, tuple[FactType, Line | Listed]], each: int) -> Samples:
    """So many samples from what each rule takes."""
    found = Samples([_column(rows, fact, *cut) for fact, cut in facts.items()])
    for i in range(len(rows)):
        for _ in range(each):
            cells = found.within(found.taken(i))
            if cells is not None:
                found.take(cells)
    return found


def rules_in(bits: Bits) -> Iterator[int]:
    """The rules of a set, in their order."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _column(rows: Sequence[Row], fact: str, kind: FactType, cut: Line | Listed) -> Column:
    conditions = [row.when.get(fact, ANY) for row in rows]
    rules: dict[Condition, list[int]] = {}
    for i, condition in enumerate(conditions):
        rules.setdefault(condition, []).append(i)
    filled = _inhabited(kind, cut)
    changes: dict[int, Bits] = {0: 0}
    cells: dict[Condition, Taken] = {}
    for condition, numbers in rules.items():
        bits = _bits(numbers)
        mine: list[tuple[int, int]] = []
        for first, last in _runs(cut, condition):
            for cell in (first, last + 1):
                changes[cell] = changes.get(cell, 0) ^ bits
            low, high = bisect_right(filled, first - 1), bisect_right(filled, last)
            if mine and mine[-1][1] == low:
                low = mine.pop()[0]
            mine.append((low, high))
        cells[condition] = _taken(filled, mine)
    starts, taking, known = sorted(changes), [], 0
    for start in starts:
        known ^= changes[start]
        taking.append(known)
    return Column(starts, taking, [cells[condition] for condition in conditions])


def _inhabited(kind: FactType, cut: Line | Listed) -> list[int]:
    """The cells that hold values; the absent fact's is one of them."""
    if isinstance(cut, Listed):
        return list(range(cut.size))
    found = [cell for cell in range(cut.size) if cell == 0 or inhabited(cell, cut, kind)]
    ends = {cell for cell in (1, cut.size - 1) if cell % 2 and example(kind, cut, cell) is NOTHING}
    return [cell for cell in found if cell not in ends]


def _runs(cut: Line | Listed, condition: Condition) -> Iterable[tuple[int, int]]:
    if isinstance(cut, Line):
        return [(0, cut.size - 1)] if condition == ANY else cut.runs(condition)
    return ((cell, cell) for cell in cut.accepted(condition))


def _bits(numbers: Sequence[int]) -> Bits:
    """The set of some numbers, which are in order."""
    found = bytearray(numbers[-1] // 8 + 1)
    for number in numbers:
        found[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(found, "little")
