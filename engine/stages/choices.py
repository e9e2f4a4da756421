"""Stages whose part is a few plain outputs chosen by the first rule that applies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

from ..diagnostics import Path
from ..facts import Closed, FactType
from ..rulebook import Reader, Row, Template, Then
from .case import NO_CASE, Case
from .program import NOTHING, Parts, Prepared, Runner, Settled, first_place
from .renderings import Give, Rendering
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
        return None

    def read_outcome(self, then: Then, settings: Any) -> Any:
        """The outputs as templates; None where faults were noted, here or of facts that they name."""
        before = len(then.reader.faults)
        then.refuse_unknown(self.empty)
        values = {key: then.template(key, finite=True) for key in self.empty if key in then.values}
        if len(then.reader.faults) == before and not then.is_given(self.main):
            then.fault("missing-key", f"`{self.main}` is missing", self.main, help=f"`{self.name}` gives `{self.main}`")
        is_doubtful = any(value is None and then.is_given(key) for key, value in values.items())
        return None if is_doubtful or len(then.reader.faults) > before else Outputs(values)

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

    def calendars(self, outcome: Outputs) -> tuple[str, ...]:
        """Plain outputs promise nothing on a calendar."""
        return ()

    def facts(self, outcome: Outputs) -> tuple[str, ...]:
        """The facts named in its texts."""
        return tuple(f for value in outcome.values.values() if isinstance(value, Template) for f in value.facts)

    def program(self, parts: Parts) -> "ChoiceProgram":
        """The stage made ready to run."""
        return ChoiceProgram(parts, self)

    def is_refusal(self, part: Mapping[str, Any]) -> bool:
        """Whether a part says that the ticket is not ours."""
        return False

    def part(self, row: Row | None, case: Case) -> dict[str, Any]:
        """The part, but for `by`."""
        if row is None:
            return dict(self.empty)
        given = row.outcome.values
        return {key: _given(given[key], case) if key in given else value for key, value in self.empty.items()}


def _given(value: Any, case: Case) -> Any:
    return filled(value, case) if isinstance(value, Template) else value


class _Choice(NamedTuple):
    """What a row gives when its texts name no facts, and what that makes known."""

    give: Give | None
    """None: its texts are filled in for each case."""
    known: Settled = NOTHING
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceProgram:
    """A plain choice: a row's part is made ready once, unless its texts name facts."""

    parts: Parts
    form: PlainChoice

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.parts.name

    def runner(self, language: str, rendering: Rendering) -> Runner:
        """The stage for requests answered in a language."""
        rows = self.parts.table.rows
        prepared = Prepared(rows, partial(self._prepare, rendering))
        trace = self.parts.tracer(language, rendering)

        def run(case: Case, applying: int) -> Any:
            place = first_place(applying)
            give, known, is_refused = prepared.at(place)
            if case.trace is not None:
                trace(case, place)
            if give is None:
                return rendering.made(self._filled(rows[place - 1], case))
            known.tell(case)
            if is_refused:
                case.is_refused = True
            return give()

        return Runner(run, prepared.ready)

    def _prepare(self, rendering: Rendering, row: Row | None) -> tuple[_Choice, tuple[Any, ...] | None]:
        if row is not None and self.form.facts(row.outcome):
            return _Choice(None), None
        part = self._part(row, NO_CASE)
        give, known = rendering.ready(part), self.parts.settled(self._results(part))
        if self.form.is_refusal(part):
            return _Choice(give, known, is_refused=True), None
        return _Choice(give, known), self.parts.ready(rendering, give, known)

    def _filled(self, row: Row, case: Case) -> dict[str, Any]:
        part = self._part(row, case)
        self.parts.settled(self._results(part)).tell(case)
        case.is_refused |= self.form.is_refusal(part)
        return part

    def _part(self, row: Row | None, case: Case) -> dict[str, Any]:
        return {**self.form.part(row, case), "by": self.parts.by(row)}

    def _results(self, part: Mapping[str, Any]) -> dict[str, Any]:
        return {fact: part[output] for fact, output in self.form.results_of.items()}
