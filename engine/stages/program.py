"""A stage made ready to run: its table, its prepared rows, and its lines of the trace.

A stage has one runner for each language and rendering. A runner is told which rows apply, takes what they give as
prepared once, and hands it out. Whatever is remembered is bounded and changes no answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..facts import FactType
from ..rulebook import CellMap, Row, Stage, Table, build_table, stage_of_result
from .case import Case
from .renderings import Give, Rendering
from .wording import reason, sentence, why_none

REMEMBERED = 4096
"""Combinations that a runner remembers (of rows, or of absent facts) before it starts anew."""

Run = Callable[[Case, int], Any]
"""Gives a stage's part of the decision, from the bitmap of the rows that apply; makes its results known to the case."""
Say = Callable[[Mapping[str, Any], int], Any]
"""Gives a stage's part from the request and the bitmap of the rows that apply; such a stage makes nothing known."""
Ready = list[tuple[Any, ...] | None]
"""By the place of the first row that applies (0: none): what the rendering keeps of the stage's part, then the cells
of its results.

None where a row has not applied yet, or where its part follows from more than the row."""
Tracer = Callable[[Case, int], None]
"""Adds to the trace the line of a row, by its place from 1 on; 0: of none."""


@dataclass(frozen=True, slots=True)
class Runner:
    """A stage for requests answered in one language and rendering."""

    run: Run
    ready: Ready | None = None
    """What `run` would give, where that follows from the row alone; `run` fills it. None: it never does.

    Such a `run` asks for nothing but the first row that applies."""
    timed: frozenset[str] = frozenset()
    """Names of a ticket's facts; with any of them what is ready does not hold."""
    say: Say | None = None
    """What `run` would give where nobody asks to explain; None where it takes more than the request, or tells more."""


class StageProgram(Protocol):
    """A stage that can be run."""

    @property
    def name(self) -> str:
        """The stage's name."""
        ...

    @property
    def parts(self) -> "Parts":
        """What the stage is built from."""
        ...

    def runner(self, language: str, rendering: Rendering) -> Runner:
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
    slots: tuple[int, ...]
    """Where the cells of its results stand."""

    @property
    def settings(self) -> Any:
        """The stage's settings, or None when the rulebook lacks the stage."""
        return self.stage.settings if self.stage else None

    def by(self, row: Row | None) -> str:
        """The id of the rule behind a part; the engine's own `<stage>.none` when no rule applied."""
        return row.id if row else f"{self.name}.none"

    def tracer(self, language: str, rendering: Rendering) -> Tracer:
        """Writes lines of the trace in a language; each is made ready when it is first wanted."""
        rows, facts = self.table.rows, tuple((fact, self.cells.slots[fact]) for fact in sorted(self.table.facts))
        lines: list[Give | None] = [None] * (len(rows) + 1)
        without_rows: dict[tuple[str, ...], Give] = {}

        def trace(case: Case, place: int) -> None:
            lines_so_far: list[Any] = case.trace  # type: ignore[assignment]  # only who is asked to explain traces
            if place:
                give = lines[place]
                if give is None:
                    give = lines[place] = rendering.ready(self._line(rows[place - 1], language))
            else:
                absent = tuple([fact for fact, slot in facts if case.cells[slot] == 0])
                give = without_rows.get(absent)
                if give is None:
                    give = remember(without_rows, absent, rendering.ready(self._no_line(absent, language)))
            lines_so_far.append(give())

        return trace

    def _line(self, row: Row, language: str) -> dict[str, Any]:
        return _line(self.name, row.id, reason(row, self.facts, language), row.cites, row.assumed)

    def _no_line(self, absent: Iterable[str], language: str) -> dict[str, Any]:
        """The line of a stage of which no row applied."""
        because = why_none(absent, language) if self.stage else sentence("no_rules", language)
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

    def ready(self, rendering: Rendering, give: Give, known: "Settled") -> tuple[Any, ...] | None:
        """An entry of Ready; None where later stages ask for values, which only `run` makes known."""
        cells = dict(known.cells)
        return None if known.values else (rendering.kept(give), *[cells.get(slot, 0) for slot in self.slots])


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


def _line(stage: str, rule: str, because: str, cites: tuple[str, ...], assumed: bool) -> dict[str, Any]:
    return {"stage": stage, "rule": rule, "because": because, "cites": list(cites), "assumed": assumed}


def remember(memory: dict[Any, Any], key: Any, value: Any) -> Any:
    """Keep what a key gave and give it back; a full memory is emptied first."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


def build_parts(
    name: str,
    stage: Stage | None,
    cells: CellMap,
    facts: Mapping[str, FactType],
    valued: frozenset[str],
) -> Parts:
    """The parts of a stage."""
    table = build_table(stage.rows if stage else (), cells)
    is_heard = any(stage_of_result(fact) == name for fact in (*cells.slots, *valued))
    slots = tuple(slot for fact, slot in cells.slots.items() if stage_of_result(fact) == name)
    return Parts(name, stage, table, cells, facts, valued, is_heard, slots)


class Prepared:
    """What each row of a choosing stage gives, by its place (0: none), prepared when it first applies."""

    __slots__ = ("_prepare", "_prepared", "_rows", "ready")

    def __init__(
        self, rows: Sequence[Row], prepare: Callable[[Row | None], tuple[Any, tuple[Any, ...] | None]]
    ) -> None:
        """`prepare` gives what the stage needs of a row, and the row's entry in `ready`."""
        self._rows = rows
        self._prepare = prepare
        none, entry = prepare(None)
        self._prepared = [none, *[None] * len(rows)]
        self.ready: Ready = [entry, *[None] * len(rows)]

    def at(self, place: int) -> Any:
        """What the row at a place gives."""
        found = self._prepared[place]
        if found is None:
            found, self.ready[place] = self._prepare(self._rows[place - 1])
            self._prepared[place] = found
        return found


def first_place(applying: int) -> int:
    """The place of the first row that applies, from 1 on; 0: none does."""
    return (applying & -applying).bit_length()
