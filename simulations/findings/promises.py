"""How often the targets of a decision equal those that the history records: when they were due, and how they ended.

Compared as at the end of each ticket, since only then a record of a target says its last word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from engine import parse_instant
from engine.bulk import NEVER, STATES, Coded, Codes, Flags, Whole, distinct

from .many import Decided, coded_values
from .tally import SIDES, DayTally, Figure
from .values import Agreement, Difference

_PART: Final = "sla.targets."
_SAME: Final = "due then"
_SOON, _DAY = 3_600_000_000, 86_400_000_000
_MINUTE: Final = 60_000_000
"""Records are often cut to whole minutes: less than one apart is the same."""
_DISTANCES: Final = (
    _SAME,
    "due later, by less than an hour",
    "due later, by less than a day",
    "due later, by a day or more",
)
_EARLIER: Final = tuple(said.replace("later", "earlier") for said in _DISTANCES)
_ENDED: Final = {"met": "met", "breached": "breached"}
_OPEN: Final = "open"


class HasMicros(Protocol):
    """An instant."""

    @property
    def micros(self) -> int:
        """Microseconds since 1970."""
        ...


class _Part(NamedTuple):
    name: str
    target: str
    is_due: bool


class PromiseCount:
    """Counts the pairs of recorded and decided targets."""

    def __init__(self, parts: Iterable[str], days: DayTally) -> None:
        """Of the ``parts`` of decisions only those of targets: `sla.targets.TARGET.due` and `….state`."""
        told = [(part, part.removeprefix(_PART).rpartition(".")) for part in parts if is_promise(part)]
        self._parts = [_Part(part, target, last == "due") for part, (target, _, last) in told]
        self._days = days
        self._pairs: Counter[tuple[str, str, str | None, str | None]] = Counter()

    def add(self, day: int, decisions: Sequence[Mapping[str, Any]], recorded: Mapping[str, Any]) -> None:
        """Count the decisions of every side on one ticket of a day, as at its end."""
        for part in self._parts:
            for side, decision in enumerate(decisions):
                target = ((decision["sla"] or {}).get("targets") or {}).get(part.target)
                pair = _pair(part, recorded[part.name], target)
                self._pairs[part.name, SIDES[side], *pair] += 1
                if pair[0] is not None:
                    self._days.add(Figure("agreement", part.name), day, side, pair[0] == pair[1])

    def add_many(self, days: Whole, decided: Sequence[Decided], recorded: Mapping[str, Coded]) -> None:
        """Count the decisions of every side on many tickets, of a day each, as at their ends."""
        for part in self._parts:
            for side, decisions in enumerate(decided):
                if part.is_due:
                    wanted, said = _dues(part, recorded[part.name], decisions)
                else:
                    wanted, said = _stated(recorded[part.name]), _ended(part, decisions)
                self._count(part, side, wanted, said, days)

    def _count(self, part: _Part, side: int, wanted: Coded, said: Coded, days: Whole) -> None:
        found = distinct([(wanted.codes, len(wanted.values)), (said.codes, len(said.values))], len(days))
        counts = np.bincount(found.places, minlength=len(found.examples)).tolist()
        pairs = [(wanted.raw(row), said.raw(row)) for row in found.examples.tolist()]
        for pair, count in zip(pairs, counts, strict=True):
            self._pairs[part.name, SIDES[side], *pair] += count
        told: Flags = np.array([recorded is not None for recorded, _ in pairs], np.bool_)[found.places]
        hits: Flags = np.array([recorded == decided for recorded, decided in pairs], np.bool_)[found.places]
        self._days.add_many(Figure("agreement", part.name), days[told], side, hits[told])

    def results(self, sides: Iterable[str]) -> tuple[Agreement, ...]:
        """The agreement of each part and side."""
        wanted = list(sides)
        return tuple(self._result(part.name, side) for part in self._parts for side in wanted)

    def notes(self) -> tuple[str, ...]:
        """A word on each target that the history records and no decision promises: it may be misspelt."""
        recorded = {key[0] for key in self._pairs if key[2] is not None}
        decided = {key[0] for key in self._pairs if key[3] is not None}
        targets = {part.target: part.name in decided for part in self._parts if part.name in recorded}
        unmet = [target for target, is_met in targets.items() if not is_met]
        return tuple(f"No decision has the target `{target}`, which the history records." for target in unmet)

    def _result(self, part: str, side: str) -> Agreement:
        pairs = {key[2:]: count for key, count in self._pairs.items() if key[:2] == (part, side)}
        compared = {pair: count for pair, count in pairs.items() if pair[0] is not None}
        differences = [Difference(*pair, count) for pair, count in compared.items() if pair[0] != pair[1]]
        differences.sort(key=lambda found: (-found.count, str(found.recorded), str(found.decided)))
        total = sum(compared.values())
        equal = total - sum(found.count for found in differences)
        return Agreement(part, side, "end", total, equal, sum(pairs.values()) - total, tuple(differences))


def is_promise(part: str) -> bool:
    """Whether a part of decisions is one of a target."""
    return part.startswith(_PART)


def _pair(part: _Part, recorded: Any, target: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    if not part.is_due:
        return recorded, None if target is None else _ENDED.get(target["state"], _OPEN)
    if recorded is None:
        return None, None
    due = target["due"] if target is not None else None
    return _SAME, None if due is None else _distance(parse_instant(due) - recorded.micros)


def _distance(micros: int) -> str:
    place = int(np.searchsorted([_MINUTE, _SOON, _DAY], abs(micros), side="right"))
    return (_DISTANCES if micros > 0 else _EARLIER)[place] if place else _SAME


def _stated(recorded: Coded) -> Coded:
    return coded_values(recorded.values, recorded.codes)


def _ended(part: _Part, decided: Decided) -> Coded:
    states = decided.of.states.get(part.target)
    if states is None:
        return Coded(np.zeros(len(decided.rows), np.intp), [None])
    said = [None if state is None else _ENDED.get(state, _OPEN) for state in STATES]
    return coded_values(said, states[decided.rows])


def _dues(part: _Part, recorded: Coded, decided: Decided) -> tuple[Coded, Coded]:
    """Whether a due time is recorded, and how far the decided one lies from it."""
    micros = np.array([0 if text is None else parse_instant(text) for text in recorded.values], np.int64)
    stated: Flags = np.array([text is not None for text in recorded.values], np.bool_)[recorded.codes]
    wanted = Coded(stated.astype(np.intp), [None, _SAME])
    states, dues = decided.of.states.get(part.target), decided.of.due.get(part.target)
    if states is None or dues is None:
        return wanted, Coded(np.zeros(len(stated), np.intp), [None])
    due = dues[decided.rows]
    apart = due - micros[recorded.codes]
    places = np.searchsorted([_MINUTE, _SOON, _DAY], np.abs(apart), side="right")
    values = [None, *_DISTANCES, *_EARLIER[1:]]
    codes: Codes = np.where((apart < 0) & (places > 0), places + len(_DISTANCES), places + 1)
    promised = (states[decided.rows] > 0) & (due != NEVER) & stated
    return wanted, coded_values(values, np.where(promised, codes, 0))
