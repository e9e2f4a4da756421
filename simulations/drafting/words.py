"""How help desks name things: words that columns are called by, and words that states are called by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Final

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket.id": (
        "number",
        "case id",
        "ticket id",
        "incident id",
        "unique key",
        "concept name",
        "sr number",
        "key",
        "id",
    ),
    "ticket.channel": (
        "contact type",
        "contact",
        "channel",
        "via",
        "source",
        "origin",
        "open data channel type",
        "submitted via",
    ),
    "ticket.subject": ("short description", "subject", "summary", "title"),
    "ticket.text": ("description", "body", "text"),
    "ticket.category": ("category", "complaint type", "request type", "issue type", "type"),
    "ticket.service": ("service", "cmdb ci", "product", "application"),
    "ticket.impact": ("impact", "latest impact"),
    "ticket.urgency": ("urgency",),
    "ticket.status": ("status", "state", "incident state", "case status", "activity", "concept name"),
    "ticket.group": (
        "assignment group",
        "group",
        "support team",
        "team",
        "queue",
        "agency",
        "org role",
        "org group",
        "involved st",
        "department",
    ),
    "ticket.owner": ("assigned to", "assignee", "owner", "handler", "org resource", "resource", "owner first name"),
    "ticket.line": ("line", "support line", "tier", "support level"),
    "ticket.parent": ("parent", "parent incident"),
    "ticket.tags": ("tags", "labels"),
    "ticket.created_at": (
        "opened at",
        "created at",
        "created date",
        "created",
        "opened",
        "reported",
        "open date",
        "open date time",
        "requested datetime",
        "reported at",
    ),
    "ticket.first_response_at": ("first response at", "first reply", "acknowledged", "acknowledged at", "responded"),
    "ticket.last_update_at": (
        "updated at",
        "last update",
        "sys updated at",
        "last modified",
        "time timestamp",
        "change date time",
        "timestamp",
    ),
    "ticket.resolved_at": ("resolved at", "resolved", "solved", "closed date", "closed at", "closed", "end date"),
    "ticket.reopened": ("reopen count", "reopened", "reopens"),
    "requester.id": ("caller id", "requester", "customer", "caller", "reporter"),
    "requester.tier": ("customer tier", "tier", "segment", "plan"),
    "requester.role": ("caller role", "role"),
    "requester.language": ("requester locale", "language", "locale"),
    "ticket.language": ("language",),
}
_STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "waiting": ("wait", "await", "pending", "hold", "suspend", "paus"),
    "resolved": ("resolv", "solv", "complet", "fixed", "done"),
    "closed": ("clos", "cancel", "archiv"),
    "new": ("new", "regist", "queued", "unassign", "submitted", "received", "unmatched"),
    "open": ("open", "activ", "progress", "accept", "assign", "work", "started", "reopen"),
}
_SHORT: Final[Mapping[str, str]] = {"dt": "date", "ts": "time", "num": "number", "nr": "number", "prio": "priority"}
_STEM: Final = 5
_OF_REQUESTERS: Final = re.compile(r"user|customer|caller|requester|client|reporter|info", re.IGNORECASE)


def name_score(column: str, fact: str) -> float:
    """How alike the names of a column and a fact are, from 0 to 1."""
    wanted = plain(fact.rpartition(".")[2])
    known = _WORDS.get(fact, ()) if wanted == "id" else (wanted, *_WORDS.get(fact, ()))
    if fact.startswith("agent."):
        # Who acts is told by few histories, and never by a column that does not say so.
        known = (f"agent {wanted}",)
    return max(_alike(plain(column), word) * (1 - 0.01 * place) for place, word in enumerate(known))


def state_of(text: str) -> str | None:
    """The status of the contract that a desk's own word for a state is nearest to."""
    folded = text.casefold()
    return next((status for status, stems in _STATES.items() if any(stem in folded for stem in stems)), None)


def is_wait_for_requester(text: str) -> bool:
    """Whether a state is one of waiting, and for the requester."""
    return state_of(text) == "waiting" and _OF_REQUESTERS.search(text) is not None


def value_of(text: str, values: tuple[str, ...]) -> str | None:
    """The value that a text is nearest to, or None when none is near."""
    folded = plain(text)
    for value in values:
        if folded == plain(value):
            return value
    words = set(folded.split())
    for value in values:
        if set(plain(value).split()) <= words:
            return value
    near = [(SequenceMatcher(None, folded, plain(value)).ratio(), value) for value in values]
    score, value = max(near)
    return value if score >= 0.8 else None


def plain(text: str) -> str:
    """A text in lower case without digits in front, signs, or runs of spaces."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    spaced = re.sub(r"^(event|case):", "", spaced)
    words = re.sub(r"[\W_]+", " ", spaced).casefold().split()
    words = [_SHORT.get(word, word) for word in words]
    return " ".join(word for word in words if not word.isdigit()) or " ".join(words)


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    ones, others = one.split(), other.split()
    if others and all(any(_same_stem(word, said) for said in ones) for word in others):
        return 0.66 + 0.3 * len(others) / max(len(ones), len(others))
    return SequenceMatcher(None, one, other).ratio() * 0.7


def _same_stem(one: str, other: str) -> bool:
    return one == other or (len(one) > 4 and one[:_STEM] == other[:_STEM])
