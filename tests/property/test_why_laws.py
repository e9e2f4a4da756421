"""Laws of explanations: near rules against a plain reading, what an audience is shown, and smallest changes."""

import json
from itertools import chain, combinations
from typing import Any

import generated_rulebooks as made
from generated_rulebooks import UNSHRUNK, requests, rulebooks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_conditions import passes
from naive_evaluator import Evaluation
from rulebook_kit import catalogue_of, compiled

from engine.decision import CompiledRulebook
from engine.proof.changes.changes import find_changes
from engine.proof.changes.replacements import replaced_in
from engine.proof.changes.wanted import read_wanted
from engine.proof.space.observed import observe, true_of

FIRST = made.STAGES[:6]
EFFECTS = ("permit", "deny", "approval")
MANY = settings(max_examples=40, phases=UNSHRUNK, suppress_health_check=[HealthCheck.too_slow])


def failing(evaluation: Evaluation, when: dict[str, Any]) -> list[str]:
    return [fact for fact, raw in when.items() if not passes(fact, raw, evaluation.value(fact))]


def plainly_near(book: dict[str, Any], request: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """By stage the rules of which just one fact fails, from the rules as written."""
    evaluation = Evaluation(book, request)
    decision = evaluation.decision()
    asked = request.get("ask") or {}
    found: dict[str, list[tuple[str, str]]] = {}
    for stage in made.STAGES:
        if decision[stage] is None:
            continue
        near: list[tuple[str, str]] = []
        for rule, when, _ in rows_of(evaluation, stage):
            wrong = failing(evaluation, when)
            if stage in FIRST and not wrong:
                break
            if stage in ("disclosures", "permissions"):
                wrong += unheard(book[stage], rule, request, asked, stage)
            if len(wrong) == 1:
                near.append((rule, wrong[0]))
        if near:
            found[stage] = near
    return found


def rows_of(evaluation: Evaluation, stage: str) -> list[tuple[str, dict[str, Any], Any]]:
    if stage in FIRST:
        return evaluation.rows(stage)
    return [(rule["rule"], rule["when"], rule) for rule in evaluation.book[stage]["rules"]]


def unheard(body: dict[str, Any], id: str, request: dict[str, Any], asked: dict[str, Any], stage: str) -> list[str]:
    """What keeps a rule from speaking: it is not asked about (then never near), or it is for other audiences."""
    rule = next(rule for rule in body["rules"] if rule["rule"] == id)
    wanted = asked.get("disclose" if stage == "disclosures" else "do")
    names = {
        effect: [n for n in rule.get(effect, ()) if wanted is None or n in wanted]
        for effect in ("permit", "deny", "approval")
    }
    if not any(names.values()):
        return ["not asked", "not asked"]
    audience = asked.get("to") or (request.get("requester") or {}).get("relation")
    to = rule.get("to")
    if to is None or audience in to or (audience is None and (names["deny"] or names["approval"])):
        return []
    return ["ask.to" if asked.get("to") else "requester.relation"]


@MANY
@given(rulebooks(), st.lists(requests(), min_size=3, max_size=6))
def test_near_rules_are_those_of_which_one_fact_fails(book: dict[str, Any], asked: list[dict[str, Any]]) -> None:
    catalogue = catalogue_of(book)
    for request in asked:
        answer = catalogue.decide({**request, "explain": "near"})
        found = {part["stage"]: [(rule["rule"], rule["fact"]) for rule in part["rules"]] for part in answer["near"]}
        wanted = plainly_near(book, request)
        assert found == {stage: near[:5] for stage, near in wanted.items()}, request
        assert {part["stage"]: part["more"] for part in answer["near"]} == {
            stage: max(0, len(near) - 5) for stage, near in wanted.items()
        }
        for part in answer["near"]:
            is_choice = part["stage"] in FIRST
            assert part["instead_of"] == (answer["decision"][part["stage"]]["by"] if is_choice else None)


@MANY
@given(rulebooks(), requests())
def test_near_changes_nothing_else_of_the_answer(book: dict[str, Any], request: dict[str, Any]) -> None:
    catalogue = catalogue_of(book)
    plain = catalogue.decide({**request, "explain": True})
    near = catalogue.decide({**request, "explain": "near"})
    assert {key: value for key, value in near.items() if key != "near"} == plain
    assert near == catalogue.decide({**request, "explain": {"near": True}})
    assert plain == catalogue.decide({**request, "explain": {}})


COVERED = ("agent.role", "ticket.channel", "ticket.fields.vip", "ticket.owner", "ticket.created_at", "same_owner",
           "priority", "requester.tier", "ticket.text")  # fmt: skip


@st.composite
def covering(draw: st.DrawFn) -> dict[str, Any]:
    """A rulebook that covers something by each topic."""
    book = draw(rulebooks())
    rules = [rule["rule"] for stage in made.STAGES for rule in book[stage]["rules"]]
    one = st.fixed_dictionaries(
        {"facts": st.lists(st.sampled_from(COVERED), min_size=1, max_size=2, unique=True)},
        optional={
            "rules": st.lists(st.sampled_from(rules), min_size=1, max_size=2, unique=True),
            "stages": st.lists(st.sampled_from(made.STAGES), min_size=1, max_size=1),
        },
    )
    book["disclosures"]["covers"] = {topic: draw(one) for topic in draw(made.some(made.TOPICS))}
    return book


def names_in(value: Any) -> set[str]:
    """Every text in JSON data and each of its words, but for the names of stages, some of which are facts too."""
    if isinstance(value, dict):
        return {name for key, item in value.items() if key != "stage" for name in names_in(item)}
    if isinstance(value, list):
        return {name for item in value for name in names_in(item)}
    return {value, *value.replace(",", " ").replace(";", " ").rstrip(".").split()} if isinstance(value, str) else set()


def made_of(fact: str) -> set[str]:
    needs = made.DERIVED.get(fact, {})
    named = [need for key, body in needs.items() if key in ("same", "any", "all", "missing", "present", "size", "sum",
             "look_up", "elapsed", "weekday") for need in (body if isinstance(body, list) else [body])]  # fmt: skip
    return {fact}.union(*(made_of(need) for need in named))


@MANY
@given(covering(), st.lists(requests(), min_size=3, max_size=6), st.sampled_from((*made.AUDIENCES, "requester")))
def test_an_audience_is_shown_nothing_that_is_denied_to_it(
    book: dict[str, Any], asked: list[dict[str, Any]], to: str
) -> None:
    catalogue = catalogue_of(book)
    for request in asked:
        audience = (request.get("requester") or {}).get("relation") if to == "requester" else to
        explained = catalogue.decide({**request, "explain": {"near": True, "to": to}})
        shown = names_in([explained["trace"], explained["near"]])
        whole = catalogue.decide({**request, "explain": "near"})
        assert explained["decision"] == whole["decision"]
        heard = Evaluation(book, request)
        heard.decision()
        hidden = (
            {"agent.role"}
            if not any("agent.role" in c["facts"] for c in book["disclosures"]["covers"].values())
            else set()
        )
        for topic, covered in book["disclosures"]["covers"].items():
            if heard.strictest("disclosures", topic, audience)[0] != "permit":
                hidden |= {*covered["facts"], *covered.get("rules", ())}
                for stage in covered.get("stages", ()):
                    assert not [line for line in explained["trace"] + explained["near"] if line["stage"] == stage]
        assert not shown & hidden, (request, shown & hidden)
        derived = {fact for fact in made.DERIVED if made_of(fact) & hidden}
        assert not shown & derived, (request, shown & derived)
        assert {line["rule"] for line in explained["trace"]} <= {line["rule"] for line in whole["trace"]}


WANTED = ("priority=P1", "priority=P2,P3", "admission=accept", "admission=reject", "classification=incident",
          "escalation.level=0", "disclosures.dates=permit", "disclosures.prices=approval",
          "permissions.close=permit", "sla.resolution.within=1h", "obligations=call")  # fmt: skip


@settings(max_examples=25, phases=UNSHRUNK, suppress_health_check=[HealthCheck.too_slow])
@given(rulebooks(), st.lists(requests(), min_size=1, max_size=3), st.sampled_from(WANTED))
def test_a_change_gives_what_is_wanted_and_no_part_of_it_does(
    book: dict[str, Any], asked: list[dict[str, Any]], text: str
) -> None:
    ready = compiled(book)
    try:
        wanted = read_wanted(text, ready)
    except ValueError:  # this rulebook never decides such a thing
        return
    for request in asked:
        seen = observe(ready, request)
        changes = find_changes(seen, wanted.formula)
        assert (changes.said == "so") == true_of(wanted.formula, [seen])
        assert bool(changes.found) == (changes.said == "changes")
        for change in changes.found:
            instead = {fact.fact: fact.instead for fact in change.facts}
            assert true_of(wanted.formula, [observe(ready, replaced_in(request, instead))])
            for part in chain.from_iterable(combinations(instead, n) for n in range(len(instead))):
                fewer = observe(ready, replaced_in(request, {fact: instead[fact] for fact in part}))
                assert not true_of(wanted.formula, [fewer])
            assert unchanged(request, change.seen.request, instead, ready)
        assert len({len(change.facts) for change in changes.found}) < 2


def unchanged(before: Any, after: Any, changed: dict[str, Any], book: CompiledRulebook) -> bool:
    """Whether all other facts keep their very values."""
    facts = {f"{group}.{name}" for group, named in book.types.items() for name in named} - changed.keys()
    return all(value(before, fact) == value(after, fact) for fact in facts) and all(
        json.dumps(before.get(key)) == json.dumps(after.get(key)) for key in ("roster", "language", "explain")
    )


def value(request: Any, fact: str) -> Any:
    for step in fact.split("."):
        request = (request or {}).get(step)
    return request
