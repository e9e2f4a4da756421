"""One fact of a table as its rules cut it: cells that no rule tells apart are one, and rules are told by cells.

Sets of rules and sets of cells are whole numbers, a bit for each, so that one operation looks at all of them. Cells
that hold no value are left out. Knows nothing of other facts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ...facts import FactType
from ...rulebook import Row
from ...tables import ANY, Condition, Line, Listed, inhabited
from ..values import NOTHING, example

Bits: TypeAlias = int
"""A set of rules by their numbers."""
Mask: TypeAlias = int
"""A set of cells; the first is the absent fact's."""
Runs: TypeAlias = Sequence[tuple[int, int]]
"""Cells as runs, each from a first to before an end."""

FEW = 64
"""With no more cells than this, the rules of each cell are kept; else those that begin or end at it."""
GROUP = 32
"""Cells of which it is also kept which rules take any and which take all of them."""
KEPT = 1_000
"""Sets of cells for which an answer is kept."""
MARKED = 16_000_000
"""Bytes of a fact's sets of rules, at about which not every cell gets one."""


def members(bits: int) -> Iterator[int]:
    """The numbers in a set, from the lowest on."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def bits_of(numbers: Sequence[int]) -> int:
    """The set of some numbers, which are in order."""
    if not numbers:
        return 0
    found = bytearray(numbers[-1] // 8 + 1)
    for number in numbers:
        found[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(found, "little")


def runs_in(mask: Mask) -> Iterator[tuple[int, int]]:
    """The cells of a set as runs."""
    start = 0
    while mask:
        gap = (mask & -mask).bit_length() - 1
        mask >>= gap
        length = (~mask & (mask + 1)).bit_length() - 1
        yield start + gap, start + gap + length
        mask >>= length
        start += gap + length


@dataclass(frozen=True, slots=True)
class _ByCell:
    """Which rules take each cell."""

    taking: Sequence[Bits]
    groups: Sequence[tuple[Mask, Bits, Bits]]
    """Neighbouring cells, the rules that take any of them and those that take all."""
    known: dict[Mask, tuple[Bits, Bits]] = field(default_factory=dict)

    def touching_and_holding(self, mask: Mask) -> tuple[Bits, Bits]:
        found = self.known.get(mask)
        if found is None:
            if len(self.known) >= KEPT:
                self.known.clear()
            found = self.known[mask] = self._looked_up(mask)
        return found

    def _looked_up(self, mask: Mask) -> tuple[Bits, Bits]:
        touching, holding = 0, -1
        for group, some, every in self.groups:
            inside = mask & group
            if inside == group:
                touching |= some
                holding &= every
            else:
                for cell in members(inside):
                    touching |= self.taking[cell]
                    holding &= self.taking[cell]
        return touching, holding


@dataclass(frozen=True, slots=True)
class _Upto:
    """The rules that begin at a cell or before it. Every so many cells the whole set is kept."""

    beginning: Sequence[Sequence[int]]
    step: int
    marks: Sequence[Bits]

    def at(self, cell: int) -> Bits:
        mark = cell // self.step
        found = self.marks[mark]
        for rules in self.beginning[mark * self.step + 1 : cell + 1]:
            for rule in rules:
                found |= 1 << rule
        return found


@dataclass(frozen=True, slots=True)
class _ByRun:
    """Which rules begin and end at each cell; for long lines, on which most rules take one run."""

    begun: _Upto
    unended: _Upto
    """Cells counted from the last one."""
    last: int
    ragged: Sequence[tuple[Mask, Bits]]
    """Rules that take several runs, by the cells that they take."""

    def touching_and_holding(self, mask: Mask) -> tuple[Bits, Bits]:
        first, last = (mask & -mask).bit_length() - 1, mask.bit_length() - 1
        touching, holding = 0, self.begun.at(first) & self.unended.at(self.last - last)
        is_run = mask.bit_count() == last + 1 - first
        for begin, end in ((first, last + 1),) if is_run else runs_in(mask):
            touching |= self.begun.at(end - 1) & self.unended.at(self.last - begin)
        for cells, rules in self.ragged:
            if cells & mask:
                touching |= rules
                if not mask & ~cells:
                    holding |= rules
        return touching, holding


@dataclass(frozen=True, slots=True)
class Column:
    """A fact: the cells that each rule takes, and for some cells the rules that take any or all of them."""

    fact: str
    size: int
    """Cells of the partition from which these were made."""
    firsts: Sequence[int]
    """By cell, the first cell of the partition that it stands for, which holds a value."""
    runs: Sequence[Runs]
    """By rule."""
    index: _ByCell | _ByRun

    @property
    def whole(self) -> Mask:
        """All cells."""
        return (1 << len(self.firsts)) - 1

    def cells(self, rule: int) -> Mask:
        """The cells that a rule takes."""
        return sum((1 << end) - (1 << begin) for begin, end in self.runs[rule])

    def touching_and_holding(self, mask: Mask) -> tuple[Bits, Bits]:
        """The rules that take some cell of a set which is not empty, and those that take all of it."""
        return self.index.touching_and_holding(mask)

    def originals(self, mask: Mask) -> frozenset[int]:
        """The cells of the partition for which a set stands, with those between them that hold no value."""
        found: set[int] = set()
        for begin, end in runs_in(mask):
            first = begin if begin < 2 else self.firsts[begin]
            found.update(range(first, self.firsts[end] if 1 < end < len(self.firsts) else self.size if end > 1 else 1))
        return frozenset(found)


def column_of(rows: Sequence[Row], fact: str, kind: FactType, cut: Line | Listed) -> Column:
    """A fact of a table as its rows cut it."""
    rules: dict[Condition, list[int]] = {}
    for i, row in enumerate(rows):
        rules.setdefault(row.when.get(fact, ANY), []).append(i)
    filled = _inhabited(kind, cut)
    taken = {condition: _taken(cut, condition, filled) for condition in rules}
    limits = {limit for runs in taken.values() for run in runs for limit in run}
    starts = sorted(limit for limit in {0, 1, *limits} if limit < len(filled))
    place = {start: i for i, start in enumerate(starts)} | {len(filled): len(starts)}
    runs = {condition: [(place[low], place[high]) for low, high in found] for condition, found in taken.items()}
    pairs = [(runs[condition], numbers) for condition, numbers in rules.items()]
    is_short = len(starts) <= FEW or isinstance(cut, Listed)
    index = _by_cell(pairs, len(starts)) if is_short else _by_run(pairs, len(starts), len(rows))
    by_rule = [runs[row.when.get(fact, ANY)] for row in rows]
    return Column(fact, cut.size, [filled[start] for start in starts], by_rule, index)


def _taken(cut: Line | Listed, condition: Condition, filled: Sequence[int]) -> Runs:
    """The cells that a condition takes, among those that hold values."""
    runs = cut.runs(condition) if isinstance(cut, Line) else [(cell, cell) for cell in cut.accepted(condition)]
    found: list[tuple[int, int]] = []
    for first, last in runs:
        low, high = bisect_left(filled, first), bisect_right(filled, last)
        if found and found[-1][1] == low:
            low = found.pop()[0]
        if low < high:
            found.append((low, high))
    return found


def _inhabited(kind: FactType, cut: Line | Listed) -> list[int]:
    """The cells that hold values; the absent fact's is one of them."""
    if isinstance(cut, Listed):
        return list(range(cut.size))
    ends = {cell for cell in (1, cut.size - 1) if cell % 2 and example(kind, cut, cell) is NOTHING}
    return [cell for cell in range(cut.size) if cell == 0 or (cell not in ends and inhabited(cell, cut, kind))]


