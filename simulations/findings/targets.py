"""Counts targets met and missed under each side, the recorded times held fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .tally import DayTally, Figure
from .values import Estimate, TargetFound, TargetTally, Transition

ANY: Final = "any"
"""Stands for all targets of a ticket together."""
_STANDING: Final = {"met": "met", "breached": "missed"}


def standings(decision: Mapping[str, Any]) -> dict[str, str]:
    """How each target of a decision at the end stands: `met`, `missed` or `open`; `any` of them all together."""
    sla = decision["sla"]
    found = {name: _STANDING.get(said["state"], "open") for name, said in sla["targets"].items()} if sla else {}
    if found:
        told = set(found.values())
        found[ANY] = next(standing for standing in ("missed", "met", "open") if standing in told)
    return found


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
