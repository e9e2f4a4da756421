"""The SLA stage: due times, warnings, states and the clock, in the words of the contract."""

from typing import Any

import pytest
from rulebook_kit import Desk, codes_of

ALWAYS = "sla: {rules: [{rule: promise, then: {first_response: 1h, resolution: 4h, next_update: 2h}}]}"
OFFICE = """
calendars:
  office: {zone: UTC, hours: {mon-fri: "09:00-17:00"}}
sla: {rules: [{rule: promise, then: {calendar: office, first_response: 1h, resolution: 4h}}]}
"""


def at(time: str, day: str = "2026-11-23") -> str:
    return f"{day}T{time}:00Z"


def sla(written: str, when: str, **ticket: Any) -> dict[str, Any]:
    """The contract's part of the answer; the engine may tell more."""
    found: dict[str, Any] = Desk(written).decide(at=when, ticket=ticket)["sla"]
    targets = {
        name: {key: part[key] for key in ("within", "due", "warn_at", "state")}
        for name, part in found["targets"].items()
    }
    return {key: found[key] for key in ("calendar", "clock", "by")} | {"targets": targets}


def target(name: str, when: str, *, written: str = ALWAYS, **ticket: Any) -> dict[str, Any]:
    found: dict[str, Any] = sla(written, when, **ticket)["targets"][name]
    return found


def test_a_target_falls_due_within_its_time_and_warns_at_three_quarters_of_it() -> None:
    assert target("resolution", at("10:00"), created_at=at("09:00")) == {
        "within": "PT4H", "due": at("13:00"), "warn_at": at("12:00"), "state": "running",
    }  # fmt: skip


def test_due_counts_the_calendars_time() -> None:
    found = target("resolution", at("16:00"), written=OFFICE, created_at=at("15:00"))
    assert (found["due"], found["warn_at"]) == (at("11:00", "2026-11-24"), at("10:00", "2026-11-24"))


@pytest.mark.parametrize(
    ("when", "state"),
    [("11:59", "running"), ("12:00", "warned"), ("12:59", "warned"), ("13:00", "warned"), ("13:01", "breached")],
)
def test_a_target_warns_from_warn_at_on_and_is_breached_after_due(when: str, state: str) -> None:
    assert target("resolution", at(when), created_at=at("09:00"))["state"] == state


@pytest.mark.parametrize(("resolved", "state"), [("12:59", "met"), ("13:00", "met"), ("13:01", "breached")])
def test_a_target_met_at_due_is_met(resolved: str, state: str) -> None:
    found = sla(ALWAYS, at("20:00"), created_at=at("09:00"), resolved_at=at(resolved))
    assert found["targets"]["resolution"]["state"] == state
    assert found["clock"] == "stopped"


def test_first_response_is_met_at_first_response_at() -> None:
    found = sla(ALWAYS, at("10:30"), created_at=at("09:00"), first_response_at=at("09:30"))["targets"]
    assert (found["first_response"]["state"], found["resolution"]["state"]) == ("met", "running")


def test_acknowledge_is_measured_as_first_response_is() -> None:
    found = target("acknowledge", at("10:30"), written="sla: {rules: [{rule: a, then: {acknowledge: 1h}}]}",
                   created_at=at("09:00"), first_response_at=at("10:00"))  # fmt: skip
    assert (found["due"], found["state"]) == (at("10:00"), "met")


def test_next_update_runs_anew_from_the_last_update() -> None:
    assert target("next_update", at("10:00"), created_at=at("09:00"))["due"] == at("11:00")
    assert target("next_update", at("10:45"), created_at=at("09:00"), last_update_at=at("10:30"))["due"] == at("12:30")
    late = target("next_update", at("12:31"), created_at=at("09:00"), last_update_at=at("10:30"))
    assert late["state"] == "breached"


def test_next_update_ends_with_the_tickets_clock() -> None:
    found = target(
        "next_update", at("20:00"), created_at=at("09:00"), last_update_at=at("10:00"), resolved_at=at("11:00")
    )
    assert (found["due"], found["state"]) == (at("12:00"), "met")


def wait(begin: str, until: str | None = None) -> dict[str, str]:
    return {"from": at(begin)} | ({"until": at(until)} if until else {})


