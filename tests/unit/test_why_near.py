"""Rules that came near, and what an audience is shown of an explanation."""

from typing import Any

import pytest
from rulebook_kit import Desk, codes_of, rulebook_of

from engine.rulebook import digests

BOOK = """\
language: en
facts:
  ticket.urgency: {ordered: [low, normal, high]}
  ticket.fields.vip: truth
  agent.role: [engineer, lead]
derive:
  is_led: {same: [agent.id, ticket.owner]}
admission:
  otherwise: {then: {outcome: accept}}
priority:
  rules:
    - rule: vips
      when: {ticket.fields.vip: true, ticket.urgency: {at_least: normal}}
      then: {level: P1}
      cites: ["1.2"]
    - {rule: hurried, when: {ticket.urgency: high}, then: {level: P1}, assumed: true}
    - {rule: usual, then: {level: P3}, because: {en: Nothing presses, ru: Ничто не торопит}}
    - {rule: never-reached, when: {ticket.urgency: high}, then: {level: P2}}
disclosures:
  topics: [dates, inner]
  rules:
    - {rule: dates-for-partners, permit: [dates], to: [partner]}
    - {rule: inner-for-staff, permit: [inner], to: [employee]}
permissions:
  rules:
    - {rule: leads-close, permit: [close], when: {agent.role: lead}}
obligations:
  rules:
    - {rule: tell-the-lead, when: {ticket.fields.vip: true}, then: {do: tell_lead}}
"""
COVERS = """\
  topics: [dates, inner]
  covers: {inner: {facts: [ticket.fields.vip], rules: [hurried], stages: [obligations]}}
"""
COVERED = BOOK.replace("  topics: [dates, inner]\n", COVERS)
ASKED: dict[str, Any] = {
    "ticket": {"urgency": "normal", "fields": {"vip": False}},
    "requester": {"relation": "client"},
    "agent": {"role": "engineer"},
}


def near(book: str = BOOK, explain: Any = "near", **changes: Any) -> dict[str, list[dict[str, Any]]]:
    answer = Desk(book).answer(**{**ASKED, **changes, "explain": explain})
    return {part["stage"]: part["rules"] for part in answer["near"]}


def test_a_near_rule_is_told_with_its_fact_what_it_asks_and_what_was_found() -> None:
    assert near()["priority"] == [
        {"rule": "vips", "fact": "ticket.fields.vip", "asked": "is true", "found": "false", "cites": ["1.2"],
         "assumed": False},
        {"rule": "hurried", "fact": "ticket.urgency", "asked": "is high", "found": "normal", "cites": [],
         "assumed": True},
    ]  # fmt: skip


def test_of_a_stage_that_chooses_only_rules_before_the_one_that_settled_it() -> None:
    answer = Desk(BOOK).answer(**ASKED, explain="near")
    (part,) = (part for part in answer["near"] if part["stage"] == "priority")
    assert part["instead_of"] == "usual"
    assert part["more"] == 0
    assert "never-reached" not in [rule["rule"] for rule in part["rules"]]


@pytest.mark.parametrize(("language", "asked"), [("en", "is high"), ("ru", "это high"), ("pl", "is high")])
def test_it_is_told_in_the_language_of_the_answer(language: str, asked: str) -> None:
    """Polish is no language of this rulebook, so its answers are in English."""
    assert near(language=language)["priority"][1]["asked"] == asked


def test_a_rule_for_another_audience_failed_on_the_audience() -> None:
    (partners, staff) = near()["disclosures"]
    assert (partners["fact"], partners["asked"], partners["found"]) == ("requester.relation", "is partner", "client")
    assert staff["rule"] == "inner-for-staff"
    asked = near(ask={"to": "client", "disclose": ["dates"]})["disclosures"]
    assert [(rule["rule"], rule["fact"]) for rule in asked] == [("dates-for-partners", "ask.to")]


def test_a_long_text_is_cut_short() -> None:
    book = BOOK.replace(
        "when: {ticket.urgency: high}, then: {level: P1}", "when: {ticket.text: {contains: fire}}, then: {level: P1}"
    )
    rule = next(rule for rule in near(book, ticket={"text": "w" * 5_000})["priority"] if rule["rule"] == "hurried")
    assert rule["found"] == "w" * 100 + "…"


def test_five_rules_are_told_and_the_others_counted() -> None:
    rules = "".join(f"    - {{rule: r{i}, when: {{ticket.urgency: high}}, then: {{level: P1}}}}\n" for i in range(9))
    answer = Desk(BOOK.replace("priority:\n  rules:\n", "priority:\n  rules:\n" + rules)).answer(
        **ASKED, explain="near"
    )
    (part,) = (part for part in answer["near"] if part["stage"] == "priority")
    assert ([rule["rule"] for rule in part["rules"]], part["more"]) == (["r0", "r1", "r2", "r3", "r4"], 6)


