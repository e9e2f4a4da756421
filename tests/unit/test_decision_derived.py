"""Derived facts: what each kind gives, and when it is absent."""

from typing import Any

import pytest
from rulebook_kit import AT, Desk

HEAD = """
calendars:
  office: {{zone: Europe/Moscow, hours: {{mon-fri: "09:00-18:00"}}}}
clock: {{backwards: {backwards}}}
facts:
  ticket.channel: [mail, phone, chat]
  ticket.fields.vip: truth
  ticket.fields.beta: truth
  ticket.fields.count: count
  ticket.fields.ratio: decimal
  ticket.fields.pause: duration
  ticket.fields.gap: duration
  ticket.fields.call_at: instant
  ticket.fields.contact: text
  ticket.fields.marks: {{set: [red, green]}}
derive:
  it: {derive}
obligations: {{rules: [{{rule: show, then: {{do: show, with: {{it: "{{it}}"}}}}}}]}}
"""


def worth(derive: str, ticket: dict[str, Any] | None = None, *, at: str = AT, backwards: str = "negative") -> Any:
    """What a derived fact gives for a ticket."""
    desk = Desk(HEAD.format(derive=derive, backwards=backwards))
    return desk.decide(at=at, ticket=ticket or {})["obligations"][0]["with"]["it"]


@pytest.mark.parametrize(
    ("derive", "fields", "value"),
    [
        ("{any: [ticket.fields.vip, ticket.fields.beta]}", {"vip": True}, True),
        ("{any: [ticket.fields.vip, ticket.fields.beta]}", {"vip": False}, None),
        ("{any: [ticket.fields.vip, ticket.fields.beta]}", {"vip": False, "beta": False}, False),
        ("{all: [ticket.fields.vip, ticket.fields.beta]}", {"vip": True}, None),
        ("{all: [ticket.fields.vip, ticket.fields.beta]}", {"vip": False}, False),
        ("{all: [ticket.fields.vip, ticket.fields.beta]}", {"vip": True, "beta": True}, True),
        ("{same: [ticket.owner, ticket.fields.contact]}", {"contact": "ana"}, True),
        ("{same: [ticket.owner, ticket.fields.contact]}", {"contact": "bo"}, False),
        ("{same: [ticket.owner, ticket.fields.contact]}", {}, None),
        ("{missing: [ticket.owner, ticket.fields.contact, ticket.group]}", {"contact": " \t"}, ["contact", "group"]),
        ("{present: [ticket.owner, ticket.fields.contact, ticket.fields.vip]}", {"vip": False}, ["owner", "vip"]),
        ("{size: ticket.fields.marks}", {"marks": ["red", "green", "red"]}, 2),
        ("{size: ticket.fields.marks}", {"marks": []}, 0),
        ("{size: ticket.fields.marks}", {}, None),
        ("{sum: [ticket.fields.count, ticket.fields.ratio]}", {"count": 2, "ratio": 0.5}, 2.5),
        ("{sum: [ticket.fields.count, ticket.fields.ratio]}", {"count": 2}, None),
        ("{sum: [ticket.fields.pause, ticket.fields.gap]}", {"pause": "30m", "gap": "1h"}, "PT1H30M"),
    ],
)
def test_truths_sets_and_numbers(derive: str, fields: dict[str, Any], value: Any) -> None:
    assert worth(derive, {"owner": "ana", "fields": fields}) == value


@pytest.mark.parametrize(("channel", "value"), [("mail", "written"), ("phone", "other"), (None, None)])
def test_look_up_gives_the_result_beside_the_value(channel: str | None, value: str | None) -> None:
    derive = "{look_up: ticket.channel, in: {mail: written, chat: written}, otherwise: other}"
    assert worth(derive, {"channel": channel}) == value
    if channel == "phone":
        assert worth(derive.replace(", otherwise: other", ""), {"channel": channel}) is None


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23T09:00:00+03:00", True),
        ("2026-11-23T08:59:59+03:00", False),
        ("2026-11-23T17:59:59+03:00", True),
        ("2026-11-23T18:00:00+03:00", False),
        ("2026-11-22T12:00:00+03:00", False),
    ],
)
def test_open_from_an_opening_up_to_its_closing(at: str, is_open: bool) -> None:
    assert worth("{open: office}", at=at) is is_open
    assert worth("{open: office, at: ticket.created_at}", {"created_at": at}) is is_open
    assert worth("{open: office, at: ticket.created_at}") is None
    assert worth("{open: always}", at=at) is True


