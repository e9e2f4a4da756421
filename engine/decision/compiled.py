"""A rulebook made ready to decide: its cells, its encoders, its stages as programs, its calendars."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..calendars import ALWAYS as ALWAYS_OPEN
from ..calendars import build_calendar
from ..facts import COMMON, FACT_GROUPS, Closed, FactType
from ..rulebook import ALWAYS, STAGES, CellMap, Rulebook, Stage, build_cell_map, digests, stage_of_result
from ..stages import (
    ENGINES,
    STAGE_FORMS,
    Case,
    Chain,
    EngineName,
    EngineUnavailable,
    Parts,
    Rendering,
    SharedParts,
    StageProgram,
    build_parts,
    counted_channels,
    known_names,
)
from .encoding import Encoding, encode_later, encode_messages, encode_waits, encoding, states_encoder
from .exposure import Coverage, build_coverage
from .looks import Encodings, Look, Place, ask_encodings, looks_at
from .sequence import Derived, Door, build_door
from .shapes import Shapes, Stated


@dataclass(frozen=True, slots=True)
class CompiledRulebook:
    """One version of a rulebook, ready to decide. Immutable but for what its stages remember."""

    rulebook: Rulebook
    digest: str
    meaning: str
    """The digest of what it says alone, without the holidays and zones it resolves to."""
    cell_map: CellMap
    types: Mapping[str, Mapping[str, FactType]]
    encoders: Mapping[str, Encodings]
    """By group (`ticket`, `requester`, `agent`) and short name: the slot of a fact, and its encoder."""
    field_encoders: Mapping[str, Encodings]
    """The same for what stands under `fields` of each group."""
    looks: Mapping[str, Look | None]
    """The first look at each part of a request."""
    blank: list[int]
    """The cells of a request that states nothing, to be copied."""
    shapes: Shapes
    """Reads requests."""
    at_slot: int | None
    """Where the cell of the decision's instant stands; None where no rule asks about it."""
    shared: SharedParts
    programs: tuple[StageProgram, ...]
    chain: Chain | None
    """The stages in an engine that runs them itself; None where they look their rows up."""
    derived_after: tuple[Derived, ...]
    """Derived facts to work out before the first stage, and after each."""
    topics: tuple[str, ...]
    actions: tuple[str, ...]
    audiences: tuple[str, ...]
    states: tuple[str, ...] | None
    """The states in which a ticket can be; None: any."""
    languages: frozenset[str]
    """The languages in which it has a text."""
    _doors: dict[tuple[str, str], Door] = field(default_factory=dict)
    _coverage: list[Coverage] = field(default_factory=list)

    def door(self, language: str, rendering: Rendering) -> Door:
        """The stages for requests answered in a language, and what all answers begin with."""
        found = self._doors.get((language, rendering.name))
        if found is None:
            head = {"id": self.rulebook.id, "version": self.rulebook.version, "digest": self.digest}
            found = build_door(head, self.shared, self.programs, self.derived_after, language, rendering)
            self._doors[language, rendering.name] = found
        return found

    def coverage(self) -> Coverage:
        """Which rules are about what, for explanations that are meant for an audience."""
        if not self._coverage:
            self._coverage.append(build_coverage(self.rulebook))
        return self._coverage[0]


def compile_rulebook(rulebook: Rulebook, engine: EngineName = "bitmap") -> CompiledRulebook:
    """Make a rulebook ready for an engine. Raises EngineUnavailable, and EngineFault when the engine cannot take it."""
    if engine not in ENGINES:
        raise EngineUnavailable(f"there is no engine `{engine}`; known are {' and '.join(f'`{e}`' for e in ENGINES)}")
    cells = build_cell_map(rulebook)
    types = _types(rulebook)
    calendars = {name: build_calendar(spec) for name, spec in rulebook.calendars.items()}
    meaning, digest = digests(rulebook)
    calendars[ALWAYS] = ALWAYS_OPEN
    shared = SharedParts(
        cells, _value_readers(types), calendars, rulebook.clock, rulebook.facts, counted_channels(rulebook.stages)
    )
    parts = _parts(rulebook, cells)
    disclosures, permissions = rulebook.stages.get("disclosures"), rulebook.stages.get("permissions")
    topics, actions, audiences = _names(disclosures), _names(permissions), _audiences(rulebook, disclosures)
    encoders = _encodings(types, cells, rulebook.states)
    field_encoders = {group: _named_encodings(f"{group}.fields", types, cells) for group in FACT_GROUPS}
    groups = {**encoders, "ask": ask_encodings(cells.spare, topics, actions, audiences)}
    looks, blank = looks_at(groups, field_encoders), [0] * (cells.spare + 1)
    return CompiledRulebook(
        rulebook=rulebook,
        digest=digest,
        meaning=meaning,
        cell_map=cells,
        types=types,
        encoders=encoders,
        field_encoders=field_encoders,
        looks=looks,
        blank=blank,
        shapes=Shapes(Stated(f"{rulebook.id} {rulebook.version}", groups, field_encoders, looks, blank)),
        at_slot=cells.slots.get("at"),
        shared=shared,
        programs=tuple(form.program(parts[form.name]) for form in STAGE_FORMS),
        chain=_rete_chain(rulebook, parts.values(), cells) if engine == "rete" else None,
        derived_after=_derived_after(rulebook),
        topics=topics,
        actions=actions,
        audiences=audiences,
        states=rulebook.states,
        languages=_languages(rulebook),
    )


