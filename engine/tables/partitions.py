"""Cells: the finitely many parts into which the tests of a rulebook cut the values of one fact.

Values in one cell are told apart by no test, so everything that follows from a value follows from its cell. Cell 0 is
the absent fact. Three kinds of partition cover all types: listed values, points on a line, and marks (which of the
tests hold) on texts and sets.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..facts import Closed, FactType, Truth, is_linear
from .conditions import Condition, Test, folded, holds, matcher, words

ABSENT = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """Cells of a closed list or a truth value: values that every test treats alike share a cell."""

    cell_of_value: dict[Any, int]
    size: int

    def cell(self, value: Any) -> int:
        """The cell of a read value."""
        return self.cell_of_value[value]

    def accepted(self, condition: Condition) -> list[int]:
        """The cells in which the condition holds."""
        if not condition:
            return list(range(self.size))
        cells = set(range(1, self.size))
        for test in condition:
            if test.op == "missing":
                if test.operand:
                    return [ABSENT] if len(condition) == 1 else []
            elif test.op == "one_of":
                cells &= {self.cell_of_value[v] for v in test.operand}
            else:
                cells -= {self.cell_of_value[v] for v in test.operand}
        return sorted(cells)


@dataclass(frozen=True, slots=True)
class Line:
    """Cells of a line cut at points: before the first, the first itself, between, … (2n + 1 of them)."""

    points: tuple[Any, ...]

    @property
    def size(self) -> int:
        """How many cells there are, the absent one counted."""
        return 2 * len(self.points) + 2

    def cell(self, value: Any) -> int:
        """The cell of a read value."""
        i = bisect_left(self.points, value)
        return 2 * i + 1 + (i < len(self.points) and self.points[i] == value)

    def runs(self, condition: Condition) -> list[tuple[int, int]]:
        """The cells in which the condition holds, as runs from a first to a last one."""
        if not condition:
            return [(ABSENT, self.size - 1)]
        low, high = 1, self.size - 1
        only: set[int] | None = None
        banned: set[int] = set()
        for test in condition:
            match test.op:
                case "missing" if test.operand:
                    return [(ABSENT, ABSENT)] if len(condition) == 1 else []
                case "one_of":
                    cells = {self.cell(v) for v in test.operand}
                    only = cells if only is None else only & cells
                case "none_of":
                    banned |= {self.cell(v) for v in test.operand}
                case "at_least" | "more_than":
                    low = max(low, self.cell(test.operand) + (test.op == "more_than"))
                case "at_most" | "less_than":
                    high = min(high, self.cell(test.operand) - (test.op == "less_than"))
        if only is not None:
            return [(c, c) for c in sorted(only - banned) if low <= c <= high]
        edges = [low - 1, *sorted(c for c in banned if low <= c <= high), high + 1]
        return [(a + 1, b - 1) for a, b in pairwise(edges) if a + 1 <= b - 1]

    def accepted(self, condition: Condition) -> list[int]:
        """The cells in which the condition holds."""
        return [cell for first, last in self.runs(condition) for cell in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Marks:
    """Cells of texts and sets: one for each combination of tests that hold, numbered by its bits."""

    bit_of: dict[Test, int]
    mark: Callable[[Any], int]

    def cell(self, value: Any) -> int:
        """The cell of a read value: 1 + the bits of the tests that hold."""
        return 1 + self.mark(value)

    def bits(self, condition: Condition) -> tuple[bool | None, int]:
        """A condition as (must be absent / present / either = None, the tests that must hold as bits)."""
        required = 0
        absent: bool | None = False if condition else None
        for test in condition:
            if test.op == "missing":
                absent = test.operand
            else:
                required |= self.bit_of[test]
        return absent, required


Partition = Listed | Line | Marks


def partition(kind: FactType, conditions: Iterable[Condition], *, apart: bool = False) -> Partition:
    """The partition that these conditions make of a fact.

    `apart` keeps every listed value in a cell of its own (a result names the value).
    """
    tests = list(dict.fromkeys(t for c in conditions for t in c if t.op != "missing"))
    if isinstance(kind, Closed | Truth):
        return _listed(kind, tests, apart)
    if is_linear(kind):
        return Line(tuple(sorted({v for t in tests for v in _operands(t)})))
    tests.sort(key=lambda t: (t.op, sorted(t.operand)))
    return Marks({test: 1 << i for i, test in enumerate(tests)}, _marker(tests))


def _operands(test: Test) -> Iterable[Any]:
    return test.operand if isinstance(test.operand, frozenset) else (test.operand,)


def _listed(kind: Closed | Truth, tests: list[Test], apart: bool) -> Listed:
    values: tuple[Any, ...] = kind.values if isinstance(kind, Closed) else (False, True)
    bits: dict[Any, int] = dict.fromkeys(values, 0)
    known = set(values)
    for i, test in enumerate(tests):
        chosen = test.operand if test.op == "one_of" else known - test.operand
        for value in chosen:
            bits[value] |= 1 << i
    cells: dict[Any, int] = {}
    return Listed({v: cells.setdefault(v if apart else bits[v], len(cells) + 1) for v in values}, 1 + len(cells))


def _marker(tests: list[Test]) -> Callable[[Any], int]:
    """A function from a value to the bits of the tests that hold for it, with each text folded and cut once."""
    plain: list[tuple[int, Callable[[Any], bool]]] = []
    on_folded: list[tuple[int, Callable[[str], bool]]] = []
    by_word: dict[str, int] = {}
    for i, test in enumerate(tests):
        bit = 1 << i
        if test.op == "any_word":
            for word in test.operand:
                by_word[word] = by_word.get(word, 0) | bit
        elif test.op == "matches":
            plain.append((bit, _searcher(test.operand)))
        elif test.op in ("contains", "starts_with", "ends_with"):
            on_folded.append((bit, _folded_test(test)))
        else:
            plain.append((bit, lambda value, test=test: holds(test, value)))  # type: ignore[misc]

    def mark(value: Any) -> int:
        bits = 0
        for bit, test in plain:
            if test(value):
                bits |= bit
        if on_folded:
            text = folded(value)
            for bit, test in on_folded:
                if test(text):
                    bits |= bit
        if by_word:
            for word in words(value):
                bits |= by_word.get(word, 0)
        return bits

    return mark


def _searcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    compiled = [matcher(pattern) for pattern in patterns]
    return lambda text: any(c.search(text) for c in compiled)


def _folded_test(test: Test) -> Callable[[str], bool]:
    parts: tuple[str, ...] = test.operand
    if test.op == "contains":
        return lambda text: any(part in text for part in parts)
    if test.op == "starts_with":
        return lambda text: text.startswith(parts)
    return lambda text: text.endswith(parts)
