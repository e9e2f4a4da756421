"""Counts which rules the traffic used, beside those that the scenarios reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from .differences import COMPARES
from .values import RuleUse

_NAMED: Final = ("disclosures", "permissions")


class KnownRules(NamedTuple):
    """The rules of a side's versions, as pairs of stage and id, and those that scenarios reach (None: not known)."""

    listed: Sequence[tuple[str, str]]
    reached: frozenset[str] | None


class RuleCount:
    """Counts, for each side, the decisions in which a rule settled something."""

    def __init__(self, sides: int) -> None:
        self._counts: list[Counter[tuple[str, str]]] = [Counter() for _ in range(sides)]

    def add(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Count the decisions of every side on one request."""
        for counts, decision in zip(self._counts, decisions, strict=True):
            counts.update(_rules_of(decision))

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


def _rules_of(decision: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    # A rule counts once for a decision, however many topics it settles.
    return set(_named(decision))


def _named(decision: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for stage in COMPARES:
        part = decision[stage]
        if not part:
            continue
        if stage in _NAMED:
            yield from ((stage, said["by"]) for said in part.values())
        elif stage == "obligations":
            yield from ((stage, said["by"]) for said in part)
        elif part["by"] is not None:
            yield stage, part["by"]
