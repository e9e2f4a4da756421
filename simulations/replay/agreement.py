"""How often a decision equals what the history records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

Moment = Literal["opening", "event"]
"""When a decision was taken: as at the opening of the ticket, or at an event as it stood."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A recorded value, the decided one beside it, and how often they met."""

    recorded: Any
    decided: Any
    count: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often one part of the decisions of one side equals the record; ``unrecorded`` decisions have no record."""

    part: str
    side: str
    moment: Moment
    compared: int
    equal: int
    unrecorded: int
    differences: tuple[Difference, ...]


class AgreementCount:
    """Counts the pairs of recorded and decided values."""

    def __init__(self, parts: Iterable[str]) -> None:
        self._parts = [(part, *part.split(".")) for part in parts]
        self._pairs: Counter[tuple[str, str, Moment, Any, Any]] = Counter()

    def add(self, side: str, moment: Moment, decision: Mapping[str, Any], recorded: Mapping[str, Any]) -> None:
        """Count one decision."""
        for part, stage, key in self._parts:
            self._pairs[part, side, moment, recorded[part], (decision[stage] or {}).get(key)] += 1

    def results(self, sides: Iterable[str], moments: Iterable[Moment]) -> tuple[Agreement, ...]:
        """The agreement of each part, side and moment, in this order."""
        wanted = list(product(sides, moments))
        return tuple(self._result(part, side, moment) for part, *_ in self._parts for side, moment in wanted)

    def _result(self, part: str, side: str, moment: Moment) -> Agreement:
        pairs = {key[3:]: count for key, count in self._pairs.items() if key[:3] == (part, side, moment)}
        compared = {pair: count for pair, count in pairs.items() if pair[0] is not None}
        differences = [Difference(*pair, count) for pair, count in compared.items() if pair[0] != pair[1]]
        differences.sort(key=lambda found: (-found.count, str(found.recorded), str(found.decided)))
        total = sum(compared.values())
        return Agreement(
            part,
            side,
            moment,
            total,
            total - sum(found.count for found in differences),
            sum(pairs.values()) - total,
            tuple(differences),
        )
