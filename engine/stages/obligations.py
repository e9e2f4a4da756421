"""Obligations: what must be done. Every rule that applies adds its own, in the order of the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..diagnostics import Path
from ..facts import FactType
from ..rulebook import Reader, Row, Template, Then
from ..tables import rows_of
from .case import NO_CASE, Case
from .program import Parts, Runner, remember
from .renderings import Rendering
from .texts import as_json, filled


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do, with its particulars (texts are templates)."""

    do: str
    particulars: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Obligations:
    """`do` and `with`, or a list of such."""

    name: str = "obligations"
    kind: Literal["collection"] = "collection"
    main: str | None = None
    must_end: bool = False

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> None:
        """None."""

    def read_outcome(self, then: Then, settings: None) -> tuple[Duty, ...] | None:
        """The duties of a rule; None where faults were noted."""
        before = len(then.reader.faults)
        raw, path = then.values["then"], then.paths["then"]
        listed = [(raw, path)] if isinstance(raw, dict) else [(item, (*path, i)) for i, item in enumerate(raw)]
        duties = tuple(
            Duty(item["do"], _particulars(item.get("with", {}), (*at, "with"), then.reader)) for item, at in listed
        )
        return duties if len(then.reader.faults) == before else None

    def results(
        self, rows: tuple[Row, ...], settings: None, values: Callable[[Template], list[str]]
    ) -> dict[str, FactType]:
        """Nothing comes after."""
        return {}

    def calendars(self, outcome: tuple[Duty, ...]) -> tuple[str, ...]:
        """A duty promises nothing on a calendar."""
        return ()

    def facts(self, outcome: tuple[Duty, ...]) -> tuple[str, ...]:
        """The facts named in its texts."""
        return tuple(f for duty in outcome for t in _templates(duty.particulars) for f in t.facts)

    def program(self, parts: Parts) -> "ObligationProgram":
        """The stage made ready to run."""
        return ObligationProgram(parts)


def _particulars(raw: Any, path: Path, reader: Reader) -> Any:
    if isinstance(raw, dict):
        return {key: _particulars(item, (*path, key), reader) for key, item in sorted(raw.items())}
    if isinstance(raw, list):
        return tuple(_particulars(item, (*path, i), reader) for i, item in enumerate(raw))
    return reader.template(raw, path, finite=False) if isinstance(raw, str) else raw


def _templates(value: Any) -> list[Template]:
    if isinstance(value, Mapping):
        return [t for item in value.values() for t in _templates(item)]
    if isinstance(value, tuple):
        return [t for item in value for t in _templates(item)]
    return [value] if isinstance(value, Template) else []


@dataclass(frozen=True, slots=True)
class ObligationProgram:
    """What the rules that apply demand; made ready by combination of rules, unless their texts name facts."""

    parts: Parts

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.parts.name

    def runner(self, language: str, rendering: Rendering) -> Runner:
        """The stage for requests answered in a language."""
        memory: dict[int, tuple[tuple[int, ...], Callable[[Case], Any]]] = {}
        trace = self.parts.tracer(language, rendering)

        def run(case: Case, applying: int) -> Any:
            found = memory.get(applying)
            if found is None:
                found = remember(memory, applying, self._prepared(applying, rendering))
            places, give = found
            if case.trace is not None:
                for place in places:
                    trace(case, place)
            return give(case)

        return Runner(run) if self.parts.table.rows else Runner(run, [(rendering.kept(rendering.ready([])),)])

    def _prepared(self, applying: int, rendering: Rendering) -> tuple[tuple[int, ...], Callable[[Case], Any]]:
        """The places of the rows that apply, and a function to the list of what they demand."""
        numbers = tuple(rows_of(applying))
        rows = [self.parts.table.rows[number] for number in numbers]
        places = tuple(number + 1 for number in numbers)
        duties = [(row, duty) for row in rows for duty in row.outcome]
        if not any(_templates(duty.particulars) for _, duty in duties):
            give = rendering.ready([self._part(row, duty, NO_CASE) for row, duty in duties])
            return places, lambda case: give()
        return places, lambda case: rendering.made([self._part(row, duty, case) for row, duty in duties])

    def _part(self, row: Row, duty: Duty, case: Case) -> dict[str, Any]:
        return {"do": duty.do, "with": self._filled(duty.particulars, case), "by": row.id}

    def _filled(self, value: Any, case: Case) -> Any:
        if isinstance(value, Mapping):
            return {key: self._filled(item, case) for key, item in value.items()}
        if isinstance(value, tuple):
            return [self._filled(item, case) for item in value]
        if not isinstance(value, Template):
            return value
        lone = value.lone_fact
        return filled(value, case) if lone is None else as_json(self.parts.facts[lone], case.value(lone))
