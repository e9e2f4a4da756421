"""What of an explanation may be shown to an audience: no fact and no rule that the disclosures deny to it.

A topic that `covers` facts, rules or stages decides about them: what an audience is not permitted to hear (denied, or
only with approval) is left out, with every rule that asks for it or names it. What no topic covers goes by a safe
default: facts and stages that are the desk's own are left out. Works on bitmaps of rules; knows no wire format.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from ..facts import FACT_GROUPS
from ..rulebook import Row, Rulebook, stage_of_result
from ..stages import STAGE_FORMS, Case, EffectProgram, StageProgram
from ..tables import bitmap_of

DESKS_OWN: Final = frozenset((
    "ticket.owner", "ticket.parent", "ticket.parent_owner", "ticket.group", "ticket.line",
    "ticket.priority_changed_at", "requester.warnings",
))  # fmt: skip
"""Facts that the desk writes down for itself; so are all of `agent`, and whom `assignment` has chosen."""
DESKS_STAGES: Final = frozenset(("permissions", "obligations"))
"""Stages that speak to the desk alone."""
REQUESTERS: Final = frozenset((
    "at", "ticket.channel", "ticket.subject", "ticket.text", "ticket.language", "ticket.reported_kind",
    "ticket.category", "ticket.service", "ticket.impact", "ticket.urgency", "ticket.created_at",
))  # fmt: skip
"""Facts that a requester could have stated otherwise; others may be named only where the request states them."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which rules of one rulebook are about what; each row a bit, by stage."""

    about: Mapping[str, Mapping[str, int]]
    """By stage and fact: the rows that ask for the fact, name it, or do so with one that is made of it."""
    assumed: Mapping[str, int]
    """The rows that the procedure does not state."""
    places: Mapping[str, Mapping[str, int]]
    """By stage and rule: its row."""
    made_of: Mapping[str, frozenset[str]]
    """Each fact that rules ask for, with all that it is derived from."""
    topics: Mapping[tuple[str, str], frozenset[str]]
    """The topics that cover a `fact`, a `rule` or a `stage`."""


@dataclass(frozen=True, slots=True)
class View:
    """What one audience may be shown of one decision."""

    lines: Mapping[str, int]
    """By stage: the rows whose lines of the trace may be shown."""
    near: Mapping[str, int]
    """By stage: the rows that may be named as having come near."""
    places: Mapping[str, Mapping[str, int]]
    closed: frozenset[str]
    """Stages of which nothing is shown."""
    facts: frozenset[str]
    """Facts that are not named, were it as missing."""
    names: tuple[str, ...]
    """Names of covered facts and rules, which no reason may quote either."""


def build_coverage(rulebook: Rulebook) -> Coverage:
    """Look through all rules once."""
    topics: dict[tuple[str, str], set[str]] = {}
    for cover in rulebook.covers:
        covered = {"fact": cover.facts, "rule": cover.rules, "stage": cover.stages}
        for kind, names in covered.items():
            for name in names:
                topics.setdefault((kind, name), set()).add(cover.topic)
    about, assumed, made_of = {}, {}, dict[str, frozenset[str]]()
    for form in STAGE_FORMS:
        stage = rulebook.stages.get(form.name)
        rows = stage.rows if stage else ()
        asking: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            named_in = (*row.when, *form.facts(row.outcome), *_looked_up(row))
            for named in named_in:
                made_of.setdefault(named, frozenset(_made_of(named, rulebook)))
            for fact in {part for named in named_in for part in made_of[named]}:
                asking.setdefault(fact, []).append(place)
        about[form.name] = {fact: bitmap_of(places, len(rows)) for fact, places in asking.items()}
        assumed[form.name] = bitmap_of([i for i, row in enumerate(rows) if row.assumed], len(rows))
    places = {name: {row.id: i for i, row in enumerate(stage.rows)} for name, stage in rulebook.stages.items()}
    return Coverage(about, assumed, places, made_of, {key: frozenset(found) for key, found in topics.items()})


