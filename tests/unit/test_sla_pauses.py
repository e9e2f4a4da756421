"""What pauses targets, what pauses do to due times, and what is told of time; every setting in every value."""

from itertools import permutations
from typing import Any

import pytest
from rulebook_kit import Desk
from sla_kit import OFFICE, answers, asks, at, book, sla, states, told

# --- pauses

PENDING = {"paused_by": [{"states": ["pending"]}]}
COURSE = states(("09:00", "open"), ("09:30", "pending"), ("10:00", "open"))


@pytest.mark.parametrize(
    ("paused_by", "due"),
    [
        ([], "11:00"),
        (["waits"], "11:20"),
        ([{"states": ["pending"]}], "11:30"),
        (["waits", {"states": ["pending"]}], "11:40"),
        ([{"states": ["pending", "open"]}], "12:15"),
        ([{"states": ["absent"]}], "11:00"),
    ],
)
def test_each_target_names_what_pauses_it(paused_by: Any, due: str) -> None:
    waits = [{"from": at("09:50"), "until": at("10:10")}]
    for course in permutations(COURSE):
        found = told(book({"paused_by": paused_by}), at("10:15"), "due", waits=waits, states=list(course))
        assert found == (at(due),)


def test_a_target_may_be_paused_by_replies_that_the_requester_has_not_answered() -> None:
    written = book({"starts": "ticket.created_at", "paused_by": ["unanswered_replies"]})
    talk = [answers("09:30"), answers("09:40"), asks("10:00"), asks("10:10"), answers("10:15")]
    for messages in permutations(talk):
        assert told(written, at("10:10"), "due", "state", messages=list(messages)) == (at("11:30"), "running")
        found = told(written, at("10:20"), "due", "state", "elapsed", messages=list(messages))
        assert found == (at("11:35"), "paused", "PT45M")
    by_mail = book({"paused_by": ["unanswered_replies"]}, sla={"counted_channels": {"agent": ["email"]}})
    assert told(by_mail, at("10:20"), "due", messages=talk) == (at("11:00"),)


PAUSES = {
    # setting: due while open at 10:15 after a pause of half an hour, and after a pause that began when it was due
    "shift_due": ("11:30", "12:00"),
    "stop_time": ("11:30", "11:30"),
    "shift_due_round_the_clock": ("11:30", "12:00"),
    "keep_due": ("11:00", "11:00"),
}


@pytest.mark.parametrize("pauses", PAUSES)
def test_what_pauses_do_to_the_due_time(pauses: str) -> None:
    written = book({**PENDING, "pauses": pauses})
    late = [*COURSE, *states(("12:00", "pending"), ("12:30", "open"))]
    assert told(written, at("10:15"), "due", states=late) == (at(PAUSES[pauses][0]),)
    assert told(written, at("13:00"), "due", states=late) == (at(PAUSES[pauses][1]),)


@pytest.mark.parametrize(
    ("pauses", "due", "elapsed"),
    [
        ("shift_due", at("11:00", "2026-11-24"), "PT1H30M"),
        ("stop_time", at("11:00", "2026-11-24"), "PT1H30M"),
        ("shift_due_round_the_clock", at("11:00", "2026-11-24"), "PT1H30M"),
        ("keep_due", at("17:00"), "PT3H30M"),
    ],
)
def test_a_pause_over_closed_hours(pauses: str, due: str, elapsed: str) -> None:
    """Paused from 16:00 to 10:00 the next day: two office hours, eighteen by the clock."""
    course = [*states(("15:00", "open"), ("16:00", "pending")), {"at": at("10:00", "2026-11-24"), "state": "open"}]
    written = book({**PENDING, "pauses": pauses}, "2h", calendars=OFFICE, calendar="office")
    found = told(written, at("10:30", "2026-11-24"), "due", "elapsed", created_at=at("15:00"), states=course)
    assert found == (due, elapsed)


def test_round_the_clock_counts_hours_that_the_calendar_does_not() -> None:
    course = [*states(("15:00", "open"), ("16:30", "pending")), {"at": at("08:30", "2026-11-24"), "state": "open"}]
    for pauses, due in (
        ("shift_due", at("09:30", "2026-11-24")),
        ("shift_due_round_the_clock", at("09:00", "2026-11-24")),
    ):
        written = book({**PENDING, "pauses": pauses}, "2h", calendars=OFFICE, calendar="office")
        found = told(written, at("09:00", "2026-11-24"), "due", "elapsed", created_at=at("15:00"), states=course)
        assert found == (due, "PT1H30M")


