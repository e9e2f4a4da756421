"""What is wanted against what was got: subsets, tests, times, and what counts as a difference."""

from typing import Any

import pytest

from engine.scenarios.wants import NOTHING, is_test, leaves, matches, mismatches, value_at
from engine.scenarios.words import in_words, wanted

MATCHING: list[tuple[Any, Any]] = [
    ({"level": "P1"}, {"level": "P1", "by": "x"}),
    ({}, {"level": "P1"}),
    (None, None),
    ("30m", "PT30M"),
    ("1d", "PT24H"),
    ("2026-11-23T11:00:00+03:00", "2026-11-23T08:00:00Z"),
    ([{"agent": "bo"}], [{"agent": "bo", "why": "offline"}]),
    ({"one_of": ["a", {"at_least": 2}]}, 3),
    ({"none_of": ["a", "b"]}, None),
    ({"missing": True}, NOTHING),
    ({"missing": True}, None),
    ({"missing": False}, 0),
    ({"has": {"do": "x"}}, [{"do": "y"}, {"do": "x", "by": "z"}]),
    ({"has_all": [{"do": "x"}, {"do": "y"}]}, [{"do": "y"}, {"do": "x"}]),
    ({"has_none": {"do": "x"}}, []),
    ({"at_least": "PT30M", "at_most": "1h"}, "PT45M"),
    ({"at_least": "-PT5M"}, "-PT4M"),
    ({"at_most": "2026-11-23T11:00:00+03:00"}, "2026-11-23T08:00:00Z"),
    ({"size": 2}, ["a", "b"]),
    ({"size": {"at_least": 1}}, {"a": 1}),
    ({"is": {"size": 2}}, {"size": 2}),
    ({"missing": ["contact"]}, {"missing": ["contact"], "more": 1}),
    (1, 1.0),
]
DIFFERENT: list[tuple[Any, Any]] = [
    ({"level": "P1"}, {"by": "x"}),
    ({"level": "P1"}, None),
    ({"level": None}, {}),
    (None, NOTHING),
    (True, 1),
    (1, True),
    (1, "1"),
    ("30m", "PT31M"),
    ("30m", "2026-11-23T08:00:00Z"),
    (["a"], ["a", "b"]),
    (["a", "b"], ["b", "a"]),
    ({"none_of": ["a"]}, NOTHING),
    ({"has": {"do": "x"}}, None),
    ({"has_none": {"do": "x"}}, NOTHING),
    ({"at_least": 2}, "PT30M"),
    ({"at_least": 2}, True),
    ({"at_least": 2}, None),
    ({"size": 2}, "ab"),
    ({"is": {"size": 2}}, {"size": 2, "more": 1}),
    ({"is": None}, NOTHING),
]


@pytest.mark.parametrize(("want", "got"), MATCHING)
def test_what_matches(want: Any, got: Any) -> None:
    assert matches(want, got)


@pytest.mark.parametrize(("want", "got"), DIFFERENT)
def test_what_does_not_match(want: Any, got: Any) -> None:
    assert not matches(want, got)


def test_every_difference_is_told_with_its_place() -> None:
    want = {"priority": {"level": "P1", "by": "x"}, "sla": {"targets": {"resolution": {"within": "4h"}}}}
    got = {"priority": {"level": "P2", "by": "y"}, "sla": None}
    found = [(found.at, found.want, found.got) for found in mismatches(want, got)]
    assert found == [
        (("priority", "level"), "P1", "P2"),
        (("priority", "by"), "x", "y"),
        (("sla",), {"targets": {"resolution": {"within": "4h"}}}, None),
    ]


def test_the_parts_of_an_expectation_are_its_scalars_lists_and_tests() -> None:
    want = {"a": {"b": 1, "c": [1]}, "d": {"has": {"do": "x"}}, "e": None, "f": {"missing": ["x"]}, "g": {}}
    assert dict(leaves(want)) == {
        ("a", "b"): 1,
        ("a", "c"): [1],
        ("d",): {"has": {"do": "x"}},
        ("e",): None,
        ("f", "missing"): ["x"],
        ("g",): {},
    }


def test_a_test_is_a_mapping_of_test_words_only() -> None:
    assert is_test({"has": 1, "size": 2})
    assert not is_test({})
    assert not is_test({"has": 1, "do": "x"})
    assert not is_test({"missing": ["contact"], "size": 1})
    assert not is_test("has")


def test_ways_that_lead_nowhere() -> None:
    assert value_at({"sla": {"clock": "running"}}, ("sla", "clock")) == "running"
    assert value_at({"sla": None}, ("sla", "clock")) is NOTHING
    assert value_at({"obligations": []}, ("obligations", "do")) is NOTHING


def test_values_in_words() -> None:
    assert in_words({"a": [True, None, 1.5], "b": "x\ny"}) == "{a: [true, null, 1.5], b: x y}"
    assert in_words(NOTHING) == "nothing"
    assert len(in_words("x" * 1000)) == 240
    assert wanted({"has": {"do": "x"}, "size": 1}) == "has {do: x}, size 1"
