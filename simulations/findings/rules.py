"""Counts which rules the traffic used, beside those that the scenarios reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from engine.bulk import Codes

from .differences import COMPARES
from .many import Decided
from .values import RuleUse

_SEVERAL: Final = ("disclosures", "permissions", "obligations")
"""The stages that several rules may settle."""
_KEPT: Final = 10_000


class KnownRules(NamedTuple):
    """The rules of a side's versions, as pairs of stage and id, and those that scenarios reach (None: not known)."""

    listed: Sequence[tuple[str, str]]
    reached: frozenset[str] | None


class RuleCount:
    """Counts, for each side, the decisions in which a rule settled something."""

    def __init__(self, sides: int) -> None:
        self._counts: list[Counter[tuple[str, str]]] = [Counter() for _ in range(sides)]
        self._named = _Named()

    def add(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Count the decisions of every side on one request."""
        for counts, decision in zip(self._counts, decisions, strict=True):
            counts.update(self._named.of(decision))

    def add_many(self, decided: Sequence[Decided]) -> None:
        """Count the decisions of every side on many requests."""
        for counts, decisions in zip(self._counts, decided, strict=True):
            for stage in COMPARES:
                for named, count in _settling(decisions, stage):
                    counts[named] += count

    def results(self, known: Sequence[KnownRules]) -> tuple[RuleUse, ...]:
        """Every rule of a side, and whatever else settled something (such as `escalation.none`), stage by stage."""
        every = [*(set(side.listed) for side in known)]
        order = {stage: place for place, stage in enumerate(COMPARES)}
        listed = dict.fromkeys(pair for side in known for pair in side.listed)
        unlisted = sorted({pair for counts in self._counts for pair in counts if pair not in listed})
        found = sorted((*listed, *unlisted), key=lambda pair: order.get(pair[0], len(order)))
        return tuple(self._use(pair, every, known) for pair in found)

    def _use(
        self, pair: tuple[str, str], every: Sequence[set[tuple[str, str]]], known: Sequence[KnownRules]
    ) -> RuleUse:
        hits = [
            counts[pair] if pair in rules or counts[pair] else None
            for counts, rules in zip(self._counts, every, strict=True)
        ]
        told = [side.reached for side in known if side.reached is not None]
        scenario = any(pair[1] in reached for reached in told) if told else None
        return RuleUse(*pair, hits[0], hits[1] if len(hits) > 1 else None, scenario)


class _Named:
    """The rules of parts, made out once for each part that decisions share."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, tuple[tuple[str, str], ...]]] = {}

    def of(self, decision: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The rules of a decision. One counts once for it, however many topics it settles."""
        found: list[tuple[str, str]] = []
        for stage in COMPARES:
            part = decision[stage]
            if not part:
                continue
            if stage not in _SEVERAL:
                if part["by"] is not None:
                    found.append((stage, part["by"]))
                continue
            known = self._known.get(id(part))
            if known is None:
                if len(self._known) >= _KEPT:
                    self._known.clear()
                parts = part if stage == "obligations" else part.values()
                # The part is held too, so that no other one can have its identity.
                known = self._known[id(part)] = part, tuple({(stage, said["by"]) for said in parts})
            found += known[1]
        return found


def _settling(decided: Decided, stage: str) -> Iterator[tuple[tuple[str, str], int]]:
    """The rules that settled a stage, and how often."""
    if stage == "sla":
        for promise, count in zip(decided.of.promises, _counts(decided.promises()), strict=False):
            if promise is not None and count:
                yield (stage, promise.rule), count
        return
    for part, count in zip(decided.of.numbering.parts, _counts(decided.numbers(stage)), strict=False):
        if not part or not count:
            continue
        if stage not in _SEVERAL:
            if part["by"] is not None:
                yield (stage, part["by"]), count
            continue
        for said in {said["by"] for said in (part if stage == "obligations" else part.values())}:
            yield (stage, said), count


def _counts(numbers: Codes) -> list[int]:
    counts: list[int] = np.bincount(numbers).tolist()
    return counts
