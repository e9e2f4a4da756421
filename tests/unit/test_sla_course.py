"""From where targets run and what meets them: messages, states, closing and reopening; every setting in every value."""

from itertools import permutations
from typing import Any

import pytest
from sla_kit import answers, asks, at, book, sla, states, told

# --- where a target starts, and what meets it

TALK = [asks("10:00"), asks("10:10"), answers("10:30"), asks("11:00"), asks("11:20")]


@pytest.mark.parametrize(
    ("starts", "started"),
    [
        ("oldest_unanswered", "11:00"),
        ("latest_unanswered", "11:20"),
        ("first_requester_message", "10:00"),
        ("last_requester_message", "11:20"),
        ("last_agent_reply", "10:30"),
        ("ticket.created_at", "09:00"),
        (["oldest_unanswered", "ticket.created_at"], "11:00"),
        (["ticket.last_update_at", "latest_unanswered"], "11:20"),
        ({"states": ["open", "working"]}, "10:05"),
    ],
)
def test_a_target_starts_where_the_rulebook_says(starts: Any, started: str) -> None:
    course = states(("09:00", "new"), ("09:30", "open"), ("10:00", "new"), ("10:05", "working"), ("10:15", "open"))
    for messages in permutations(TALK):
        keys = ("started_at", "due", "met_at")
        met = {} if starts != "first_requester_message" else {"met": []}
        found = told(book({"starts": starts, **met}), at("11:30"), *keys, messages=list(messages), states=course)
        due = f"{int(started[:2]) + 2:02}{started[2:]}"
        expected = (at(started), at(due), at("11:00") if starts == "last_agent_reply" else None)
        assert found == expected


def test_the_oldest_unanswered_message_waits_until_an_agent_answers_then_runs_anew() -> None:
    written = book({"starts": "oldest_unanswered"}, "1h")
    keys = ("started_at", "met_at", "state", "elapsed")
    assert told(written, at("10:05"), *keys, messages=TALK) == (at("10:00"), None, "running", "PT5M")
    assert told(written, at("10:45"), *keys, messages=TALK) == (at("10:00"), at("10:30"), "met", "PT30M")
    assert told(written, at("12:01"), *keys, messages=TALK) == (at("11:00"), None, "breached", "PT1H1M")


def test_an_answered_exchange_owes_nothing_and_nobody_having_written_owes_nothing_either() -> None:
    written = book({"starts": "oldest_unanswered"})
    keys = ("due", "state", "started_at", "elapsed")
    assert told(written, at("12:00"), *keys, messages=[answers("10:00")]) == (None, "met", None, None)
    assert told(written, at("12:00"), *keys, messages=[]) == (None, "met", None, None)
    assert told(written, at("12:00"), *keys) == (None, "running", None, None), "the request does not tell of messages"
    assert sla(written, at("12:00"), messages=[answers("10:00")])["clock"] == "met"


@pytest.mark.parametrize(("first", "second", "state"), [(asks, answers, "met"), (answers, asks, "running")])
def test_of_equal_instants_the_first_given_comes_first(first: Any, second: Any, state: str) -> None:
    assert told(
        book({"starts": "oldest_unanswered"}), at("10:10"), "state", messages=[first("10:00"), second("10:00")]
    ) == (state,)


def test_runs_tell_of_the_exchanges_that_are_over() -> None:
    messages = [asks("09:00"), answers("09:20"), asks("10:00"), answers("12:30"), asks("13:00")]
    part = sla(book({"starts": "oldest_unanswered"}), at("13:10"), messages=messages)["targets"]["t"]
    assert part["runs"] == {"met": 1, "breached": 1, "longest": "PT2H30M"}
    assert (part["elapsed"], part["state"]) == ("PT10M", "running")
    assert "runs" not in sla(book({"starts": "ticket.created_at"}), at("13:10"))["targets"]["t"]
    fresh = sla(book({"starts": "oldest_unanswered"}), at("13:10"))["targets"]["t"]
    assert fresh["runs"] == {"met": 0, "breached": 0, "longest": None}


def test_a_periodic_target_runs_anew_from_each_reply_until_the_requester_writes() -> None:
    written = book({"starts": "last_agent_reply"}, "4h")
    talk = [answers("10:10"), answers("10:20"), asks("10:30"), asks("10:40")]
    assert told(written, at("10:05"), "due", "state", messages=talk) == (None, "met")
    assert told(written, at("10:15"), "due", "state", messages=talk) == (at("14:10"), "running")
    assert told(written, at("10:25"), "due", "state", messages=talk) == (at("14:20"), "running")
    assert told(written, at("10:45"), "due", "state", "met_at", messages=talk) == (at("14:20"), "met", at("10:30"))
    assert sla(written, at("10:45"), messages=talk)["next_due"] is None


@pytest.mark.parametrize(
    ("met", "met_at"),
    [
        ("ticket.first_response_at", "10:40"),
        ("agent_reply", "10:30"),
        ("requester_message", "10:00"),
        ({"states": ["solved", "closed"]}, "10:50"),
        (["ticket.first_response_at", "agent_reply"], "10:30"),
        ([{"states": ["solved"]}, "ticket.first_response_at"], "10:40"),
        ([], None),
    ],
)
def test_a_target_is_met_by_whatever_happens_first(met: Any, met_at: str | None) -> None:
    course = states(("09:00", "open"), ("10:50", "solved"), ("11:00", "closed"))
    written = book({"starts": "ticket.created_at", "met": met}, sla={"closed_states": ["gone"]})
    found = told(written, at("11:10"), "met_at", messages=TALK, states=course, first_response_at=at("10:40"))
    assert found == (None if met_at is None else at(met_at),)