def _named(rulebook: Rulebook) -> set[str]:
    """The facts that outcomes name in their texts."""
    forms = {form.name: form for form in STAGE_FORMS}
    return {
        fact
        for stage in rulebook.stages.values()
        for row in stage.rows
        for fact in forms[stage.name].facts(row.outcome)
    }  # fmt: skip


def _types(rulebook: Rulebook) -> dict[str, dict[str, FactType]]:
    types: dict[str, dict[str, FactType]] = {}
    for group in FACT_GROUPS:
        types[group], types[f"{group}.fields"] = {}, {}
    for fact, kind in {**COMMON, **rulebook.declared}.items():
        group, _, name = fact.rpartition(".")
        if group:
            types[group][name] = kind
    return types


def _value_readers(types: Mapping[str, Mapping[str, FactType]]) -> dict[str, Callable[[Case], Any]]:
    readers: dict[str, Callable[[Case], Any]] = {"at": lambda case: case.at}
    for group, named in types.items():
        for name, kind in named.items():
            readers[f"{group}.{name}"] = _value_reader(group, name, kind)
    return readers


def _value_reader(group: str, name: str, kind: FactType) -> Callable[[Case], Any]:
    top, _, inner = group.partition(".")

    def read(case: Case) -> Any:
        part = case.request.get(top) or {}
        if inner:
            part = part.get(inner) or {}
        value = part.get(name)
        return None if value is None else kind.read(value)

    return read


def _encodings(
    types: Mapping[str, Mapping[str, FactType]], cells: CellMap, states: Sequence[str] | None
) -> Mapping[str, Encodings]:
    found = {group: _named_encodings(group, types, cells) for group in FACT_GROUPS}
    for encodings in found.values():
        encodings["fields"] = Place(cells.spare, Encoding(encode_later))
    found["ticket"]["waits"] = Place(cells.spare, Encoding(encode_waits))
    found["ticket"]["messages"] = Place(cells.spare, Encoding(encode_messages))
    found["ticket"]["states"] = Place(cells.spare, Encoding(states_encoder(states)))
    return found


def _named_encodings(group: str, types: Mapping[str, Mapping[str, FactType]], cells: CellMap) -> dict[str, Place]:
    return {name: _place(group, name, kind, cells) for name, kind in types[group].items()}


def _place(group: str, name: str, kind: FactType, cells: CellMap) -> Place:
    slot = cells.slots.get(f"{group}.{name}")
    if slot is None:
        return Place(cells.spare, encoding(kind, None))
    return Place(slot, encoding(kind, cells.partitions[slot]))


def _parts(rulebook: Rulebook, cells: CellMap) -> dict[str, Parts]:
    """The parts of every stage, by its name, in the order of the stages."""
    valued = frozenset(_asked_by_value(rulebook))
    return {
        name: build_parts(name, rulebook.stages.get(name), cells, rulebook.facts, valued)
        for name in (form.name for form in STAGE_FORMS)
    }


def _rete_chain(rulebook: Rulebook, parts: Iterable[Parts], cells: CellMap) -> Chain:
    from ..rete import compile_chain  # here, since only who asks for it needs it

    return compile_chain(f"{rulebook.id} {rulebook.version}", [part.table for part in parts], cells)


def _derived_after(rulebook: Rulebook) -> tuple[Derived, ...]:
    """Derived facts by the stage after which they are known; those that nothing uses are left out."""
    used = _used(rulebook)
    ranks: dict[str, int] = {}
    for name, derived in rulebook.derived.items():
        stages = (stage_of_result(need) for need in derived.needs)
        ranks[name] = max(
            [-1, *(STAGES.index(s) for s in stages if s), *(ranks[n] for n in derived.needs if n in ranks)]
        )
    return tuple(
        tuple((name, derived) for name, derived in rulebook.derived.items() if name in used and ranks[name] == rank)
        for rank in range(-1, len(STAGES))
    )


def _asked_by_value(rulebook: Rulebook) -> set[str]:
    """Facts whose very value a text, a derived fact or a stage's setting asks for."""
    asked = _named(rulebook)
    assignment = rulebook.stages.get("assignment")
    for row in assignment.rows if assignment else ():
        asked |= {*row.outcome.never, *([row.outcome.skills_from] if row.outcome.skills_from else [])}
    sla = rulebook.stages.get("sla")
    for rule in sla.settings.targets.values() if sla else ():
        asked |= set(rule.facts)
    tested = {fact for stage in rulebook.stages.values() for row in stage.rows for fact in row.when}
    for name in reversed(list(rulebook.derived)):
        if name in asked or name in tested:
            asked |= set(rulebook.derived[name].needs)
    return asked


def _used(rulebook: Rulebook) -> set[str]:
    tested = {fact for stage in rulebook.stages.values() for row in stage.rows for fact in row.when}
    return _asked_by_value(rulebook) | tested


def _names(stage: Stage | None) -> tuple[str, ...]:
    return known_names(stage.rows, stage.settings) if stage else ()


def _audiences(rulebook: Rulebook, disclosures: Stage | None) -> tuple[str, ...]:
    if disclosures is not None:
        return tuple(disclosures.settings.audiences)
    relation = rulebook.facts["requester.relation"]
    return relation.values if isinstance(relation, Closed) else ()


def _languages(rulebook: Rulebook) -> frozenset[str]:
    texts: Sequence[Any] = [row.because for stage in rulebook.stages.values() for row in stage.rows]
    says = [getattr(row.outcome, "say", None) for stage in rulebook.stages.values() for row in stage.rows]
    return frozenset(language for text in (*texts, *says) if text for language in text) | {rulebook.language, "en"}
