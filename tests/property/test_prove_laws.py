"""Laws of proving: what is proved no request goes against, and what is shown goes against it, for random invariants."""

from typing import Any

import generated_rulebooks as generated
from generated_rulebooks import KINDS, TOPICS, UNSHRUNK, requests, rulebooks
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_kit import observed
from rulebook_kit import compiled, text_of

from engine.decision import CompiledRulebook
from engine.diagnostics import Source, read_source
from engine.facts import parse_duration
from engine.proof.invariants.invariants import Order, Statement, Written, statement
from engine.proof.invariants.proving import prove
from engine.proof.space.formulas import Not, every
from engine.proof.space.observed import Observed, observe, true_of

FACTS = sorted(KINDS)
EFFECTS = ("deny", "approval", "permit")
ORDERED = ("ticket.urgency", "ticket.impact", "priority", "ticket.fields.count", "ticket.fields.vip", "total")
TARGETS = ("resolution", "first_response")

one = st.sampled_from


def conditions(most: int) -> st.SearchStrategy[dict[str, Any]]:
    """What an invariant says of facts, results and parts of the decision."""
    facts = st.lists(one(FACTS), max_size=most, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({fact: generated.tests_on(fact) for fact in chosen})
    )
    effects = st.dictionaries(one([f"disclosures.{topic}" for topic in TOPICS]), one(EFFECTS), max_size=1)
    within = st.dictionaries(
        one([f"sla.{target}.within" for target in TARGETS]),
        one(({"missing": False}, {"at_most": "1h"}, {"more_than": "30m"})),
        max_size=1,
    )
    return st.tuples(facts, effects, within).map(lambda parts: {**parts[0], **parts[1], **parts[2]})


@st.composite
def plain(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    body = draw(conditions(2).filter(bool))
    when = draw(conditions(1))
    return draw(one(("always", "never"))), {**body, **({"when": when} if when else {})}


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    when = draw(conditions(1))
    body = {draw(one(ORDERED)): f"sla.{draw(one(TARGETS))}"}
    return "monotone", {**body, **({"when": when} if when else {})}


def read(kind: str, body: dict[str, Any], book: CompiledRulebook) -> Statement | Order | None:
    """What a random invariant says of a rulebook; None where that does not know its names."""
    source, faults = read_source("invariants.yaml", b"invariants:\n  - {invariant: it}\n")
    assert source is not None, faults
    return statement(Written("it", kind, body, None, None, ("invariants", 0), source), book)[0]


def source_of(written: dict[str, Any]) -> Source:
    source, _ = read_source("desk.yaml", text_of(written).encode())
    assert source is not None
    return source


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(rulebooks(), st.lists(plain(), min_size=4, max_size=10), st.lists(requests(), min_size=10, max_size=20))
def test_always_and_never(
    written: dict[str, Any], wanted: list[tuple[str, dict[str, Any]]], asked: list[dict[str, Any]]
) -> None:
    book = compiled(written)
    said = [found for kind, body in wanted if isinstance(found := read(kind, body, book), Statement)]
    seen = observed(book, asked)
    for each, proof in zip(said, prove(said, book, source_of(written)), strict=True):
        against = every(each.given, each.claim if each.written.kind == "never" else Not(each.claim))
        if proof.verdict == "proved":
            assert not any(true_of(against, [request]) for request in seen), each.written
            assert not proof.is_vacuous or not any(true_of(each.given, [request]) for request in seen)
        for shown in proof.shown:
            assert true_of(against, [observe(book, shown.request)]), each.written


def later(high: Observed, low: Observed, target: str) -> bool:
    """Whether the promise of one request is later than that of another on the same calendar."""
    parts = [one.answer["decision"]["sla"] for one in (high, low)]
    if None in parts or target not in parts[1]["targets"]:
        return False
    if target not in parts[0]["targets"]:
        return True
    first, second = (parse_duration(part["targets"][target]["within"]) for part in parts)
    return first > second and parts[0]["calendar"] == parts[1]["calendar"]


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(rulebooks(), st.lists(orders(), min_size=2, max_size=4), st.lists(requests(), min_size=6, max_size=12))
def test_orders_of_what_requests_state(
    written: dict[str, Any], wanted: list[tuple[str, dict[str, Any]]], asked: list[dict[str, Any]]
) -> None:
    book = compiled(written)
    said = [found for kind, body in wanted if isinstance(found := read(kind, body, book), Order)]
    for each, proof in zip(said, prove(said, book, source_of(written)), strict=True):
        if proof.verdict == "proved" and each.fact.startswith("ticket."):
            for high, low in pairs(book, each.fact, asked):
                is_given = all(true_of(each.given, [one]) for one in (high, low))
                assert not (is_given and later(high, low, each.target)), (each.written, high.request, low.request)
        if proof.shown:
            high, low = (observe(book, shown.request) for shown in proof.shown)
            assert later(high, low, each.target), each.written
            assert rank(each, high.value(each.fact)) > rank(each, low.value(each.fact))
            assert all(true_of(each.given, [one]) for one in (high, low))


def rank(order: Order, value: Any) -> Any:
    return order.values.index(value) if order.values else value


def pairs(book: CompiledRulebook, fact: str, asked: list[dict[str, Any]]) -> list[tuple[Observed, Observed]]:
    """Pairs of requests that differ in one fact, the higher one first; each value of it is tried in each request."""
    how, values = KINDS[fact]
    values = values if how != "truth" else (False, True)
    group, *fields, name = fact.split(".")
    found = []
    for request in asked:
        ways = []
        for value in values:
            part = dict(request.get(group) or {})
            if fields:
                part["fields"] = {**(part.get("fields") or {}), name: value}
            else:
                part[name] = value
            ways.append({**request, group: part})
        seen = observed(book, ways)
        found += [(seen[j], seen[i]) for i in range(len(seen)) for j in range(i + 1, len(seen))]
    accepted = [p for p in found if all(o.answer["decision"]["admission"]["outcome"] == "accept" for o in p)]
    return [p for p in accepted if p[0].value(fact) != p[1].value(fact)]
