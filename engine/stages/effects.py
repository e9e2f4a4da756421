"""Effects: what several rules say of one name, the strictest of them winning. Shared by disclosures and permissions.

Deny comes before approval, approval before permit; what no rule permits is denied (cf. the deny-overrides algorithm of
XACML 3.0, appendix C.2, closed by default).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ..diagnostics import Path
from ..facts import FactType, shown
from ..rulebook import Reader, Row, Template, Texts, Then
from ..tables import bitmap_of
from .case import Case
from .program import Parts, Runner, first_place, remember
from .renderings import Give, Rendering
from .vocabulary import read_words

EFFECTS = ("deny", "approval", "permit")
"""From the strictest on."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What one rule says: names by effect, who approves, to which audiences (None: to all), what may be said."""

    names: Mapping[str, tuple[str, ...]]
    approver: str | None
    audiences: frozenset[str] | None
    say: Texts | None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The settings of a stage of effects: the names it lists (empty: those its rules mention), and its audiences."""

    names: tuple[str, ...]
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EffectStage:
    """What disclosures and permissions share."""

    name: str
    listed_under: str
    """The setting that lists the names: `topics` or `actions`."""
    says: bool
    """Whether rules have audiences and words for the requester."""
    kind: Literal["effects"] = "effects"
    main: str | None = None
    must_end: bool = False

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> Vocabulary:
        """The names that the stage lists, and the audiences it adds to the relations."""
        relation = reader.facts["requester.relation"]
        return Vocabulary(
            read_words(body, self.listed_under, path, reader),
            (*getattr(relation, "values", ()), *body.get("audiences", ())) if self.says else (),
        )

    def read_outcome(self, then: Then, settings: Vocabulary) -> Effects | None:
        """What a rule says; None where faults were noted."""
        before = len(then.reader.faults)
        names = {effect: tuple(dict.fromkeys(then.values[effect])) for effect in EFFECTS if then.is_given(effect)}
        if not names:
            then.fault("missing-key", "this rule neither permits, denies nor asks for approval", "permit",
                       help="add one of `permit`, `deny`, `approval` with a list of names")  # fmt: skip
        self._check_names(names, settings, then)
        if names and "approval" in names and not then.is_given("from"):
            then.fault_of_name("missing-key", "who approves? `from` is missing", "approval",
                       help="name the approver, such as `from: shift_lead`")  # fmt: skip
        if names and "approval" not in names and then.is_given("from"):
            then.fault_of_name("unknown-key", "`from` names an approver, but nothing asks for approval", "from",
                               help="leave it out, or ask with `approval: [...]`")  # fmt: skip
        audiences = self._audiences(then, settings)
        say = then.reader.texts(then.values.get("say"), (*then.path, "say"))
        return None if len(then.reader.faults) > before else Effects(names, then.values.get("from"), audiences, say)

    def _check_names(self, names: Mapping[str, tuple[str, ...]], settings: Vocabulary, then: Then) -> None:
        first: dict[str, str] = {}
        for effect in names:
            for i, name in enumerate(then.values[effect]):
                if settings.names and name not in settings.names:
                    then.reader.unknown("unknown-value", self.listed_under[:-1], name, settings.names,
                                        (*then.paths[effect], i))  # fmt: skip
                elif first.setdefault(name, effect) != effect:
                    said = f"{shown(name)} stands under `{first[name]}` too"
                    then.reader.fault("repeated-value", said, (*then.paths[effect], i),
                                      help="name it under one of them: the strictest would win")  # fmt: skip

    def _audiences(self, then: Then, settings: Vocabulary) -> frozenset[str] | None:
        if not then.is_given("to"):
            return None
        for i, audience in enumerate(then.values["to"]):
            if audience not in settings.audiences and not then.reader.doubts.within((self.name, "audiences")):
                then.reader.unknown("unknown-value", "audience", audience, settings.audiences, (*then.paths["to"], i))
        return frozenset(then.values["to"])

    def results(
        self, rows: tuple[Row, ...], settings: Vocabulary, values: Callable[[Template], list[str]]
    ) -> dict[str, FactType]:
        """No later stage asks about effects."""
        return {}

    def calendars(self, outcome: Effects) -> tuple[str, ...]:
        """Effects promise nothing on a calendar."""
        return ()

    def facts(self, outcome: Effects) -> tuple[str, ...]:
        """Effects name no facts."""
        return ()


def known_names(rows: Iterable[Row], settings: Vocabulary | None) -> tuple[str, ...]:
    """Every topic or action that a rulebook knows: those listed, else those that its rules mention, in that order."""
    if settings is not None and settings.names:
        return settings.names
    return tuple(dict.fromkeys(n for row in rows for listed in row.outcome.names.values() for n in listed))


def _rows_with(effect: str, name: str, rows: Sequence[Row]) -> int:
    """The bitmap of the rows that give an effect on a name."""
    return bitmap_of([i for i, row in enumerate(rows) if name in row.outcome.names.get(effect, ())], len(rows))


class EffectTable:
    """Which rows give which effect on which name, as bitmaps, for one audience after another."""

    __slots__ = ("_masks", "_parts", "names")

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.names = known_names(parts.table.rows, parts.settings)
        rows = parts.table.rows
        self._masks = [(name, [(effect, _rows_with(effect, name, rows)) for effect in EFFECTS]) for name in self.names]

    def settle(self, applying: int, audience: str | None) -> dict[str, tuple[str, int]]:
        """For each name its effect and the place of the row behind it (0: none), from the bitmap of rows that apply."""
        sure, possible = self._addressed(audience)
        settled: dict[str, tuple[str, int]] = {}
        for name, masks in self._masks:
            settled[name] = ("deny", 0)
            for effect, mask in masks:
                found = applying & mask & (sure if effect == "permit" else possible)
                if found:
                    settled[name] = (effect, first_place(found))
                    break
        return settled

    def speaking(self, audience: str | None, names: Sequence[str] | None) -> tuple[int, int]:
        """The rows that say something of these names (None: of any), and those of them that speak of this audience."""
        sure, possible = self._addressed(audience)
        rows = addressed = 0
        for name, masks in self._masks:
            if names is None or name in names:
                for effect, mask in masks:
                    rows |= mask
                    addressed |= mask & (sure if effect == "permit" else possible)
        return rows, addressed

    def _addressed(self, audience: str | None) -> tuple[int, int]:
        """The rows that surely and that possibly speak of this audience; an unknown one may be any."""
        rows = self._parts.table.rows
        sure = [i for i, r in enumerate(rows) if r.outcome.audiences is None or audience in r.outcome.audiences]
        possible = list(range(len(rows))) if audience is None else sure
        return bitmap_of(sure, len(rows)), bitmap_of(possible, len(rows))


class _Settled(NamedTuple):
    """What is said of all names, of each name, and the places of the rows behind each."""

    give_all: Give
    gives: Mapping[str, Give]
    places: Mapping[str, int]
    all_places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EffectProgram:
    """A stage of effects: what is said to an audience is made ready by combination of rules."""

    parts: Parts
    table: EffectTable
    shape: Callable[[str, Row | None, str], dict[str, Any]]
    """What is said of one name: from its effect, the row behind it, and the language."""
    asked: Callable[[Mapping[str, Any]], tuple[str | None, Sequence[str] | None]]
    """From the request: the audience, and the names asked about (None: all)."""

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.parts.name

    def runner(self, language: str, rendering: Rendering) -> Runner:
        """The stage for requests answered in a language."""
        asked, trace = self.asked, self.parts.tracer(language, rendering)
        memory: dict[tuple[str | None, int], _Settled] = {}

        def settled(audience: str | None, applying: int) -> _Settled:
            found = memory.get((audience, applying))
            if found is None:
                found = remember(memory, (audience, applying), self._settled(audience, applying, language, rendering))
            return found

        def say(request: Mapping[str, Any], applying: int) -> Any:
            audience, names = asked(request)
            found = settled(audience, applying)
            if names is None:
                return found[0]()
            gives = found.gives
            return rendering.mapping((name, gives[name]()) for name in dict.fromkeys(names))

        def run(case: Case, applying: int) -> Any:
            if case.trace is not None:
                audience, names = asked(case.request)
                _, _, places, all_places = settled(audience, applying)
                for place in all_places if names is None else self._distinct(places[name] for name in names):
                    trace(case, place)
            return say(case.request, applying)

        return Runner(run, say=say) if self.table.names else Runner(run, [(rendering.kept(rendering.ready({})),)])

    def _settled(self, audience: str | None, applying: int, language: str, rendering: Rendering) -> _Settled:
        rows = self.parts.table.rows
        settled = self.table.settle(applying, audience)
        said = {
            name: self.shape(effect, rows[place - 1] if place else None, language)
            for name, (effect, place) in settled.items()
        }
        gives = {name: rendering.ready(part) for name, part in said.items()}
        places = {name: place for name, (_, place) in settled.items()}
        return _Settled(rendering.ready(said), gives, places, self._distinct(places.values()))

    def _distinct(self, places: Iterable[int]) -> tuple[int, ...]:
        """One place for each rule, whatever the number of names that it settled."""
        rows = self.parts.table.rows
        return tuple({self.parts.by(rows[place - 1] if place else None): place for place in places}.values())
