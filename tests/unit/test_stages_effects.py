"""Disclosures and permissions: the strictest wins, what nobody permits is denied, and who may hear what."""

from typing import Any

import pytest
from rulebook_kit import Desk, codes_of

TALK = """
facts: {ticket.fields.beta: truth}
disclosures:
  audiences: [press]
  rules:
    - {rule: all-may-know-prices, permit: [prices]}
    - {rule: clients-hear-of-dates, permit: [dates], to: [client]}
    - {rule: ask-before-dates, approval: [dates], from: head, to: [partner], say: {en: We will come back to you}}
    - {rule: no-dates-in-beta, deny: [dates, prices], when: {ticket.fields.beta: true}, say: {en: Too early, ru: Рано}}
    - {rule: not-for-press, deny: [prices], to: [press], say: {ru: Нет}}
    - {rule: again, deny: [prices], to: [press], say: {en: Second}}
    - {rule: quiet, approval: [roadmap, dates], from: cto, when: {ticket.line: 3}}
"""


def told(topic: str, relation: str | None = None, *, to: str | None = None, language: str | None = None,
         **ticket: Any) -> dict[str, Any]:  # fmt: skip
    request: dict[str, Any] = {"ticket": ticket, "requester": {"relation": relation}, "ask": {"to": to}}
    found: dict[str, Any] = Desk(TALK).decide(**request, language=language)["disclosures"][topic]
    return found


@pytest.mark.parametrize(
    ("relation", "ticket", "effect", "by"),
    [
        ("client", {}, "permit", "clients-hear-of-dates"),
        ("partner", {}, "approval", "ask-before-dates"),
        ("client", {"fields": {"beta": True}}, "deny", "no-dates-in-beta"),
        ("partner", {"fields": {"beta": True}}, "deny", "no-dates-in-beta"),
        ("client", {"line": 3}, "approval", "quiet"),
        ("employee", {}, "deny", "disclosures.none"),
        ("client", {"fields": {"beta": False}}, "permit", "clients-hear-of-dates"),
    ],
)
def test_the_strictest_wins(relation: str, ticket: dict[str, Any], effect: str, by: str) -> None:
    found = told("dates", relation, **ticket)
    assert (found["effect"], found["by"]) == (effect, by)


def test_of_equally_strict_rules_the_first_wins() -> None:
    assert told("dates", "partner", line=3)["approver"] == "head"
    assert told("prices", to="press") == {"effect": "deny", "say": "Нет", "approver": None, "by": "not-for-press"}


def test_only_an_approval_has_an_approver() -> None:
    assert told("dates", "partner")["approver"] == "head"
    assert told("dates", "partner", fields={"beta": True})["approver"] is None


def test_whom_is_asked_about_comes_before_the_requester() -> None:
    assert told("dates", "employee", to="client")["effect"] == "permit"
    assert told("dates", "client", to="employee")["effect"] == "deny"
    assert told("prices", "client", to="press")["effect"] == "deny"


def test_an_unknown_audience_is_treated_as_the_worst_that_it_may_be() -> None:
    assert told("dates")["by"] == "ask-before-dates"
    assert told("prices")["by"] == "not-for-press"
    assert told("roadmap")["by"] == "disclosures.none"


@pytest.mark.parametrize(
    ("language", "say"), [("en", "Too early"), ("ru", "Рано"), ("pl", "Too early"), (None, "Too early"), ("ru-RU",
        "Рано")]
)  # fmt: skip
def test_what_may_be_said_is_said_in_the_language_asked_for(language: str | None, say: str) -> None:
    assert told("dates", "client", language=language, fields={"beta": True})["say"] == say


def test_a_text_without_english_falls_back_to_what_there_is() -> None:
    assert told("prices", to="press", language="en")["say"] == "Нет"


def test_what_no_rule_speaks_of_has_nothing_to_say() -> None:
    assert told("roadmap", "client") == {"effect": "deny", "say": None, "approver": None, "by": "disclosures.none"}