@pytest.mark.parametrize(
    ("waits", "due"),
    [
        ([wait("10:00", "10:30")], "13:30"),
        ([{"from": at("10:00"), "until": None}], "15:00"),
        ([wait("10:00")], "15:00"),
        ([wait("10:00", "11:00"), wait("10:30", "11:30")], "14:30"),
        ([wait("10:30", "11:30"), wait("10:00", "11:00")], "14:30"),
        ([wait("10:00", "11:00"), wait("11:00", "11:15")], "14:15"),
        ([wait("10:00", "11:00"), wait("10:15", "10:20")], "14:00"),
        ([wait("08:00", "09:30")], "13:30"),
        ([wait("07:00", "08:00")], "13:00"),
        ([wait("13:00", "14:00")], "13:00"),
        ([wait("11:30", "20:00")], "13:30"),
        ([wait("10:00", "10:00")], "13:00"),
        ([], "13:00"),
        (None, "13:00"),
    ],
    ids=["closed", "until null", "open", "overlapping", "out of order", "touching", "one in the other",
         "began before creation", "over before creation", "in the future", "ends in the future", "empty", "none",
             "null"],
)  # fmt: skip
def test_due_moves_later_by_the_time_spent_in_waits(waits: Any, due: str) -> None:
    found = target("resolution", at("12:00"), created_at=at("09:00"), waits=waits)
    assert found["due"] == at(due)


def test_waits_over_closed_hours_do_not_count() -> None:
    night = [{"from": at("16:30"), "until": at("09:30", "2026-11-24")}]
    found = target("resolution", at("10:00", "2026-11-24"), written=OFFICE, created_at=at("15:00"), waits=night)
    assert found["due"] == at("12:00", "2026-11-24")


def test_a_wait_over_the_weekend_moves_due_by_its_office_hours() -> None:
    friday, monday = "2026-11-20", "2026-11-23"
    waits = [{"from": at("16:00", friday), "until": at("10:00", monday)}]
    found = target("resolution", at("11:00"), written=OFFICE, created_at=at("15:00", friday), waits=waits)
    assert found["due"] == at("13:00", monday)


def test_warn_at_moves_with_the_waits_as_due_does() -> None:
    found = target("resolution", at("12:00"), created_at=at("09:00"), waits=[wait("10:00", "10:30")])
    assert found["warn_at"] == at("12:30")


def test_a_waiting_ticket_is_paused() -> None:
    found = sla(ALWAYS, at("09:30"), created_at=at("09:00"), waits=[wait("09:15")])
    assert found["clock"] == "paused"
    assert {part["state"] for part in found["targets"].values()} == {"paused"}


def test_a_target_met_or_breached_before_the_wait_is_not_paused() -> None:
    found = sla(ALWAYS, at("12:00"), created_at=at("09:00"), first_response_at=at("09:10"), waits=[wait("11:30")])
    assert {name: part["state"] for name, part in found["targets"].items()} == {
        "first_response": "met", "resolution": "paused", "next_update": "breached",
    }  # fmt: skip


def test_status_waiting_without_a_wait_pauses_though_due_stands() -> None:
    found = sla(ALWAYS, at("09:30"), created_at=at("09:00"), status="waiting")
    assert (found["clock"], found["targets"]["resolution"]["state"]) == ("paused", "paused")
    assert found["targets"]["resolution"]["due"] == at("13:00")


@pytest.mark.parametrize(("when", "clock"), [("10:00", "paused"), ("10:29", "paused"), ("10:30", "running")])
def test_a_wait_lasts_from_its_beginning_up_to_its_end(when: str, clock: str) -> None:
    written = "sla: {rules: [{rule: promise, then: {resolution: 4h}}]}"
    assert sla(written, at(when), created_at=at("09:00"), waits=[wait("10:00", "10:30")])["clock"] == clock


def test_paused_by_nothing_runs_through_waits() -> None:
    written = "sla: {targets: {resolution: {paused_by: []}}, rules: [{rule: promise, then: {resolution: 4h}}]}"
    found = sla(written, at("11:00"), created_at=at("09:00"), waits=[wait("10:00")])
    assert (found["clock"], found["targets"]["resolution"]["state"]) == ("paused", "running")
    assert found["targets"]["resolution"]["due"] == at("13:00")


@pytest.mark.parametrize(
    ("warn_after", "warn_at"), [("50%", "11:00"), ("0%", "09:00"), ("100%", "13:00"), ("3h30m", "12:30"), ("PT1H",
        "10:00")]
)  # fmt: skip
def test_warn_after_is_a_share_or_a_duration(warn_after: str, warn_at: str) -> None:
    written = (
        f"sla: {{targets: {{resolution: {{warn_after: {warn_after}}}}}, rules: [{{rule: a, "
        f"then: {{resolution: 4h}}}}]}}"
    )
    assert target("resolution", at("09:00"), written=written, created_at=at("09:00"))["warn_at"] == at(warn_at)


