"""From rules to cells: which facts are tested, how their tests cut them, and each stage's index."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..tables import ANY, Condition, Index, Partition, bitmap_of, build_column, partition
from .model import Row, Rulebook


@dataclass(frozen=True, slots=True)
class CellMap:
    """Where the cell of each tested fact stands in a decision's list of cells, and how values become cells."""

    slots: Mapping[str, int]
    partitions: Sequence[Partition]

    @property
    def spare(self) -> int:
        """A slot after all others, for facts that no rule tests."""
        return len(self.partitions)

    def cell(self, fact: str, value: Any) -> int:
        """The cell of a fact's read value; 0 when it is absent."""
        return 0 if value is None else self.partitions[self.slots[fact]].cell(value)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a stage with their index."""

    rows: tuple[Row, ...]
    index: Index
    facts: tuple[str, ...]
    """The facts that the rows test, in the order of their slots."""


def build_cell_map(rulebook: Rulebook, apart: Iterable[str] = ()) -> CellMap:
    """The cells of a rulebook; the values of facts in `apart` are told apart even where no rule does."""
    asked: dict[str, dict[Condition, None]] = {fact: {} for fact in sorted(apart)}
    for stage in rulebook.stages.values():
        for row in stage.rows:
            for fact, condition in row.when.items():
                asked.setdefault(fact, {})[condition] = None
    kept = frozenset(apart)
    partitions = [partition(rulebook.facts[fact], tests, apart=fact in kept) for fact, tests in asked.items()]
    return CellMap({fact: slot for slot, fact in enumerate(asked)}, partitions)


def build_table(rows: tuple[Row, ...], cells: CellMap) -> Table:
    """The table of a stage."""
    tested = sorted({fact for row in rows for fact in row.when}, key=lambda fact: cells.slots[fact])
    columns = []
    for fact in tested:
        slot = cells.slots[fact]
        column = build_column(slot, cells.partitions[slot], [row.when.get(fact, ANY) for row in rows])
        if column is not None:
            columns.append(column)
    return Table(rows, Index(tuple(columns), bitmap_of(range(len(rows)), len(rows))), tuple(tested))
