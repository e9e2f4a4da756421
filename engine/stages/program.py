"""A stage made ready to run: its table, and what it remembers of the keys it has met.

What a stage gives follows from the cells in its table's key (and the language), so each key is worked out once and
remembered. The memory is bounded and changes no answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..facts import FactType
from ..rulebook import CellMap, Row, Stage, Table, build_table
from ..tables import rows_of
from .case import Case
from .wording import reason, sentence, why_none

REMEMBERED = 4096
"""Keys that a stage remembers for each language before it starts anew."""


class StageProgram(Protocol):
    """A stage that can be run."""

    name: str

    def run(self, case: Case) -> Any:
        """This stage's part of the decision; makes its results known to later stages."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a stage is built from."""

    name: str
    stage: Stage | None
    table: Table
    cells: CellMap
    facts: Mapping[str, FactType]
    calendars: tuple[str, ...]

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

    def traced(self, row: Row | None, case: Case) -> dict[str, Any]:
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


def _line(stage: str, rule: str, because: str, cites: tuple[str, ...], assumed: bool) -> dict[str, Any]:
    return {"stage": stage, "rule": rule, "because": because, "cites": list(cites), "assumed": assumed}


def copied(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of a trace that nobody else holds."""
    return [{**line, "cites": [*line["cites"]]} for line in lines]


class Memory:
    """What a stage worked out by key, apart for each language."""

    __slots__ = ("_by_language",)

    def __init__(self) -> None:
        self._by_language: dict[str, dict[Any, Any]] = {}

    def of(self, language: str) -> dict[Any, Any]:
        """The keys met in a language."""
        found = self._by_language.get(language)
        if found is None:
            found = self._by_language[language] = {}
        return found

    def keep(self, language: str, key: Any, value: Any) -> None:
        """Remember a key; a full memory is emptied first."""
        found = self.of(language)
        if len(found) >= REMEMBERED:
            found.clear()
        found[key] = value


def build_parts(
    name: str,
    stage: Stage | None,
    named: Callable[[Any], tuple[str, ...]],
    cells: CellMap,
    facts: Mapping[str, FactType],
    calendars: tuple[str, ...],
) -> Parts:
    """The parts of a stage; `named` tells the facts that an outcome's texts name."""
    rows = stage.rows if stage else ()
    table = build_table(rows, (fact for row in rows for fact in named(row.outcome)), cells, facts)
    return Parts(name, stage, table, cells, facts, calendars)