def _looked_up(row: Row) -> Iterable[str]:
    """The facts that an order of assignment looks up beside those in its texts."""
    order = row.outcome
    named = (*getattr(order, "never", ()), getattr(order, "skills_from", None))
    kept = ("ticket.owner", "ticket.group") if getattr(order, "keep", None) else ()
    return [fact for fact in (*named, *kept) if fact]


def _made_of(fact: str, rulebook: Rulebook) -> set[str]:
    """A fact with all that it is derived from."""
    derived = rulebook.derived.get(fact)
    return {fact}.union(*(_made_of(need, rulebook) for need in derived.needs)) if derived else {fact}


def view_for(coverage: Coverage, programs: Iterable[StageProgram], case: Case, audience: str | None) -> View:
    """What an audience may be shown of a decided case; an audience that is not known hears what everyone may."""
    every = {program.name: program.parts.table.index.all_rows for program in programs}
    denied = _denied(programs, case, audience)
    topics = coverage.topics

    def may(kind: str, name: str) -> bool | None:
        """Whether the disclosures let the audience hear of it; None: no topic covers it."""
        return topics[kind, name].isdisjoint(denied) if (kind, name) in topics else None

    facts = {fact for asking in coverage.about.values() for fact in asking}
    shut = {fact for fact in facts if _is_shut(fact, may("fact", fact), may("stage", stage_of_result(fact) or ""))}
    unstated = {fact for fact in facts - shut if may("fact", fact) is None and not _is_known(fact, case)}
    closed = {stage for stage in every if may("stage", stage) is False}
    lines, near = {}, {}
    for stage, rows in every.items():
        asking, places = coverage.about[stage], coverage.places.get(stage, {})
        told = {rule: may("rule", rule) for kind, rule in topics if kind == "rule" and rule in places}
        opened = _rows(places, told, True)
        if may("stage", stage) is None and stage in DESKS_STAGES:
            rows &= opened
            closed |= set() if rows else {stage}
        hidden = _rows(places, told, False) | reduce(or_, (asking[f] for f in shut & asking.keys()), 0)
        lines[stage] = 0 if stage in closed else rows & ~hidden
        chosen = coverage.assumed[stage] & ~opened | reduce(or_, (asking[f] for f in unstated & asking.keys()), 0)
        near[stage] = lines[stage] & ~chosen
    names = sorted(name for kind, name in topics if kind != "stage" and may(kind, name) is False)
    unnamed = frozenset(fact for fact, parts in coverage.made_of.items() if not parts.isdisjoint(shut | unstated))
    return View(lines, near, coverage.places, frozenset(closed), unnamed, tuple(names))


def _denied(programs: Iterable[StageProgram], case: Case, audience: str | None) -> frozenset[str]:
    """The topics that the audience is not permitted to hear of, as this case stands."""
    program = next(program for program in programs if program.name == "disclosures")
    assert isinstance(program, EffectProgram)
    applying = program.parts.table.index.finder()(case.cells)
    settled = program.table.settle(applying, audience)
    return frozenset(topic for topic, (effect, _) in settled.items() if effect != "permit")


def _is_shut(fact: str, may: bool | None, stage_may: bool | None) -> bool:
    if may is False or stage_may is False:
        return True
    is_own = fact in DESKS_OWN or fact.startswith(("agent.", "assignment."))
    return is_own and may is None and stage_may is None


def _is_known(fact: str, case: Case) -> bool:
    """Whether the requester could have stated a fact, or the request does; what follows from others goes by these."""
    group, _, name = fact.partition(".")
    if fact in REQUESTERS or group not in FACT_GROUPS:
        return True
    part: Any = case.request.get(group) or {}
    if name.startswith("fields."):
        part, name = part.get("fields") or {}, name.removeprefix("fields.")
    return part.get(name) is not None


def _rows(places: Mapping[str, int], told: Mapping[str, bool | None], wanted: bool) -> int:
    return reduce(or_, (1 << places[rule] for rule, may in told.items() if may is wanted), 0)
