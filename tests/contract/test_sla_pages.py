"""The pages on SLA clocks: every rulebook that they show reads clean, and behaves as the page says."""

import re
from pathlib import Path
from typing import Any

import pytest
from rulebook_kit import Desk, codes_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
CLOCKS = (DOCS / "explanation" / "sla-clocks.md").read_text(encoding="utf-8")
LANGUAGE = (DOCS / "reference" / "rulebook-language.md").read_text(encoding="utf-8")
SHOWN = [
    text
    for page in (CLOCKS, LANGUAGE)
    for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    if "targets:" in text
]
PENDING = [("09:00", "open"), ("09:30", "pending"), ("10:00", "open"), ("12:00", "pending"), ("12:30", "open")]


@pytest.mark.parametrize("text", SHOWN)
def test_every_clock_that_a_page_shows_reads_clean(text: str) -> None:
    assert codes_of(f"rulebook: desk\nversion: 1.0.0\n{text}  otherwise: {{then: {{resolution: 4h}}}}\n") == []


def test_the_pages_show_clocks() -> None:
    assert len(SHOWN) == 7


def test_the_table_of_pauses_is_true() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d\d:\d\d) \| (\d\d:\d\d)", CLOCKS, re.MULTILINE)
    assert len(rows) == 4
    for pauses, early, late in rows:
        rule: dict[str, Any] = {"paused_by": [{"states": ["pending"]}], "pauses": pauses}
        desk = Desk({"sla": {"targets": {"resolution": rule}, "rules": [{"rule": "a", "then": {"resolution": "2h"}}]}})
        ticket = {"created_at": at("09:00"), "states": [{"at": at(time), "state": state} for time, state in PENDING]}
        for when, due in (("10:15", early), ("13:00", late)):
            assert desk.decide(at=at(when), ticket=ticket)["sla"]["targets"]["resolution"]["due"] == at(due), pauses


def desk_of(name: str, **promise: str) -> Desk:
    """The clock that the page shows for a help desk, promising on office hours."""
    section = re.split(r"^## ", CLOCKS, flags=re.MULTILINE)
    shown = next(part for part in section if part.startswith(name))
    found = re.search(r"```yaml\n(.*?)```", shown, re.DOTALL)
    assert found
    calendars = "calendars: {office: {zone: UTC, hours: {mon-fri: '08:00-18:00'}}}\n"
    then = ", ".join(f"{target}: {within}" for target, within in {"calendar": "office", **promise}.items())
    return Desk(f"rulebook: desk\nversion: 1.0.0\n{calendars}{found[1]}  otherwise: {{then: {{{then}}}}}\n")


def due(desk: Desk, target: str, when: str, **ticket: Any) -> str | None:
    found: str | None = desk.decide(at=when, ticket=ticket)["sla"]["targets"][target]["due"]
    return found


def taken(*states: tuple[str, str]) -> list[dict[str, str]]:
    return [{"at": when, "state": state} for when, state in states]


def test_znuny_shows_the_due_time_moving_on_while_it_is_suspended() -> None:
    desk = desk_of("Znuny", resolution="2h", update="4h")
    states = taken((at("08:00"), "new"), (at("09:00"), "pending reminder"), (at("10:05"), "open"))
    expected = {
        "09:00": "10:00",
        "09:30": "10:30",
        "10:00": "11:00",
        "10:05": "11:05",
        "11:00": "11:05",
        "12:00": "11:05",
    }
    assert {w: due(desk, "resolution", at(w), created_at=at("08:00"), states=states) for w in expected} == {
        when: at(time) for when, time in expected.items()
    }


def test_znuny_runs_its_update_time_from_the_customers_first_message_or_else_from_the_last_reply() -> None:
    desk = desk_of("Znuny", update="2h")
    talk = [
        ("08:00", "requester"),
        ("08:10", "requester"),
        ("08:30", "agent"),
        ("08:40", "agent"),
        ("09:00", "requester"),
    ]
    messages = [{"at": at(time), "from": sender, "channel": "email"} for time, sender in talk]
    for when, time in (("08:20", "10:00"), ("08:35", "10:30"), ("08:50", "10:40"), ("09:10", "11:00")):
        assert due(desk, "update", at(when), created_at=at("08:00"), messages=messages) == at(time), when
    pending = taken((at("09:05"), "pending reminder"))
    assert due(desk, "update", at("09:10"), created_at=at("08:00"), messages=messages, states=pending) is None


def test_glpi_moves_the_due_time_when_the_wait_is_over() -> None:
    desk = desk_of("GLPI", time_to_resolve="4h", internal_time_to_resolve="1h", time_to_own="1h")
    states = taken(
        (at("09:00"), "processing"), (at("10:00"), "waiting"), (at("11:00"), "processing"), (at("12:00"), "solved")
    )
    reopened = [*states, *taken((at("13:00"), "processing"))]
    ticket = {"created_at": at("09:00"), "states": reopened, "fields": {"group_charged_at": at("09:30")}}
    for when, time in (("09:30", "13:00"), ("10:59", "13:00"), ("11:00", "14:00"), ("13:30", "15:00")):
        assert due(desk, "time_to_resolve", at(when), **ticket) == at(time), when
    assert due(desk, "internal_time_to_resolve", at("09:40"), **ticket) == at("10:30")
    assert due(desk, "time_to_own", at("09:40"), **ticket) == at("10:00")


def test_erpnext_adds_the_seconds_on_hold_closed_hours_included() -> None:
    desk = desk_of("ERPNext", resolution="4h", first_response="1h")
    morning = "2026-11-24T08:00:00Z"
    states = taken((at("15:00"), "Open"), (at("16:00"), "Replied"), (morning, "Open"))
    ticket = {"created_at": at("15:00"), "states": states}
    assert due(desk, "resolution", at("15:30"), **ticket) == "2026-11-24T09:00:00Z"
    assert due(desk, "resolution", at("16:30"), **ticket) is None
    assert due(desk, "resolution", morning, **ticket) == "2026-11-25T01:00:00Z"
    part = desk.decide(at=morning, ticket=ticket)["sla"]["targets"]["first_response"]
    assert (part["met_at"], part["state"], part["elapsed"]) == (at("16:00"), "met", "PT1H")
    reset = {**ticket, "fields": {"agreement_reset_at": at("15:30")}}
    assert due(desk, "first_response", at("15:40"), **reset) == at("16:30")


def at(time: str) -> str:
    return f"2026-11-23T{time}:00Z"
