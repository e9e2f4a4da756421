"""Flips: what of a ticket's decisions changes between the baseline and the candidate, stage by stage.

A stage counts as changed when its result does; that another rule gave the same result does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from .agreement import Moment

Decision: TypeAlias = Mapping[str, Any]


def _part(stage: str, *keys: str) -> Callable[[Decision], Any]:
    def result(decision: Decision) -> Any:
        part = decision[stage]
        return part if part is None else tuple(part[key] for key in keys)

    return result


def _due_times(decision: Decision) -> Any:
    part = decision["sla"]
    return part if part is None else {name: target["due"] for name, target in part["targets"].items()}


def _effects(stage: str) -> Callable[[Decision], Any]:
    return lambda decision: {
        name: (said["effect"], said.get("approver")) for name, said in (decision[stage] or {}).items()
    }


def _obligations(decision: Decision) -> Any:
    return [(said["do"], said.get("with")) for said in decision["obligations"] or ()]


RESULTS: Final[tuple[tuple[str, str, Callable[[Decision], Any]], ...]] = (
    ("admission", "outcome and where to", _part("admission", "outcome", "to")),
    ("classification", "kind", _part("classification", "kind")),
    ("priority", "level", _part("priority", "level")),
    ("sla", "targets and their due times", _due_times),
    ("assignment", "group", _part("assignment", "group")),
    ("escalation", "where to and level", _part("escalation", "to", "level")),
    ("disclosures", "effects", _effects("disclosures")),
    ("permissions", "effects", _effects("permissions")),
    ("obligations", "what must be done", _obligations),
)
"""Each stage, what of it is compared, and how that is taken from a decision."""


@dataclass(frozen=True, slots=True)
class Flips:
    """How many openings, events and tickets change in a stage; a ticket changes when any decision on it does."""

    stage: str
    compares: str
    openings: int
    events: int
    tickets: int


def changed(before: Decision, after: Decision) -> tuple[str, ...]:
    """The stages whose results differ."""
    return tuple(stage for stage, _, result in RESULTS if result(before) != result(after))


class FlipCount:
    """Counts changes by stage; the stage `any` stands for a change in one or more of them."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[Moment, int]] = {}
        self._tickets: dict[str, set[str]] = {}

    def add(self, moment: Moment, ticket: str, stages: tuple[str, ...]) -> None:
        """Count the changed stages of one pair of decisions."""
        for stage in ("any", *stages) if stages else ():
            counts = self._counts.setdefault(stage, {"opening": 0, "event": 0})
            counts[moment] += 1
            self._tickets.setdefault(stage, set()).add(ticket)

    def results(self) -> tuple[Flips, ...]:
        """The counts of every stage, changed or not, in the order of the stages; `any` comes last."""
        rows = [(stage, compares) for stage, compares, _ in RESULTS] + [("any", "one or more of these")]
        return tuple(self._row(stage, compares) for stage, compares in rows)

    def _row(self, stage: str, compares: str) -> Flips:
        counts = self._counts.get(stage, {"opening": 0, "event": 0})
        return Flips(stage, compares, counts["opening"], counts["event"], len(self._tickets.get(stage, ())))
