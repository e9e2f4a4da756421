"""The peers' workload as a rulebook.

Generated from the same tables as every peer's rules, and its requests from the same tickets.
"""

from collections.abc import Mapping
from typing import Any

AT = "2026-11-23T09:30:00Z"


def _rule(name: str, when: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    return {"rule": name, "when": {fact: test for fact, test in when.items() if test is not None}, "then": dict(then)}


def rulebook(w: Any, *, identifier: str = "workload") -> dict[str, Any]:
    """The rulebook of the workload module `w`."""
    return {
        "rulebook": identifier,
        "version": "1.0.0",
        "in_force": {"from": "2020-01-01"},
        "facts": {
            "ticket.channel": list(w.CHANNELS),
            "ticket.category": list(w.CATS),
            "ticket.fields.keyword": list(w.KEYWORDS),
            "ticket.impact": {"whole": {"at_least": 1, "at_most": 4}},
            "ticket.urgency": {"whole": {"at_least": 1, "at_most": 4}},
            "requester.tier": list(w.TIERS),
            "ticket.fields.in_hours": "truth",
            "ticket.fields.waiting_min": "count",
        },
        "classification": {
            "rules": [
                _rule(
                    f"class-{i}",
                    {"ticket.channel": channel, "ticket.category": category, "ticket.fields.keyword": keyword},
                    {"kind": kind},
                )
                for i, (channel, category, keyword, kind) in enumerate(w.CLASSIFY)
            ]
        },
        "priority": {
            "table": {
                "when": ["ticket.impact", "ticket.urgency"],
                "then": ["level"],
                "rows": [list(row) for row in w.PRIORITY],
            }
        },
        "sla": {
            "table": {
                "when": ["requester.tier", "priority"],
                "then": ["first_response", "resolution"],
                "rows": [[tier, level, f"{first}m", f"{solve}m"] for tier, level, first, solve in w.SLA],
            }
        },
        "assignment": {
            "table": {
                "when": ["ticket.category", "ticket.fields.in_hours"],
                "then": ["group"],
                "rows": [list(row) for row in w.ASSIGN],
            }
        },
        "escalation": {
            "rules": [
                _rule(
                    f"escalate-{i}",
                    {
                        "priority": level,
                        "requester.tier": tier,
                        "classification": kind,
                        "ticket.fields.waiting_min": None if waiting is None else {"at_least": waiting},
                        "ticket.reopened": None if reopened is None else {"at_least": reopened},
                    },
                    {"to": to},
                )
                for i, (level, tier, kind, waiting, reopened, to) in enumerate(w.ESCALATE)
            ]
        },
        "disclosures": {
            "audiences": list(w.AUD),
            "rules": [
                {"rule": f"{audience}-{topic}", "permit" if effect == "allow" else "deny": [topic], "to": [audience]}
                for audience, topic, effect in w.DISCLOSE
            ],
        },
    }


def request(ticket: Mapping[str, Any], *, explain: bool = False, identifier: str = "workload") -> dict[str, Any]:
    """The request for one of the workload's tickets."""
    body: dict[str, Any] = {
        "rulebook": identifier,
        "at": AT,
        "ticket": {
            "id": ticket["id"],
            "channel": ticket["channel"],
            "category": ticket["category"],
            "impact": ticket["impact"],
            "urgency": ticket["urgency"],
            "reopened": ticket["reopens"],
            "fields": {
                "keyword": ticket["keyword"],
                "in_hours": ticket["in_hours"],
                "waiting_min": ticket["waiting_min"],
            },
        },
        "requester": {"tier": ticket["tier"]},
        "ask": {"to": ticket["audience"]},
    }
    return {**body, "explain": True} if explain else body


def outcome(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer in the shape of the workload's reference."""
    decision = answer["decision"]
    targets = decision["sla"]["targets"]
    return {
        "class": decision["classification"]["kind"],
        "priority": decision["priority"]["level"],
        "first_response_min": _minutes(targets["first_response"]["within"]),
        "resolution_min": _minutes(targets["resolution"]["within"]),
        "group": decision["assignment"]["group"],
        "escalation": decision["escalation"]["to"],
        "disclosures": {t: "allow" if p["effect"] == "permit" else "deny" for t, p in decision["disclosures"].items()},
    }


def _minutes(text: str) -> int:
    from engine import parse_duration

    return parse_duration(text) // 60_000_000
