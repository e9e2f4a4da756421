"""The stages that choose, and the obligations: forms of rules, their order, their texts, and what absence does."""

from typing import Any

import pytest
from rulebook_kit import AT, Desk, codes_of

GATE = """
facts: {ticket.channel: [mail, phone]}
admission:
  rules:
    - {rule: not-by-phone, when: {ticket.channel: phone}, then: {outcome: redirect, to: "desk-{ticket.channel}"}}
    - {rule: spam, when: {ticket.tags: spam}, then: {outcome: reject}}
  otherwise: {then: {outcome: accept}}
classification: {otherwise: {then: {kind: incident}}}
priority: {otherwise: {then: {level: P1}}}
sla: {otherwise: {then: {resolution: 1h}}}
assignment: {otherwise: {then: {group: g}}}
escalation: {otherwise: {then: {to: up, level: 2}}}
disclosures: {rules: [{rule: talk, permit: [x]}]}
permissions: {rules: [{rule: act, permit: [y]}]}
obligations:
  rules:
    - {rule: always, then: {do: note}}
    - {rule: accepted, when: {admission: accept}, then: {do: thank}}
    - {rule: no-kind, when: {classification: {missing: true}, priority: {missing: true}}, then: {do: file}}
"""
LATER = ("classification", "priority", "sla", "assignment", "escalation")


@pytest.mark.parametrize(
    ("ticket", "admission"),
    [
        ({"channel": "phone"}, {"outcome": "redirect", "to": "desk-phone", "by": "not-by-phone"}),
        ({"tags": ["spam"]}, {"outcome": "reject", "to": None, "by": "spam"}),
    ],
)
def test_a_ticket_that_is_not_accepted_still_gets_what_concerns_people(ticket: Any, admission: Any) -> None:
    answer = Desk(GATE).answer(ticket=ticket, explain=True)
    decision = answer["decision"]
    assert decision["admission"] == admission
    assert [decision[part] for part in LATER] == [None] * 5
    assert decision["disclosures"]["x"]["effect"] == decision["permissions"]["y"]["effect"] == "permit"
    assert [duty["do"] for duty in decision["obligations"]] == ["note", "file"]
    assert {line["stage"] for line in answer["trace"]}.isdisjoint(LATER)


def test_an_accepted_ticket_gets_every_part_in_the_order_of_the_stages() -> None:
    decision = Desk(GATE).decide(ticket={"channel": "mail"})
    assert list(decision) == ["admission", *LATER, "disclosures", "permissions", "obligations"]
    assert list(Desk(GATE).decide(ticket={"channel": "phone"})) == list(decision)
    assert decision["admission"] == {"outcome": "accept", "to": None, "by": "admission.otherwise"}
    assert [duty["do"] for duty in decision["obligations"]] == ["note", "thank"]


def test_a_derived_fact_that_is_never_absent_is_known_of_a_rejected_ticket_too() -> None:
    written = """
    facts: {ticket.fields.vip: truth}
    derive:
      lacking: {missing: [classification, ticket.owner]}
      known: {any: [ticket.fields.vip, judged]}
      judged: {same: [classification, ticket.reported_kind]}
    admission: {otherwise: {then: {outcome: reject}}}
    classification: {otherwise: {then: {kind: incident}}}
    obligations:
      rules:
        - {rule: a, when: {lacking: {has: classification}, known: true}, then: {do: tell, with: {lacking: "{lacking}"}}}
        - {rule: b, when: {judged: {missing: true}}, then: {do: wonder}}
    """
    duties = Desk(written).decide(ticket={"owner": "ana", "fields": {"vip": True}})["obligations"]
    assert [(duty["do"], duty["with"]) for duty in duties] == [
        ("tell", {"lacking": ["classification"]}),
        ("wonder", {}),
    ]


def test_a_rulebook_without_stages_accepts_and_leaves_every_part_empty() -> None:
    decision = Desk("title: Nothing").decide(ticket={"text": "hello"})
    assert decision["admission"] == {"outcome": "accept", "to": None, "by": "admission.none"}
    assert decision["escalation"] == {"to": None, "level": 0, "request": None, "by": "escalation.none"}
    assert decision["assignment"]["by"] == "assignment.none"
    assert (decision["disclosures"], decision["permissions"], decision["obligations"]) == ({}, {}, [])


