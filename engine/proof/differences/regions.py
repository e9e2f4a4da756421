"""The regions in which one part of the decision differs: found until none is left, each cut into boxes with a witness.

A pair of sayings and whether it follows from an earlier difference make a region. What the solver finds is confirmed by
deciding requests; what cannot be confirmed is told as undecided. Knows nothing of how a region is worded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import filterfalse

from ...decision import NOT_DECIDED, RequestRefused
from ..space import (
    TRUE,
    Box,
    Budget,
    Model,
    Observed,
    Proved,
    Situation,
    Space,
    Unknown,
    ask,
    box_where,
    literals_of,
    observe,
)
from .aspects import Aspect, Case, is_sure
from .clocks import Clock
from .demands import Demand
from .narrowing import is_elsewhere
from .sameness import Sameness
from .settling import Rows, pairs_of, rules_of
from .trials import like

Part = Aspect | Demand | Clock
_DECIDED = "decided"


_BUDGET = Budget(answers=20, requests=300)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a comparison goes before it says that there is more."""

    boxes: int = 8
    """Boxes by which a region is described."""
    regions: int = 300
    """Regions of one part of the decision."""
    pairs: int = 24
    """Pairs of rules that are named for a region."""
    rules: int = 8
    """Rules of a side that are named where the pairs are too many."""
    conflicts: int = 3000
    """Conflicts of the solver's search for a further pair."""
    resigned: int = 20
    """Pairs of rules of a part that are told where they decide the same."""
    resigned_boxes: int = 4
    """As many of them are told with a box: one takes as long as all the rest of a pair, and nobody reads twenty."""
    trials: int = 1500
    """Requests that are decided to show a difference that only some requests show."""
    table: int = 60
    """Rules of a stage, of both versions together, up to which the solver is asked even where blocks would tell."""
    whole: int = 200
    """Rules of a rulebook that are looked at whole; of longer ones, those that a change can bear on."""
    budget: Budget = _BUDGET


