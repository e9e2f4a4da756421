"""Masks: what is replaced, that equal values stay equal, and what of a masked text can come back in a decision."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.decision_log.masking import Masks, pointer_of, steps_of

REQUEST: dict[str, Any] = {
    "ticket": {"text": "secret", "tags": ["a", "secret"], "fields": {"a/b": "x", "c~d": "y", "n": 7}, "subject": None},
    "roster": [{"id": "ana"}, {"id": "bo"}, {}],
}


def masked(*pointers: str) -> tuple[dict[str, Any], list[str], list[str]]:
    request = json.loads(json.dumps(REQUEST))
    return (request, *Masks(pointers).mask_request(request))


@pytest.mark.parametrize(
    ("pointer", "found", "texts"),
    [
        ("/ticket/text", ["/ticket/text"], ["secret"]),
        ("/ticket/subject", [], []),
        ("/ticket/none", [], []),
        ("/ticket/text/deeper", [], []),
        ("/requester/id", [], []),
        ("/ticket/tags", ["/ticket/tags"], ["a", "secret"]),
        ("/ticket/tags/1", ["/ticket/tags/1"], ["secret"]),
        ("/ticket/tags/9", [], []),
        ("/ticket/fields/a~1b", ["/ticket/fields/a~1b"], ["x"]),
        ("/ticket/fields/c~0d", ["/ticket/fields/c~0d"], ["y"]),
        ("/ticket/fields/n", ["/ticket/fields/n"], []),
        ("/roster/*/id", ["/roster/0/id", "/roster/1/id"], ["ana", "bo"]),
        ("/ticket/fields/*", ["/ticket/fields/a~1b", "/ticket/fields/c~0d", "/ticket/fields/n"], ["x", "y"]),
    ],
)
def test_what_a_pointer_finds_is_replaced(pointer: str, found: list[str], texts: list[str]) -> None:
    request, pointers, gone = masked(pointer)
    assert (pointers, gone) == (found, texts)
    for place in found:
        node: Any = request
        for step in steps_of(place):
            node = node[int(step)] if isinstance(node, list) else node[step]
        assert node.startswith("sha256:")
    if not found:
        assert request == REQUEST


def test_a_pointer_within_what_is_masked_already_changes_nothing() -> None:
    assert masked("/ticket", "/ticket/text")[1] == ["/ticket"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(JSON_VALUES, JSON_VALUES)
def test_hashes_are_equal_exactly_for_equal_values(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    for masks in (Masks(()), Masks((), b"key")):
        assert (masks.hash(one) == masks.hash(other)) is same


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_pointers_and_their_steps_are_two_ways_of_saying_the_same(steps: list[str]) -> None:
    assert list(steps_of(pointer_of(steps))) == steps


@pytest.mark.parametrize(
    ("sent", "said"),
    [("1980-05-06T07:08:09+02:00", "1980-05-06T05:08:09Z"), ("PT90M", "PT1H30M"), ("PT1H30M", "after PT1H30M")],
)
def test_a_masked_time_is_covered_as_a_decision_writes_it(sent: str, said: str) -> None:
    request = {"ticket": {"fields": {"time": sent}}}
    masks = Masks(["/ticket/fields/time"])
    _, texts = masks.mask_request(request)
    decision = {"obligations": [{"do": "tell", "with": {"when": said, "what": "it"}, "by": "tell"}]}
    raw, pointers = masks.mask_decision(json.dumps(decision).encode(), texts)
    assert pointers == ["/obligations/0/with/when"]
    assert said.encode() not in raw


@pytest.mark.parametrize(
    ("text", "said", "is_covered"),
    [
        ("anna.k", "anna.k", True),
        ("anna.k", "write to anna.k!", True),
        ("anna.k", "xanna.kx", True),
        ("7", "call 7", True),
        ("7", "PT7M", False),
        ("Cafe\u0301", "Caf\u00e9", True),
        ('two\nlines "quoted"', 'two\nlines "quoted"', True),
        ("absent", "anna.k", False),
    ],
)
def test_a_masked_text_is_covered_where_a_rulebook_put_it(text: str, said: str, is_covered: bool) -> None:
    decision = {
        "priority": {"level": said, "by": said},
        "obligations": [{"do": said, "with": {"who": said, "list": ["x", said]}, "by": said}],
        "assignment": {"agent": said, "group": None},
    }
    raw, pointers = Masks(()).mask_decision(json.dumps(decision, ensure_ascii=False).encode(), [text])
    found = json.loads(raw)
    assert found["priority"] == decision["priority"], "what the rulebook says itself stays"
    assert found["obligations"][0]["by"] == said
    places = ["/assignment/agent", "/obligations/0/with/who", "/obligations/0/with/list/1"]
    assert pointers == (places if is_covered else [])
    assert found["obligations"][0]["with"]["who"].count("sha256:") == is_covered
