"""How values of requests and rulebooks are read and written: instants, durations, and every type of fact."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import format_duration, format_instant, parse_duration, parse_instant
from engine.facts import (
    COMMON,
    FIRST_INSTANT,
    FIXED,
    LAST_INSTANT,
    LONGEST_DURATION,
    Closed,
    Duration,
    FactType,
    Instant,
    Misfit,
    Number,
    SetOf,
    Text,
    Truth,
    is_declarable,
)

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-11-23T09:30:00+03:00", "2026-11-23T06:30:00Z"),
        ("2026-11-23t06:30:00z", "2026-11-23T06:30:00Z"),
        ("2026-11-23 06:30:00Z", "2026-11-23T06:30:00Z"),
        ("2026-11-23T06:30:00.5Z", "2026-11-23T06:30:00.500000Z"),
        ("2026-11-23T06:30:00.000Z", "2026-11-23T06:30:00Z"),
        ("2026-11-23T06:30:00.123456789Z", "2026-11-23T06:30:00.123456Z"),
        ("2026-11-23T06:30:00-00:00", "2026-11-23T06:30:00Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2069-12-31T23:59:59.999999Z", "2069-12-31T23:59:59.999999Z"),
    ],
)
def test_instants_are_written_in_utc(text: str, same: str) -> None:
    assert format_instant(parse_instant(text)) == same


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-23", "2026-11-23T06:30:00", "2026-11-23T06:30Z", "2026-11-23T24:00:00Z", "2026-02-30T00:00:00Z",
     "2026-11-23T06:30:60Z", "2026-11-23T06:30:00+24:00", "1969-12-31T23:59:59Z", "2070-01-01T00:00:00Z",
         " 2026-11-23T06:30:00Z",
     "2026-11-23T06:30:00Z\n", "٢٠٢٦-11-23T06:30:00Z", "20261123T063000Z", "0001-01-01T00:00:00+12:00", "1769503800"],
)  # fmt: skip
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "iso"),
    [("90s", "PT1M30S"), ("30m", "PT30M"), ("4h", "PT4H"), ("1d", "PT24H"), ("1h30m", "PT1H30M"), ("PT30M", "PT30M"),
     ("P1D", "PT24H"), ("P1DT2H", "PT26H"), ("PT0.5S", "PT0.5S"), ("0m", "PT0S"), ("PT0S", "PT0S"), ("1800s", "PT30M"),
     ("1d2h3m4s", "PT26H3M4S"), ("PT1.000001S", "PT1.000001S"), ("3660d", "PT87840H")],
)  # fmt: skip
def test_durations(text: str, iso: str) -> None:
    assert format_duration(parse_duration(text)) == iso


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "5", "m", "-30m", "1.5h", "30 m", "30M", "pt30m", "1m1h", "P1W", "P1M", "P1Y", "3661d",
        "PT1H ", "٣m"],
)  # fmt: skip
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_duration(text)


@given(st.integers(FIRST_INSTANT, LAST_INSTANT))
def test_an_instant_reads_back(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(st.integers(0, LONGEST_DURATION))
def test_a_duration_reads_back(duration: int) -> None:
    assert parse_duration(format_duration(duration)) == duration
    assert format_duration(-duration) == ("-" if duration else "") + format_duration(duration)


def test_a_negative_duration_is_written_with_its_sign() -> None:
    assert format_duration(-HOUR - 1) == "-PT1H0.000001S"


GOOD: list[tuple[FactType, Any, Any]] = [
    (Truth(), True, True),
    (Truth(), False, False),
    (Number(), 3, 3),
    (Number(), 3.0, 3),
    (Number(), -0.0, 0),
    (Number(), 2**63 - 1, 2**63 - 1),
    (Number(whole=False), 3.5, 3.5),
    (Number(whole=False), 3.0, 3),
    (Number(at_least=1, at_most=3), 3, 3),
    (Text(), "", ""),
    (Text(), "cafe\u0301", "caf\u00e9"),
    (Closed(("caf\u00e9",)), "cafe\u0301", "caf\u00e9"),
    (SetOf(), ["b", "a", "b"], frozenset("ab")),
    (SetOf(), [], frozenset()),
    (SetOf(("a", "b")), ["a"], frozenset("a")),
    (Duration(), "1h", HOUR),
    (Instant(), "1970-01-01T01:00:00Z", HOUR),
]


@pytest.mark.parametrize(("kind", "value", "read"), GOOD)
def test_a_value_that_fits_is_read(kind: FactType, value: Any, read: Any) -> None:
    found = kind.read(value)
    assert found == read
    assert type(found) is type(read)


BAD: list[tuple[FactType, Any, str]] = [
    (Truth(), 1, "`1` is neither true nor false"),
    (Truth(), "true", "`true` is neither true nor false"),
    (Truth(), None, "`null` is neither true nor false"),
    (Number(), True, "`true` is not a number"),
    (Number(), "1", "`1` is not a number"),
    (Number(), 3.5, "`3.5` is not a whole number"),
    (Number(), math.inf, "`inf` is not a finite number"),
    (Number(), math.nan, "`nan` is not a finite number"),
    (Number(), 2**63, f"`{2**63}` is beyond 64 bits"),
    (Number(), -(2**63), f"`{-(2**63)}` is beyond 64 bits"),
    (Number(), 1e300, "`1e+300` is beyond 64 bits"),
    (Number(), 10**5000, "a number of more than 40 digits is beyond 64 bits"),
    (Number(at_least=1, at_most=3), 0, "`0` is less than 1"),
    (Number(at_least=1, at_most=3), 4, "`4` is more than 3"),
    (Number(), [1], "a list is not a number"),
    (Text(), 1, "`1` is not a text"),
    (Text(), {"a": 1}, "a mapping is not a text"),
    (Text(), "x" * 100_001, "a text of 100001 characters is longer than 100000"),
    (Text(), "\ud800", "the text holds half of a surrogate pair, which no Unicode text can"),
    (Closed(("high", "low")), "hgih", "unknown value `hgih`; did you mean `high`?"),
    (Closed(("high", "low")), "x", "unknown value `x`; known are `high`, `low`"),
    (Closed(("1",)), 1, "`1` is not a text"),
    (Closed(("high",)), "High", "unknown value `High`; did you mean `high`?"),
    (SetOf(), "a", "`a` is not a list"),
    (SetOf(), [1], "`1` is not a text"),
    (SetOf(), [None], "`null` is not a text"),
    (SetOf(), ["a"] * 1001, "a list of 1001 members is longer than 1000"),
    (SetOf(("apple",)), ["aple"], "unknown value `aple`; did you mean `apple`?"),
    (Duration(), 30, "`30` is not a duration, such as `PT30M`"),
    (Duration(), "x", "`x` is not a duration, such as `30m`, `4h`, `1h30m` or `PT30M`"),
    (Instant(), 0, "`0` is not an RFC 3339 instant, such as `2026-11-23T09:30:00+03:00`"),
    (Instant(), "2026-11-31T00:00:00Z", "`2026-11-31T00:00:00Z` names a day or a time that does not exist"),
]


@pytest.mark.parametrize(("kind", "value", "message"), BAD, ids=[message[:40] for _, _, message in BAD])
def test_a_value_that_does_not_fit_is_refused_in_the_senders_words(kind: FactType, value: Any, message: str) -> None:
    with pytest.raises(Misfit) as refused:
        kind.read(value)
    assert refused.value.message == message


def test_a_misfit_knows_the_nearest_value() -> None:
    with pytest.raises(Misfit) as refused:
        Closed(("partner", "client")).read("clinet")
    assert refused.value.nearest == "client"


@pytest.mark.parametrize(
    ("fact", "kind", "declarable"),
    [
        ("ticket.channel", Closed(("a",)), True),
        ("ticket.impact", Number(at_least=1, at_most=4), True),
        ("ticket.impact", Truth(), False),
        ("ticket.status", Closed(("new", "open")), True),
        ("ticket.status", Closed(("new", "parked")), False),
        ("requester.relation", Closed(("client",)), True),
        ("requester.relation", Text(), False),
        ("ticket.tags", SetOf(("a",)), True),
        ("ticket.created_at", Instant(), True),
        ("ticket.created_at", Text(), False),
        ("ticket.line", Number(), False),
        ("requester.language", Closed(("ru",)), True),
    ],
)
def test_which_common_facts_a_rulebook_may_declare(fact: str, kind: FactType, declarable: bool) -> None:
    assert is_declarable(fact, kind) is declarable


def test_every_fact_of_the_contract_is_known() -> None:
    ticket = ["id", "channel", "subject", "text", "language", "reported_kind", "category", "service", "impact",
        "urgency", "status", "tags", "line", "group", "owner", "parent", "parent_owner", "created_at",
            "first_response_at", "last_update_at", "resolved_at", "reopened"]  # fmt: skip
    requester = ["id", "relation", "tier", "role", "language", "warnings"]
    agent = ["id", "role", "group", "line", "skills"]
    known = {f"{group}.{name}" for group, names in (("ticket", ticket), ("requester", requester), ("agent",
        agent)) for name in names}  # fmt: skip
    assert known <= set(COMMON)
    assert set(COMMON) >= FIXED