@pytest.mark.parametrize(
    ("when", "ticket", "clock"),
    [
        ("09:30", {}, "running"),
        ("09:45", {}, "warned"),
        ("10:01", {}, "breached"),
        ("10:01", {"first_response_at": at("09:10")}, "running"),
        ("10:01", {"status": "waiting"}, "paused"),
        ("10:01", {"waits": [wait("09:30")]}, "paused"),
        ("10:01", {"resolved_at": at("09:50")}, "stopped"),
        ("10:01", {"status": "resolved"}, "stopped"),
        ("10:01", {"status": "closed"}, "stopped"),
        ("10:01", {"status": "waiting", "resolved_at": at("09:50")}, "stopped"),
    ],
)
def test_the_clock(when: str, ticket: dict[str, Any], clock: str) -> None:
    written = "sla: {rules: [{rule: promise, then: {first_response: 1h, resolution: 24h}}]}"
    assert sla(written, at(when), created_at=at("09:00"), **ticket)["clock"] == clock


def test_the_clock_is_met_when_every_target_is() -> None:
    written = "sla: {rules: [{rule: promise, then: {first_response: 1h}}]}"
    assert sla(written, at("12:00"), created_at=at("09:00"), first_response_at=at("09:10"))["clock"] == "met"
    assert sla(written, at("12:00"), created_at=at("09:00"), first_response_at=at("10:10"))["clock"] == "breached"


def test_status_resolved_without_an_instant_stops_the_targets_now() -> None:
    found = sla(ALWAYS, at("12:00"), created_at=at("09:00"), status="resolved")["targets"]
    assert (found["resolution"]["state"], found["first_response"]["state"]) == ("met", "breached")


def test_what_lies_in_the_future_has_not_happened() -> None:
    found = sla(ALWAYS, at("10:30"), created_at=at("09:00"), first_response_at=at("11:00"), resolved_at=at("12:00"),
                last_update_at=at("11:00"))  # fmt: skip
    assert found["clock"] == "breached"
    assert found["targets"]["first_response"]["state"] == "breached"
    assert found["targets"]["resolution"]["state"] == "running"
    assert found["targets"]["next_update"]["due"] == at("11:00")


def test_what_happens_at_the_decisions_instant_has_happened() -> None:
    assert (
        target("first_response", at("09:30"), created_at=at("09:00"), first_response_at=at("09:30"))["state"] == "met"
    )


@pytest.mark.parametrize(
    ("ticket", "state", "clock"),
    [
        ({}, "running", "running"),
        ({"created_at": None}, "running", "running"),
        ({"status": "waiting"}, "paused", "paused"),
        ({"waits": [wait("09:00")]}, "paused", "paused"),
        ({"status": "closed"}, "met", "stopped"),
        ({"resolved_at": at("09:00")}, "met", "stopped"),
    ],
)
def test_without_created_at_there_is_a_state_but_no_due(ticket: dict[str, Any], state: str, clock: str) -> None:
    found = sla(ALWAYS, at("10:00"), **ticket)
    assert found["clock"] == clock
    assert found["targets"]["resolution"] == {"within": "PT4H", "due": None, "warn_at": None, "state": state}


def test_a_target_starts_and_is_met_where_the_rulebook_says() -> None:
    written = """
    facts: {ticket.fields.assigned_at: instant, ticket.fields.sent_at: instant}
    sla:
      targets:
        shipping: {starts: [ticket.fields.assigned_at, ticket.created_at], met: ticket.fields.sent_at}
      rules: [{rule: promise, then: {shipping: 2h}}]
    """
    assert target("shipping", at("09:10"), written=written, created_at=at("09:00"))["due"] == at("11:00")
    fields = {"assigned_at": at("10:00")}
    assert target("shipping", at("10:10"), written=written, created_at=at("09:00"), fields=fields)["due"] == at("12:00")
    sent = {**fields, "sent_at": at("11:00")}
    found = target("shipping", at("11:10"), written=written, created_at=at("09:00"), fields=sent)
    assert found["state"] == "met"


@pytest.mark.parametrize(("convention", "due"), [("from_creation", "13:00"), ("from_change", "14:30")])
def test_a_priority_change_starts_targets_anew_where_the_rulebook_says_so(convention: str, due: str) -> None:
    written = f"clock: {{on_priority_change: {convention}}}\n{ALWAYS}"
    found = target("resolution", at("12:00"), written=written, created_at=at("09:00"), priority_changed_at=at("10:30"))
    assert found["due"] == at(due)
    later = target("resolution", at("10:00"), written=written, created_at=at("09:00"), priority_changed_at=at("10:30"))
    assert later["due"] == at("13:00")


