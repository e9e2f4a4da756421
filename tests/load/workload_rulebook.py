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
        "facts": _facts(w),
        "classification": {"rules": [_class(i, *row) for i, row in enumerate(w.CLASSIFY)]},
        "priority": _table(["ticket.impact", "ticket.urgency"], ["level"], [list(row) for row in w.PRIORITY]),
        "sla": _table(
            ["requester.tier", "priority"],
            ["first_response", "resolution"],
            [[tier, level, f"{first}m", f"{solve}m"] for tier, level, first, solve in w.SLA],
        ),
        "assignment": _table(["ticket.category", "ticket.fields.in_hours"], ["group"], [list(row) for row in w.ASSIGN]),
        "escalation": {"rules": [_escalation(i, *row) for i, row in enumerate(w.ESCALATE)]},
        "disclosures": {
            "audiences": list(w.AUD),
            "rules": [
                {"rule": f"{audience}-{topic}", "permit" if effect == "allow" else "deny": [topic], "to": [audience]}
                for audience, topic, effect in w.DISCLOSE
            ],
        },
    }


def _facts(w: Any) -> dict[str, Any]:
    return {
        "ticket.channel": list(w.CHANNELS),
        "ticket.category": list(w.CATS),
        "ticket.fields.keyword": list(w.KEYWORDS),
        "ticket.impact": {"whole": {"at_least": 1, "at_most": 4}},
        "ticket.urgency": {"whole": {"at_least": 1, "at_most": 4}},
        "requester.tier": list(w.TIERS),
        "ticket.fields.in_hours": "truth",
        "ticket.fields.waiting_min": "count",
    }


def _table(when: list[str], then: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    return {"table": {"when": when, "then": then, "rows": rows}}


def _class(number: int, channel: Any, category: Any, keyword: Any, kind: str) -> dict[str, Any]:
    when = {"ticket.channel": channel, "ticket.category": category, "ticket.fields.keyword": keyword}
    return _rule(f"class-{number}", when, {"kind": kind})


def _escalation(
    number: int, level: Any, tier: Any, kind: Any, waiting: int | None, reopened: int | None, to: str
) -> dict[str, Any]:
    when = {
        "priority": level,
        "requester.tier": tier,
        "classification": kind,
        "ticket.fields.waiting_min": None if waiting is None else {"at_least": waiting},
        "ticket.reopened": None if reopened is None else {"at_least": reopened},
    }
    return _rule(f"escalate-{number}", when, {"to": to})


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
