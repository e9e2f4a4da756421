"""What each test of the rulebook language means, on examples."""

from typing import Any

import pytest

from engine.facts import Closed, Duration, FactType, Instant, Number, SetOf, Text, Truth
from engine.tables import ANY, Condition, holds, partition, read_condition

LEVELS = Closed(("low", "normal", "high"), ordered=True)
TEXT, TAGS, COUNT = Text(), SetOf(), Number()


def read(raw: Any, kind: FactType) -> tuple[Condition, list[tuple[Any, ...]]]:
    faults: list[tuple[Any, ...]] = []
    return read_condition(raw, kind, lambda *fault: faults.append(fault)), faults


def passes(raw: Any, kind: FactType, value: Any) -> bool:
    condition, faults = read(raw, kind)
    assert not faults
    return all(holds(test, None if value is None else kind.read(value)) for test in condition)


@pytest.mark.parametrize(
    ("kind", "raw", "yes", "no"),
    [
        (LEVELS, "high", ["high"], ["low", None]),
        (LEVELS, ["high", "low"], ["high", "low"], ["normal", None]),
        (LEVELS, "any", ["high", None], []),
        (LEVELS, {"is": "high"}, ["high"], ["low", None]),
        (LEVELS, {"none_of": ["high"]}, ["low", "normal"], ["high", None]),
        (LEVELS, {"at_least": "normal"}, ["normal", "high"], ["low", None]),
        (LEVELS, {"at_most": "normal"}, ["normal", "low"], ["high", None]),
        (LEVELS, {"more_than": "normal"}, ["high"], ["normal", "low", None]),
        (LEVELS, {"less_than": "normal"}, ["low"], ["normal", "high", None]),
        (LEVELS, {"missing": True}, [None], ["low"]),
        (LEVELS, {"missing": False}, ["low"], [None]),
        (Truth(), True, [True], [False, None]),
        (Truth(), {"none_of": [True]}, [False], [True, None]),
        (COUNT, 3, [3, 3.0], [2, 4, None]),
        (COUNT, {"more_than": 3}, [4], [3, None]),
        (COUNT, {"at_least": 3, "at_most": 5}, [3, 4, 5], [2, 6, None]),
        (COUNT, {"at_least": 3, "none_of": [4]}, [3, 5], [4, 2]),
        (COUNT, {"at_least": 5, "at_most": 3}, [], [3, 4, 5, None]),
        (Number(whole=False), {"less_than": 0.5}, [0.4999, 0, -1], [0.5, 1, None]),
        (Duration(), {"at_least": "30m"}, ["30m", "1800s", "PT31M"], ["29m", None]),
        (Duration(), "1h", ["60m", "PT1H"], ["61m"]),
        (Instant(), "2026-01-01T00:00:00Z", ["2026-01-01T03:00:00+03:00"], ["2026-01-01T00:00:01Z", None]),
        (Instant(), {"from": "2026-01-01T00:00:00Z"}, ["2026-01-01T00:00:00Z", "2026-01-01T03:00:00+03:00"],
            ["2025-12-31T23:59:59Z", None]),
        (Instant(), {"before": "2026-01-01T00:00:00Z"}, ["2025-12-31T23:59:59Z"], ["2026-01-01T00:00:00Z", None]),
        (TEXT, "Any", ["Any"], ["any", "ANY", None]),
        (TEXT, {"is": "any"}, ["any"], ["x", None]),
        (TEXT, {"contains": "PRINT"}, ["the Printer", "sprint"], ["prin", None, ""]),
        (TEXT, {"contains": ["a", "b"]}, ["xa", "xb"], ["c"]),
        (TEXT, {"contains": "STRASSE"}, ["Straße", "strasse"], ["strase"]),
        (TEXT, {"contains": "straße"}, ["STRASSE", "Hauptstrasse"], ["strabe"]),
        (TEXT, {"contains": "σίσυφος"}, ["ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟς"], ["σισυφος"]),
        (TEXT, {"contains": "i\u0307"}, ["İstanbul", "i\u0307stanbul"], ["istanbul", "ISTANBUL"]),
        (TEXT, {"contains": "ПРИВЕТ"}, ["привет, мир"], ["пpивет"]),
        (TEXT, {"contains": "caf\u00e9"}, ["CAFE\u0301", "Caf\u00c9"], ["cafe"]),
        (TEXT, {"contains": "cafe"}, ["cafes"], ["caf\u00e9s"]),
        (TEXT, {"contains": "\u0390"}, ["\u0390", "\u03aa\u0301", "\u0399\u0308\u0301"], ["\u03ca"]),
        (TEXT, {"starts_with": "re:"}, ["RE: x"], ["are: x"]),
        (TEXT, {"ends_with": ["!", "?"]}, ["Help!", "Help?"], ["Help"]),
        (TEXT, {"any_word": ["vpn", "ВПН"]}, ["my VPN, please", "впн?", "(vpn)"], ["vpns", "vpn_x", "xvpn", ""]),
        (TEXT, {"any_word": ["STRASSE"]}, ["die Straße hier"], ["Straßen"]),
        (TEXT, {"matches": r"^\d{3}-"}, ["123-4"], ["x123-4", None]),
        (TEXT, {"matches": "error"}, ["An ERROR occurred"], ["eror"]),
        (TEXT, {"matches": ["привет", "x+"]}, ["ПРИВЕТ", "xxx"], ["y"]),
        (TEXT, {"contains": "a", "none_of": ["ab"]}, ["ac"], ["ab", "c"]),
        (TAGS, "a", [["a"], ["a", "b"]], [["b"], [], None]),
        (TAGS, ["a", "b"], [["a"], ["b", "c"]], [["c"], [], None]),
        (TAGS, {"has": "a"}, [["a", "x"]], [["x"], None]),
        (TAGS, {"has_all": ["a", "b"]}, [["b", "a", "c"]], [["a"], [], None]),
        (TAGS, {"has_none": ["a"]}, [["b"], []], [["a"], None]),
        (TAGS, {"has_any": ["a"], "has_none": ["b"]}, [["a"]], [["a", "b"], ["c"]]),
    ],
)  # fmt: skip
def test_each_test_holds_where_the_language_says(kind: FactType, raw: Any, yes: list[Any], no: list[Any]) -> None:
    for value in yes:
        assert passes(raw, kind, value), value
    for value in no:
        assert not passes(raw, kind, value), value


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("hgih", LEVELS),
        (1, Truth()),
        ("true", Truth()),
        ("1", COUNT),
        (True, COUNT),
        (1.5, COUNT),
        (1, TEXT),
        ([], LEVELS),
        (["any", "low"], LEVELS),
        ({"more_than": "high"}, LEVELS),
        ({"less_than": "low"}, LEVELS),
        ({"at_least": "low"}, Closed(("low", "high"))),
        ({"contains": "a"}, LEVELS),
        ({"has": "a"}, TEXT),
        ({"is": ["a"]}, TAGS),
        ({"at_least": 3}, TEXT),
        ({"matches": "(?=a)"}, TEXT),
        ({"matches": "("}, TEXT),
        ({"contains": ""}, TEXT),
        ({"contains": 5}, TEXT),
        ({"any_word": ["two words"]}, TEXT),
        ({"missing": "yes"}, TEXT),
    ],
)
def test_what_no_condition_can_be_is_told(raw: Any, kind: FactType) -> None:
    assert len(read(raw, kind)[1]) == 1


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        (
            LEVELS,
            ["high", ["high"], {"is": "high"}, {"one_of": ["high"]}, {"more_than": "normal"}, {"at_least": "high"}],
        ),
        (LEVELS, [["low", "high"], ["high", "low"], {"one_of": ["high", "low", "high"]}]),
        (Duration(), [{"at_least": "30m"}, {"at_least": "1800s"}, {"at_least": "PT30M"}]),
        (TAGS, ["a", ["a"], {"has_any": ["a"]}]),
        (TEXT, [{"contains": "Straße"}, {"contains": ["STRASSE"]}, {"contains": ["strasse", "STRASSE"]}]),
        (COUNT, [{"at_least": 1, "at_most": 3}, {"at_most": 3, "at_least": 1}]),
        (COUNT, [3, 3.0, {"is": 3}]),
    ],
)
def test_spellings_of_one_condition_are_equal(kind: FactType, spellings: list[Any]) -> None:
    assert len({read(raw, kind)[0] for raw in spellings}) == 1


def test_any_asks_nothing() -> None:
    assert read("any", TEXT)[0] is ANY


def test_values_that_every_test_treats_alike_share_a_cell() -> None:
    condition, _ = read(["high"], LEVELS)
    cut = partition(LEVELS, [condition])
    assert cut.cell("low") == cut.cell("normal") != cut.cell("high")
    apart = partition(LEVELS, [condition], apart=True)
    assert len({apart.cell(value) for value in LEVELS.values}) == 3


def test_a_long_repetition_is_matched_in_linear_time() -> None:
    assert not passes({"matches": "(a+)+$"}, TEXT, "a" * 50_000 + "b")
