"""What a rule gives, as plain data that can be compared and shown. Knows stages' outcomes; nothing of the solver."""

import json
from collections.abc import Mapping
from typing import Any

from ...facts import ROSTER, format_duration
from ...rulebook import Row, Template
from ...tables import Test, worded

Said = Mapping[str, Any]
"""What a part of a decision says, by output; texts that name facts as their rulebook writes them."""

OUTPUTS: Mapping[str, Mapping[str, Any]] = {
    "admission": {"outcome": "accept", "to": None},
    "classification": {"kind": None},
    "priority": {"level": None},
    "escalation": {"to": None, "level": 0, "request": None},
}
"""The outputs of plain choices, each with what it is where no rule gives it."""


def said_by(stage: str, row: Row | None) -> dict[str, Any]:
    """What a rule of a choosing stage gives, or what is said where none applies."""
    if stage in OUTPUTS:
        given = row.outcome.values if row else {}
        return {output: given.get(output, usual) for output, usual in OUTPUTS[stage].items()}
    if row is None:
        return {"calendar": None} if stage == "sla" else {"group": None}
    if stage == "sla":
        return {"calendar": row.outcome.calendar} | {n: format_duration(w) for n, w in row.outcome.targets}
    return _ordered(row.outcome)


def _ordered(order: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"group": order.group}
    for name in ("keep", "agent", "choose"):
        if getattr(order, name) is not None:
            found[name] = getattr(order, name)
    found |= {f"among {name}": _condition(name, condition) for name, condition in order.among.items()}
    if order.skills or order.skills_from:
        found["skills"] = order.skills_from or sorted(order.skills)
    if order.never:
        found["never"] = list(order.never)
    return found


def _condition(name: str, condition: tuple[Test, ...]) -> str:
    said = worded(
        condition, ROSTER[name], lambda kind, value: str(value).lower() if value in (True, False) else str(value)
    )
    words = (f"{'' if word == 'one_of' else word.replace('_', ' ')} {text}".strip() for word, text in said)
    return " and ".join(words)


def templates_in(value: Any) -> list[Template]:
    """The texts with facts in them, at any depth."""
    if isinstance(value, Template):
        return [value] if value.facts else []
    if isinstance(value, Mapping):
        return [t for item in value.values() for t in templates_in(item)]
    if isinstance(value, list | tuple | frozenset):
        return [t for item in value for t in templates_in(item)]
    return []


def plain(value: Any) -> Any:
    """As JSON has it; a text with facts in it as it is written."""
    if isinstance(value, Template):
        return "".join(f"{{{part}}}" if i % 2 else part for i, part in enumerate(value.parts))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(plain, value), key=str)
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def filled(value: Any, values: Mapping[str, str | None]) -> Any:
    """The same with the values of facts put into texts; None for a text that names an absent one."""
    if isinstance(value, Template):
        found = [values[part] if i % 2 else part for i, part in enumerate(value.parts)]
        return None if None in found else "".join(str(part) for part in found)
    if isinstance(value, Mapping):
        return {key: filled(item, values) for key, item in value.items()}
    return value


def mark(value: Any) -> str:
    """A text that is the same for what is the same."""
    return json.dumps(_told_apart(value), sort_keys=True, ensure_ascii=False, default=str)


def _told_apart(value: Any) -> Any:
    if isinstance(value, Template) and value.facts:
        return {"text with facts": list(value.parts)}
    if isinstance(value, Mapping):
        return {str(key): _told_apart(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_told_apart(item) for item in value]
    return plain(value)
