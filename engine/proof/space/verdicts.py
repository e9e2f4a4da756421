"""Asking the space a question: is there a request of which a formula is true?

The solver's answer is made into a request, and the request is decided: only what the engine confirms is a witness. What
the solver excludes is proved. Where an answer cannot be made into a request, it is set aside; when all that is left has
been set aside, the question stays undecided, and that is said.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ...decision import RequestRefused
from ..values import Undecided
from .formulas import Formula
from .marks import exclude_impossible
from .observed import Observed, observe, true_of
from .requests import requests_for
from .space import Key, Situation, Space


@dataclass(frozen=True, slots=True)
class Proved:
    """No request does."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Requests that do, one for each side, as they were decided."""

    seen: tuple[Observed, ...]
    situation: Situation

    @property
    def request(self) -> Mapping[str, Any]:
        """The request of the first side."""
        return self.seen[0].request


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was found, and nothing was proved."""

    why: str


Verdict = Proved | Witness | Unknown


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a question is pursued."""

    answers: int = 60
    """Answers of the solver that are looked at."""
    requests: int = 1200
    """Requests that are decided for each of them."""
    texts: int = 200_000
    """States that are visited in deciding which texts there are."""


USUAL = Budget()


def ask(
    space: Space,
    formula: Formula,
    assumed: Sequence[int] = (),
    budget: Budget = USUAL,
    *,
    sparing: bool = True,
    shows: Callable[[Sequence[Observed]], bool] = lambda seen: True,
) -> Verdict:
    """Whether there are requests, one for each side of the space, of which a formula is true.

    `assumed` are literals that hold besides. With `sparing`, a witness states no more than it must. `shows` says what
    decisions must show beyond the formula; where none does, nothing is proved.
    """
    question = space.literal(formula)
    dropped: list[int] = []
    why = ""
    for _ in range(budget.answers):
        if not space.clauses.can_hold([question, *assumed, *dropped]):
            return Unknown(why) if why else Proved()
        situation = _spared(space, [question, *assumed, *dropped]) if sparing else space.situation()
        if excludes_instants(space, situation):
            continue
        try:
            if exclude_impossible(space, situation, budget.texts):
                continue
            found = _decided(space, formula, situation, budget, shows)
        except Undecided as undecided:
            found, why = None, str(undecided)
        if found is not None:
            return Witness(found, situation)
        why = why or _why(space, situation)
        loose = [lit for key in _loose(space, situation) for lit in space.literals(key, situation.cells[key])]
        dropped.append(-space.clauses.all_of(loose))
        if dropped[-1] == -space.clauses.true:
            return Unknown(why)
    return Unknown(why or "more combinations are left than the budget allows")


def _decided(
    space: Space, formula: Formula, situation: Situation, budget: Budget, shows: Callable[[Sequence[Observed]], bool]
) -> tuple[Observed, ...] | None:
    for requests in islice(requests_for(space, situation), budget.requests):
        try:
            seen = tuple(observe(side.book, request) for side, request in zip(space.sides, requests, strict=True))
        except RequestRefused:  # what a request holds together may go beyond what the facts hold one by one
            continue
        if true_of(formula, seen) and shows(seen):
            return seen
    return None


def _loose(space: Space, situation: Situation) -> list[Key]:
    """The facts that may be to blame where an answer cannot be made into a request."""
    return sorted((key for key in space.loose if situation.cells.get(key)), key=str)


def _why(space: Space, situation: Situation) -> str:
    names = [f"`{key[0]}`" for key in _loose(space, situation)]
    which = f"{names[0]} is as it" if len(names) == 1 else f"{', '.join(names) or 'the facts'} are as they"
    return f"no request was found in which {which} would have to be"


def _spared(space: Space, assumed: Sequence[int]) -> Situation:
    """An answer in which as many facts as possible are absent."""
    kept = list(assumed)
    model = space.clauses.model()
    for key, variable in space.variables.items():
        if not space.is_input(key) or key[0] == "at":
            continue
        if not model[variable.stated]:
            kept.append(-variable.stated)
        elif space.clauses.can_hold([*kept, -variable.stated]):
            kept.append(-variable.stated)
            model = space.clauses.model()
    space.clauses.can_hold(kept)
    return space.situation()


def excludes_instants(space: Space, situation: Situation) -> bool:
    """Whether an instant was asked for that nothing shows; then all that instants can show is looked up."""
    for key, known in space.instants.items():
        wanted = tuple(situation.cells[k] for k, _ in space.looks(key))
        if situation.cells[key] and wanted not in known.shown and not known.is_whole:
            space.complete_instants(key)
            return True
    return False
