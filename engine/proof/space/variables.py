"""Facts as unknowns: the cell in which a fact lies, as literals.

Listed values and lines are order-encoded, a literal for each limit ("the cell is at least k"), so a run of cells costs
two literals whatever its length; texts and sets have a literal for being stated and one for each test.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...facts import FactType
from ...tables import Condition, Line, Listed, Marks, inhabited
from .clauses import Clauses, Model

Cell = int
"""A cell of a partition, numbered as it numbers them (0: absent)."""


@dataclass(slots=True)
class Ordered:
    """A fact of listed values or on a line."""

    kind: FactType
    partition: Listed | Line
    clauses: Clauses
    limits: Sequence[int]
    """For each k from 0 to the number of cells: the literal of "the cell is at least k"."""
    known: dict[Condition, int] = field(default_factory=dict)

    @property
    def stated(self) -> int:
        """The literal of the fact's being stated."""
        return self.limits[1]

    def holds(self, condition: Condition) -> int:
        """The literal of a condition."""
        found = self.known.get(condition)
        if found is None:
            if isinstance(self.partition, Line):
                runs = self.partition.runs(condition)
            else:
                runs = _runs(self.partition.accepted(condition))
            found = self.known[condition] = self.clauses.any_of(self.run(a, b) for a, b in runs)
        return found

    def run(self, first: Cell, last: Cell) -> int:
        """The literal of the cell's lying from a first to a last one."""
        return self.clauses.all_of((self.limits[first], -self.limits[last + 1]))

    def within(self, cells: Iterable[Cell]) -> int:
        """The literal of the cell's being one of these."""
        return self.clauses.any_of(self.run(a, b) for a, b in _runs(sorted(cells)))

    def cell(self, model: Model) -> Cell:
        """The cell in an answer of the solver."""
        low, high = 0, self.partition.size - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if model[self.limits[middle]] else (low, middle - 1)
        return low


@dataclass(slots=True)
class Marked:
    """A text or a set."""

    kind: FactType
    partition: Marks
    clauses: Clauses
    stated: int
    bits: Sequence[int]
    """The literal of each test, in the order of the partition's bits."""
    known: dict[Condition, int] = field(default_factory=dict)

    def holds(self, condition: Condition) -> int:
        """The literal of a condition."""
        found = self.known.get(condition)
        if found is None:
            absent, required = self.partition.bits(condition)
            parts = [bit for i, bit in enumerate(self.bits) if required >> i & 1]
            if absent is not None:
                parts.append(-self.stated if absent else self.stated)
            found = self.known[condition] = self.clauses.all_of(parts)
        return found

    def within(self, cells: Iterable[Cell]) -> int:
        """The literal of the cell's being one of these."""
        return self.clauses.any_of(self.clauses.all_of(self.literals(cell)) for cell in cells)

    def literals(self, cell: Cell) -> list[int]:
        """The literals that hold in a cell."""
        if cell == 0:
            return [-self.stated]
        return [self.stated, *(bit if (cell - 1) >> i & 1 else -bit for i, bit in enumerate(self.bits))]

    def cell(self, model: Model) -> Cell:
        """The cell in an answer of the solver."""
        return 1 + sum(1 << i for i, bit in enumerate(self.bits) if model[bit]) if model[self.stated] else 0


Variable = Ordered | Marked


def new_variable(kind: FactType, partition: Listed | Line | Marks, clauses: Clauses) -> Variable:
    """An unknown for a fact; cells that hold no value are excluded, as far as that is told without a search."""
    if isinstance(partition, Marks):
        stated = clauses.new()
        bits = [clauses.new() for _ in partition.bit_of]
        for bit in bits:
            clauses.add((-bit, stated))
        return Marked(kind, partition, clauses, stated, bits)
    limits = [clauses.true, *(clauses.new() for _ in range(partition.size - 1)), -clauses.true]
    for low, high in pairwise(limits[1:-1]):
        clauses.add((-high, low))
    found = Ordered(kind, partition, clauses, limits)
    if isinstance(partition, Line):
        for cell in range(1, partition.size):
            if not inhabited(cell, partition, kind):
                clauses.add((-limits[cell], limits[cell + 1]))
    return found


def literals(variable: Variable, cell: Cell) -> list[int]:
    """The literals that say that a fact lies in a cell."""
    return [variable.run(cell, cell)] if isinstance(variable, Ordered) else variable.literals(cell)


def _runs(cells: Sequence[Cell]) -> list[tuple[Cell, Cell]]:
    """Cells in order, as runs."""
    runs: list[tuple[Cell, Cell]] = []
    for cell in cells:
        if runs and runs[-1][1] == cell - 1:
            runs[-1] = (runs[-1][0], cell)
        else:
            runs.append((cell, cell))
    return runs