USUAL_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Piece:
    """A box of a region, and a request in it as both sides decided it."""

    box: Box | None
    """In the facts that the rules of the part test, results of earlier stages among them; None: the whole region."""
    is_of_accepted: bool
    """Whether only requests that both versions accept are meant."""
    seen: tuple[Observed, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A region of one part of the decision."""

    part: Part
    old: Case
    new: Case
    literal: int
    follows: bool
    """Whether the part would be the same, had nothing before it changed."""
    is_sure: bool
    """Whether every request of the region gets another answer; else it depends on more than rules test."""
    pieces: tuple[Piece, ...]
    is_whole: bool
    """Whether the pieces cover it."""
    pairs: tuple[tuple[Rows, Rows], ...]
    """The rules of both sides that settle it, by their places."""
    has_all_pairs: bool
    by_side: tuple[tuple[Rows, ...] | None, tuple[Rows, ...] | None]
    """Where these are not all: the rules of each side that settle any of it; None: these are too many as well."""
    shown: tuple[Observed, ...] | None
    """A request as both sides decided it, with two answers; None: none was found."""
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Regions:
    """What was found of one part."""

    found: tuple[Found, ...]
    undecided: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it is proved that the part never differs."""
        return not self.found and not self.undecided


@dataclass(frozen=True, slots=True)
class Search:
    """What the search for regions goes by."""

    space: Space
    sameness: Sameness
    limits: Limits

    def seen(self, part: Part, runs: int) -> int:
        """The literal of the rules of a part seeing the same on both sides."""
        return self.space.clauses.all_of((*(self.sameness.seen(fact) for fact in part.tested), runs))

    def inputs(self, part: Part, runs: int) -> int:
        """The literal of all that a part depends on being the same on both sides."""
        return self.space.clauses.all_of((self.seen(part, runs), self.sameness.all_of(part.named)))


def regions(search: Search, part: Part, runs: int) -> Regions:
    """Every region of a part. `runs` is the literal of its stage's being decided on both sides or on neither."""
    clauses, limits = search.space.clauses, search.limits
    same, inputs = part.same(search.sameness), search.inputs(part, runs)
    # It follows already (see `aspects`), but the solver would have to find that out again and again.
    clauses.add([same, part.touched, -inputs])
    wanted = [-same, clauses.new()]
    found: list[Found] = []
    undecided: list[str] = []
    while clauses.can_hold(wanted):
        if len(found) >= limits.regions:
            undecided.append(f"more than {limits.regions} regions differ; the others were not looked at")
            break
        model = clauses.model()
        old, new, literal = _read(search, part, model, same)
        clauses.add([-wanted[-1], -literal])
        depends = inputs if is_by_texts(old, new) else search.seen(part, runs)
        for follows, guard in ((False, depends), (True, -depends)):
            region = clauses.all_of((literal, guard) if old.what != new.what else (literal, guard, -same))
            _describe(search, part, old, new, region, follows, found, undecided)
    return Regions(tuple(found), tuple(undecided))


def is_by_texts(old: Case, new: Case) -> bool:
    """Whether two sayings are written alike, so that only the facts in their texts can tell them apart."""
    return old.what == new.what or bool(old.text and old.text == new.text)


def _read(search: Search, part: Part, model: Model, same: int) -> tuple[Case, Case, int]:
    """The sayings of both sides in an answer of the solver; as rules write them, where all they come to differs."""
    if isinstance(part, Aspect):
        wide = [part.wider(model, side) for side in (0, 1)]
        if any(case.covers for case in wide):
            exact = [part.known(case) for case in wide]
            literal = search.space.clauses.all_of(case.literal for case in wide)
            never_same = not search.space.clauses.can_hold([literal, same])
            if never_same and all(is_sure(part.stage, old, new) for old in exact[0] for new in exact[1]):
                return _pair(search.space, part, *wide)
    return _pair(search.space, part, part.read(model, 0), part.read(model, 1))


def _pair(space: Space, part: Part, old: Case, new: Case) -> tuple[Case, Case, int]:
    """Two sayings; where just one side decides the stage at all, the values do not matter."""
    runs = [space.decided[side][part.stage].runs for side in (0, 1)]
    if old.said is None and new.said is not None:
        new = Case(runs[1], _DECIDED, {_DECIDED: True})
    elif new.said is None and old.said is not None:
        old = Case(runs[0], _DECIDED, {_DECIDED: True})
    return old, new, space.clauses.all_of((old.literal, new.literal))


def _describe(
    search: Search, part: Part, old: Case, new: Case, region: int, follows: bool, found: list[Found],
    undecided: list[str],
) -> None:  # fmt: skip
    """Add a region to what was found, or to what is undecided; nothing where it is proved empty."""
    space, limits = search.space, search.limits
    if not space.clauses.can_hold([region]):
        return
    sure = is_sure(part.stage, old, new) if isinstance(part, Aspect) else old.is_sure and new.is_sure
    fits = shows(part, old, new)
    first = ask(
        space, TRUE, [region], limits.budget, shows=lambda seen: fits(seen) and (not sure or part.differs(seen))
    )
    if isinstance(first, Proved):
        return
    pairs, has_all, by_side = _settling(search, part, old, new, region)
    if isinstance(first, Unknown):
        undecided.append(first.why)
        found.append(Found(part, old, new, region, follows, sure, (), False, pairs, has_all, by_side, None, first.why))
        return
    pieces: tuple[Piece, ...]
    if _DECIDED in (old.what, new.what):
        pieces, is_whole, why = (Piece(None, False, first.seen),), True, None
    else:
        pieces, is_whole, why = _pieces(search, part, region, first.situation, first.seen, fits)
    seen = first.seen if part.differs(first.seen) else _tried(search, part, [piece.seen for piece in pieces], fits)
    if seen is None:
        why = f"no request was found that shows a difference ({limits.trials} were tried)"
    if why:
        undecided.append(why)
    found.append(Found(part, old, new, region, follows, sure, pieces, is_whole, pairs, has_all, by_side, seen, why))


def shows(part: Part, old: Case, new: Case) -> Callable[[Sequence[Observed]], bool]:
    """Whether decisions lie in a region, by what they show."""

    def lies(seen: Observed, side: int, case: Case) -> bool:
        if case.what == _DECIDED:
            return part.part(seen) is not None
        shown = part.shown(seen, side)
        return shown == case.what or shown in case.covers

    return lambda seen: lies(seen[0], 0, old) and lies(seen[1], 1, new)


def _pieces(
    search: Search, part: Part, region: int, situation: Situation, seen: tuple[Observed, ...],
    shows: Callable[[Sequence[Observed]], bool],
) -> tuple[tuple[Piece, ...], bool, str | None]:  # fmt: skip
    """Boxes that cover a region, or as many as are told; whether they cover it, and why that is not known."""
    space, clauses = search.space, search.space.clauses
    runs = [space.decided[side][part.stage].runs for side in (0, 1)] if part.stage in NOT_DECIDED else []
    rest, pieces = [region], list[Piece]()
    while True:
        box, accepted = box_of(space, part, region, situation, runs)
        pieces.append(Piece(box, accepted, seen))
        rest.append(-clauses.all_of([*literals_of(space, box), *(runs if accepted else ())]))
        if len(pieces) >= search.limits.boxes:
            return tuple(pieces), not clauses.can_hold(rest), None
        verdict = ask(space, TRUE, rest, search.limits.budget, shows=shows)
        if isinstance(verdict, Proved):
            return tuple(pieces), True, None
        if isinstance(verdict, Unknown):
            return tuple(pieces), False, None
        situation, seen = verdict.situation, verdict.seen


def box_of(space: Space, part: Part, region: int, situation: Situation, runs: Sequence[int]) -> tuple[Box, bool]:
    """The box around a situation: in what the rules of the part test, else in what requests state."""
    keys = {space.key(fact, side) for fact in part.told_in for side in (0, 1)} & space.variables.keys()
    try:
        return box_where(space, region, situation, runs, set(filterfalse(is_elsewhere, keys))), bool(runs)
    except ValueError:
        return box_where(space, region, situation, told_in=set(filterfalse(is_elsewhere, space.free))), False


def _settling(
    search: Search, part: Part, old: Case, new: Case, region: int
) -> tuple[tuple[tuple[Rows, Rows], ...], bool, tuple[tuple[Rows, ...] | None, tuple[Rows, ...] | None]]:
    """The rules that settle requests of a region: pairs, whether these are all, and if not, those of each side."""
    if isinstance(part, Clock):
        return (), True, (None, None)
    limits = search.limits
    told = [case.what != _DECIDED for case in (old, new)]
    pairs, has_all = pairs_of(search.space, part, told, region, limits.pairs, limits.conflicts)
    sides = [None if has_all or not told[side] else rules_of(search.space, part, side, region, limits.rules,
                                                             limits.conflicts) for side in (0, 1)]  # fmt: skip
    return pairs, has_all, (sides[0], sides[1])


def _tried(
    search: Search, part: Part, starts: Sequence[tuple[Observed, ...]], shows: Callable[[Sequence[Observed]], bool]
) -> tuple[Observed, ...] | None:
    """A request of the region with two answers, made of one whose answers were the same."""
    books = [side.book for side in search.space.sides]
    calendar = part.calendar if isinstance(part, Clock) else None
    left = search.limits.trials
    for start in starts[:3]:
        for requests in like([seen.request for seen in start], books, part.stage, calendar):
            if left <= 0:
                return None
            left -= 1
            try:
                seen = tuple(observe(book, request) for book, request in zip(books, requests, strict=True))
            except RequestRefused:
                continue
            if shows(seen) and part.differs(seen) and _bears(part, seen):
                return seen
    return None


def _bears(part: Part, seen: Sequence[Observed]) -> bool:
    """For a setting of clocks: whether both promise by it the same time, so that the setting alone makes the times."""
    if not isinstance(part, Clock):
        return True
    one, other = (part.part(s) for s in seen)
    if one is None or other is None or one["by"] is None:
        return False
    within = [{n: t["within"] for n, t in p["targets"].items()} for p in (one, other)]
    return bool(within[0] == within[1] and one["calendar"] == other["calendar"])
