"""The facts that a rulebook takes, read from the JSON Schema of its requests; without a rulebook, the common ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

_NEVER: Final = frozenset({"ticket.waits", "ticket.messages", "ticket.states"})
_STATUSES: Final = ("new", "open", "waiting", "resolved", "closed")
_RELATIONS: Final = ("employee", "client", "prospect", "partner", "end_user")


class Wanted(NamedTuple):
    """A fact with its type; a closed list has its values."""

    name: str
    kind: Literal["closed", "text", "whole", "decimal", "truth", "instant", "set"]
    values: tuple[str, ...] = ()


COMMON: Final = (
    *(Wanted(f"ticket.{name}", "text") for name in ("id", "channel", "subject", "text", "category", "service")),
    *(Wanted(f"ticket.{name}", "text") for name in ("impact", "urgency", "group", "owner", "parent")),
    Wanted("ticket.status", "closed", _STATUSES),
    Wanted("ticket.line", "whole"),
    *(Wanted(f"ticket.{name}_at", "instant") for name in ("created", "first_response", "last_update", "resolved")),
    Wanted("ticket.reopened", "whole"),
    Wanted("ticket.tags", "set"),
    *(Wanted(f"requester.{name}", "text") for name in ("id", "tier", "role", "language")),
    Wanted("requester.relation", "closed", _RELATIONS),
)


def wanted_of(schema: Mapping[str, Any]) -> tuple[Wanted, ...]:
    """The facts of the ticket, its requester and the agent that a request may state."""
    found: list[Wanted] = []
    for part in ("ticket", "requester", "agent"):
        facts = dict(schema["properties"][part]["properties"])
        own = facts.pop("fields", {}).get("properties", {})
        found += [_wanted(f"{part}.{name}", said) for name, said in facts.items()]
        found += [_wanted(f"{part}.fields.{name}", said) for name, said in own.items()]
    return tuple(wanted for wanted in found if wanted.name not in _NEVER)


def _wanted(name: str, said: Mapping[str, Any]) -> Wanted:
    if "enum" in said:
        return Wanted(name, "closed", tuple(value for value in said["enum"] if isinstance(value, str)))
    if said.get("format") == "date-time":
        return Wanted(name, "instant")
    types = said.get("type", "string")
    kinds = [types] if isinstance(types, str) else types
    if "boolean" in kinds:
        return Wanted(name, "truth")
    if "integer" in kinds:
        return Wanted(name, "whole")
    if "number" in kinds:
        return Wanted(name, "decimal")
    return Wanted(name, "set" if "array" in kinds else "text")
