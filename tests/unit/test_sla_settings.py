"""Settings of targets that cannot be."""

from typing import Any

import pytest
from rulebook_kit import codes_of
from sla_kit import book


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"starts": "oldest_unanswred"}, "unknown-value"),
        ({"starts": "agent_reply"}, "unknown-value"),
        ({"met": "oldest_unanswered"}, "unknown-value"),
        ({"starts": "oldest_unanswered", "met": "ticket.resolved_at"}, "clashing-settings"),
        ({"starts": ["latest_unanswered", "ticket.created_at"], "met": []}, "clashing-settings"),
        ({"paused_by": [], "pauses": "stop_time"}, "clashing-settings"),
        ({"paused_by": [], "while_paused": "hidden"}, "clashing-settings"),
        ({"pauses": "keep_due", "while_paused": "stands"}, "clashing-settings"),
        ({"pauses": "stop"}, "unknown-value"),
        ({"while_paused": "gone"}, "unknown-value"),
        ({"reopening": "restarts"}, "unknown-value"),
        ({"paused_by": ["wait"]}, "unknown-value"),
        ({"paused_by": ["waits", "waits"]}, "repeated-value"),
        ({"paused_by": [{"states": []}]}, "empty-value"),
        ({"paused_by": [{"state": ["pending"]}]}, "unknown-key"),
        ({"paused_by": [{"states": ["pendng"]}]}, "unknown-value"),
        ({"starts": {"states": ["opn"]}}, "unknown-value"),
        ({"starts": []}, "empty-value"),
        ({"met": {"states": ["clsed"]}}, "unknown-value"),
        ({"starts": "line"}, "wrong-type"),
    ],
)
def test_settings_that_cannot_be_are_refused(target: dict[str, Any], code: str) -> None:
    derive = {"line": {"size": "ticket.tags"}}
    assert codes_of(book(target, states=["open", "pending", "closed"], derive=derive)) == [code]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"sla": {"closed_states": ["done"]}}, "unknown-value"),
        ({"sla": {"counted_channels": {"agents": ["email"]}}}, "unknown-key"),
        ({"sla": {"counted_channels": {"agent": []}}}, "empty-value"),
        ({"clock": {"granularity": "hour"}}, "unknown-value"),
        ({"clock": {"zero_target": "never"}}, "unknown-value"),
        ({"states": []}, "empty-value"),
        ({"states": ["open", "closed", "open"]}, "repeated-value"),
        ({"derive": {"oldest_unanswered": {"earliest": ["ticket.created_at"]}}}, "reserved-name"),
        ({"derive": {"it": {"earliest": ["ticket.owner"]}}}, "wrong-type"),
        ({"derive": {"it": {"elapsed": "ticket.created_at", "paused_by": [{"states": ["gone"]}]}}}, "unknown-value"),
        (
            {"derive": {"it": {"elapsed": "ticket.created_at", "paused_by": ["waits"], "less_waits": True}}},
            "clashing-settings",
        ),
    ],
)
def test_other_settings_that_cannot_be_are_refused(more: dict[str, Any], code: str) -> None:
    assert codes_of(book({}, **{"states": ["open", "resolved", "closed"], **more})) == [code]


def test_the_words_that_are_allowed_read_clean() -> None:
    for target in (
        {"starts": ["oldest_unanswered", "last_agent_reply"]},
        {"starts": "last_agent_reply", "met": "agent_reply"},
    ):
        assert codes_of(book(target)) == []
