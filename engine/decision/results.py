"""The results of stages as they stand in a decision. Knows the shape of an answer, and no request."""

from collections.abc import Mapping
from typing import Any, Final

_PARTS: Final[Mapping[str, str]] = {
    "admission": "outcome",
    "classification": "kind",
    "priority": "level",
    "sla.calendar": "calendar",
    "sla.clock": "clock",
    "assignment.group": "group",
    "assignment.agent": "agent",
    "escalation.to": "to",
    "escalation.level": "level",
}
"""By result, the member of its stage's part that holds it; other results are states of targets."""


def result_in(decision: Mapping[str, Any], fact: str) -> Any:
    """The result of a stage in a decision: a value as later stages see it; None where the stage gives none."""
    stage, _, name = fact.partition(".")
    part = decision[stage]
    if part is None:
        return None
    if fact in _PARTS:
        return part[_PARTS[fact]]
    target = part["targets"].get(name)
    return None if target is None else target["state"]