def test_a_priority_change_moves_no_start_back() -> None:
    written = f"clock: {{on_priority_change: from_change}}\n{ALWAYS}"
    ticket = {"created_at": at("09:00"), "last_update_at": at("11:00"), "priority_changed_at": at("10:00")}
    assert target("next_update", at("12:00"), written=written, **ticket)["due"] == at("13:00")


def test_a_target_of_a_name_of_its_own_needs_an_entry() -> None:
    rules = "rules: [{rule: a, then: {shipping: 1h}}]"
    assert codes_of(f"sla: {{{rules}}}") == ["unknown-output"]
    assert codes_of(f"sla: {{targets: {{shipping: {{met: ticket.resolved_at}}}}, {rules}}}") == []


def test_waits_before_a_target_starts_do_not_count_for_it() -> None:
    found = target("next_update", at("12:00"), created_at=at("09:00"), last_update_at=at("11:00"),
                   waits=[wait("10:00", "11:30")])  # fmt: skip
    assert found["due"] == at("13:30")


def test_an_update_after_the_solution_counts_no_wait_backwards() -> None:
    found = sla(ALWAYS, at("12:00"), created_at=at("08:00"), last_update_at=at("09:30"), resolved_at=at("09:00"),
                waits=[wait("08:00", "09:45")])  # fmt: skip
    assert found["targets"]["next_update"]["due"] == at("11:30")
    assert found["targets"]["next_update"]["state"] == "met"


def test_none_is_no_target_and_a_calendar_left_out_is_always() -> None:
    written = """
    sla:
      table:
        when: [ticket.line]
        then: [first_response, resolution]
        rows: [[1, 1h, none], [any, none, 8h]]
    """
    found = sla(written, at("10:00"), created_at=at("09:00"), line=1)
    assert (found["calendar"], list(found["targets"]), found["by"]) == ("always", ["first_response"], "sla.row-1")
    assert list(sla(written, at("10:00"), created_at=at("09:00"))["targets"]) == ["resolution"]


def test_a_target_of_no_time_is_due_at_once() -> None:
    written = "sla: {rules: [{rule: a, then: {resolution: 0m}}]}"
    assert target("resolution", at("09:00"), written=written, created_at=at("09:00"))["due"] == at("09:00")


def test_without_a_promise_the_clock_still_tells_how_the_ticket_stands() -> None:
    for written in ("priority: {otherwise: {then: {level: P1}}}",
        "sla: {rules: [{rule: a, when: {ticket.line: 3}, then: {resolution: 1h}}]}"):  # fmt: skip
        assert sla(written, at("10:00")) == {"calendar": None, "clock": "running", "by": "sla.none", "targets": {}}
        assert sla(written, at("10:00"), status="waiting")["clock"] == "paused"
        assert sla(written, at("10:00"), status="closed")["clock"] == "stopped"


def test_later_stages_see_the_calendar_the_clock_and_the_states() -> None:
    written = (
        OFFICE
        + """
obligations:
  rules:
    - {rule: late, when: {sla.first_response: breached, sla.clock: breached, sla.calendar: office}, then: {do: hurry}}
    - {rule: calm, when: {sla.resolution: running}, then: {do: breathe}}
"""
    )
    duties = Desk(written).decide(at=at("12:00"), ticket={"created_at": at("09:00")})["obligations"]
    assert [duty["do"] for duty in duties] == ["hurry"]
    duties = Desk(written).decide(at=at("09:10"), ticket={"created_at": at("09:00")})["obligations"]
    assert [duty["do"] for duty in duties] == ["breathe"]


@pytest.mark.parametrize(("lands", "due"), [("period_end", at("17:00")), ("next_opening", at("09:00", "2026-11-24"))])
def test_the_clock_says_where_a_due_time_at_closing_lands(lands: str, due: str) -> None:
    written = f"clock: {{due_lands_on: {lands}}}\n{OFFICE}"
    assert target("resolution", at("14:00"), written=written, created_at=at("13:00"))["due"] == due


@pytest.mark.parametrize(("zero", "due"), [("at_once", at("20:00")), ("next_opening", at("09:00", "2026-11-24"))])
def test_the_clock_says_when_no_time_out_of_hours_is_due(zero: str, due: str) -> None:
    written = f"clock: {{zero_target: {zero}}}\n{OFFICE.replace('resolution: 4h', 'resolution: 0m')}"
    assert target("resolution", at("21:00"), written=written, created_at=at("20:00"))["due"] == due
