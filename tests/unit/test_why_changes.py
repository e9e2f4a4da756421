"""The smallest changes of a request's facts that give what was wanted."""

from typing import Any

import pytest
from rulebook_kit import AT, compiled

from engine.proof.changes.changes import Changes, find_changes
from engine.proof.changes.wanted import WantedFault, read_wanted
from engine.proof.space.observed import observe

BOOK = """\
language: en
calendars:
  office: {zone: UTC, hours: {mon-fri: "09:00-17:00"}}
facts:
  ticket.channel: [mail, phone]
  ticket.urgency: {ordered: [low, normal, high, critical]}
  ticket.fields.minutes: count
  ticket.fields.more: count
  ticket.fields.marks: {set: [red, green, blue]}
  agent.role: [engineer, lead]
derive:
  at_work: {open: office}
  age: {elapsed: ticket.created_at}
  total: {sum: [ticket.fields.minutes, ticket.fields.more]}
  own: {same: [agent.id, ticket.owner]}
  marks_number: {size: ticket.fields.marks}
admission:
  rules:
    - {rule: not-ours, when: {ticket.text: {contains: pizza}}, then: {outcome: reject}}
  otherwise: {then: {outcome: accept}}
priority:
  rules:
    - {rule: old, when: {age: {at_least: 4h}}, then: {level: P1}}
    - {rule: pressing, when: {ticket.urgency: {at_least: high}, ticket.channel: phone}, then: {level: P2}}
    - {rule: long, when: {total: {more_than: 10}}, then: {level: P3}}
    - {rule: marked, when: {marks_number: {at_least: 2}}, then: {level: P4}}
    - {rule: worded, when: {ticket.text: {contains: zz, none_of: [zz]}}, then: {level: P6}}
  otherwise: {rule: usual, then: {level: P5}}
sla:
  rules:
    - {rule: first, when: {priority: P1}, then: {resolution: 1h, calendar: office}}
    - {rule: other, then: {resolution: 4h, calendar: office}}
assignment:
  rules:
    - {rule: desk, when: {at_work: true}, then: {group: "desk-{ticket.channel}"}}
    - {rule: night, then: {group: night}}
permissions:
  rules:
    - {rule: own-ticket, permit: [close], when: {own: true}}
    - {rule: leads, permit: [reassign], when: {agent.role: lead}}
    - {rule: nobody, deny: [delete]}
"""
READY = compiled(BOOK)
REQUEST: dict[str, Any] = {
    "rulebook": "desk",
    "version": "1.0.0",
    "at": AT,
    "ticket": {"channel": "mail", "urgency": "low", "owner": "ana", "created_at": AT,
               "fields": {"minutes": 4, "more": 5, "marks": ["red"]}},
    "agent": {"id": "bo", "role": "engineer"},
}  # fmt: skip


def changes(wanted: str, **others: Any) -> Changes:
    seen = observe(READY, {**REQUEST, **others})
    return find_changes(seen, read_wanted(wanted, READY).formula)


def told(wanted: str, **others: Any) -> list[dict[str, Any]]:
    return [{fact.fact: fact.instead for fact in change.facts} for change in changes(wanted, **others).found]


def test_it_is_so_already() -> None:
    assert changes("priority=P5").said == "so"


def test_two_facts_where_one_does_not_do() -> None:
    (change,) = changes("priority=P2").found
    assert [(fact.fact, fact.value) for fact in change.facts] == [("ticket.channel", "mail"), ("ticket.urgency", "low")]
    assert [fact.like for fact in change.facts] == [("is `phone`",), ("is `high` or `critical`",)]
    assert change.seen.answer["decision"]["priority"] == {"level": "P2", "by": "pressing"}


def test_sums_sizes_and_equal_texts() -> None:
    assert told("priority=P3") == [{"ticket.fields.minutes": 6}, {"ticket.fields.more": 7}]
    assert told("permissions.close=permit") == [{"ticket.owner": "bo"}, {"agent.id": "ana"}]
    (size,) = told("priority=P4")
    assert len(size["ticket.fields.marks"]) == 2