FORMS = """
facts:
  ticket.channel: [mail, phone]
  ticket.impact: [company, team, one]
  ticket.urgency: {ordered: [low, high, critical]}
priority:
  levels: [P1, P2, P3, P4]
  rules:
    - {rule: outage, when: {ticket.tags: outage}, then: {level: P1}, because: {en: Many}, cites: ["1.6"], assumed: true}
  matrix:
    down: ticket.impact
    across: ticket.urgency
    levels: [critical, high]
    company: [P1, P2]
    team: [P2, P3]
    because: {en: The matrix}
    cites: ["2.1"]
  table:
    when: [ticket.channel, ticket.urgency]
    then: [level]
    cites: ["3.1"]
    rows:
      - [phone, any, P2]
      - [mail, {at_least: high}, P3, {because: {en: Late mail}, cites: ["3.2"], assumed: true}]
  otherwise: {then: {level: P4}, because: {en: Nothing was said}}
"""


@pytest.mark.parametrize(
    ("ticket", "level", "by", "because", "cites", "assumed"),
    [
        ({"tags": ["outage"], "impact": "team", "urgency": "high"}, "P1", "outage", "Many", ["1.6"], True),
        ({"impact": "company", "urgency": "critical"}, "P1", "priority.company.critical", "The matrix", ["2.1"], False),
        ({"impact": "team", "urgency": "high", "channel": "phone"}, "P3", "priority.team.high", "The matrix", ["2.1"],
            False),
        ({"impact": "one", "urgency": "high", "channel": "phone"}, "P2", "priority.row-1", "ticket.channel is phone.",
            ["3.1"], False),
        ({"urgency": "critical", "channel": "mail"}, "P3", "priority.row-2", "Late mail", ["3.2"], True),
        ({"urgency": "low", "channel": "mail"}, "P4", "priority.otherwise", "Nothing was said", [], False),
        ({}, "P4", "priority.otherwise", "Nothing was said", [], False),
    ],
)  # fmt: skip
def test_rules_matrix_table_and_otherwise_are_tried_in_this_order(
    ticket: Any, level: str, by: str, because: str, cites: list[str], assumed: bool
) -> None:
    answer = Desk(FORMS).answer(ticket=ticket, explain=True)
    assert answer["decision"]["priority"] == {"level": level, "by": by}
    line = next(line for line in answer["trace"] if line["stage"] == "priority")
    assert line == {"stage": "priority", "rule": by, "because": because, "cites": cites, "assumed": assumed}


def test_a_matrix_may_ask_for_truths_and_numbers() -> None:
    written = """
    facts: {ticket.fields.vip: truth, ticket.impact: {whole: {at_least: 1, at_most: 3}}}
    priority:
      matrix:
        down: ticket.impact
        across: ticket.fields.vip
        levels: [true, false]
        1: [P1, P2]
        2: [P2, P3]
    escalation:
      matrix:
        down: ticket.fields.vip
        across: ticket.impact
        gives: to
        levels: [1, 2]
        true: [head, lead]
        false: [lead, clerk]
    """
    decision = Desk(written).decide(ticket={"impact": 2, "fields": {"vip": False}})
    assert (decision["priority"]["level"], decision["priority"]["by"]) == ("P3", "priority.2.false")
    assert decision["escalation"]["to"] == "clerk"
    assert Desk(written).decide(ticket={"impact": 3, "fields": {"vip": False}})["priority"]["by"] == "priority.none"


def test_rows_may_have_names() -> None:
    written = FORMS.replace("- [phone, any, P2]", "calls: [phone, any, P2]").replace("- [mail", "letters: [mail")
    assert Desk(written).decide(ticket={"channel": "phone"})["priority"]["by"] == "priority.calls"


@pytest.mark.parametrize(
    ("language", "because"),
    [
        ("en", "No rule applies; not stated: ticket.channel, ticket.urgency."),
        ("ru", "Ни одно правило не подходит; не указано: ticket.channel, ticket.urgency."),
    ],
)
def test_when_none_applies_the_reason_names_what_was_absent(language: str, because: str) -> None:
    written = """
    facts: {ticket.channel: [mail, phone], ticket.urgency: {ordered: [low, high]}}
    priority:
      rules: [{rule: a, when: {ticket.urgency: high, ticket.channel: mail}, then: {level: P1}, because: {en: A, ru: Б}}]
    """
    answer = Desk(written).answer(explain=True, language=language)
    assert answer["decision"]["priority"] == {"level": None, "by": "priority.none"}
    assert next(line for line in answer["trace"] if line["rule"] == "priority.none")["because"] == because
    half = Desk(written).answer(explain=True, ticket={"urgency": "low"})["trace"]
    assert next(line for line in half if line["rule"] == "priority.none")["because"].endswith("ticket.channel.")
    full = Desk(written).answer(explain=True, ticket={"urgency": "low", "channel": "mail"})["trace"]
    assert next(line for line in full if line["rule"] == "priority.none")["because"] == "No rule applies."


