"""Rows that are set aside: counted by reason, and written to a file, never dropped in silence."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Final

from .agreement import Moment
from .readings import Misread

_EXAMPLES: Final = 3
_REASONS: Final = 200
HEAD: Final = ("row", "ticket", "decision", "column", "text", "reason")
"""The columns of the file; ``row`` counts the rows of the history from 1, without the head of a CSV file."""


@dataclass(slots=True)
class Reason:
    """A reason for setting decisions aside: how often it was met, first in which row, and texts that caused it."""

    decision: Moment
    column: str
    reason: str
    count: int = 0
    first_row: int = 0
    examples: list[str] = field(default_factory=list)


class SetAside:
    """Takes what was set aside; ``openings`` and ``events`` count decisions, each once however many its reasons."""

    def __init__(self, file: IO[str] | None) -> None:
        self._writer = csv.writer(file, lineterminator="\n") if file is not None else None
        self._reasons: dict[tuple[Moment, str, str], Reason] = {}
        self.openings = 0
        self.events = 0
        if self._writer is not None:
            self._writer.writerow(HEAD)

    def add(self, decision: Moment, row: int, ticket: str | None, why: Iterable[Misread]) -> None:
        """Set one decision aside, for one or more reasons; ``row`` counts from 0."""
        if decision == "opening":
            self.openings += 1
        else:
            self.events += 1
        for column, text, said in why:
            reason = self._reason(decision, column, said, row + 1)
            reason.count += 1
            if text is not None and len(reason.examples) < _EXAMPLES and text not in reason.examples:
                reason.examples.append(text)
            if self._writer is not None:
                self._writer.writerow((row + 1, ticket or "", decision, column, text or "", said))

    def _reason(self, decision: Moment, column: str, said: str, row: int) -> Reason:
        key = (decision, column, said)
        if key not in self._reasons and len(self._reasons) >= _REASONS:
            key = (decision, "", "one of many other reasons")
        return self._reasons.setdefault(key, Reason(*key, first_row=row))

    def add_unplaced(self, tickets: int) -> None:
        """Set aside the openings of tickets that have no first event."""
        if tickets:
            self.openings += tickets
            said = "no event of the ticket has a place in time"
            self._reasons["opening", "", said] = Reason("opening", "", said, tickets, 0)

    def reasons(self) -> tuple[Reason, ...]:
        """The reasons, the most frequent first."""
        return tuple(
            sorted(self._reasons.values(), key=lambda found: (-found.count, found.decision, found.column, found.reason))
        )
