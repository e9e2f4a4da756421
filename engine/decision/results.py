"""The results of stages as they stand in a decision, and their names. Knows the shape of an answer, and no request."""

from collections.abc import Mapping
from typing import Any, Final

from ..facts import Closed
from ..rulebook import Rulebook

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
_TARGET: Final = "sla."


def names_in(rulebook: Rulebook) -> dict[str, list[str]]:
    """The kinds, levels, targets and obligations that the decisions of a rulebook can hold.

    Levels come highest first where the rulebook lists them. Kinds and levels that are filled in from texts of a request
    cannot be told beforehand: that list is empty.
    """
    obligations = rulebook.stages.get("obligations")
    duties = (duty.do for row in obligations.rows for duty in row.outcome) if obligations else ()
    return {
        "kinds": _values(rulebook, "classification"),
        "levels": _values(rulebook, "priority"),
        "targets": [f.removeprefix(_TARGET) for f in rulebook.facts if f.startswith(_TARGET) and f not in _PARTS],
        "obligations": list(dict.fromkeys(duties)),
    }


def _values(rulebook: Rulebook, result: str) -> list[str]:
    found = rulebook.facts.get(result)
    if not isinstance(found, Closed):
        return []
    return list(reversed(found.values)) if found.ordered else list(found.values)


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
