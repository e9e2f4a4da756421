"""How often a decision equals what the history records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from .tally import SIDES, DayTally, Figure
from .values import Agreement, Difference, Moment


class AgreementCount:
    """Counts the pairs of recorded and decided values."""

    def __init__(self, parts: Iterable[str], days: DayTally) -> None:
        self._parts = [(part, *part.split(".")) for part in parts]
        self._days = days
        self._pairs: Counter[tuple[str, str, Moment, Any, Any]] = Counter()

    def add(
        self,
        moment: Moment,
        day: int,
        decisions: Sequence[Mapping[str, Any]],
        recorded: Mapping[str, Any],
        *,
        arrives: bool,
    ) -> None:
        """Count the decisions of every side; those with which a ticket ``arrives`` on a day are compared by side."""
        for part, stage, key in self._parts:
            wanted = recorded[part]
            for side, decision in enumerate(decisions):
                decided = (decision[stage] or {}).get(key)
                self._pairs[part, SIDES[side], moment, wanted, decided] += 1
                if arrives and wanted is not None:
                    self._days.add(Figure("agreement", part), day, side, wanted == decided)

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
        equal = total - sum(found.count for found in differences)
        unrecorded = sum(pairs.values()) - total
        return Agreement(part, side, moment, total, equal, unrecorded, tuple(differences))
