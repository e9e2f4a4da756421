"""Counts the tickets that flip: each once in a cell, however many of its decisions do and in whichever ways.

Which tickets flip in which way is kept on disk where they are many.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import polars as pl

from engine.bulk import Codes

from ..gathered import Gathered

_AT_ONCE: Final = 10_000


class FlippedTickets:
    """Takes tickets with the kind of difference that a decision on each shows, as a number."""

    def __init__(self) -> None:
        self._gathered = Gathered(lambda frame: frame.unique())
        self._tickets: list[str] = []
        self._kinds: list[int] = []

    def add(self, ticket: str, kind: int) -> None:
        """Take one."""
        self._tickets.append(ticket)
        self._kinds.append(kind)
        if len(self._tickets) >= _AT_ONCE:
            self._pass_on()

    def add_many(self, tickets: pl.Series, kinds: Codes) -> None:
        """Take many."""
        self._gathered.add(pl.DataFrame({"ticket": tickets, "kind": pl.Series(kinds, dtype=pl.UInt32)}))

    def counts(self, cells: Sequence[Collection[int]]) -> list[int]:
        """How many tickets show any of some kinds, for each collection of kinds; to be asked once, at the end."""
        self._pass_on()
        counts = [0] * len(cells)
        holding: dict[int, list[int]] = {}
        for cell, kinds in enumerate(cells):
            for kind in kinds:
                holding.setdefault(kind, []).append(cell)
        for part in self._gathered.parts():
            shown = part.sort("kind").group_by("ticket").agg("kind").group_by("kind").len()
            for kinds, tickets in shown.iter_rows():
                for cell in {cell for kind in kinds for cell in holding.get(kind, ())}:
                    counts[cell] += tickets
        return counts

    def _pass_on(self) -> None:
        if self._tickets:
            tickets, kinds = self._tickets, self._kinds
            self._tickets, self._kinds = [], []
            self._gathered.add(
                pl.DataFrame({"ticket": pl.Series(tickets, dtype=pl.String), "kind": pl.Series(kinds, dtype=pl.UInt32)})
            )
