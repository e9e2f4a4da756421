"""What must be done, of one kind of duty, as literals: how often each side demands it, with which particulars.

Rules of this stage all add their own, so what a side demands follows from which of them apply. Knows one space of two
sides; nothing of how differences are told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..space import Model, Observed, Space
from .aspects import Case
from .sameness import Sameness
from .sayings import mark, plain, templates_in

STAGE = "obligations"


@dataclass
class Demand:
    """The duties of both sides that do the same thing, told apart by their particulars."""

    name: str
    """What is to be done."""
    space: Space = field(repr=False)

    def __post_init__(self) -> None:
        """Count, for each set of particulars, how often it is demanded."""
        self.stage = STAGE
        self.givers: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
        self.particulars: dict[str, Any] = {}
        facts: dict[str, None] = {}
        for side in (0, 1):
            for place, row in enumerate(self._rows(side)):
                facts |= dict.fromkeys(row.when)
                for duty in row.outcome:
                    if duty.do == self.name:
                        what = mark(duty.particulars)
                        self.particulars[what] = duty.particulars
                        self.givers[side].setdefault(what, []).append(place)
        self._counts = tuple({what: self._ladder(side, what) for what in self.particulars} for side in (0, 1))
        texts = [text for said in self.particulars.values() for text in templates_in(said)]
        self.tested = tuple(sorted(facts))
        self.named = tuple(sorted({fact for text in texts for fact in text.facts}))
        self.told_in = (*self.tested, *self.named)
        self.touched = self.space.clauses.true
        self._is_plain = not texts

    def _rows(self, side: int) -> Sequence[Any]:
        stage = self.space.decided[side][STAGE].stage
        return stage.rows if stage else ()

    def _ladder(self, side: int, what: str) -> list[int]:
        """For each number, the literal of these particulars' being demanded at least so often."""
        clauses, applies = self.space.clauses, self.space.decided[side][STAGE].applies
        at_least = [clauses.true]
        for place in self.givers[side].get(what, ()):
            one = applies[place]
            more = [clauses.all_of((one, known)) for known in at_least]
            at_least = [
                clauses.true,
                *(clauses.any_of((more[k], at_least[k + 1] if k + 1 < len(at_least) else -clauses.true))
                  for k in range(len(at_least))),
            ]  # fmt: skip
        return at_least

    def _exactly(self, side: int, what: str, number: int) -> int:
        ladder = self._counts[side][what]
        if number >= len(ladder):
            return -self.space.clauses.true
        above = ladder[number + 1] if number + 1 < len(ladder) else -self.space.clauses.true
        return self.space.clauses.all_of((ladder[number], -above))

    def same(self, sameness: Sameness) -> int:
        """The literal of both sides' demanding the same."""
        clauses = self.space.clauses
        found = []
        for what, said in self.particulars.items():
            most = max(len(counts[what]) for counts in self._counts)
            alike = clauses.any_of(
                clauses.all_of((self._exactly(0, what, n), self._exactly(1, what, n))) for n in range(most)
            )  # fmt: skip
            facts = dict.fromkeys(fact for text in templates_in(said) for fact in text.facts)
            unasked = clauses.all_of((self._exactly(0, what, 0), self._exactly(1, what, 0)))
            found += [alike, clauses.any_of((unasked, sameness.all_of(facts)))]
        return clauses.all_of(found)

    def read(self, model: Model, side: int) -> Case:
        """What a side demands in an answer of the solver, whichever rules do."""
        applies = self.space.decided[side][STAGE].applies
        return self._case(
            side, {w: sum(model[applies[p]] for p in self.givers[side].get(w, ())) for w in self.particulars}
        )

    def settled(self, model: Model, side: int) -> Case:
        """The same, with the rules that apply."""
        applies = self.space.decided[side][STAGE].applies
        rows = sorted({p for places in self.givers[side].values() for p in places if model[applies[p]]})
        others = [-applies[p] for places in self.givers[side].values() for p in places if p not in rows]
        literal = self.space.clauses.all_of([*(applies[p] for p in rows), *others])
        case = self.read(model, side)
        return Case(literal, case.what, case.said, tuple(rows))

    def _case(self, side: int, counts: Mapping[str, int]) -> Case:
        literal = self.space.clauses.all_of(self._exactly(side, what, number) for what, number in counts.items())
        listed = [plain(self.particulars[what]) for what, number in counts.items() for _ in range(number)]
        return Case(literal, mark(dict(counts)), {"demanded": listed}, is_sure=self._is_plain)

    def signed(self, side: int) -> dict[str, int]:
        """The literal of each rule's being named among those that demand it."""
        applies, rows = self.space.decided[side][STAGE].applies, self._rows(side)
        return {rows[p].id: applies[p] for places in self.givers[side].values() for p in places}

    def part(self, seen: Observed) -> Any:
        """The duties of this kind."""
        return [duty for duty in seen.answer["decision"][STAGE] if duty["do"] == self.name]

    def shown(self, seen: Observed, side: int) -> str:
        """What a decision shows a side to demand."""
        ids = {duty["by"] for duty in self.part(seen)}
        counts: Counter[str] = Counter()
        for what, places in self.givers[side].items():
            counts[what] = sum(self._rows(side)[place].id in ids for place in places)
        return mark({what: counts[what] for what in self.particulars})

    def differs(self, seen: Sequence[Observed]) -> bool:
        """Whether two decisions demand different things; their order does not matter."""
        one, other = (sorted(mark(duty["with"]) for duty in self.part(s)) for s in seen)
        return one != other


def demands(space: Space) -> list[Demand]:
    """The kinds of duties of both sides."""
    found: dict[str, None] = {}
    for side in (0, 1):
        stage = space.decided[side][STAGE].stage
        for row in stage.rows if stage else ():
            found |= dict.fromkeys(duty.do for duty in row.outcome)
    return [Demand(name, space) for name in found]
