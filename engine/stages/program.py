"""A stage made ready to run: its table, and what it remembers of the keys it has met.

What a stage gives follows from the cells in its table's key and from the language, so a runner (one for each language)
works each key out once and remembers it. The memory is bounded and changes no answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..facts import FactType
from ..rulebook import CellMap, Row, Stage, Table, build_table, stage_of_result
from ..tables import rows_of
from .case import Case
from .wording import reason, sentence, why_none

REMEMBERED = 4096
"""Keys that a runner remembers before it starts anew."""

Runner = Callable[[Case], Any]
"""Gives a stage's part of the decision and makes its results known to later stages."""
Line = dict[str, Any]
"""A line of the trace."""


class StageProgram(Protocol):
    """A stage that can be run."""

    @property
    def name(self) -> str:
        """The stage's name."""
        ...

    def runner(self, language: str) -> Runner:
        """The stage for requests answered in a language."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a stage is built from."""

    name: str
    stage: Stage | None
    table: Table
    cells: CellMap
    facts: Mapping[str, FactType]
    valued: frozenset[str]
    """Facts whose values, not only cells, something asks for later."""
    is_heard: bool
    """Whether anything later asks for this stage's results at all."""

    @property
    def settings(self) -> Any:
        """The stage's settings, or None when the rulebook lacks the stage."""
        return self.stage.settings if self.stage else None

    def first(self, case: Case) -> Row | None:
        """The first row that applies."""
        rows = self.table.index.match(case.cells)
        return self.table.rows[(rows & -rows).bit_length() - 1] if rows else None

    def applying(self, case: Case) -> list[Row]:
        """All rows that apply, in order."""
        return [self.table.rows[i] for i in rows_of(self.table.index.match(case.cells))]

    def by(self, row: Row | None) -> str:
        """The id of the rule behind a part; the engine's own `<stage>.none` when no rule applied."""
        return row.id if row else f"{self.name}.none"

    def traced(self, row: Row | None, case: Case) -> Line:
        """A line of the trace."""
        if row is not None:
            because = reason(row, self.facts, case.language)
            return _line(self.name, row.id, because, row.cites, row.assumed)
        if self.stage is None:
            because = sentence("no_rules", case.language)
        else:
            slots = self.cells.slots
            because = why_none([f for f in self.table.facts if case.cells[slots[f]] == 0], case.language)
        return _line(self.name, self.by(None), because, (), False)

    def settled(self, results: Mapping[str, Any]) -> "Settled":
        """Results ready to be made known: cells for what is tested, values for what is asked for by value."""
        if not self.is_heard:
            return NOTHING
        slots = self.cells.slots
        return Settled(
            tuple((slots[fact], self.cells.cell(fact, value)) for fact, value in results.items() if fact in slots),
            {fact: value for fact, value in results.items() if fact in self.valued},
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """What a stage makes known to those after it."""

    cells: tuple[tuple[int, int], ...]
    values: Mapping[str, Any]


NOTHING = Settled((), {})


def _line(stage: str, rule: str, because: str, cites: tuple[str, ...], assumed: bool) -> Line:
    return {"stage": stage, "rule": rule, "because": because, "cites": list(cites), "assumed": assumed}


def copied(line: Line) -> Line:
    """A line of the trace that nobody else holds."""
    copy = line.copy()
    copy["cites"] = line["cites"].copy()
    return copy


def remember(memory: dict[Any, Any], key: Any, value: Any) -> Any:
    """Keep what a key gave and give it back; a full memory is emptied first."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


def build_parts(
    name: str,
    stage: Stage | None,
    named: Callable[[Any], tuple[str, ...]],
    cells: CellMap,
    facts: Mapping[str, FactType],
    valued: frozenset[str],
) -> Parts:
    """The parts of a stage; `named` tells the facts that an outcome's texts name."""
    rows = stage.rows if stage else ()
    table = build_table(rows, (fact for row in rows for fact in named(row.outcome)), cells, facts)
    is_heard = any(stage_of_result(fact) == name for fact in (*cells.slots, *valued))
    return Parts(name, stage, table, cells, facts, valued, is_heard)
