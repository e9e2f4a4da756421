"""Counts the findings by the values of facts that were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from engine.bulk import Coded, Flags

from .many import grouped
from .targets import ANY, STANDINGS, Stands
from .values import Breakdown, BreakdownRow, TargetTally

OTHERS: Final = "(others)"
_LISTED: Final = 50
_KEPT: Final = 10_000
"""Values of a fact that are told apart while counting; any more are counted with the others."""
_TOLD: Final = ("met", "missed", "open", "none")


class BreakdownCount:
    """Takes the requests and standings at the end of each ticket."""

    def __init__(self, facts: Sequence[str], sides: int) -> None:
        self._paths = {fact: tuple(fact.split(".")) for fact in facts}
        self._sides = sides
        self._counts: dict[str, dict[str | None, Counter[Any]]] = {fact: {} for fact in facts}

    def add(self, request: Mapping[str, Any], stands: Sequence[Mapping[str, str]], flipped: bool) -> None:
        """Count one ticket as at its end."""
        for fact, path in self._paths.items():
            values = self._counts[fact]
            value = value_in(request, path)
            if value not in values and len(values) >= _KEPT:
                value = OTHERS
            counts = values.setdefault(value, Counter())
            counts["tickets"] += 1
            counts["flipped"] += flipped
            for side, said in enumerate(stands):
                counts[side, said.get(ANY, "none")] += 1

    def add_many(self, facts: Mapping[str, Coded], stands: Sequence[Stands], flipped: Flags) -> None:
        """Count many tickets as at their end; ``facts`` hold the texts of their values."""
        for fact, told in facts.items():
            values, size = self._counts[fact], len(told.values)
            flips = np.bincount(told.codes[flipped], minlength=size).tolist()
            tallies = [_tallied(told, said) for said in stands]
            for code, _, count in grouped(told.codes, size):
                value = told.values[code]
                if value not in values and len(values) >= _KEPT:
                    value = OTHERS
                counts = values.setdefault(value, Counter())
                counts["tickets"] += count
                counts["flipped"] += flips[code]
                for side, tally in enumerate(tallies):
                    counts.update({(side, STANDINGS[at]): met for at, met in enumerate(tally[code]) if met})

    def results(self) -> tuple[Breakdown, ...]:
        """Every fact, its most frequent values first."""
        return tuple(Breakdown(fact, self._rows(values)) for fact, values in self._counts.items())

    def _rows(self, values: Mapping[str | None, Counter[Any]]) -> tuple[BreakdownRow, ...]:
        ranked = sorted(
            ((value, counts) for value, counts in values.items() if value != OTHERS),
            key=lambda pair: (-pair[1]["tickets"], pair[0] or ""),
        )
        rest = sum((counts for _, counts in ranked[_LISTED:]), Counter(values.get(OTHERS, Counter())))
        shown = ranked[:_LISTED] + ([(OTHERS, rest)] if rest else [])
        return tuple(self._row(value, counts) for value, counts in shown)

    def _row(self, value: str | None, counts: Counter[Any]) -> BreakdownRow:
        tallies = [TargetTally(*(counts[side, said] for said in _TOLD)) for side in range(self._sides)]
        after = tallies[1] if self._sides > 1 else None
        return BreakdownRow(value, counts["tickets"], counts["flipped"], tallies[0], after)


def text_of(value: Any) -> str | None:
    """A value of a request as text; None: not stated."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def value_in(request: Mapping[str, Any], path: Sequence[str]) -> str | None:
    """The value of a fact in a request, as text; None: not stated."""
    part: Any = request
    for step in path:
        part = part.get(step) if isinstance(part, Mapping) else None
    return text_of(part)


def _tallied(told: Coded, stands: Stands) -> list[list[int]]:
    """For each value how the tickets that have it stand."""
    width = len(STANDINGS)
    standing = stands[ANY] if ANY in stands else np.zeros(len(told), np.intp)
    counts = np.bincount(told.codes * width + standing, minlength=len(told.values) * width)
    return counts.reshape(-1, width).tolist()
