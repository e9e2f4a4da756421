"""Targets measured on arrays are the single engine's in every setting: on a grid of instants that meets each limit.

Rows are taken before, at and after every start, warning, due time, opening and closing, in all statuses.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from bulk_columns import columns_of
from rulebook_kit import catalogue_of

from engine import format_instant, parse_instant
from engine.bulk import BulkDesk

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
OFFICE = {"office": {"zone": "Europe/Warsaw", "hours": {"mon-fri": ["09:00-12:00", "13:00-17:00"]}}}
STARTS = ("2026-10-23T06:59:59Z", "2026-10-23T07:00:00Z", "2026-10-23T09:30:30.5Z", "2026-10-23T15:00:00Z")
"""Around an opening in Warsaw, within hours, and at a closing, on the Friday before the clock goes back."""
AFTER = (-HOUR, -1, 0, 1, 30 * MINUTE, 45 * MINUTE, 90 * MINUTE - 1, 90 * MINUTE, 90 * MINUTE + 1, 2 * HOUR, 4 * HOUR,
         90 * HOUR)  # fmt: skip
"""From a start to the decision; half of two hours and three quarters of them are among these."""
HAPPENED = (None, 0, 45 * MINUTE, 2 * HOUR, 2 * HOUR + 1, 200 * HOUR)
"""From a start to an answer or a solution."""
STATUSES = (None, "open", "waiting", "resolved", "closed")
TARGETS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "warned at once": {"warn_after": "0s"},
    "warned after 45 minutes": {"warn_after": "45m"},
    "warned at the end": {"warn_after": "100%"},
    "hidden": {"while_paused": "hidden"},
    "hidden unless breached": {"while_paused": "hidden_unless_breached"},
    "standing": {"while_paused": "stands"},
    "never paused": {"paused_by": []},
    "paused by states": {"paused_by": [{"states": ["waiting"]}]},
    "paused by replies": {"paused_by": ["waits", "unanswered_replies"], "pauses": "stop_time"},
    "from the last update": {"starts": ["ticket.last_update_at", "ticket.created_at"], "met": []},
    "met by either": {"met": ["ticket.first_response_at", "ticket.resolved_at"]},
    "met by an agent": {"met": ["agent_reply", "ticket.resolved_at"]},
    "from a message or the creation": {"starts": ["first_requester_message", "ticket.created_at"]},
    "from the creation or a message": {"starts": ["ticket.created_at", "oldest_unanswered"], "met": ["agent_reply"]},
    "from every message": {"starts": ["latest_unanswered"], "met": ["agent_reply"]},
    "from a state": {"starts": [{"states": ["open"]}]},
    "met by a state": {"met": [{"states": ["resolved"]}], "reopening": "starts_anew"},
}
CLOCKS: dict[str, dict[str, str]] = {
    "usual": {},
    "other": {"due_lands_on": "next_opening", "daylight_saving": "nominal", "zero_target": "next_opening",
              "on_priority_change": "from_change", "granularity": "minute"},
    "no zero": {"zero_target": "none", "on_priority_change": "from_change", "backwards": "zero"},
}  # fmt: skip


def tickets() -> Iterator[dict[str, Any]]:
    """Tickets that meet every limit, and some of which nothing is timed."""
    for number, (start, after, answered) in enumerate(product(STARTS, AFTER, HAPPENED), 1):
        begin = parse_instant(start)
        solved, updated, changed = (HAPPENED[(number // k) % len(HAPPENED)] for k in (2, 3, 5))
        told = {
            "created_at": None if number % 11 == 0 else 0,
            "first_response_at": answered,
            "resolved_at": solved if number % 2 else None,
            "last_update_at": updated if number % 3 else None,
            "priority_changed_at": changed if number % 4 else None,
        }
        ticket = {name: format_instant(begin + at) for name, at in told.items() if at is not None}
        status = STATUSES[number % len(STATUSES)]
        yield {
            "at": format_instant(begin + after),
            "ticket": {**ticket, **({"status": status} if status else {})},
            "requester": {"tier": ("gold", "silver", "bronze")[number % 3]},
        }


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("target", TARGETS)
def test_every_setting_of_a_target(target: str, clock: str) -> None:
    rules = [
        {"rule": "gold", "when": {"requester.tier": "gold"}, "then": {"t": "2h", "calendar": "office"}},
        {"rule": "silver", "when": {"requester.tier": "silver"}, "then": {"t": "2h", "first_response": "0m"}},
        {"rule": "bronze", "when": {"ticket.status": "open"}, "then": {"t": "7h", "u": "0s", "calendar": "office"}},
    ]
    states = ["running", "paused", "warned", "met", "breached"]
    book = {
        "clock": CLOCKS[clock],
        "calendars": OFFICE,
        "facts": {"requester.tier": ["gold", "silver", "bronze"]},
        "sla": {"targets": {"t": TARGETS[target], "u": {"starts": "ticket.last_update_at"}}, "rules": rules},
        "escalation": {"rules": [{"rule": s, "when": {"sla.t": s}, "then": {"to": s}} for s in states]},
        "obligations": {"rules": [{"rule": "o", "then": {"do": "tell", "with": {"how": "{sla.clock} {sla.t}"}}}]},
    }
    catalogue = catalogue_of(book)
    asked = list(tickets())
    found = BulkDesk(catalogue, "desk", "1.0.0").decide(columns_of(asked, typed=True))
    assert not found.refused.any()
    assert found.singly == 0
    assert found.check(range(len(asked))) == len(asked)


def test_the_grid_meets_every_state_and_every_limit() -> None:
    book = {"calendars": OFFICE, "sla": {"rules": [{"rule": "r", "then": {"resolution": "2h"}}]}}
    asked = list(tickets())
    found = BulkDesk(catalogue_of(book), "desk", "1.0.0").decide(columns_of(asked))
    target = found.target("resolution")
    at = [parse_instant(request["at"]) for request in asked]
    assert set(target.states.tolist()) == {1, 2, 3, 4, 5}
    assert any(due == now for due, now in zip(target.due.tolist(), at, strict=True))
    assert any(warn == now for warn, now in zip(target.warn_at.tolist(), at, strict=True))
    assert any(due == met for due, met in zip(target.due.tolist(), target.met_at.tolist(), strict=True))