def test_the_clock_comes_after_the_ticket() -> None:
    found = told("priority=P1")
    assert [list(change) for change in found] == [["ticket.created_at"], ["at"]]
    assert found[0]["ticket.created_at"] == "2026-11-23T06:00:00Z"
    assert found[1]["at"] == "2026-11-23T14:00:00Z"


def test_an_instant_is_told_with_what_follows_from_it() -> None:
    (change,) = changes("assignment.group=night").found
    (at,) = change.facts
    assert (at.fact, at.instead, at.like) == ("at", "2026-11-23T08:59:00Z", ("`at_work` is false",))


def test_a_part_of_a_text_of_a_rule() -> None:
    assert told("assignment.group=desk-phone") == [{"ticket.channel": "phone"}]


def test_what_no_request_can_give_is_proved() -> None:
    assert changes("permissions.delete=permit").said == "impossible"


def test_a_text_that_is_found_passes_the_tests() -> None:
    (change,) = told("priority=P6", ticket={**REQUEST["ticket"], "text": "a"})
    assert "zz" in change["ticket.text"] != "zz"


def test_several_values_and_nothing() -> None:
    assert {tuple(change) for change in told("priority=P3,P4")} >= {
        ("ticket.fields.minutes",),
        ("ticket.fields.marks",),
    }
    refused = observe(READY, {**REQUEST, "ticket": {"text": "a pizza"}})
    assert refused.answer["decision"]["assignment"] is None
    assert find_changes(refused, read_wanted("assignment.group=night", READY).formula).said == "changes"


def test_how_a_target_stands_follows_from_time() -> None:
    (first, *_) = changes("sla.resolution=breached").found
    assert first.seen.answer["decision"]["sla"]["targets"]["resolution"]["state"] == "breached"
    assert [fact.fact for fact in first.facts] == ["ticket.created_at"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("priority", "is not of the form PART=VALUE"),
        ("priorty=P1", "did you mean `priority`?"),
        ("priority=P9", "unknown value `P9`"),
        ("permissions.clos=permit", "did you mean `permissions.close`?"),
        ("permissions.close=permitt", "did you mean `permit`?"),
        ("sla.resolution.within=soon", "sla.resolution.within"),
        ("at_work=yes", "at_work"),
        ("ticket.urgency=high", "is what a request states"),
    ],
)
def test_a_slip_is_told(text: str, said: str) -> None:
    with pytest.raises(WantedFault) as fault:
        read_wanted(text, READY)
    assert said in str(fault.value)


def test_more_facts_than_are_tried() -> None:
    names = [f"ticket.fields.f{i}" for i in range(4)]
    book = compiled({
        "facts": dict.fromkeys(names, "truth"),
        "admission": {"otherwise": {"then": {"outcome": "accept"}}},
        "priority": {"rules": [{"rule": "all", "when": dict.fromkeys(names, True), "then": {"level": "P1"}}]},
    })  # fmt: skip
    seen = observe(book, {"rulebook": "desk", "version": "1.0.0", "at": AT})
    assert find_changes(seen, read_wanted("priority=P1", book).formula).said == "too_many"


def test_what_the_roster_decides_stays_undecided() -> None:
    book = compiled({
        "facts": {"ticket.channel": ["mail", "phone"]},
        "admission": {"otherwise": {"then": {"outcome": "accept"}}},
        "assignment": {"rules": [
            {"rule": "in-turn", "when": {"ticket.channel": "mail"}, "then": {"choose": "round_robin"}}]},
        "escalation": {"rules": [{"rule": "up", "when": {"assignment.agent": "cy"}, "then": {"level": 2}}]},
    })  # fmt: skip
    seen = observe(book, {"rulebook": "desk", "version": "1.0.0", "at": AT, "roster": [{"id": "ana"}]})
    found = find_changes(seen, read_wanted("assignment.agent=cy", book).formula)
    assert (found.said, found.found) == ("unknown", ())
    assert found.why
