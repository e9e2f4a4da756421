"""The examples that the OpenAPI document shows, and the one that `deskpolicy serve` offers to try."""

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
}
"""A question that an employee asks in a bot, in office hours."""

ANSWER: Final[dict[str, Any]] = {
    "rulebook": {
        "id": RULEBOOK,
        "version": "1.0.0",
        "digest": "sha256:77707a005ad3569334d4a1bf48119aedda680084123b021845689a8c6f8951f6",
    },
    "at": "2026-11-23T08:00:00Z",
    "decision": {
        "admission": {"outcome": "accept", "to": None, "by": "bots-of-the-departments"},
        "classification": {"kind": "question", "by": "classification.how-to"},
        "priority": {"level": "P3", "by": "priority.vendor_service.normal"},
        "sla": {
            "calendar": "office",
            "clock": "running",
            "by": "sla.P3",
            "targets": {
                "first_response": {
                    "within": "PT1H",
                    "due": "2026-11-23T08:59:00Z",
                    "warn_at": "2026-11-23T08:44:00Z",
                    "state": "running",
                },
                "resolution": {
                    "within": "PT16H",
                    "due": "2026-11-24T14:59:00Z",
                    "warn_at": "2026-11-24T10:59:00Z",
                    "state": "running",
                },
            },
        },
        "assignment": {
            "group": "first-line",
            "agent": "ana",
            "strategy": "round_robin",
            "passed_over": [{"agent": "bo", "why": "offline"}],
            "by": "in-turn",
        },
        "escalation": {"to": None, "level": 0, "request": None, "by": "stays-with-the-first-line"},
        "disclosures": {
            "support_channels": {
                "effect": "permit",
                "say": "Write to the bot of your department",
                "approver": None,
                "by": "employees-know-the-channels",
            }
        },
        "permissions": {"request_information": {"effect": "permit", "approver": None, "by": "may-ask-for-information"}},
        "obligations": [{"do": "address_formally", "with": {}, "by": "formal-address"}],
    },
}
"""What version 1.0.0 answers to it (a test compares). Its digest changes with the data of holidays and zones too."""

TRIAL: Final[dict[str, Any]] = {
    "rulebook": RULEBOOK,
    "ticket": {"channel": "hm", "urgency": "high"},
    "requester": {"relation": "employee"},
}
"""A short question, for a command line."""
