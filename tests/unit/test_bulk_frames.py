"""Polars frames as columns of requests: every type of column, what is refused, and frames as a stream."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from rulebook_kit import catalogue_of

from engine import Catalogue
from engine.bulk import BulkDesk, Coded
from simulations.bulk import columns_of, decide_frame, decide_frames

AT = datetime(2026, 2, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MIDNIGHT = "2026-02-16T00:00:00Z"
BOOK: dict[str, Any] = {
    "in_force": {"from": "2026-01-01"},
    "facts": {
        "ticket.urgency": ["low", "high"], "ticket.fields.vip": "truth", "ticket.fields.count": "count",
        "ticket.fields.ratio": "decimal", "ticket.fields.pause": "duration", "ticket.fields.call_at": "instant",
        "ticket.fields.marks": {"set": ["red", "green"]},
    },
    "priority": {"rules": [
        {"rule": "vip", "when": {"ticket.fields.vip": True}, "then": {"level": "P1"}},
        {"rule": "many", "when": {"ticket.fields.count": {"at_least": 3}}, "then": {"level": "P2"}},
        {"rule": "rare", "when": {"ticket.fields.ratio": {"less_than": 0.5}}, "then": {"level": "P3"}},
        {"rule": "long", "when": {"ticket.fields.pause": {"more_than": "1h"}}, "then": {"level": "P4"}},
        {"rule": "soon", "when": {"ticket.fields.call_at": {"before": MIDNIGHT}}, "then": {"level": "P5"}},
        {"rule": "red", "when": {"ticket.fields.marks": {"has_any": ["red"]}}, "then": {"level": "P6"}},
        {"rule": "fire", "when": {"ticket.text": {"any_word": ["fire"]}}, "then": {"level": "P7"}},
        {"rule": "high", "when": {"ticket.urgency": "high"}, "then": {"level": "P8"}},
    ]},
    "sla": {"rules": [{"rule": "all", "then": {"resolution": "1h"}}]},
}  # fmt: skip


def desk() -> Catalogue:
    return catalogue_of(BOOK)


def levels(frame: pl.DataFrame) -> list[Any]:
    found = decide_frame(desk(), "desk", None, frame.with_columns(at=pl.lit(AT)))
    assert found.check(range(len(frame))) == len(frame)
    told = found.told("priority", lambda part: part["level"])
    return [told.raw(row) for row in range(len(frame))]


@pytest.mark.parametrize(
    ("fact", "values", "kind", "told"),
    [
        ("ticket.fields.vip", [True, False, None], pl.Boolean, ["P1", None, None]),
        ("ticket.fields.count", [3, 2, None], pl.UInt8, ["P2", None, None]),
        ("ticket.fields.count", [3.0, 2.0, None], pl.Float32, ["P2", None, None]),
        ("ticket.fields.ratio", [0.25, 0.5, None], pl.Float64, ["P3", None, None]),
        ("ticket.fields.ratio", [0, 1, None], pl.Int16, ["P3", None, None]),
        ("ticket.fields.pause", [timedelta(hours=2), timedelta(hours=1), None], pl.Duration("ms"), ["P4", None, None]),
        ("ticket.fields.pause", ["2h", "1h", None], pl.String, ["P4", None, None]),
        ("ticket.fields.call_at", [AT - timedelta(1), AT, None], pl.Datetime("ns", "Asia/Tokyo"), ["P5", None, None]),
        ("ticket.fields.call_at", ["2026-02-15T00:00:00Z", "2026-02-16T00:00:00Z", None], pl.String,
         ["P5", None, None]),
        ("ticket.fields.marks", [["red", "green"], ["green"], None], pl.List(pl.String), ["P6", None, None]),
        ("ticket.text", ["Fire!", "fireplace", None], pl.String, ["P7", None, None]),
        ("ticket.urgency", ["high", "low", None], pl.Categorical, ["P8", None, None]),
        ("ticket.urgency", ["high", "low", None], pl.Enum(["low", "high"]), ["P8", None, None]),
        ("ticket.urgency", [None, None], pl.Null, [None, None]),
    ],
)  # fmt: skip
def test_a_column_of_each_type(fact: str, values: list[Any], kind: Any, told: list[Any]) -> None:
    assert levels(pl.DataFrame({fact: pl.Series(values, dtype=kind)})) == told


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("ticket.urgency", "hihg"), ("ticket.urgency", 1), ("ticket.fields.count", -1), ("ticket.fields.count", 0.5),
        ("ticket.fields.count", float("nan")), ("ticket.fields.count", float("inf")), ("ticket.fields.vip", "true"),
        ("ticket.fields.pause", timedelta(days=-1)), ("ticket.fields.pause", timedelta(days=4_000)),
        ("ticket.fields.call_at", datetime(1969, 1, 1, tzinfo=UTC)), ("ticket.fields.marks", ["blue"]),
        ("ticket.colour", "red"), ("ticket.text", "x" * 100_001), ("ticket.id", "\u00fc" * 60_000 + "x" * 60_000),
        ("ticket.fields.count", 2**63), ("requester.fields.x", True),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_as_a_single_request_is(fact: str, value: Any) -> None:
    kind = pl.UInt64 if value == 2**63 else None
    frame = pl.DataFrame({fact: pl.Series([value, None], dtype=kind)}).with_columns(at=pl.lit(AT))
    if kind is not None:
        with pytest.raises(ValueError, match="beyond 64 bits"):
            columns_of(frame)
        return
    found = decide_frame(desk(), "desk", "1.0.0", frame)
    assert found.refused.tolist() == [True, False]
    assert found.check(range(2)) == 2
    assert list(found.faults.values()) == [1]


def test_long_texts_of_few_characters_fit() -> None:
    frame = pl.DataFrame({"ticket.id": ["\u00fc" * 60_000], "at": [AT]})
    assert not decide_frame(desk(), "desk", "1.0.0", frame).refused.any()


@pytest.mark.parametrize(
    ("series", "said"),
    [
        (pl.Series("ticket.created_at", [datetime(2026, 1, 1)]), "name no time zone"),
        (pl.Series("ticket.created_at", [date(2026, 1, 1)]), "Date is no type of a fact"),
    ],
)
def test_columns_that_hold_no_facts(series: pl.Series, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        columns_of(series.to_frame())


def test_the_course_of_a_ticket_as_structs() -> None:
    begin = datetime(2026, 2, 16, 9, tzinfo=UTC)
    frame = pl.DataFrame({
        "at": [AT] * 3,
        "ticket.created_at": [begin] * 3,
        "ticket.waits": [[{"from": begin, "until": begin + 2 * HOUR}], [{"from": begin, "until": None}], None],
        "ask.do": [None, [], None],
    })  # fmt: skip
    found = decide_frame(desk(), "desk", "1.0.0", frame)
    assert found.check(range(3)) == 3
    assert found.singly == 2
    clock = found.promise("clock")
    assert [clock.raw(row) for row in range(3)] == ["warned", "paused", "breached"]


def test_frames_as_a_stream_for_two_desks() -> None:
    other = catalogue_of({**BOOK, "priority": {"otherwise": {"then": {"level": "P9"}}}})
    desks = [BulkDesk(desk(), "desk", "1.0.0"), BulkDesk(other, "desk")]
    whole = pl.DataFrame({"at": [AT] * 10, "ticket.urgency": ["high", "low"] * 5})
    told = []
    for frame, (baseline, candidate) in decide_frames(desks, whole.iter_slices(4)):
        assert len(frame) == len(baseline) == len(candidate)
        assert baseline.check_sample(2, seed=0) == candidate.check_sample(2, seed=0) == 2
        both = [side.told("priority", lambda part: part["level"]) for side in (baseline, candidate)]
        told += [tuple(side.raw(row) for side in both) for row in range(len(frame))]
    assert told == [("P8", "P9"), (None, "P9")] * 5


def test_what_two_desks_read_alike_is_read_once() -> None:
    columns = columns_of(pl.DataFrame({"at": [AT] * 3, "ticket.urgency": ["high", "low", None]}))
    one, other = (BulkDesk(desk(), "desk", "1.0.0").decide(columns) for _ in range(2))
    assert len(columns.memory) == 2
    assert isinstance(columns["ticket.urgency"].coded(), Coded)
    assert one.decision(0) == other.decision(0)
