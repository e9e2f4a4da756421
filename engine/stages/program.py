"""A stage made ready to run: its table, its prepared rows, and its lines of the trace.

A stage has one runner for each language. A runner finds the rows that apply, takes what they give as prepared once, and
copies it. Whatever is remembered is bounded and changes no answer. Engines differ in nothing but how rows are found.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..facts import FactType
from ..rulebook import CellMap, Row, Stage, Table, build_table, stage_of_result
from ..tables import Index
from .case import Case
from .wording import reason, sentence, why_none

REMEMBERED = 4096
"""Combinations of rows that a runner of effects or obligations remembers before it starts anew."""

Runner = Callable[[Case], Any]
"""Gives a stage's part of the decision and makes its results known to later stages."""
Line = dict[str, Any]
"""A line of the trace."""
Match = Callable[[Case], int]
"""Gives the bitmap of a stage's rows that apply to a case."""


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
    match: Match
    cells: CellMap
    facts: Mapping[str, FactType]
    valued: frozenset[str]
    """Facts whose values, not only cells, something asks for later."""
    is_heard: bool
    """Whether anything later asks for this stage's results at all."""
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    """Reasons already worded, by rule and language."""

    @property
    def settings(self) -> Any:
        """The stage's settings, or None when the rulebook lacks the stage."""
        return self.stage.settings if self.stage else None

    def by(self, row: Row | None) -> str:
        """The id of the rule behind a part; the engine's own `<stage>.none` when no rule applied."""
        return row.id if row else f"{self.name}.none"

    def traced(self, row: Row | None, case: Case) -> Line:
        """A line of the trace."""
        if row is not None:
            key = (row.id, case.language)
            because = self.reasons.get(key)
            if because is None:
                because = self.reasons[key] = reason(row, self.facts, case.language)
            return _line(self.name, row.id, because, row.cites, row.assumed)
        if self.stage is None:
            because = sentence("no_rules", case.language)
        else:
            slots = self.cells.slots
            because = why_none(sorted(f for f in self.table.facts if case.cells[slots[f]] == 0), case.language)
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

    def tell(self, case: Case) -> None:
        """Make it known to a case."""
        for slot, cell in self.cells:
            case.cells[slot] = cell
        if self.values:
            case.values.update(self.values)


NOTHING = Settled((), {})


def _line(stage: str, rule: str, because: str, cites: tuple[str, ...], assumed: bool) -> Line:
    return {"stage": stage, "rule": rule, "because": because, "cites": list(cites), "assumed": assumed}


def remember(memory: dict[Any, Any], key: Any, value: Any) -> Any:
    """Keep what a key gave and give it back; a full memory is emptied first."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


def looked_up(index: Index) -> Match:
    """Finds rows by the bitmaps of their table, as `Index.match` does."""
    columns, all_rows = index.columns, index.all_rows

    def match(case: Case) -> int:
        cells, rows = case.cells, all_rows
        for slot, accepts in columns:
            rows &= accepts[cells[slot]]
        return rows

    return match


def told(case: Case) -> int:
    """The rows that an engine has found before it runs the stage."""
    return case.applying


def build_parts(
    name: str,
    stage: Stage | None,
    cells: CellMap,
    facts: Mapping[str, FactType],
    valued: frozenset[str],
    *,
    is_told: bool = False,
) -> Parts:
    """The parts of a stage. Where it `is_told`, the case says which rows apply; otherwise they are looked up."""
    table = build_table(stage.rows if stage else (), cells)
    is_heard = any(stage_of_result(fact) == name for fact in (*cells.slots, *valued))
    return Parts(name, stage, table, told if is_told else looked_up(table.index), cells, facts, valued, is_heard)


class Prepared:
    """What each row of a choosing stage gives, made ready when it first applies."""

    __slots__ = ("_match", "_prepare", "_prepared", "_rows")

    def __init__(self, parts: Parts, prepare: Callable[[Row | None], Any]) -> None:
        self._match = parts.match
        self._rows = parts.table.rows
        self._prepare = prepare
        self._prepared: list[Any] = [prepare(None), *[None] * len(self._rows)]
        """First what is given where no row applies, then row by row."""

    def finder(self) -> Callable[[Case], Any]:
        """A function from a case to what the first row that applies gives, or what none gives."""
        match, prepared, prepare, rows = self._match, self._prepared, self._prepare, self._rows

        def find(case: Case) -> Any:
            matching = match(case)
            place = (matching & -matching).bit_length()
            found = prepared[place]
            if found is None:
                found = prepared[place] = prepare(rows[place - 1])
            return found

        return find
