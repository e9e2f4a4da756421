"""Why not: the smallest changes of a request's facts with which it would be decided as somebody wanted.

The solver finds which facts must be let go (every set of facts that allows it meets each core of what forbids it); each
change is then confirmed by deciding the changed request. Knows one compiled rulebook and one decided request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Any, Final, Literal

from ...decision import RequestRefused
from ...facts import Instant
from ..space import (
    Budget,
    Formula,
    Holds,
    Key,
    Observed,
    Proved,
    Side,
    Situation,
    Space,
    Unknown,
    ask,
    box_where,
    conditions_in,
    exclude_impossible,
    excludes_instants,
    observe,
    phrase,
    true_of,
)
from ..values import Undecided, written
from .pins import Pins
from .replacements import replaced, replacements

MOST_FACTS: Final = 3
"""Facts that a change may replace."""
MOST_CHANGES: Final = 3
"""Changes that are told."""
_SETS: Final = 2_000
"""Sets of facts that are looked at."""
_ANSWERS: Final = 12
"""Answers of the solver that are tried for one set of facts."""
_TEXTS: Final = 200_000
_COURSE: Final = ("at", "ticket.created_at", "ticket.first_response_at", "ticket.resolved_at", "ticket.status")
"""What the state of a target depends on beside its rules."""

Said = Literal["so", "changes", "impossible", "too_many", "unknown"]


@dataclass(frozen=True, slots=True)
class Replaced:
    """A fact that a change replaces."""

    fact: str
    value: Any
    """As the request states it; None: it does not."""
    instead: Any
    """As the changed request states it."""
    like: tuple[str, ...]
    """How far it may go, in words; what follows from an instant is told of the derived facts."""


@dataclass(frozen=True, slots=True)
class Change:
    """The facts to replace, and the changed request as it is decided."""

    facts: tuple[Replaced, ...]
    seen: Observed


@dataclass(frozen=True, slots=True)
class Changes:
    """What can be said of the smallest changes."""

    said: Said
    """`so`: it is so already; `impossible`: proved for every request; `too_many`: it takes more facts than are tried;
    `unknown`: nothing was found, and nothing was proved."""
    found: tuple[Change, ...] = ()
    are_smallest: bool = True
    """Whether it is proved that no change of fewer facts does it."""
    why: str | None = None


def find_changes(seen: Observed, wanted: Formula) -> Changes:
    """The changes of the fewest facts that give what is wanted, MOST_CHANGES at most, the likeliest first."""
    if true_of(wanted, [seen]):
        return Changes("so")
    space = Space([Side(seen.book)], [wanted, *_forced(wanted, seen)])
    verdict = ask(space, wanted, budget=Budget(answers=20, requests=300))
    if isinstance(verdict, Proved):
        return Changes("impossible")
    return _Search(Pins(space, seen), wanted).run(verdict.why if isinstance(verdict, Unknown) else None)


def _forced(wanted: Formula, seen: Observed) -> Iterator[Formula]:
    """Facts that no rule asks about and that may matter all the same: those of a target's course."""
    if any(holds.fact.startswith("sla.") for holds in conditions_in(wanted)):
        yield from (Holds(fact, ()) for fact in _COURSE if fact in seen.book.rulebook.facts)