def test_ordered_results_can_be_compared_the_highest_level_first() -> None:
    written = FORMS + "escalation: {rules: [{rule: up, when: {priority: {at_least: P2}}, then: {to: lead, level: 1}}]}"
    assert Desk(written).decide(ticket={"tags": ["outage"]})["escalation"]["by"] == "up"
    assert Desk(written).decide(ticket={"channel": "phone"})["escalation"]["by"] == "up"
    assert Desk(written).decide()["escalation"]["by"] == "escalation.none"


@pytest.mark.parametrize(
    ("conditions", "because"),
    [
        ("{ticket.line: 2}", "ticket.line is 2."),
        ("{ticket.line: {at_least: 2}, agent.role: [b, a]}", "agent.role is a, b; ticket.line is at least 2."),
        ("{agent.role: [a, b], ticket.line: {at_least: 2}}", "agent.role is a, b; ticket.line is at least 2."),
        ("{ticket.owner: {missing: true}}", "ticket.owner is not stated."),
        ("{}", "This holds in every other case."),
    ],
)
def test_a_rule_without_a_reason_is_told_by_its_conditions_in_one_order(conditions: str, because: str) -> None:
    written = (
        f"admission: {{rules: [{{rule: a, when: {conditions}, then: {{outcome: accept}}}}], "
        f"otherwise: {{then: {{outcome: accept}}}}}}"
    )
    trace = Desk(written).answer(explain=True, ticket={"line": 2}, agent={"role": "a"})["trace"]
    if conditions != "{ticket.owner: {missing: true}}":
        assert trace[0]["because"] == because
    else:
        assert Desk(written).answer(explain=True)["trace"][0]["because"] == because


def test_an_escalation_carries_a_request_with_facts_in_it() -> None:
    written = """
    facts: {ticket.category: [app, net]}
    escalation:
      rules:
        - rule: up
          then: {to: "{ticket.category}-team", level: 2, request: {type: Bug, area: "{ticket.category}", weight: 3}}
    """
    assert Desk(written).decide(ticket={"category": "net"})["escalation"] == {
        "to": "net-team", "level": 2, "request": {"area": "net", "type": "Bug", "weight": 3}, "by": "up",
    }  # fmt: skip
    assert Desk(written).decide()["escalation"]["to"] is None


DUTIES = """
facts:
  ticket.fields.lacking: {set: [c, a, b]}
  ticket.fields.count: count
  ticket.fields.ratio: decimal
  ticket.fields.call_at: instant
  ticket.fields.pause: duration
  ticket.fields.vip: truth
obligations:
  rules:
    - rule: tell
      then:
        - do: first
          with:
            lacking: "{ticket.fields.lacking}"
            count: "{ticket.fields.count}"
            ratio: "{ticket.fields.ratio}"
            at: "{ticket.fields.call_at}"
            pause: "{ticket.fields.pause}"
            vip: "{ticket.fields.vip}"
            tags: "{ticket.tags}"
            owner: "{ticket.owner}"
        - do: second
          with: {plain: text, number: 5, yes: true, list: ["{ticket.owner}", {deep: "{ticket.fields.count}"}, 1.5]}
    - rule: mixed
      then:
        do: third
        with:
          text: "{ticket.owner}: {ticket.fields.count} at {ticket.fields.call_at} for {ticket.fields.pause},
            vip {ticket.fields.vip}, lacks {ticket.fields.lacking}"
"""