def _by_cell(pairs: Sequence[tuple[Runs, list[int]]], size: int) -> _ByCell:
    taking = [0] * size
    for runs, numbers in pairs:
        bits = bits_of(numbers)
        for low, high in runs:
            for cell in range(low, high):
                taking[cell] |= bits
    groups = []
    for low in range(0, size, GROUP):
        some, every = 0, -1
        for bits in taking[low : low + GROUP]:
            some |= bits
            every &= bits
        groups.append(((1 << min(low + GROUP, size)) - (1 << low), some, every))
    return _ByCell(taking, groups)


def _by_run(pairs: Sequence[tuple[Runs, list[int]]], size: int, count: int) -> _ByRun:
    begin: list[list[int]] = [[] for _ in range(size)]
    end: list[list[int]] = [[] for _ in range(size)]
    ragged = []
    for runs, numbers in pairs:
        if len(runs) == 1:
            ((low, high),) = runs
            begin[low] += numbers
            end[size - high] += numbers
        elif runs:
            ragged.append((sum((1 << high) - (1 << low) for low, high in runs), bits_of(numbers)))
    return _ByRun(_upto(begin, count), _upto(end, count), size - 1, ragged)


def _upto(beginning: Sequence[list[int]], count: int) -> _Upto:
    step = 1 + len(beginning) * count // (8 * MARKED)
    marks, known = [], 0
    for cell, rules in enumerate(beginning):
        known |= bits_of(sorted(rules))
        if cell % step == 0:
            marks.append(known)
    return _Upto(beginning, step, marks)
