"""Counts the load: how many tickets come to each group at their opening, by hour of the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

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
            self._hours.setdefault(group, [[0] * _WEEK for _ in range(self._sides)])[side][hour] += 1

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
