"""Stages whose part is a few plain outputs chosen by the first rule that applies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..diagnostics import Path
from ..facts import Closed, FactType
from ..rulebook import Reader, Row, Template, Then
from .case import Case
from .program import Memory, Parts, copied
from .texts import filled


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a row of a plain choice gives, by output; texts are templates."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlainChoice:
    """What the plain choices share; each stage says its name, its outputs and what later stages see."""

    name: str
    main: str
    empty: Mapping[str, Any]
    """The part when no rule applied, without `by`."""
    results_of: Mapping[str, str]
    """Facts that later stages see, with the outputs they hold."""
    kind: Literal["choice"] = "choice"
    must_end: bool = False

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> Any:
        """Nothing but rules."""
        for key in ("levels", "kinds", "targets"):
            if key in body:
                reader.fault("unknown-key", f"unknown key `{key}` in `{self.name}`", (*path, key), key=True)
        return None

    def read_outcome(self, then: Then, settings: Any) -> Any:
        """The outputs as templates; None where faults were noted."""
        before = len(then.reader.faults)
        then.refuse_unknown(tuple(self.empty))
        values = {key: then.template(key, finite=True) for key in self.empty if key in then.values}
        if len(then.reader.faults) == before and values.get(self.main) is None:
            then.fault("missing-key", f"`{self.main}` is missing", self.main, help=f"`{self.name}` gives `{self.main}`")
        return Outputs(values) if len(then.reader.faults) == before else None

    def results(
        self, rows: tuple[Row, ...], settings: Any, values: Callable[[Template], list[str]]
    ) -> dict[str, FactType]:
        """A closed list of all that the rules can give, for each result."""
        found: dict[str, FactType] = {}
        for fact, output in self.results_of.items():
            templates = [row.outcome.values.get(output) for row in rows]
            texts = dict.fromkeys(text for t in templates if isinstance(t, Template) for text in values(t))
            if texts:
                found[fact] = Closed(tuple(texts))
        return found

    def facts(self, outcome: Outputs) -> tuple[str, ...]:
        """The facts named in its texts."""
        return tuple(f for value in outcome.values.values() if isinstance(value, Template) for f in value.facts)

    def program(self, parts: Parts) -> "ChoiceProgram":
        """The stage made ready to run."""
        return ChoiceProgram(parts, self)

    def part(self, row: Row | None, case: Case) -> dict[str, Any]:
        """The part, but for `by`."""
        if row is None:
            return dict(self.empty)
        given = row.outcome.values
        return {key: _given(given[key], case) if key in given else value for key, value in self.empty.items()}


def _given(value: Any, case: Case) -> Any:
    return filled(value, case) if isinstance(value, Template) else value


class ChoiceProgram:
    """A plain choice: each key's part is worked out once and copied."""

    __slots__ = ("_facts", "_form", "_key", "_memory", "_parts", "name")

    def __init__(self, parts: Parts, form: PlainChoice) -> None:
        self.name = parts.name
        self._parts = parts
        self._form = form
        self._key = parts.table.key
        self._memory = Memory()
        self._facts = tuple(form.results_of.items())

    def run(self, case: Case) -> dict[str, Any]:
        """The stage's part; its results become facts."""
        key = self._key(case.cells)
        found = self._memory.of(case.language).get(key)
        if found is None:
            found = self._work_out(key, case)
        part, nested, cells, values, line = found
        for slot, cell in cells:
            case.cells[slot] = cell
        case.values.update(values)
        if case.trace is not None:
            case.trace += copied([line])
        given = {**part}
        for output in nested:
            given[output] = {**part[output]}
        return given

    def _work_out(self, key: Any, case: Case) -> Any:
        parts = self._parts
        row = parts.first(case)
        part = {**self._form.part(row, case), "by": parts.by(row)}
        values = {fact: part[output] for fact, output in self._facts}
        slots = parts.cells.slots
        cells = tuple((slots[f], parts.cells.cell(f, v)) for f, v in values.items() if f in slots)
        nested = tuple(output for output, value in part.items() if isinstance(value, dict))
        found = (part, nested, cells, values, parts.traced(row, case))
        self._memory.keep(case.language, key, found)
        return found
