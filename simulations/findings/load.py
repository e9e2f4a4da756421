"""Counts the load: how many tickets come to each group at their opening, by hour of the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from engine.bulk import Whole

from .many import Decided
from .values import Load

_WEEK: Final = 168


class LoadCount:
    """Takes the decisions at the opening of each ticket."""

    def __init__(self, sides: int) -> None:
        self._sides = sides
        self._hours: dict[str | None, list[list[int]]] = {}

    def add(self, hour: int, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Count the decisions of every side on one ticket, in an hour of the week."""
        for side, decision in enumerate(decisions):
            part = decision["assignment"]
            group = part["group"] if part else None
            self._group(group)[side][hour] += 1

    def add_many(self, hours: Whole, decided: Sequence[Decided]) -> None:
        """Count the decisions of every side on many tickets, in an hour of the week each."""
        for side, decisions in enumerate(decided):
            numbers = decisions.numbers("assignment")
            counts = np.bincount(numbers * _WEEK + hours)
            for place in np.flatnonzero(counts).tolist():
                part = decisions.of.numbering.parts[place // _WEEK]
                own = self._group(part["group"] if part else None)
                own[side][place % _WEEK] += int(counts[place])

    def _group(self, group: str | None) -> list[list[int]]:
        if group not in self._hours:
            self._hours[group] = [[0] * _WEEK for _ in range(self._sides)]
        return self._hours[group]

    def results(self) -> tuple[Load, ...]:
        """Every group, the busiest first."""
        rows = [
            Load(
                group,
                sum(hours[0]),
                sum(hours[1]) if self._sides > 1 else None,
                tuple(hours[0]),
                tuple(hours[1]) if self._sides > 1 else None,
            )
            for group, hours in self._hours.items()
        ]
        return tuple(sorted(rows, key=lambda row: (-row.baseline, -(row.candidate or 0), row.group or "")))
