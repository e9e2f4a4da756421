"""Decisions that were made in bulk as single decisions, each distinct one made, and written as JSON, once.

Knows nothing of histories, or of what is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from engine.bulk import BulkDecisions, Codes, ManyDecisions, SlaColumn, StageColumn

_encode: Final = msgspec.json.Encoder().encode
_MEASURES: Final = ("within", "due", "warn_at", "started_at", "met_at", "elapsed", "states")

_Matrix = npt.NDArray[np.int64]


class Told(dict[str, Any]):
    """A decision as the contract has it, shared by all requests that got it; not to be changed.

    ``json`` is the whole of it as compact JSON; ``kept`` is a place for what its reader makes of it once.
    """

    __slots__ = ("_texts", "kept")

    def __init__(self, parts: dict[str, Any], texts: Sequence[bytes]) -> None:
        """Take the parts by stage, and the JSON of each in the same order."""
        super().__init__(parts)
        self._texts = texts
        self.kept: Any = None

    @property
    def json(self) -> bytes:
        """The decision as JSON, as an encoder would write it."""
        named = zip(self, self._texts, strict=True)
        return b"{" + b",".join([b'"%b":%b' % (stage.encode(), text) for stage, text in named]) + b"}"


class Telling:
    """What was told so far; kept for a batch, so that its sides and moments share what is equal."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._parts: list[Any] = []
        self._texts: list[bytes] = []
        self._names: dict[tuple[str, ...] | str | None, int] = {}
        self._slas: dict[bytes, int] = {}
        self._told: dict[bytes, Told] = {}
        self._unlike = 0

    def tell(self, many: ManyDecisions) -> list[tuple[str, Told] | None]:
        """For each request the version that answers and the decision; None: it was refused."""
        found: list[tuple[str, Told] | None] = [None] * len(many)
        for group in many.groups:
            decisions = group.decisions
            told, refused = self._decisions(decisions), decisions.refused.tolist()
            for row, at in enumerate(group.rows.tolist()):
                if not refused[row]:
                    found[at] = decisions.version, told[row]
        return found

    def _decisions(self, decisions: BulkDecisions) -> list[Told]:
        decided = np.flatnonzero(~decisions.refused)
        if not len(decided):
            return []
        order = list(decisions.decision(int(decided[0])) or ())
        numbers = {name: self._stage(column) for name, column in decisions.stages.items()}
        numbers["sla"] = self._sla(decisions.sla)
        keys = _keys(np.column_stack([numbers[name] for name in order]).astype(np.int64))
        return [self._told.get(key) or self._new(key, order) for key in keys]

    def _new(self, key: bytes, order: Sequence[str]) -> Told:
        numbers = np.frombuffer(key, np.int64).tolist()
        parts = {name: self._parts[number] for name, number in zip(order, numbers, strict=True)}
        told = self._told[key] = Told(parts, [self._texts[number] for number in numbers])
        return told

    def _stage(self, column: StageColumn) -> Codes:
        return np.array([self._number(part) for part in column.parts], np.intp)[column.codes]

    def _sla(self, sla: SlaColumn) -> Codes:
        codes = np.empty(len(sla.clock), np.intp)
        for row, key in enumerate(_keys(self._measures(sla))):
            number = self._slas.get(key)
            if number is None:
                number = self._slas[key] = self._number(sla.part(row))
            codes[row] = number
        return codes

    def _measures(self, sla: SlaColumn) -> _Matrix:
        """All that a part is made of, as numbers that mean the same on every side."""
        rows = len(sla.clock)
        kind = self._name((*sla.targets, "", *sorted(sla.counting)))
        unlike = np.zeros(rows, np.int64)
        for _, row in sla.runs:
            # Runs are lists of any length: such a part is like no other.
            self._unlike += 1
            unlike[row] = self._unlike
        columns = [
            np.full(rows, kind),
            unlike,
            sla.clock,
            sla.next_due,
            np.array([self._name(rule) for rule in sla.rules])[sla.by],
            np.array([self._name(calendar) for calendar in sla.calendars])[sla.calendar],
            *(getattr(target, name) for target in sla.targets.values() for name in _MEASURES),
        ]
        return np.column_stack(columns).astype(np.int64)

    def _name(self, name: tuple[str, ...] | str | None) -> int:
        return self._names.setdefault(name, len(self._names))

    def _number(self, part: Any) -> int:
        text = _encode(part)
        number = self._numbers.setdefault(text, len(self._parts))
        if number == len(self._parts):
            self._parts.append(part)
            self._texts.append(text)
        return number


def _keys(matrix: _Matrix) -> list[bytes]:
    """The rows of a matrix as keys."""
    whole = np.ascontiguousarray(matrix).tobytes()
    size = matrix.shape[1] * matrix.itemsize
    return [whole[start : start + size] for start in range(0, len(whole), size)]
