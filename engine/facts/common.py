"""The facts that every request may hold, whatever the rulebook, with their types (CONTRACT, section 1)."""

from collections.abc import Mapping

from .types import Closed, FactType, Instant, Number, SetOf, Text, Truth

FACT_GROUPS = ("ticket", "requester", "agent")
"""The parts of a request that hold facts; each may have `fields` that a rulebook declares."""

STATUSES = ("new", "open", "waiting", "resolved", "closed")
RELATIONS = ("employee", "client", "prospect", "partner", "end_user")

_TEXT = Text()
_COUNT = Number(at_least=0)
_LINE = Number(at_least=1, at_most=3)

COMMON: Mapping[str, FactType] = {
    "at": Instant(),
    "ticket.id": _TEXT,
    "ticket.channel": _TEXT,
    "ticket.subject": _TEXT,
    "ticket.text": _TEXT,
    "ticket.language": _TEXT,
    "ticket.reported_kind": _TEXT,
    "ticket.category": _TEXT,
    "ticket.service": _TEXT,
    "ticket.impact": _TEXT,
    "ticket.urgency": _TEXT,
    "ticket.status": Closed(STATUSES),
    "ticket.tags": SetOf(),
    "ticket.line": _LINE,
    "ticket.group": _TEXT,
    "ticket.owner": _TEXT,
    "ticket.parent": _TEXT,
    "ticket.parent_owner": _TEXT,
    "ticket.created_at": Instant(),
    "ticket.first_response_at": Instant(),
    "ticket.last_update_at": Instant(),
    "ticket.resolved_at": Instant(),
    "ticket.priority_changed_at": Instant(),
    "ticket.reopened": _COUNT,
    "requester.id": _TEXT,
    "requester.relation": Closed(RELATIONS),
    "requester.tier": _TEXT,
    "requester.role": _TEXT,
    "requester.language": _TEXT,
    "requester.warnings": _COUNT,
    "agent.id": _TEXT,
    "agent.role": _TEXT,
    "agent.group": _TEXT,
    "agent.line": _LINE,
    "agent.skills": SetOf(),
}

_DECLARABLE = {
    "ticket": ("channel", "reported_kind", "category", "service", "impact", "urgency", "group"),
    "requester": ("tier", "role"),
    "agent": ("role", "group"),
}
_NARROWED = (
    "requester.relation",
    "ticket.status",
    "ticket.tags",
    "agent.skills",
    "ticket.language",
    "requester.language",
)

FIXED = frozenset(COMMON) - {f"{group}.{name}" for group, names in _DECLARABLE.items() for name in names}
"""Common facts whose type no rulebook may change (some may be narrowed to fewer values)."""


def is_declarable(fact: str, kind: FactType) -> bool:
    """Whether a rulebook may declare this common fact with this type."""
    own = COMMON[fact]
    if fact not in FIXED:
        return isinstance(kind, Closed | Text | Number)
    if kind == own:
        return True
    if fact not in _NARROWED:
        return False
    if isinstance(own, Closed):
        return isinstance(kind, Closed) and set(kind.values) <= set(own.values)
    return isinstance(kind, Closed) if isinstance(own, Text) else isinstance(kind, SetOf)


ROSTER: Mapping[str, FactType] = {
    "id": _TEXT,
    "group": _TEXT,
    "role": _TEXT,
    "line": _LINE,
    "skills": SetOf(),
    "online": Truth(),
    "in_distribution": Truth(),
    "open_tickets": _COUNT,
    "capacity": _COUNT,
    "last_assigned_at": Instant(),
    "on_leave": Truth(),
}
"""What may be said of each member of a roster; `id` is required."""
