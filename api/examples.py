"""The example that the documentation shows and that `deskpolicy serve` offers to try."""

from typing import Any, Final

RULEBOOK: Final = "internal-it"

REQUEST: Final[dict[str, Any]] = {
    "rulebook": RULEBOOK,
    "at": "2026-11-23T11:00:00+03:00",
    "ticket": {
        "id": "A5",
        "channel": "zm",
        "category": "vendor_service",
        "urgency": "normal",
        "created_at": "2026-11-23T10:59:00+03:00",
        "status": "new",
        "fields": {"nature": "how_to"},
    },
    "requester": {"relation": "employee", "role": "employee"},
    "roster": [
        {"id": "ana", "online": True, "in_distribution": True, "last_assigned_at": "2026-11-23T10:50:00+03:00"},
        {"id": "bo", "online": False, "in_distribution": True, "last_assigned_at": "2026-11-23T09:00:00+03:00"},
    ],
    "ask": {"disclose": ["support_channels"], "do": ["request_information"]},
    "explain": True,
}
"""A question that an employee asks in a bot, in office hours."""

TRIAL: Final[dict[str, Any]] = {
    "rulebook": RULEBOOK,
    "ticket": {"channel": "hm", "urgency": "high"},
    "requester": {"relation": "employee"},
}
"""A short question, for a command line."""
