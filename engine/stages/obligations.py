"""Obligations: what must be done. Every rule that applies adds its own, in the order of the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..diagnostics import Path
from ..facts import FactType
from ..rulebook import Reader, Row, Template, Then
from ..tables import rows_of
from .case import Case
from .program import Parts, Runner, remember
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
    """Which rules apply is remembered by key; what they say is filled in for each request."""

    parts: Parts

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.parts.name

    def runner(self, language: str) -> Runner:
        """The stage for requests answered in a language."""
        table = self.parts.table
        match, memory = self.parts.match, dict[int, list[Row]]()
        if not table.rows:
            return lambda case: []

        def run(case: Case) -> list[dict[str, Any]]:
            applying = match(case)
            rows = memory.get(applying)
            if rows is None:
                rows = remember(memory, applying, [table.rows[i] for i in rows_of(applying)])
            if case.trace is not None:
                case.trace += [self.parts.traced(row, case) for row in rows]
            return [
                {"do": duty.do, "with": self._filled(duty.particulars, case), "by": row.id}
                for row in rows
                for duty in row.outcome
            ]

        return run

    def _filled(self, value: Any, case: Case) -> Any:
        if isinstance(value, Mapping):
            return {key: self._filled(item, case) for key, item in value.items()}
        if isinstance(value, tuple):
            return [self._filled(item, case) for item in value]
        if not isinstance(value, Template):
            return value
        lone = value.lone_fact
        return filled(value, case) if lone is None else as_json(self.parts.facts[lone], case.value(lone))
