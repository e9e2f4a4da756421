"""What a change of a rulebook changes: every region of requests whose decision differs, stage by stage.

Both versions get the same requests. Stages are compared in their order, and what is proved to be the same is known to
those after it. Knows two compiled rulebooks; nothing of files, and nothing of how differences are told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...decision import NOT_DECIDED, CompiledRulebook
from ...rulebook import STAGES, Row, Stage, stage_of_result
from ..space import TRUE, Box, Observed, Proved, Side, Space, Unknown, ask
from .aspects import Aspect, choice, effect
from .blockwise import Told, told_by_blocks
from .clocks import clocks
from .demands import Demand, demands
from .narrowing import narrowed
from .regions import USUAL_LIMITS, Found, Limits, Part, Search, box_of, regions
from .sameness import Sameness, asked_of_both
from .sayings import templates_in
from .vocabularies import OnlyOne, only_of_one

_EFFECTS = {"disclosures": "topics", "permissions": "actions"}


@dataclass(frozen=True, slots=True)
class Resigned:
    """The same decision, by another rule or for another reason."""

    stage: str
    name: str | None
    old: tuple[str, ...]
    """The rules that the old version names; none: no rule applies."""
    new: tuple[str, ...]
    what: tuple[str, ...]
    """What is otherwise: `rule`, `reason`, `clauses`, `assumed`; `more`: there are pairs of rules that are not told."""
    box: Box | None
    seen: tuple[Observed, ...] | None
    """A request that shows it; None: none was found."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Something that the budget left open."""

    stage: str
    name: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that two versions decide differently."""

    old: CompiledRulebook
    new: CompiledRulebook
    """Both decide as they do; of their rules only those are named that a change can bear on."""
    space: Space
    search: Search
    only_one: tuple[OnlyOne, ...]
    """What requests may state, or ask about, to one version only."""
    found: tuple[Found, ...]
    resigned: tuple[Resigned, ...]
    undecided: tuple[Undecided, ...]

    @property
    def is_same(self) -> bool:
        """Whether it is proved that every request gets the same decision."""
        return not (self.only_one or self.found or self.undecided)


def compare(old: CompiledRulebook, new: CompiledRulebook, limits: Limits = USUAL_LIMITS) -> Comparison:
    """Compare two versions over all requests that both accept."""
    cut = narrowed(old, new, limits.whole)
    old, new = cut.old, cut.new
    books = (old.rulebook, new.rulebook)
    named = {
        fact for book in books for stage in book.stages.values() for row in stage.rows for fact in _named(stage, row)
    }
    space = Space([Side(old), Side(new)], asked_of_both(*books, sorted(named)))
    cut.confine(space)
    search = Search(space, Sameness(space), limits)
    found: list[Found] = []
    resigned: list[Resigned] = []
    undecided: list[Undecided] = []
    for stage in STAGES:
        runs = _runs_alike(space, stage)
        same = []
        for part in _parts(space, stage):
            told = told_by_blocks(space, part, limits)
            differing = told.regions if told else regions(search, part, runs)
            found += differing.found
            undecided += [Undecided(stage, part.name, why) for why in dict.fromkeys(differing.undecided)]
            if differing.is_empty:
                space.clauses.add([part.same(search.sameness)])
            else:
                same.append(part.same(search.sameness))
            if isinstance(part, Aspect | Demand):
                resigned += _shown_renamed(search, part, told) if told else _resigned(search, part, runs)
                if stage in cut.renamed and not any(one.stage == stage and "more" in one.what for one in resigned):
                    resigned.append(Resigned(stage, part.name, (), (), ("more",), None, None))
        _tell_results(search, stage, space.clauses.all_of(same))
    return Comparison(old, new, space, search, only_of_one(old, new), tuple(found), tuple(resigned), tuple(undecided))


def _named(stage: Stage, row: Row) -> Iterator[str]:
    """The facts that an outcome looks up."""
    outcome = row.outcome
    if stage.name == "obligations":
        yield from (fact for duty in outcome for text in templates_in(duty.particulars) for fact in text.facts)
    elif stage.name == "assignment":
        texts = templates_in([outcome.group, outcome.agent])
        yield from (*(fact for text in texts for fact in text.facts), *outcome.never)
        if outcome.skills_from:
            yield outcome.skills_from
    elif stage.name not in (*_EFFECTS, "sla"):
        yield from (fact for text in templates_in(outcome.values) for fact in text.facts)


def _runs_alike(space: Space, stage: str) -> int:
    """The literal of a stage's being decided on both sides or on neither."""
    one, other = (space.decided[side][stage].runs for side in (0, 1))
    clauses = space.clauses
    if one == other:
        return clauses.true
    return clauses.any_of((clauses.all_of((one, other)), clauses.all_of((-one, -other))))


def _parts(space: Space, stage: str) -> Iterator[Part]:
    """What is compared of a stage."""
    if stage in _EFFECTS:
        old, new = (getattr(side.book, _EFFECTS[stage]) for side in space.sides)
        yield from (effect(space, stage, name) for name in old if name in new)
    elif stage == "obligations":
        yield from demands(space)
    else:
        yield choice(space, stage)
        if stage == "sla":
            yield from clocks(space)


def _tell_results(search: Search, stage: str, same: int) -> None:
    """Make known to later stages what of this one is the same."""
    for fact in search.space.sides[0].book.rulebook.facts:
        if stage_of_result(fact) == stage and fact in search.space.sides[1].book.rulebook.facts:
            exact = search.sameness.cells(fact) if stage not in ("sla", "assignment") else None
            search.sameness.tell(fact, same if exact is None or same == search.space.clauses.true else exact)


