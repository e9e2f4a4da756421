"""How often a decision equals what the history records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from engine.bulk import Coded, Flags, Whole, distinct

from .many import Asked, Decided, coded_values
from .tally import SIDES, DayTally, Figure
from .values import MOMENTS, Agreement, Difference, Moment


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

    def add_many(self, asked: Asked, days: Whole, decided: Sequence[Decided], recorded: Mapping[str, Coded]) -> None:
        """Count the decisions of every side at many moments that are no ends; ``recorded`` has an entry for each."""
        for part, stage, key in self._parts:
            wanted = coded_values(recorded[part].values, recorded[part].codes)
            for side, decisions in enumerate(decided):
                said = _said(decisions, stage, key)
                sizes = (
                    (asked.moments, len(MOMENTS)),
                    (wanted.codes, len(wanted.values)),
                    (said.codes, len(said.values)),
                )
                found = distinct(sizes, len(asked))
                counts = np.bincount(found.places, minlength=len(found.examples)).tolist()
                for example, count in zip(found.examples.tolist(), counts, strict=True):
                    pair = wanted.raw(example), said.raw(example)
                    self._pairs[part, SIDES[side], MOMENTS[asked.moments[example]], *pair] += count
                arrives = np.flatnonzero(asked.arrives & _stated(wanted))
                hits = np.array(
                    [wanted.raw(example) == said.raw(example) for example in found.examples.tolist()], np.bool_
                )
                self._days.add_many(Figure("agreement", part), days[arrives], side, hits[found.places][arrives])

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


def _said(decided: Decided, stage: str, key: str) -> Coded:
    """What decisions say of a part."""
    if stage == "sla":
        calendars = [None if promise is None else promise.calendar for promise in decided.of.promises]
        return coded_values(calendars, decided.promises())
    numbers = decided.numbers(stage)
    met = np.bincount(numbers, minlength=len(decided.of.numbering.parts)) > 0
    parts = decided.of.numbering.parts
    values = [(part or {}).get(key) if is_met else None for part, is_met in zip(parts, met.tolist(), strict=True)]
    return coded_values(values, numbers)


def _stated(wanted: Coded) -> Flags:
    flags: Flags = np.array([value is not None for value in wanted.values], np.bool_)[wanted.codes]
    return flags
