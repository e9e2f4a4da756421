"""A decided request as a scenario that can be pasted into the tests beside a rulebook."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from ...rulebook import STAGES

_SHOWN: Mapping[str, tuple[str, ...]] = {
    "admission": ("outcome", "to", "by"),
    "classification": ("kind", "by"),
    "priority": ("level", "by"),
    "sla": ("calendar", "by"),
    "assignment": ("group", "agent", "by"),
    "escalation": ("to", "level", "by"),
}
"""What of a stage's part a scenario expects."""
_HEAD = ("rulebook", "version", "at")


def scenario(name: str, request: Mapping[str, Any], answer: Mapping[str, Any], stages: Sequence[str] = STAGES) -> str:
    """The text of a scenario: what was asked, and what these stages of the decision said. YAML, one list item."""
    decision = answer["decision"]
    item = {
        "scenario": name,
        "at": request["at"],
        "given": {key: value for key, value in request.items() if key not in _HEAD},
        "expect": {stage: _part(stage, decision[stage]) for stage in stages},
    }
    text: str = yaml.safe_dump([item], allow_unicode=True, sort_keys=False, default_flow_style=None, width=118)
    return text


def _part(stage: str, part: Any) -> Any:
    if part is None or stage == "obligations":
        return part
    if stage not in _SHOWN:
        return {name: {"effect": said["effect"], "by": said["by"]} for name, said in part.items()}
    shown = {key: part[key] for key in _SHOWN[stage] if key == "by" or part[key] is not None}
    if stage == "sla":
        shown["targets"] = {name: {"within": target["within"]} for name, target in part["targets"].items()}
    return shown