@dataclass
class _Search:
    pins: Pins
    wanted: Formula
    unsure: bool = False
    """Whether some set of facts might have done, and no request was found for it."""
    is_loose: bool = False
    """Whether what is wanted follows from more than cells."""
    looked_at: int = 0
    question: int = field(init=False)

    def __post_init__(self) -> None:
        self.space = self.pins.space
        self.question = self.space.literal(self.wanted)

    def run(self, why: str | None) -> Changes:
        """Go through the sets of facts that may be let go, smaller ones first."""
        sets: list[frozenset[Key]] = [frozenset()]
        is_cut = False
        for _ in range(MOST_FACTS + 1):
            found: list[Change] = []
            larger: dict[frozenset[Key], None] = {}
            sure_before = not self.unsure
            for free in sorted(sets, key=_cost):
                self.looked_at += 1
                if self.looked_at > _SETS:
                    is_cut = True
                    break
                change, blamed = self._try(free)
                if change is not None:
                    found.append(change)
                    if len(_distinct(found)) == MOST_CHANGES:
                        break
                else:
                    larger |= dict.fromkeys(free | {key} for key in sorted(blamed - free, key=str))
            if found:
                return Changes("changes", _distinct(found), sure_before and not is_cut)
            if not larger and not self.is_loose:
                return Changes("impossible")
            sets = list(larger)
        if self.is_loose or is_cut:
            return Changes("unknown", why=why or "no request was found that the engine decides so")
        return Changes("too_many")

    def _try(self, free: frozenset[Key]) -> tuple[Change | None, frozenset[Key]]:
        """A change of just these facts; or None, and the facts of which another one must be let go."""
        keys = sorted(free, key=_rank)
        held = [self.question, *self.pins.held(free)]
        stated = [self.space.variables[key].stated for key in keys]
        dropped: list[int] = []
        for _ in range(_ANSWERS):
            likely = [*held, *dropped, *stated]
            if not self.space.clauses.can_hold(likely) and not self.space.clauses.can_hold([*held, *dropped]):
                if not dropped:
                    return None, self.pins.blamed(self.space.clauses.core())
                break
            situation = self.space.situation()
            try:
                if excludes_instants(self.space, situation) or exclude_impossible(self.space, situation, _TEXTS):
                    continue
            except Undecided:
                break
            change = self._confirmed(situation, keys)
            if change is not None:
                return change, frozenset()
            dropped.append(-self.space.clauses.all_of(self._tried(situation, free)))
            if dropped[-1] == -self.space.clauses.true:
                break
        self.unsure |= bool(free)
        self.is_loose = True
        return None, frozenset(self.pins.facts)

    def _tried(self, situation: Situation, free: frozenset[Key]) -> list[int]:
        """What of an answer was tried: the cells of the facts let go, and of all that follows loosely from them."""
        keys = [key for key in (*free, *self.space.loose) if key in situation.cells]
        return [literal for key in keys for literal in self.space.literals(key, situation.cells[key])]

    def _confirmed(self, situation: Situation, keys: Sequence[Key]) -> Change | None:
        if not keys:
            return None
        for values, request in replacements(self.pins, situation, keys):
            if all(values[key] == self.pins.value(key) for key in keys):
                continue
            seen = self._decided(request)
            if seen is not None:
                fewer = self._fewer(values)
                return self._told(fewer or values, self._decided(self._request(fewer)) or seen if fewer else seen)
        return None

    def _decided(self, request: Any) -> Observed | None:
        """The changed request, where it is decided as wanted."""
        try:
            seen = observe(self.pins.seen.book, request)
        except RequestRefused:  # what a request holds together may go beyond what the facts hold one by one
            return None
        return seen if true_of(self.wanted, [seen]) else None

    def _request(self, values: dict[Key, Any]) -> dict[str, Any]:
        return replaced(self.pins, self.pins.seen.request, values)

    def _fewer(self, values: dict[Key, Any]) -> dict[Key, Any]:
        """The fewest of these replacements that do it already; empty: it takes them all."""
        parts = chain.from_iterable(combinations(values, n) for n in range(1, len(values)))
        chosen = ({key: values[key] for key in part} for part in parts)
        return next((part for part in chosen if self._decided(self._request(part)) is not None), {})

    def _told(self, values: dict[Key, Any], seen: Observed) -> Change:
        like = self._like(values, seen)
        kinds = {key: self.space.kinds[key] or Instant() for key in values}
        facts = (
            Replaced(key[0], written(kind, self.pins.value(key)), written(kind, values[key]), tuple(like.get(key, ())))
            for key, kind in kinds.items()
        )
        return Change(tuple(facts), seen)

    def _like(self, values: dict[Key, Any], seen: Observed) -> dict[Key, list[str]]:
        """How far each replaced fact may go while all others stay, in words."""
        after = Pins(self.space, seen)
        told_in = {look: key for key in values for look in (self._looks(key) or [key])}
        around = after.held()
        others = self.pins.held(values)
        if not self.space.clauses.can_hold([self.question, *around]):
            return {}
        try:
            box = box_where(self.space, self.question, self.space.situation(), others, list(told_in))
        except ValueError:  # what was wanted does not follow from these facts' cells alone
            return {}
        found: dict[Key, list[str]] = {}
        for key, part in box.parts.items():
            whose = "" if key in values else f"`{key[0]}` "
            found.setdefault(told_in[key], []).append(f"{whose}{phrase(self.space, key, part)}")
        return found

    def _looks(self, key: Key) -> list[Key]:
        is_instant = isinstance(self.space.kinds[key], Instant)
        return [look for look, _ in self.space.looks(key)] if is_instant and key in self.space.instants else []


def _distinct(found: Sequence[Change]) -> tuple[Change, ...]:
    """The changes of the fewest facts, one for each set of facts."""
    by_facts = {tuple(replaced.fact for replaced in change.facts): change for change in reversed(found)}
    fewest = min(map(len, by_facts))
    return tuple(reversed([change for facts, change in by_facts.items() if len(facts) == fewest]))


def _rank(key: Key) -> tuple[int, str]:
    """Likelier ones come first: the ticket, who asks and acts, the audience, instants, the clock."""
    fact = key[0]
    group = fact.partition(".")[0]
    if fact.endswith("_at"):
        return 4, fact
    return {"ticket": 0, "requester": 1, "agent": 2, "ask": 3}.get(group, 5), fact


def _cost(free: frozenset[Key]) -> tuple[list[tuple[int, str]], int]:
    return sorted((_rank(key) for key in free), reverse=True), len(free)
