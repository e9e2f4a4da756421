"""Texts with facts in them, filled in from a case."""

from typing import Any

from ..facts import Duration, FactType, Instant, SetOf, format_duration, format_instant
from ..rulebook import Template
from .case import Case


def filled(template: Template, case: Case) -> str | None:
    """The text; None when a fact that it names is absent."""
    parts = list(template.parts)
    for i in range(1, len(parts), 2):
        value = case.value(parts[i])
        if value is None:
            return None
        parts[i] = as_text(case.shared.facts[parts[i]], value)
    return "".join(parts)


def as_text(kind: FactType, value: Any) -> str:
    """A read value as it stands within a text: as in JSON, without quotes; members of sets after commas."""
    plain = as_json(kind, value)
    if isinstance(plain, list):
        return ", ".join(plain)
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def as_json(kind: FactType, value: Any) -> Any:
    """A read value as JSON has it."""
    if value is None:
        return None
    if isinstance(kind, Duration):
        return format_duration(value)
    if isinstance(kind, Instant):
        return format_instant(value)
    if isinstance(kind, SetOf):
        order = {member: i for i, member in enumerate(kind.values or ())}
        return sorted(value, key=lambda member: (order.get(member, 0), member))
    return value
