"""Counts targets met and missed under each side, the recorded times held fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from engine.bulk import STATES, Coded, Codes, Whole

from .many import Decided, coded_values, grouped
from .tally import DayTally, Figure
from .values import Estimate, TargetFound, TargetTally, Transition

ANY: Final = "any"
"""Stands for all targets of a ticket together."""
STANDINGS: Final = ("none", "met", "missed", "open")
"""How a target may stand; `none`: it is not promised."""
MET, MISSED, OPEN = 1, 2, 3
Stands: TypeAlias = Mapping[str, Codes]
"""By target how it stands in many decisions, as places in STANDINGS."""
_STANDING: Final = {"met": "met", "breached": "missed"}


_CODES: Final = np.array(
    [0 if state is None else STANDINGS.index(_STANDING.get(state, "open")) for state in STATES], np.intp
)
"""How a target stands, by the code of its state."""


def standings(decision: Mapping[str, Any]) -> dict[str, str]:
    """How each target of a decision at the end stands: `met`, `missed` or `open`; `any` of them all together."""
    sla = decision["sla"]
    found = {name: _STANDING.get(said["state"], "open") for name, said in sla["targets"].items()} if sla else {}
    if found:
        told = set(found.values())
        found[ANY] = next(standing for standing in ("missed", "met", "open") if standing in told)
    return found


def stands_of(decided: Decided) -> Stands:
    """How each target of many decisions stands, and `any` of them all together; see `standings`."""
    found = {name: _CODES[states[decided.rows]] for name, states in decided.of.states.items()}
    if found:
        together = np.zeros(len(decided.rows), np.intp)
        for standing in (OPEN, MET, MISSED):
            for states in found.values():
                together[states == standing] = standing
        found[ANY] = together
    return found


def levels_of(decided: Decided) -> Coded:
    """The levels of many decisions."""
    parts = decided.of.numbering.parts
    numbers = decided.numbers("priority")
    met = np.bincount(numbers, minlength=len(parts)).tolist()
    return coded_values(
        [part["level"] if part and count else None for part, count in zip(parts, met, strict=True)], numbers
    )


def level_of(decision: Mapping[str, Any]) -> str | None:
    """The level of a decision."""
    return decision["priority"]["level"] if decision["priority"] else None


class TargetCount:
    """Takes the decisions at the end of each ticket."""

    def __init__(self, days: DayTally) -> None:
        self._days = days
        self._stands: Counter[tuple[str, str | None, int, str]] = Counter()
        self._moves: Counter[tuple[str, str | None, str, str]] = Counter()
        self._tickets: Counter[tuple[str | None, int]] = Counter()

    def add(self, day: int, decisions: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], ...]:
        """Count the decisions of every side on one ticket of a day; gives the standings."""
        stands = tuple(standings(decision) for decision in decisions)
        levels = [level_of(decision) for decision in decisions]
        self._days.count_ticket(day)
        for side, (said, own) in enumerate(zip(stands, levels, strict=True)):
            for level in _and_all(own):
                self._tickets[level, side] += 1
                for target, standing in said.items():
                    self._stands[target, level, side, standing] += 1
                    if standing != "open":
                        self._days.add(Figure("breach_rate", target, level), day, side, standing == "missed")
        if len(stands) > 1:
            before, after = stands
            for target in dict.fromkeys((*before, *after)):
                for level in _and_all(levels[1]):
                    self._moves[target, level, before.get(target, "none"), after.get(target, "none")] += 1
        return stands

    def add_many(self, days: Whole, decided: Sequence[Decided]) -> tuple[Stands, ...]:
        """Count the decisions of every side on many tickets, of a day each; gives the standings."""
        stands = tuple(stands_of(decisions) for decisions in decided)
        levels = [levels_of(decisions) for decisions in decided]
        self._days.count_tickets(days)
        for side, (said, level) in enumerate(zip(stands, levels, strict=True)):
            self._tickets[None, side] += len(days)
            for code, _, count in grouped(level.codes, len(level.values)):
                if level.values[code] is not None:
                    self._tickets[level.values[code], side] += count
            for target, standing in said.items():
                self._add_target(target, standing, level, side, days)
        if len(stands) > 1:
            self._add_moves(stands[0], stands[1], levels[1])
        return stands

    def _add_target(self, target: str, standing: Codes, level: Coded, side: int, days: Whole) -> None:
        for own, rows in _by_level(level):
            here = standing[rows]
            for name, count in zip(STANDINGS, np.bincount(here, minlength=len(STANDINGS)).tolist(), strict=True):
                if count and name != "none":
                    self._stands[target, own, side, name] += count
            told = (here == MET) | (here == MISSED)
            self._days.add_many(Figure("breach_rate", target, own), days[rows][told], side, here[told] == MISSED)

    def _add_moves(self, before: Stands, after: Stands, level: Coded) -> None:
        nothing = np.zeros(len(level), np.intp)
        width = len(STANDINGS)
        for target in dict.fromkeys((*before, *after)):
            pairs = before.get(target, nothing) * width + after.get(target, nothing)
            for own, rows in _by_level(level):
                for pair, count in enumerate(np.bincount(pairs[rows]).tolist()):
                    if count and pair:
                        self._moves[target, own, STANDINGS[pair // width], STANDINGS[pair % width]] += count

    def results(self, estimates: Mapping[Figure, Estimate], sides: int) -> tuple[TargetFound, ...]:
        """Every target, `any` first, in all and by level."""
        met = {(target, level) for target, level, *_ in self._stands}
        met |= {(target, level) for target, level, *_ in self._moves}
        order = sorted(met, key=lambda key: (key[0] != ANY, key[0], key[1] is not None, key[1] or ""))
        return tuple(self._target(target, level, estimates, sides) for target, level in order)

    def _target(self, target: str, level: str | None, estimates: Mapping[Figure, Estimate], sides: int) -> TargetFound:
        tallies = [self._tally(target, level, side) for side in range(sides)]
        moves = {key[2:]: count for key, count in self._moves.items() if key[:2] == (target, level)}
        ranked = sorted(moves.items(), key=lambda move: (-move[1], move[0]))
        return TargetFound(
            target,
            level,
            tallies[0],
            tallies[1] if sides > 1 else None,
            moves.get(("met", "missed"), 0),
            moves.get(("missed", "met"), 0),
            tuple(Transition(*pair, count) for pair, count in ranked),
            estimates.get(Figure("breach_rate", target, level)) or _NOTHING,
        )

    def _tally(self, target: str, level: str | None, side: int) -> TargetTally:
        met, missed, still = (self._stands[target, level, side, said] for said in ("met", "missed", "open"))
        return TargetTally(met, missed, still, self._tickets[level, side] - met - missed - still)


_NOTHING: Final = Estimate(None, None, None, None, None, None, None, clear=False)


def _and_all(level: str | None) -> tuple[str | None, ...]:
    # Tickets without a level count in all only: None stands for all levels.
    return (None,) if level is None else (None, level)


def _by_level(level: Coded) -> Iterator[tuple[str | None, Codes | slice]]:
    """All tickets, and those of each level."""
    yield None, slice(None)
    for code, own in enumerate(level.values):
        if own is not None:
            yield own, np.flatnonzero(level.codes == code)