def test_a_reply_from_before_the_start_meets_nothing() -> None:
    written = book({"starts": "ticket.last_update_at", "met": "agent_reply"})
    assert told(written, at("12:00"), "met_at", messages=TALK, last_update_at=at("10:31")) == (None,)
    assert told(written, at("12:00"), "met_at", messages=TALK, last_update_at=at("10:30")) == (at("10:30"),)


@pytest.mark.parametrize(
    ("channels", "met_at"),
    [({}, "10:00"), ({"agent": ["email"]}, "10:20"), ({"agent": ["phone"]}, "10:10"), ({"agent": ["fax"]}, None)],
)
def test_only_messages_by_the_channels_that_count_are_replies(channels: dict[str, Any], met_at: str | None) -> None:
    messages = [asks("09:30", "web"), answers("10:00"), answers("10:10", "phone"), answers("10:20", "email")]
    written = book({"starts": "oldest_unanswered"}, sla={"counted_channels": channels} if channels else {})
    assert told(written, at("11:00"), "met_at", messages=messages) == (at(met_at) if met_at else None,)


def test_only_the_requesters_messages_by_the_channels_that_count_wait_for_an_answer() -> None:
    messages = [asks("09:30", "auto"), asks("09:40", "email")]
    written = book({"starts": "oldest_unanswered"}, sla={"counted_channels": {"requester": ["email"]}})
    assert told(written, at("11:00"), "started_at", messages=messages) == (at("09:40"),)


# --- closing and reopening

REOPENED = states(("09:00", "open"), ("09:30", "closed"), ("10:00", "open"))


def test_a_closed_state_stops_the_clock_and_resolves() -> None:
    written = book({"met": "ticket.resolved_at"})
    closed = states(("09:00", "open"), ("09:30", "resolved"), ("09:40", "closed"))
    found = sla(written, at("12:00"), states=closed)
    assert found["clock"] == "stopped"
    part = found["targets"]["t"]
    assert (part["met_at"], part["state"], part["elapsed"]) == (at("09:30"), "met", "PT30M")
    other = book({"met": "ticket.resolved_at"}, sla={"closed_states": ["done"]})
    assert sla(other, at("10:15"), states=closed)["clock"] == "running"


@pytest.mark.parametrize(
    ("reopening", "started", "due", "met"),
    [
        ("continues", "09:00", "11:00", None),
        ("starts_anew", "10:00", "12:00", None),
        ("stays_met", "09:00", "11:00", "09:30"),
    ],
)
@pytest.mark.parametrize("ticket", [{}, {"resolved_at": at("09:30")}], ids=["by states", "and resolved_at"])
def test_what_a_reopening_does(reopening: str, started: str, due: str, met: str | None, ticket: dict[str, Any]) -> None:
    written = book({"reopening": reopening})
    found = told(written, at("10:15"), "started_at", "due", "met_at", states=REOPENED, **ticket)
    assert found == (at(started), at(due), at(met) if met else None)
    assert sla(written, at("10:15"), states=REOPENED, **ticket)["clock"] == ("met" if met else "running")


def test_closed_time_is_a_pause_where_the_rulebook_says_so() -> None:
    written = book({"paused_by": [{"states": ["closed"]}]})
    assert told(written, at("10:30"), "due", "elapsed", states=REOPENED) == (at("11:30"), "PT1H")
    again = [*REOPENED, *states(("10:30", "closed"))]
    assert told(written, at("20:00"), "due", "elapsed", "met_at", states=again) == (at("11:30"), "PT1H", at("10:30"))


@pytest.mark.parametrize(
    ("reopening", "met_at"), [("continues", "09:15"), ("starts_anew", None), ("stays_met", "09:15")]
)
def test_a_first_response_is_owed_again_only_where_the_target_starts_anew(reopening: str, met_at: str | None) -> None:
    written = book({"met": "ticket.first_response_at", "reopening": reopening})
    found = told(written, at("10:30"), "met_at", states=REOPENED, first_response_at=at("09:15"))
    assert found == (at(met_at) if met_at else None,)
    states_too = book({"met": {"states": ["answered", "closed"]}, "reopening": reopening})
    assert told(states_too, at("10:30"), "met_at", states=REOPENED) == (
        at("09:30") if reopening == "stays_met" else None,
    )
    replied = states(("09:00", "open"), ("09:10", "answered"), ("09:30", "closed"), ("10:00", "open"))
    assert told(states_too, at("10:30"), "met_at", states=replied) == (
        at("09:10") if reopening != "starts_anew" else None,
    )


def test_a_second_closing_meets_it_again() -> None:
    again = [*REOPENED, *states(("10:40", "closed"))]
    assert told(book({}), at("11:00"), "met_at", "elapsed", states=again) == (at("10:40"), "PT1H40M")
    assert told(book({"reopening": "starts_anew"}), at("11:00"), "met_at", "elapsed", states=again) == (
        at("10:40"),
        "PT40M",
    )
    assert told(book({"reopening": "stays_met"}), at("11:00"), "met_at", states=again) == (at("09:30"),)