# The same decision, by another rule or for another reason.


def _resigned(search: Search, part: Aspect | Demand, runs: int) -> Iterator[Resigned]:
    """Pairs of rules that settle the same requests with the same result, but are not the same rule."""
    space, clauses = search.space, search.space.clauses
    signed = [part.signed(side) for side in (0, 1)]
    same, inputs = part.same(search.sameness), search.inputs(part, runs)
    if isinstance(part, Aspect):
        alike = clauses.any_of(
            clauses.all_of((lit, signed[1][name])) for name, lit in signed[0].items() if name in signed[1]
        )
    else:
        none = -clauses.true
        alike = clauses.all_of(
            _both(search, signed[0].get(name, none), signed[1].get(name, none))
            for name in sorted({*signed[0], *signed[1]})
        )  # fmt: skip
    wanted = [same, -alike, clauses.any_of((part.touched, -inputs)), clauses.new()]
    told = 0
    while clauses.can_hold(wanted) and told < search.limits.resigned:
        model = clauses.model()
        settled = [part.settled(model, side) for side in (0, 1)]
        region = clauses.all_of((same, -alike, *(case.literal for case in settled)))
        clauses.add([-wanted[-1], *(-case.literal for case in settled)])
        if _reads_alike(space, part.stage, *(case.rows for case in settled)):
            told += 1
            old, new = (_ids(space, side, part.stage, case.rows) for side, case in enumerate(settled))
            yield Resigned(part.stage, part.name, old, new, ("rule",), None, None)
            continue
        verdict = ask(space, TRUE, [region], search.limits.budget)
        if isinstance(verdict, Proved):
            continue
        told += 1
        old, new = (_ids(space, side, part.stage, case.rows) for side, case in enumerate(settled))
        if isinstance(verdict, Unknown):
            yield Resigned(part.stage, part.name, old, new, ("rule",), None, None)
        elif told > search.limits.resigned_boxes:
            yield Resigned(part.stage, part.name, old, new, ("rule",), None, verdict.seen)
        else:
            guards = [space.decided[side][part.stage].runs for side in (0, 1)] if part.stage in NOT_DECIDED else []
            box, _ = box_of(space, part, region, verdict.situation, guards)
            yield Resigned(part.stage, part.name, old, new, ("rule",), box, verdict.seen)
    if told >= search.limits.resigned and clauses.can_hold(wanted):
        yield Resigned(part.stage, part.name, (), (), ("more",), None, None)
    yield from _reasoned(search, part)


def _shown_renamed(search: Search, part: Aspect | Demand, told: Told) -> Iterator[Resigned]:
    """The same of a long table, whose pairs of rules are known."""
    for one in told.renamed:
        box, seen = (one.piece.box, one.piece.seen) if one.piece else (None, None)
        yield Resigned(part.stage, part.name, one.old, one.new, ("rule",), box, seen)
    if told.has_more:
        yield Resigned(part.stage, part.name, (), (), ("more",), None, None)
    yield from _reasoned(search, part, told.kept)


def _reads_alike(space: Space, stage: str, old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    """Whether one rule of each side is meant, and they differ in their names alone, as where rows are counted."""
    stages = [space.decided[side][stage].stage for side in (0, 1)]
    if len(old) != 1 or len(new) != 1 or None in stages:
        return False
    one, other = (known.rows[place[0]] for known, place in zip(stages, (old, new), strict=True) if known)
    return bool(one.when == other.when and one.outcome == other.outcome)


def _both(search: Search, one: int, other: int) -> int:
    clauses = search.space.clauses
    return clauses.any_of((clauses.all_of((one, other)), clauses.all_of((-one, -other))))


def _ids(space: Space, side: int, stage: str, places: Sequence[int]) -> tuple[str, ...]:
    decided = space.decided[side][stage].stage
    return tuple(decided.rows[place].id for place in places) if decided else ()


def _reasoned(search: Search, part: Aspect | Demand, among: frozenset[str] | None = None) -> Iterator[Resigned]:
    """Rules of one id that settle the same requests for another reason, by other clauses, or newly assumed.

    `among` are the names of those that settle the same requests, where that is known.
    """
    space = search.space
    stages = [space.decided[side][part.stage].stage for side in (0, 1)]
    signed = [part.signed(side) for side in (0, 1)]
    rows = [{row.id: row for row in stage.rows} if stage else {} for stage in stages]
    for name in signed[0]:
        if among is not None and name not in among:
            continue
        if name not in signed[1] or name not in rows[0] or name not in rows[1]:
            continue
        what = _otherwise(rows[0][name], rows[1][name])
        region = [signed[0][name], signed[1][name], part.same(search.sameness)]
        if not what or not space.clauses.can_hold(region):
            continue
        verdict = ask(space, TRUE, region, search.limits.budget)
        if not isinstance(verdict, Proved):
            seen = None if isinstance(verdict, Unknown) else verdict.seen
            yield Resigned(part.stage, part.name, (name,), (name,), what, None, seen)


def _otherwise(old: Row, new: Row) -> tuple[str, ...]:
    told = {
        "reason": old.because != new.because,
        "clauses": old.cites != new.cites,
        "assumed": (old.assumed, old.assumed_results) != (new.assumed, new.assumed_results),
    }
    return tuple(name for name, differs in told.items() if differs)