def test_with_keeps_the_types_of_facts_that_stand_alone() -> None:
    fields = {
        "lacking": ["b", "a"],
        "count": 3.0,
        "ratio": 0.25,
        "call_at": "2026-11-23T12:00:00+03:00",
        "pause": "90m",
        "vip": False,
    }
    first, second, third = Desk(DUTIES).decide(ticket={"owner": "ana", "tags": ["z", "y"], "fields": fields})[
        "obligations"
    ]
    assert first == {"do": "first", "by": "tell", "with": {
        "at": "2026-11-23T09:00:00Z", "count": 3, "lacking": ["a", "b"], "owner": "ana", "pause": "PT1H30M",
            "ratio": 0.25,
        "tags": ["y", "z"], "vip": False}}  # fmt: skip
    assert second["with"] == {"list": ["ana", {"deep": 3}, 1.5], "number": 5, "plain": "text", "yes": True}
    assert third["with"] == {"text": "ana: 3 at 2026-11-23T09:00:00Z for PT1H30M, vip false, lacks a, b"}


def test_a_text_that_names_an_absent_fact_is_absent() -> None:
    first, second, third = Desk(DUTIES).decide(ticket={"fields": {"count": 1}})["obligations"]
    assert {key for key, value in first["with"].items() if value is not None} == {"count"}
    assert second["with"]["list"] == [None, {"deep": 1}, 1.5]
    assert third["with"] == {"text": None}


def test_obligations_stand_in_the_order_of_the_file() -> None:
    rules = ", ".join(
        f"{{rule: r{i}, when: {{ticket.line: {{at_least: {i % 3 + 1}}}}}, then: {{do: d{i}}}}}" for i in range(9)
    )
    duties = Desk(f"obligations: {{rules: [{rules}]}}").decide(ticket={"line": 2})["obligations"]
    assert [duty["by"] for duty in duties] == ["r0", "r1", "r3", "r4", "r6", "r7"]


def test_a_level_or_kind_that_is_not_listed_is_refused_also_when_a_fact_names_it() -> None:
    assert "unknown-value" in codes_of("priority: {levels: [P1], rules: [{rule: a, then: {level: P2}}]}")
    templated = (
        "facts: {ticket.urgency: [P1, P9]}\npriority: {levels: [P1, P2], rules: [{rule: a, "
        'then: {level: "{ticket.urgency}"}}]}'
    )
    assert codes_of(templated) == ["unknown-value"]
    assert codes_of(templated.replace("P9", "P2")) == []
    kinds = (
        "facts: {ticket.category: [x, y]}\nclassification: {kinds: [is-x], rules: [{rule: a, "
        'then: {kind: "is-{ticket.category}"}}]}'
    )
    assert codes_of(kinds) == ["unknown-value"]


def test_an_absent_fact_never_makes_an_answer_fail() -> None:
    for written in (FORMS, GATE, DUTIES):
        desk = Desk(written)
        for request in ({}, {"ticket": {}}, {"ticket": None, "requester": None, "agent": None, "roster": None,
            "ask": None},
                        {"ticket": {"fields": None, "waits": None}, "ask": {}, "explain": None,
                            "language": None}):  # fmt: skip
            assert desk.answer(**request)["at"] == AT


def test_stages_see_only_what_came_before() -> None:
    later = (
        "classification: {rules: [{rule: a, when: {priority: P1}, "
        "then: {kind: x}}]}\npriority: {otherwise: {then: {level: P1}}}"
    )
    assert codes_of(later) == ["later-stage"]


def test_admission_must_answer_every_request() -> None:
    assert codes_of("admission: {rules: [{rule: a, when: {ticket.line: 1}, then: {outcome: accept}}]}") == ["open-end"]
    assert codes_of("admission: {rules: [{rule: a, then: {outcome: accept}}]}") == []


def test_a_unique_table_refuses_rows_that_overlap() -> None:
    table = "{hit: unique, when: [ticket.line], then: [level], rows: [[1, P1], [any, P2]]}"
    assert codes_of(f"priority: {{table: {table}}}") != []


def test_a_repeated_name_is_told_beside_the_other_faults_of_its_rules() -> None:
    """Whatever else is wrong with either rule: a value, an output, or the shape of what it gives."""
    for first, second, more in (
        ("{when: {ticket.line: nine}, then: {level: P1}}", "{then: {level: P2}}", ["wrong-value"]),
        ("{then: {level: P1}}", "{then: {levl: P2}}", ["unknown-output"]),
        ("{then: 7}", "{then: {level: P2}}", ["wrong-shape"]),
        ("{then: {level: P1}}", "{then: 7}", ["wrong-shape"]),
    ):
        rules = "".join(f"    - {{rule: twice, {rule[1:]}\n" for rule in (first, second))
        found = codes_of(f"priority:\n  rules:\n{rules}")
        assert sorted(found) == sorted([*more, "repeated-rule"]), (first, second, found)