def test_elapsed_counts_the_calendars_time() -> None:
    ticket = {"created_at": "2026-11-20T17:00:00+03:00", "resolved_at": "2026-11-23T09:30:00+03:00"}
    assert worth("{elapsed: ticket.created_at}", ticket, at="2026-11-21T17:00:00+03:00") == "PT24H"
    assert worth("{elapsed: ticket.created_at, calendar: office}", ticket, at="2026-11-23T10:00:00+03:00") == "PT2H"
    assert worth("{elapsed: ticket.created_at, until: ticket.resolved_at, calendar: office}", ticket) == "PT1H30M"
    assert worth("{elapsed: ticket.created_at, until: ticket.last_update_at}", ticket) is None


@pytest.mark.parametrize(
    ("backwards", "whole", "less"),
    [("negative", "-PT1H", "-PT45M"), ("absolute", "PT1H", "PT45M"), ("zero", "PT0S", "PT0S")],
)
def test_what_an_earlier_end_counts_is_a_convention_and_waits_follow_it(backwards: str, whole: str, less: str) -> None:
    ticket = {
        "created_at": "2026-11-23T09:00:00Z", "resolved_at": "2026-11-23T08:00:00Z",
        "waits": [{"from": "2026-11-23T08:45:00Z", "until": "2026-11-23T09:30:00Z"}],
    }  # fmt: skip
    derive = "{elapsed: ticket.created_at, until: ticket.resolved_at}"
    assert worth(derive, ticket, backwards=backwards) == whole
    assert worth(derive.replace("}", ", less_waits: true}"), ticket, backwards=backwards) == less


def test_less_waits_leaves_out_each_moment_of_waiting_once() -> None:
    waits = [
        {"from": "2026-11-23T08:30:00Z", "until": "2026-11-23T09:15:00Z"},
        {"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T09:30:00Z"},
        {"from": "2026-11-23T09:50:00Z"},
        {"from": "2026-11-23T12:00:00Z"},
    ]
    ticket = {"created_at": "2026-11-23T09:00:00Z", "waits": waits}
    assert worth("{elapsed: ticket.created_at, less_waits: true}", ticket) == "PT20M"


@pytest.mark.parametrize(
    ("at", "zone", "day", "time"),
    [
        ("2026-11-22T20:59:59Z", "Europe/Moscow", "sun", "PT23H59M59S"),
        ("2026-11-22T21:00:00Z", "Europe/Moscow", "mon", "PT0S"),
        ("2026-11-22T21:00:00Z", "UTC", "sun", "PT21H"),
        ("2026-10-25T00:30:00Z", "Europe/Berlin", "sun", "PT2H30M"),
        ("2026-10-25T01:30:00Z", "Europe/Berlin", "sun", "PT2H30M"),
    ],
)
def test_weekday_and_time_of_day_are_those_of_the_wall_clock(at: str, zone: str, day: str, time: str) -> None:
    assert worth(f"{{weekday: at, zone: {zone}}}", at=at) == day
    assert worth(f"{{time_of_day: at, zone: {zone}}}", at=at) == time
    assert worth(f"{{weekday: ticket.created_at, zone: {zone}}}", at=at) is None


def test_derived_facts_use_one_another_and_the_results_of_stages() -> None:
    written = """
    facts: {ticket.fields.vip: truth}
    derive:
      late: {any: [old, ticket.fields.vip]}
      old: {same: [kind, ticket.reported_kind]}
      kind: {look_up: classification, in: {incident: outage}}
    classification: {otherwise: {then: {kind: incident}}}
    priority: {rules: [{rule: now, when: {late: true}, then: {level: P1}}], otherwise: {then: {level: P2}}}
    """
    assert Desk(written).decide(ticket={"reported_kind": "outage"})["priority"]["level"] == "P1"
    assert Desk(written).decide(ticket={"reported_kind": "other"})["priority"]["level"] == "P2"
