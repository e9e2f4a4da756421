"""Walks: the search for one text that several automata agree on, over their product as far as it is walked.

Best first: the state in which the fewest automata lack their answer, among these the shortest text, among these the
one of the pleasantest characters. A state in which one automaton can no longer agree is left; one that has agreed for
good is forgotten. When no state is left there is no text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from .automata import Automaton, State
from .characters import CHANGED, NORMAL, Symbol
from .undecided import BudgetSpent


@dataclass(slots=True)
class Budget:
    """How many states may still be looked at; shared by the searches of one question."""

    states: int

    def spend(self) -> None:
        """Counts one state. Raises BudgetSpent."""
        if self.states <= 0:
            raise BudgetSpent("the search for a text was cut off: too many states")
        self.states -= 1


@dataclass(frozen=True, slots=True)
class Goal:
    """An automaton and the answer wanted of it; `on_folded`: it reads the folded text."""

    automaton: Automaton
    wanted: bool
    on_folded: bool


_AGREED = "agreed"
"""The state of an automaton that has agreed for good; not True, which Python takes for the state 1."""
_Place = tuple[int, tuple[State, ...]]


def walk(goals: Sequence[Goal], symbols: Sequence[Symbol], budget: Budget) -> str | None:
    """A text on which every automaton gives the answer wanted; None when there is none over these symbols.

    Raises BudgetSpent.
    """
    starts = tuple(_settled(goal, goal.automaton.start) for goal in goals)
    if None in starts:
        return None
    first: _Place = (NORMAL, starts)
    came: dict[_Place, tuple[_Place, str] | None] = {first: None}
    waiting: list[tuple[int, int, int, _Place]] = [(_lacking(goals, starts), 0, 0, first)]
    only_folded = all(goal.on_folded for goal in goals)
    while waiting:
        lacking, length, _, place = heappop(waiting)
        if lacking == 0 and place[0] != CHANGED:
            return _text(came, place)
        budget.spend()
        mode, states = place
        for symbol in _live(goals, states, symbols) if only_folded else symbols:
            if mode not in symbol.before:
                continue
            after = _after(goals, states, symbol)
            if after is None:
                continue
            then = (symbol.after, after)
            if then not in came:
                came[then] = (place, symbol.char)
                heappush(waiting, (_lacking(goals, after), length + 1, len(came), then))
    return None


def _settled(goal: Goal, state: State) -> State:
    """A state, with `_AGREED` for one that has agreed for good and None for one that never will."""
    if state is True or state is False:
        return _AGREED if state is goal.wanted else None
    return state


def _lacking(goals: Sequence[Goal], states: Iterable[State]) -> int:
    return sum(
        state is not _AGREED and goal.automaton.ends(state) is not goal.wanted
        for goal, state in zip(goals, states, strict=True)
    )


def _after(goals: Sequence[Goal], states: tuple[State, ...], symbol: Symbol) -> tuple[State, ...] | None:
    found = []
    for goal, state in zip(goals, states, strict=True):
        if state is not _AGREED:
            step = goal.automaton.step
            for char in symbol.image if goal.on_folded else symbol.char:
                state = step(state, char)
                if state is True or state is False:
                    if state is not goal.wanted:
                        return None
                    state = _AGREED
                    break
        found.append(state)
    return tuple(found)


def _live(goals: Sequence[Goal], states: tuple[State, ...], symbols: Sequence[Symbol]) -> Iterable[Symbol]:
    """The symbols that some automaton minds here, and one word character and one sign for all others.

    The symbols of folded texts stand for themselves, the first two for all that no test names.
    """
    live = {c for goal, state in zip(goals, states, strict=True) if state is not _AGREED
            for c in goal.automaton.live(state)}  # fmt: skip
    return [symbol for i, symbol in enumerate(symbols) if i < 2 or symbol.char in live]


def _text(came: dict[_Place, tuple[_Place, str] | None], place: _Place) -> str:
    chars: list[str] = []
    while (step := came[place]) is not None:
        place, char = step
        chars.append(char)
    return "".join(reversed(chars))