@pytest.mark.parametrize(
    ("while_paused", "due", "late_due"),
    [
        ("shown", "11:15", "11:45"),
        ("hidden", None, None),
        ("hidden_unless_breached", None, "11:45"),
        ("stands", "11:00", "11:00"),
    ],
)
def test_what_is_told_of_the_due_time_while_paused(while_paused: str, due: str | None, late_due: str | None) -> None:
    written = book({**PENDING, "while_paused": while_paused})
    paused = states(("09:00", "open"), ("09:30", "pending"))
    found = told(written, at("09:45"), "due", "state", "elapsed", states=paused)
    assert found == (at(due) if due else None, "paused", "PT30M")
    late = states(("09:00", "open"), ("11:30", "pending"))
    assert told(written, at("12:15"), "due", "state", states=late) == (at(late_due) if late_due else None, "breached")
    assert told(written, at("12:15"), "due", states=COURSE) == (at("11:30"),), (
        "nothing is hidden once the pause is over"
    )


@pytest.mark.parametrize("while_paused", ["hidden", "hidden_unless_breached", "stands"])
def test_what_is_hidden_by_waits_is_no_next_due_and_warns_nobody(while_paused: str) -> None:
    written = book({"while_paused": while_paused})
    found = sla(written, at("09:45"), waits=[{"from": at("09:30")}])
    part = found["targets"]["t"]
    expected = (at("11:00"), at("10:30")) if while_paused == "stands" else (None, None)
    assert (part["due"], part["warn_at"]) == expected
    assert (found["next_due"], found["clock"]) == (expected[0], "paused")


def test_the_clock_is_paused_when_every_open_target_is() -> None:
    written = {
        "sla": {
            "targets": {"a": {**PENDING}, "b": {"paused_by": []}, "c": {**PENDING, "met": "ticket.first_response_at"}},
            "rules": [
                {"rule": "both", "when": {"ticket.line": 1}, "then": {"a": "2h", "b": "2h"}},
                {"rule": "paused", "then": {"a": "2h", "c": "2h"}},
            ],
        }
    }
    course = states(("09:00", "open"), ("09:30", "pending"))
    assert sla(written, at("09:45"), states=course)["clock"] == "paused"
    assert sla(written, at("09:45"), states=course, line=1)["clock"] == "running"
    assert sla(written, at("09:45"), states=course, first_response_at=at("09:10"))["clock"] == "paused"


# --- the clock's conventions


@pytest.mark.parametrize(
    ("granularity", "due", "elapsed"), [("exact", "11:24:20", "PT19M45S"), ("minute", "11:24:00", "PT20M")]
)
def test_granularity(granularity: str, due: str, elapsed: str) -> None:
    written = book(PENDING, clock={"granularity": granularity})
    course = states(("09:10:05", "pending"), ("09:24:25", "open"), ("09:00", "open"))
    assert told(written, at("09:44:05"), "due", "elapsed", states=course, created_at=at("09:10")) == (at(due), elapsed)


def test_what_happens_later_within_the_minute_has_not_happened() -> None:
    written = book({"met": "ticket.first_response_at"}, clock={"granularity": "minute"})
    assert told(written, at("09:10:10"), "met_at", first_response_at=at("09:10:30")) == (None,)
    assert told(written, at("09:10:40"), "met_at", first_response_at=at("09:10:30")) == (at("09:10"),)


def test_a_target_is_breached_by_full_minutes_only() -> None:
    written = book({"met": "ticket.first_response_at"}, clock={"granularity": "minute"})
    assert told(written, at("11:00:59"), "state") == ("warned",)
    assert told(written, at("11:01"), "state") == ("breached",)
    assert told(written, at("12:00"), "state", first_response_at=at("11:00:59")) == ("met",)


@pytest.mark.parametrize(("zero", "targets"), [("at_once", ["t"]), ("next_opening", ["t"]), ("none", [])])
def test_zero_is_no_target_where_the_clock_says_so(zero: str, targets: list[str]) -> None:
    found = sla(book({}, "0m", clock={"zero_target": zero}), at("10:00"))
    assert list(found["targets"]) == targets
    assert (found["next_due"] is None) == (zero == "none")


def test_a_change_of_priority_after_a_target_was_met_leaves_it_alone() -> None:
    written = book({"met": "ticket.first_response_at"}, clock={"on_priority_change": "from_change"})
    changed = {"priority_changed_at": at("10:00")}
    assert told(written, at("12:00"), "due", first_response_at=at("09:30"), **changed) == (at("11:00"),)
    assert told(written, at("12:00"), "due", first_response_at=at("10:30"), **changed) == (at("12:00"),)