def test_what_is_refused_is_told_without_the_stages_that_were_not_decided() -> None:
    refusing = BOOK.replace("otherwise: {then: {outcome: accept}}", "otherwise: {then: {outcome: reject}}")
    assert "priority" not in near(refusing)


def test_without_coverage_an_audience_sees_nothing_that_is_the_desks_own() -> None:
    shown = near(explain={"near": True, "to": "client"})
    assert [rule["rule"] for rule in shown["priority"]] == ["vips"]  # the other is assumed
    assert not {"permissions", "obligations"} & shown.keys()
    unstated = near(explain={"near": True, "to": "client"}, ticket={"urgency": "normal"})
    assert "priority" not in unstated  # nobody has stated `ticket.fields.vip`, so it is not named


def test_what_a_denied_topic_covers_is_left_out() -> None:
    explain = {"near": True, "to": "requester"}
    answer = Desk(COVERED).answer(**ASKED, explain=explain)
    assert "priority" not in {part["stage"] for part in answer["near"]}
    vip = {**ASKED, "ticket": {"urgency": "high", "fields": {"vip": True}}}
    lines = Desk(COVERED).answer(**vip, explain=explain)["trace"]
    assert "vips" not in [line["rule"] for line in lines]
    assert {line["stage"] for line in lines} == {"admission", "classification", "sla", "assignment", "escalation",
                                                 "disclosures"}  # fmt: skip


def test_what_a_permitted_topic_covers_is_shown() -> None:
    shown = near(COVERED, {"near": True, "to": "employee"})
    assert [rule["rule"] for rule in shown["priority"]] == ["vips", "hurried"]
    assert [rule["rule"] for rule in shown["obligations"]] == ["tell-the-lead"]
    assert "permissions" not in shown


def test_a_reason_that_quotes_what_is_denied_is_withheld() -> None:
    book = COVERED.replace("Nothing presses", "ticket.fields.vip is not set").replace(", ru: Ничто не торопит", "")
    reasons = {to: next(line["because"] for line in Desk(book).answer(**ASKED, explain={"to": to})["trace"]
                        if line["rule"] == "usual") for to in ("client", "employee")}  # fmt: skip
    assert reasons == {"client": None, "employee": "ticket.fields.vip is not set"}


def test_what_is_missing_is_not_named_where_it_is_denied() -> None:
    book = COVERED.replace(
        "    - {rule: usual, then: {level: P3}, because: {en: Nothing presses, ru: Ничто не торопит}}\n", ""
    )
    told = {to: next(line["because"] for line in Desk(book).answer(ticket={}, explain={"to": to})["trace"]
                     if line["rule"] == "priority.none") for to in ("client", "employee")}  # fmt: skip
    assert told["employee"] == "No rule applies; not stated: ticket.fields.vip, ticket.urgency."
    assert told["client"] == "No rule applies; not stated: ticket.urgency."


def test_coverage_is_part_of_the_digest() -> None:
    assert digests(rulebook_of(BOOK)) != digests(rulebook_of(COVERED))


@pytest.mark.parametrize(
    ("covers", "code"),
    [
        ("{innr: {facts: [ticket.fields.vip]}}", "unknown-value"),
        ("{inner: {facts: [ticket.fields.vp]}}", "unknown-fact"),
        ("{inner: {rules: [huried]}}", "unknown-value"),
        ("{inner: {stages: [priorities]}}", "unknown-value"),
        ("{inner: {}}", "wrong-shape"),
    ],
)
def test_a_slip_in_the_coverage_is_one_fault(covers: str, code: str) -> None:
    written = COVERED.replace(COVERS, f"  topics: [dates, inner]\n  covers: {covers}\n")
    assert len(codes_of(written)) == 1
    assert codes_of(written) == [code] or code == "wrong-shape"


@pytest.mark.parametrize(
    "explain", ["far", 1, [], {"near": 1}, {"too": "client"}, {"to": "clent"}, {"to": 3}, {"near": True, "to": []}]
)
def test_what_explain_does_not_know_is_refused(explain: Any) -> None:
    from engine import RequestRefused

    with pytest.raises(RequestRefused) as refused:
        Desk(BOOK).answer(**ASKED, explain=explain)
    assert all(fault.pointer.startswith("/explain") for fault in refused.value.faults)
