"""Decisions that were made in bulk as numbers: each distinct part has one, the same on all sides.

Knows nothing of histories, or of what is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from engine.bulk import NEVER, STAGES, BulkDecisions, Codes, ManyDecisions, Whole

_encode: Final = msgspec.json.Encoder().encode


class Numbering:
    """The distinct parts of decisions, all stages but `sla` together; 0 is that of a stage that was not decided."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {b"null": 0}
        self.parts: list[Any] = [None]
        self.texts: list[bytes] = [b"null"]
        """The parts as JSON."""

    def number(self, part: Any) -> int:
        """The number of a part."""
        text = _encode(part)
        number = self._numbers.setdefault(text, len(self.parts))
        if number == len(self.parts):
            self.parts.append(part)
            self.texts.append(text)
        return number


class Promise(NamedTuple):
    """What the rule of a version promises: of decisions with the same promise, all targets are promised alike."""

    version: str
    rule: str
    calendar: str | None


class Numbered:
    """The decisions of one side on many requests, a row each.

    ``stages`` hold numbers of parts, ``promises`` those of `sla` (0: none), ``versions`` those that answer.
    """

    def __init__(self, many: Sequence[ManyDecisions], numbering: Numbering) -> None:
        """The decisions of several batches, one after the other."""
        count = sum(len(one) for one in many)
        self.numbering = numbering
        self.refused = np.concatenate([one.refused for one in many]) if many else np.zeros(0, np.bool_)
        self.stages: dict[str, Codes] = {name: np.zeros(count, np.intp) for name in STAGES if name != "sla"}
        self.versions: list[str] = [""]
        self.version: Codes = np.zeros(count, np.intp)
        self.promises: list[Promise | None] = [None]
        self.promise: Codes = np.zeros(count, np.intp)
        self.states: dict[str, Codes] = {}
        """How each target stands, as places in STATES."""
        self.due: dict[str, Whole] = {}
        self.groups: list[BulkDecisions] = []
        self.group: Codes = np.zeros(count, np.intp)
        """Which group of decisions holds a row, and at which place."""
        self.place: Codes = np.zeros(count, np.intp)
        self._count = count
        start = 0
        for one in many:
            for group in one.groups:
                self._take(group.rows + start, group.decisions)
            start += len(one)

    def __len__(self) -> int:
        """How many requests there were."""
        return self._count

    def part(self, stage: str, row: int) -> Any:
        """The part of one decision; None: there is none. Not to be changed."""
        if stage != "sla":
            return self.numbering.parts[self.stages[stage][row]]
        return self.groups[self.group[row]].sla.part(int(self.place[row])) if self.promise[row] else None

    def decision(self, row: int) -> dict[str, Any]:
        """One decision, as the contract has it. Not to be changed."""
        found: dict[str, Any] | None = self.groups[self.group[row]].decision(int(self.place[row]))
        assert found is not None  # nobody asks for what was refused
        return found

    def _take(self, rows: Codes, decisions: BulkDecisions) -> None:
        self.group[rows] = len(self.groups)
        self.place[rows] = np.arange(len(rows), dtype=np.intp)
        self.groups.append(decisions)
        if decisions.version not in self.versions:
            self.versions.append(decisions.version)
        self.version[rows] = self.versions.index(decisions.version)
        for name, column in decisions.stages.items():
            numbers = np.array([self.numbering.number(part) for part in column.parts], np.intp)
            self.stages[name][rows] = numbers[column.codes]
        self._take_sla(rows, decisions)

    def _take_sla(self, rows: Codes, decisions: BulkDecisions) -> None:
        sla = decisions.sla
        width = len(sla.calendars)
        pairs = [Promise(decisions.version, rule, calendar) for rule in sla.rules for calendar in sla.calendars]
        known = {promise: number for number, promise in enumerate(self.promises)}
        codes = sla.by * width + sla.calendar
        table = np.zeros(len(pairs), np.intp)
        for code in np.flatnonzero(np.bincount(codes, minlength=len(pairs))).tolist():
            table[code] = known.setdefault(pairs[code], len(known))
        self.promises = list(known)
        self.promise[rows] = np.where(sla.clock > 0, table[codes], 0)
        for name, target in sla.targets.items():
            self._column(self.states, name, 0)[rows] = target.states
            self._column(self.due, name, NEVER)[rows] = target.due

    def _column(self, columns: dict[str, Any], name: str, empty: int) -> Any:
        if name not in columns:
            columns[name] = np.full(self._count, empty, np.int64)
        return columns[name]