def test_a_change_of_priority_starts_the_wait_for_an_answer_anew() -> None:
    written = book({"starts": "oldest_unanswered"}, clock={"on_priority_change": "from_change"})
    changed = {"priority_changed_at": at("10:00")}
    assert told(written, at("10:30"), "due", messages=[asks("09:30")], **changed) == (at("12:00"),)
    assert told(written, at("10:30"), "due", messages=[asks("09:30"), answers("09:40")], **changed) == (at("11:30"),)


# --- what the answer tells of time


def test_started_at_is_the_first_open_moment() -> None:
    written = book({}, calendars=OFFICE, calendar="office")
    saturday = "2026-11-21"
    assert told(written, at("10:00"), "started_at", "elapsed", created_at=at("12:00", saturday)) == (
        at("09:00"),
        "PT1H",
    )
    before = told(
        written, at("13:00", saturday), "started_at", "elapsed", "remaining", created_at=at("12:00", saturday)
    )
    assert before == (at("09:00"), "PT0S", "PT2H")


@pytest.mark.parametrize(
    ("when", "spent"),
    [
        ("09:00", ("PT0S", "PT2H", "PT0S")),
        ("10:30", ("PT1H30M", "PT30M", "PT0S")),
        ("11:00", ("PT2H", "PT0S", "PT0S")),
        ("11:30", ("PT2H30M", "PT0S", "PT30M")),
    ],
)
def test_elapsed_remaining_and_overrun(when: str, spent: tuple[str, str, str]) -> None:
    assert told(book({}), at(when), "elapsed", "remaining", "overrun") == spent
    resolved = told(book({}), at("20:00"), "elapsed", "remaining", "overrun", resolved_at=at(when))
    assert resolved == spent


def test_next_due_is_the_earliest_of_the_open_targets() -> None:
    rules = [{"rule": "promise", "then": {"first_response": "1h", "resolution": "4h", "next_update": "2h"}}]
    written = {"sla": {"rules": rules}}
    assert sla(written, at("09:30"))["next_due"] == at("10:00")
    assert sla(written, at("10:30"))["next_due"] == at("10:00"), "also when it is past"
    assert sla(written, at("10:30"), first_response_at=at("09:10"))["next_due"] == at("11:00")
    assert sla(written, at("10:30"), resolved_at=at("10:00"))["next_due"] is None
    assert sla(written, at("10:30"), created_at=None)["next_due"] is None


# --- derived facts


def duty(derive: dict[str, Any], when: str, **ticket: Any) -> Any:
    written = {
        "facts": {"ticket.fields.since": "instant", "ticket.fields.upto": "instant"},
        "derive": derive,
        "obligations": {"rules": [{"rule": "tell", "then": {"do": "tell", "with": {"it": "{it}"}}}]},
    }
    return Desk(written).decide(at=when, ticket=ticket)["obligations"][0]["with"]["it"]


@pytest.mark.parametrize(
    ("pauses", "elapsed"),
    [
        ({}, "PT2H"),
        ({"less_waits": True}, "PT1H40M"),
        ({"paused_by": ["waits"]}, "PT1H40M"),
        ({"paused_by": [{"states": ["pending"]}]}, "PT1H30M"),
        ({"paused_by": ["waits", {"states": ["pending"]}]}, "PT1H20M"),
        ({"paused_by": ["unanswered_replies"]}, "PT1H15M"),
    ],
)
def test_elapsed_leaves_out_what_pauses_it(pauses: dict[str, Any], elapsed: str) -> None:
    waits = [{"from": at("09:50"), "until": at("10:10")}]
    derive = {"it": {"elapsed": "ticket.created_at", **pauses}}
    talk = [answers("10:00"), asks("10:15"), answers("10:30")]
    ticket = {"created_at": at("09:00"), "waits": waits, "states": COURSE, "messages": talk}
    assert duty(derive, at("11:00"), **ticket) == elapsed


@pytest.mark.parametrize(("kind", "instant"), [("earliest", "09:00"), ("latest", "10:00")])
def test_the_earliest_and_the_latest_of_instants(kind: str, instant: str) -> None:
    derive = {"it": {kind: ["ticket.created_at", "ticket.fields.since", "ticket.fields.upto"]}}
    ticket = {"created_at": at("09:00"), "fields": {"upto": at("10:00")}}
    assert duty(derive, at("11:00"), **ticket) == at(instant)
    assert duty(derive, at("11:00")) is None
