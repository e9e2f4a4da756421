"""Laws of the SLA clock, on generated courses of tickets."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook_kit import Desk

DAYS = 4
SECONDS = st.integers(0, DAYS * 86_400 - 1)
STATES = ("open", "pending", "stalled", "closed")
PAUSES = ("shift_due", "stop_time", "shift_due_round_the_clock", "keep_due")


def instant(seconds: int) -> str:
    day, rest = divmod(seconds, 86_400)
    return f"2026-11-{23 + day}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def desk(granularity: str = "exact") -> Desk:
    """A desk with a target for each way in which pauses count, in office hours, shown and hidden."""
    by = {"paused_by": ["waits", {"states": ["pending", "stalled"]}]}
    targets: dict[str, Any] = {f"{how}": {**by, "pauses": how, "starts": "ticket.created_at"} for how in PAUSES}
    targets |= {f"{how}-hidden": {**rule, "while_paused": "hidden"} for how, rule in list(targets.items())}
    targets["reply"] = {**by, "starts": "oldest_unanswered"}
    targets["latest"] = {**by, "starts": "latest_unanswered", "pauses": "stop_time"}
    targets["anew"] = {**by, "reopening": "starts_anew"}
    promise = {"calendar": "office", **dict.fromkeys(targets, "6h")}
    return Desk({
        "clock": {"granularity": granularity},
        "calendars": {"office": {"zone": "UTC", "hours": {"mon-sun": "08:00-18:00"}}},
        "sla": {"targets": targets, "rules": [{"rule": "promise", "then": promise}]},
    })  # fmt: skip


EXACT, BY_MINUTES = desk(), desk("minute")

INSTANTS = SECONDS.map(instant)
WAITS = st.lists(
    st.tuples(SECONDS, SECONDS).map(sorted).map(lambda pair: {"from": instant(pair[0]), "until": instant(pair[1])}),
    max_size=4,
)
TAKEN = st.lists(st.fixed_dictionaries({"at": INSTANTS, "state": st.sampled_from(STATES)}), max_size=6)
MESSAGES = st.lists(
    st.fixed_dictionaries({"at": INSTANTS, "from": st.sampled_from(("requester", "agent"))}), max_size=6
)
TICKETS = st.fixed_dictionaries(
    {"created_at": INSTANTS, "waits": WAITS, "states": TAKEN},
    optional={"messages": MESSAGES, "resolved_at": INSTANTS, "status": st.sampled_from(("open", "waiting", "closed"))},
)
LAWS = settings(max_examples=150, deadline=None)


def sla(ticket: dict[str, Any], at: str, desk: Desk = EXACT) -> dict[str, Any]:
    found: dict[str, Any] = desk.decide(at=at, ticket=ticket)["sla"]
    return found


def seconds(text: str) -> int:
    total, number = 0, ""
    for sign in text.removeprefix("PT"):
        if sign.isdigit():
            number += sign
        else:
            total, number = total + int(number) * {"H": 3600, "M": 60, "S": 1}[sign], ""
    return total


@LAWS
@given(TICKETS, INSTANTS, st.sampled_from((EXACT, BY_MINUTES)))
def test_elapsed_and_remaining_make_up_the_promise(ticket: dict[str, Any], at: str, desk: Desk) -> None:
    for part in sla(ticket, at, desk)["targets"].values():
        if part["elapsed"] is None:
            assert part["due"] is part["remaining"] is part["overrun"] is None
        else:
            spent, left, over = (seconds(part[key]) for key in ("elapsed", "remaining", "overrun"))
            assert spent + left - over == seconds(part["within"])
            assert not (left and over)


@LAWS
@given(TICKETS, INSTANTS, WAITS)
def test_more_pause_never_makes_due_earlier(ticket: dict[str, Any], at: str, more: list[dict[str, str]]) -> None:
    before = sla(ticket, at)["targets"]
    after = sla({**ticket, "waits": [*ticket["waits"], *more]}, at)["targets"]
    for name in PAUSES:
        assert before[name]["due"] <= after[name]["due"], name
        assert seconds(before[name]["elapsed"]) >= seconds(after[name]["elapsed"]), name
    assert before["keep_due"] == {**after["keep_due"], "state": before["keep_due"]["state"]}


@LAWS
@given(TICKETS, INSTANTS)
def test_time_that_is_stopped_is_due_no_later_than_time_that_is_shifted(ticket: dict[str, Any], at: str) -> None:
    found = sla(ticket, at)["targets"]
    assert found["keep_due"]["due"] <= found["stop_time"]["due"] <= found["shift_due"]["due"]
    assert found["keep_due"]["due"] <= found["shift_due_round_the_clock"]["due"]


@LAWS
@given(TICKETS, INSTANTS)
def test_hiding_only_hides(ticket: dict[str, Any], at: str) -> None:
    found = sla(ticket, at)["targets"]
    for name in PAUSES:
        shown, hidden = found[name], found[f"{name}-hidden"]
        assert hidden in (shown, {**shown, "due": None, "warn_at": None})
        if hidden != shown:
            assert shown["state"] in ("paused", "breached")


@LAWS
@given(TICKETS, INSTANTS)
def test_a_target_is_late_when_it_went_on_past_its_due_time(ticket: dict[str, Any], at: str) -> None:
    found = sla(ticket, at)
    for name in (*PAUSES, "anew"):
        part = found["targets"][name]
        end = part["met_at"] or at
        assert (part["state"] == "breached") == (end > part["due"]), name


@LAWS
@given(TICKETS, INSTANTS, st.randoms())
def test_the_order_of_a_list_does_not_matter_where_instants_differ(
    ticket: dict[str, Any], at: str, random: Any
) -> None:
    shuffled = {**ticket}
    for key, when in (("waits", "from"), ("states", "at"), ("messages", "at")):
        entries = ticket.get(key)
        if entries and len({entry[when] for entry in entries}) == len(entries):
            shuffled[key] = random.sample(entries, len(entries))
    assert sla(shuffled, at) == sla(ticket, at)


@LAWS
@given(TICKETS, INSTANTS)
def test_what_lies_after_the_instant_changes_nothing(ticket: dict[str, Any], at: str) -> None:
    past = {**ticket}
    for key in ("states", "messages"):
        if key in ticket:
            past[key] = [entry for entry in ticket[key] if entry["at"] <= at]
    past["waits"] = [wait for wait in ticket["waits"] if wait["from"] <= at]
    if ticket.get("resolved_at", at) > at:
        del past["resolved_at"]
    assert json.dumps(sla(past, at)) == json.dumps(sla(ticket, at))


@LAWS
@given(TICKETS, INSTANTS)
def test_next_due_is_one_of_the_due_times_and_none_once_the_clock_has_stopped(ticket: dict[str, Any], at: str) -> None:
    found = sla(ticket, at)
    unmet = [part["due"] for part in found["targets"].values() if part["met_at"] is None and part["due"]]
    assert found["next_due"] == (None if found["clock"] == "stopped" else min(unmet, default=None))


@LAWS
@given(st.fixed_dictionaries({"created_at": INSTANTS, "waits": WAITS, "states": TAKEN, "messages": MESSAGES}), INSTANTS)
def test_every_answer_ends_one_run(ticket: dict[str, Any], at: str) -> None:
    """Written down from the definition: a run begins with a requester's message when none waits for an answer."""
    waiting, answered = False, 0
    for message in sorted(ticket["messages"], key=lambda message: message["at"]):
        if message["at"] <= at:
            answered += message["from"] == "agent" and waiting
            waiting = message["from"] == "requester"
    for name in ("reply", "latest"):
        runs = sla(ticket, at)["targets"][name]["runs"]
        assert runs["met"] + runs["breached"] == answered
        assert (runs["longest"] is None) == (answered == 0)
