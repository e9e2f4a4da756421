"""Laws of comparing two rulebooks: nothing left out, nothing told in vain, the same is the same, and mirrored."""

import json
import random
from typing import Any

import generated_rulebooks as generated
import pytest
from difference_kit import check_requests, is_taken, mirrored
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook_kit import compiled
from rulebook_requests import requests_to

from engine.decision import CompiledRulebook
from engine.proof.differences.differences import compare
from engine.proof.differences.regions import USUAL_LIMITS, Limits

Versions = tuple[dict[str, Any], dict[str, Any]]
NARROW = Limits(whole=0, table=0)
"""Of the shortest rulebook, too, rules are left out on which a change cannot bear, and blocks tell what they can."""


@st.composite
def versions(draw: st.DrawFn) -> Versions:
    """Two rulebooks: unlike each other, or the second with a few stages or rules of the first exchanged."""
    old, other = draw(generated.rulebooks()), draw(generated.rulebooks())
    way = draw(st.integers(0, 3))
    if way == 0:
        return old, other
    new = json.loads(json.dumps(old))
    if way == 1:
        return old, edited(draw, new, other)
    for stage in draw(st.lists(st.sampled_from(generated.STAGES), min_size=1, max_size=2, unique=True)):
        new[stage] = other[stage]
    return old, new


def edited(draw: Any, new: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A rulebook with one to three rules given what another's say or ask, left out, or moved."""
    for stage in draw(st.lists(st.sampled_from(generated.STAGES), min_size=1, max_size=3, unique=True)):
        rules, others = new[stage]["rules"], other[stage]["rules"]
        places = [place for place, rule in enumerate(rules) if rule["rule"] != generated.KEPT]
        if not places or not others:
            continue
        place, way = draw(st.sampled_from(places)), draw(st.sampled_from(("then", "when", "out", "move")))
        if way == "out" and len(rules) > 1:
            del rules[place]
        elif way == "move":
            rules.insert(draw(st.integers(0, len(rules) - 1)), rules.pop(place))
        else:
            given = draw(st.sampled_from(others))
            if "then" in given:
                rules[place] |= {key: given[key] for key in (way,) if key in given}
            else:  # what an effect says hangs together: a name may stand under one of its words only
                rules[place] = {**given, "rule": rules[place]["rule"]}
    return new


def requests(draw: Any, book: CompiledRulebook, count: int) -> list[dict[str, Any]]:
    """Requests near the limits of the rules, and any."""
    near = [request for _ in range(3) for request in draw(requests_to(book, count=count))]
    return [*near, *(draw(generated.requests()) for _ in range(count // 2))]


def mixed(drawn: list[dict[str, Any]], count: int, seed: int) -> list[dict[str, Any]]:
    """Requests put together from those that were drawn: each fact, and each other part, from any of them.

    What takes long to decide on, and is looked at in the drawn ones, is left out of most.
    """
    chance = random.Random(seed)
    drawn = [{key: request[key] for key in request if key not in ("explain", "language")} for request in drawn]
    plain = [{key: request[key] for key in request if key != "roster"} for request in drawn]
    for request in plain:
        if isinstance(request.get("ticket"), dict):
            request["ticket"] = {k: v for k, v in request["ticket"].items() if k not in ("waits", "messages", "states")}
    found = []
    for _ in range(count):
        one, *others = chance.sample(drawn if chance.random() < 0.1 else plain, 3)
        request = {**one, **{key: other[key] for other in others for key in other if chance.random() < 0.3}}
        tickets = [drawn["ticket"] for drawn in (one, *others) if isinstance(drawn.get("ticket"), dict)]
        request["ticket"] = {key: ticket[key] for ticket in tickets for key in ticket if chance.random() < 0.35}
        found.append(request)
    return found


def agrees(data: st.DataObject, count: int, more: int = 0) -> tuple[int, int]:
    """Compare two random rulebooks, and hold that against decisions; requests taken, and parts that differed."""
    old, new = (compiled(written) for written in data.draw(versions()))
    comparison = compare(old, new, data.draw(st.sampled_from((USUAL_LIMITS, NARROW))))
    drawn = [requests(data.draw, book, count) for book in (old, new)]
    fitting = [request for some in drawn for request in some if is_taken(comparison, request)]
    drawn.append(mixed(fitting, more, data.draw(st.integers(0, 2**32))))
    found = [check_requests(comparison, some, closer) for some, closer in zip(drawn, (1, 1, 5), strict=True)]
    return sum(taken for taken, _ in found), sum(differing for _, differing in found)


@settings(max_examples=10, phases=generated.UNSHRUNK)
@given(st.data())
def test_a_comparison_agrees_with_deciding_random_requests(data: st.DataObject) -> None:
    agrees(data, 10)


@pytest.mark.slow
def test_a_comparison_agrees_with_deciding_a_hundred_thousand_requests(record_property: Any) -> None:
    counts = [0, 0]

    @settings(max_examples=24, phases=generated.UNSHRUNK, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        taken, differing = agrees(data, 10, more=4250)
        counts[0] += taken
        counts[1] += differing

    law()
    record_property("compared", f"comparisons: {counts[0]:,} requests decided, {counts[1]:,} parts differed")
    assert counts[0] >= 100_000
    assert counts[1] > 0


@settings(max_examples=12, phases=generated.UNSHRUNK)
@given(generated.rulebooks())
def test_a_rulebook_decides_as_itself(written: dict[str, Any]) -> None:
    comparison = compare(compiled(written), compiled(written))
    assert comparison.is_same
    assert not comparison.resigned


@settings(max_examples=6, phases=generated.UNSHRUNK)
@given(versions())
def test_the_other_way_round_is_the_mirror_image(written: Versions) -> None:
    old, new = (compiled(one) for one in written)
    there, back = compare(old, new), compare(new, old)
    if there.undecided or back.undecided:
        return
    assert mirrored(there) == sorted((stage, name, old, new) for stage, name, new, old in mirrored(back))