def test_every_topic_is_answered_unless_some_are_asked_for() -> None:
    desk = Desk(TALK)
    assert list(desk.decide()["disclosures"]) == ["prices", "dates", "roadmap"]
    assert list(desk.decide(ask={"disclose": ["roadmap", "prices", "roadmap"]})["disclosures"]) == ["roadmap", "prices"]
    assert desk.decide(ask={"disclose": []})["disclosures"] == {}
    assert list(desk.decide(ask={"disclose": None, "do": []})["disclosures"]) == ["prices", "dates", "roadmap"]


MAY = """
permissions:
  actions: [reassign, close, block, delete]
  rules:
    - {rule: leads-reassign, permit: [reassign], when: {agent.role: lead}, because: {en: Leads may}}
    - {rule: ask, approval: [reassign, close], from: shift-lead, when: {agent.role: engineer}}
    - {rule: close, permit: [close]}
    - {rule: newcomers, deny: [close], when: {agent.line: 1}}
"""


@pytest.mark.parametrize(
    ("agent", "effects"),
    [
        ({"role": "lead"}, ["permit", "permit", "deny", "deny"]),
        ({"role": "engineer"}, ["approval", "approval", "deny", "deny"]),
        ({"role": "engineer", "line": 1}, ["approval", "deny", "deny", "deny"]),
        ({}, ["deny", "permit", "deny", "deny"]),
        (None, ["deny", "permit", "deny", "deny"]),
    ],
)
def test_what_no_rule_permits_is_denied(agent: Any, effects: list[str]) -> None:
    found = Desk(MAY).decide(agent=agent)["permissions"]
    assert list(found) == ["reassign", "close", "block", "delete"]
    assert [part["effect"] for part in found.values()] == effects
    assert found["block"] == {"effect": "deny", "approver": None, "by": "permissions.none"}
    for part in found.values():
        assert (part["approver"] is not None) == (part["effect"] == "approval")


def test_only_the_actions_asked_about_are_answered() -> None:
    assert list(Desk(MAY).decide(ask={"do": ["block"]})["permissions"]) == ["block"]


def test_names_that_the_rulebook_does_not_know_are_refused_with_the_nearest() -> None:
    desk = Desk(TALK + MAY)
    refused = desk.refusal(ask={"disclose": ["pricse", "dates"], "do": ["reasign", 5], "to": "clinet"})
    assert [(fault.pointer, fault.nearest) for fault in refused.faults] == [
        ("/ask/disclose/0", "prices"), ("/ask/do/0", "reassign"), ("/ask/do/1", None), ("/ask/to", "client"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written",
    [
        "disclosures: {topics: [price], rules: [{rule: a, permit: [pirce]}]}",
        "disclosures: {rules: [{rule: a, permit: [price], to: [clinet]}]}",
        "permissions: {actions: [close], rules: [{rule: a, deny: [colse]}]}",
    ],
)
def test_listed_names_guard_against_slips(written: str) -> None:
    assert codes_of(written) == ["unknown-value"]


def test_an_approval_needs_an_approver() -> None:
    assert codes_of("permissions: {rules: [{rule: a, approval: [close]}]}") == ["missing-key"]


def test_a_rulebook_without_the_stage_knows_no_names() -> None:
    desk = Desk("priority: {otherwise: {then: {level: P1}}}")
    assert desk.decide()["disclosures"] == {}
    assert desk.faults(ask={"do": ["x"]}) == [("/ask/do/0", "this rulebook knows no such names")]


def test_each_rule_stands_once_in_the_trace() -> None:
    trace = Desk(MAY).answer(agent={"role": "engineer"}, explain=True)["trace"]
    assert [line["rule"] for line in trace if line["stage"] == "permissions"] == ["ask", "permissions.none"]
    trace = Desk(MAY).answer(agent={"role": "lead"}, explain=True, ask={"do": ["reassign"]})["trace"]
    assert [line for line in trace if line["stage"] == "permissions"] == [
        {"stage": "permissions", "rule": "leads-reassign", "because": "Leads may", "cites": [], "assumed": False}
    ]
