"""From rules to cells: which facts are tested, how their tests cut them, and each stage's index."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from ..facts import Closed, FactType
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
    """The rows of a stage with their index, and the key on which their answer depends."""

    rows: tuple[Row, ...]
    index: Index
    facts: tuple[str, ...]
    """The facts whose cells make the key, in the order of the slots."""
    key: Callable[[Sequence[int]], Any]
    """The part of a decision's cells that decides which rows apply and what they give."""


def build_cell_map(rulebook: Rulebook, apart: Iterable[str]) -> CellMap:
    """The cells of a rulebook; the values of facts in `apart` are told apart even where no rule does."""
    asked: dict[str, dict[Condition, None]] = {fact: {} for fact in sorted(apart)}
    for stage in rulebook.stages.values():
        for row in stage.rows:
            for fact, condition in row.when.items():
                asked.setdefault(fact, {})[condition] = None
    kept = frozenset(apart)
    partitions = [partition(rulebook.facts[fact], tests, apart=fact in kept) for fact, tests in asked.items()]
    return CellMap({fact: slot for slot, fact in enumerate(asked)}, partitions)


def build_table(rows: tuple[Row, ...], named: Iterable[str], cells: CellMap, facts: Mapping[str, FactType]) -> Table:
    """The table of a stage; `named` are facts on whose value (not only cell) an outcome depends."""
    tested = {fact for row in rows for fact in row.when}
    columns = []
    for fact in sorted(tested, key=lambda f: cells.slots[f]):
        slot = cells.slots[fact]
        column = build_column(slot, cells.partitions[slot], [row.when.get(fact, ANY) for row in rows])
        if column is not None:
            columns.append(column)
    keyed = tested | {fact for fact in named if isinstance(facts[fact], Closed)}
    slots = sorted(cells.slots[fact] for fact in keyed)
    by_slot = {slot: fact for fact, slot in cells.slots.items()}
    index = Index(tuple(columns), bitmap_of(range(len(rows)), len(rows)))
    return Table(rows, index, tuple(by_slot[s] for s in slots), _key(slots))


def _key(slots: Sequence[int]) -> Callable[[Sequence[int]], Any]:
    return itemgetter(*slots) if slots else lambda cells: None
