"""Requests that tell a ticket's course: what of its messages and states is refused, and where."""

from typing import Any

import pytest
from rulebook_kit import AT, Desk

SLA = "sla: {targets: {t: {starts: oldest_unanswered}}, rules: [{rule: promise, then: {t: 2h}}]}"
OPEN = Desk(SLA)
LISTED = Desk(f"states: [open, pending reminder, geschlossen, çok]\n{SLA}")
MESSAGE = {"at": AT, "from": "agent"}
STATE = {"at": AT, "state": "open"}


@pytest.mark.parametrize(
    ("ticket", "pointers"),
    [
        ({"messages": {}}, ["/ticket/messages"]),
        ({"messages": "x"}, ["/ticket/messages"]),
        ({"messages": [MESSAGE] * 1001}, ["/ticket/messages"]),
        ({"messages": [None]}, ["/ticket/messages/0"]),
        ({"messages": [MESSAGE, 5]}, ["/ticket/messages/1"]),
        ({"messages": [{}]}, ["/ticket/messages/0", "/ticket/messages/0"]),
        ({"messages": [{"at": AT}]}, ["/ticket/messages/0"]),
        ({"messages": [{"at": None, "from": None}]}, ["/ticket/messages/0/at", "/ticket/messages/0/from"]),
        ({"messages": [{**MESSAGE, "from": "robot"}]}, ["/ticket/messages/0/from"]),
        ({"messages": [{**MESSAGE, "from": ["agent"]}]}, ["/ticket/messages/0/from"]),
        ({"messages": [{**MESSAGE, "at": "2026-11-23"}]}, ["/ticket/messages/0/at"]),
        ({"messages": [{**MESSAGE, "channel": 5}]}, ["/ticket/messages/0/channel"]),
        ({"messages": [{**MESSAGE, "chanel": "email"}]}, ["/ticket/messages/0/chanel"]),
        ({"states": {}}, ["/ticket/states"]),
        ({"states": [STATE] * 1001}, ["/ticket/states"]),
        ({"states": ["open"]}, ["/ticket/states/0"]),
        ({"states": [{"state": "open"}]}, ["/ticket/states/0"]),
        ({"states": [{"at": AT}]}, ["/ticket/states/0"]),
        ({"states": [{**STATE, "state": None}]}, ["/ticket/states/0/state"]),
        ({"states": [{**STATE, "state": ""}]}, ["/ticket/states/0/state"]),
        ({"states": [{**STATE, "state": 1}]}, ["/ticket/states/0/state"]),
        ({"states": [{**STATE, "at": 5}]}, ["/ticket/states/0/at"]),
        ({"states": [{**STATE, "until": AT}]}, ["/ticket/states/0/until"]),
        ({"mesages": []}, ["/ticket/mesages"]),
    ],
)
def test_a_course_that_does_not_fit_is_refused_where_it_does_not(ticket: dict[str, Any], pointers: list[str]) -> None:
    assert [pointer for pointer, _ in OPEN.faults(ticket=ticket)] == pointers


@pytest.mark.parametrize(
    "ticket",
    [
        {"messages": None, "states": None},
        {"messages": [], "states": []},
        {"messages": [MESSAGE, {**MESSAGE, "channel": None}, {**MESSAGE, "from": "requester", "channel": "e-mail"}]},
        {"messages": [MESSAGE] * 1000, "states": [STATE] * 1000},
        {"states": [{**STATE, "state": "whatever the help desk calls it"}]},
        {"messages": ({**MESSAGE},), "states": ({**STATE},)},
    ],
)
def test_a_course_that_fits_is_taken(ticket: dict[str, Any]) -> None:
    assert OPEN.answer(ticket=ticket)["at"] == AT


def test_a_misspelt_name_is_told_with_the_nearest_one() -> None:
    refusal = OPEN.refusal(ticket={"messages": [{"at": AT, "from": "requestr"}], "stats": []})
    assert [(fault.pointer, fault.nearest) for fault in refusal.faults] == [
        ("/ticket/stats", "states"), ("/ticket/messages/0/from", "requester"),
    ]  # fmt: skip


def test_a_rulebook_that_lists_its_states_refuses_others() -> None:
    refusal = LISTED.refusal(ticket={"states": [{**STATE, "state": "pending remindr"}, {**STATE, "state": ""}]})
    assert [(fault.pointer, fault.nearest) for fault in refusal.faults] == [
        ("/ticket/states/0/state", "pending reminder"), ("/ticket/states/1/state", None),
    ]  # fmt: skip
    for known in ("open", "pending reminder", "\u00e7ok", "c\u0327ok"):
        assert LISTED.answer(ticket={"states": [{**STATE, "state": known}]})["at"] == AT
