"""Examples: a value in each cell that holds one, readable, and written so that it is read back."""

from __future__ import annotations

from typing import Any

import pytest

from engine.facts import (
    FIRST_INSTANT,
    LAST_INSTANT,
    LONGEST_DURATION,
    Closed,
    Duration,
    FactType,
    Instant,
    Number,
    SetOf,
    Text,
    Truth,
    parse_duration,
    parse_instant,
)
from engine.proof.values.examples import NOTHING, example, inhabited_cells, inhabited_marks, written
from engine.proof.values.undecided import BudgetSpent
from engine.tables import Line, Listed, Marks, partition
from engine.tables import Test as Asked


def at(text: str) -> int:
    return parse_instant(text)


def lasts(text: str) -> int:
    return parse_duration(text)


LINES: dict[str, tuple[FactType, tuple[Any, ...], list[Any]]] = {
    "whole": (Number(), (3, 4, 30), [0, 3, NOTHING, 4, 5, 30, 40]),
    "below zero": (Number(), (-50, -7), [-60, -50, -8, -7, 0]),
    "bounded": (Number(at_least=0, at_most=5), (0, 4, 5), [NOTHING, 0, 1, 4, NOTHING, 5, NOTHING]),
    "the ends of 64 bits": (Number(), (-(2**63) + 1, 2**63 - 1), [NOTHING, -(2**63) + 1, 0, 2**63 - 1, NOTHING]),
    "decimal": (Number(whole=False), (0.3, 0.35, 1), [0, 0.3, 0.31, 0.35, 0.4, 1, 2]),
    "decimal neighbours": (
        Number(whole=False), (0.3, 0.30000000000000004), [0, 0.3, NOTHING, 0.30000000000000004, 1]),
    "decimal, a whole bound": (Number(whole=False, at_least=0.5, at_most=0.75), (0.6,), [0.5, 0.6, 0.7]),
    "decimal, between large whole numbers": (Number(whole=False), (2**53 + 1, 2**53 + 2), [0, 2**53 + 1, NOTHING,
        2**53 + 2, 10**16]),
    "durations": (Duration(), (lasts("30m"), lasts("4h")), [lasts("15m"), lasts("30m"), lasts("1h"), lasts("4h"),
        lasts("5h")]),
    "durations at the ends": (Duration(), (0, 1, LONGEST_DURATION), [NOTHING, 0, NOTHING, 1, lasts("1h"),
        LONGEST_DURATION, NOTHING]),
    "instants": (Instant(), (at("2026-11-23T06:30:00Z"), at("2026-11-23T06:45:30Z")), [at("2026-11-23T00:00:00Z"),
        at("2026-11-23T06:30:00Z"), at("2026-11-23T06:45:00Z"), at("2026-11-23T06:45:30Z"),
        at("2026-11-24T00:00:00Z")]),
    "instants at the ends": (Instant(), (FIRST_INSTANT, LAST_INSTANT), [NOTHING, FIRST_INSTANT,
        at("1970-01-02T00:00:00Z"), LAST_INSTANT, NOTHING]),
    "one cell": (Instant(), (), [at("2026-11-23T09:00:00Z")]),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_each_cell_of_a_line_has_its_example_or_none(case: str) -> None:
    kind, points, wanted = LINES[case]
    line = Line(points)
    found = [example(kind, line, cell) for cell in range(line.size)]
    assert found == [None, *wanted]
    for cell, value in enumerate(found):
        if cell and value is not NOTHING:
            assert line.cell(value) == cell
            assert kind.read(written(kind, value)) == value
    assert inhabited_cells(kind, line) == [cell for cell, value in enumerate(found) if value is not NOTHING]


def test_listed_values_stand_for_their_cells() -> None:
    kind = Closed(("low", "normal", "high"), ordered=True)
    cells = partition(kind, [(Asked("one_of", frozenset({"normal", "high"})),)])
    assert isinstance(cells, Listed)
    assert [example(kind, cells, cell) for cell in inhabited_cells(kind, cells)] == [None, "low", "normal"]
    truth = partition(Truth(), [(Asked("one_of", frozenset({True})),)])
    assert [example(Truth(), truth, cell) for cell in range(3)] == [None, False, True]


def test_values_are_written_as_a_request_has_them() -> None:
    assert written(Duration(), lasts("1h30m")) == "PT1H30M"
    assert written(Instant(), at("2026-11-23T09:30:00+03:00")) == "2026-11-23T06:30:00Z"
    assert written(SetOf(), frozenset({"b", "a"})) == ["a", "b"]
    assert written(Text(), None) is None
    assert SetOf().read(written(SetOf(), frozenset({"b", "a"}))) == {"a", "b"}


def _marks(kind: Text | SetOf, tests: list[Asked]) -> Marks:
    marks = partition(kind, [(test,) for test in tests])
    assert isinstance(marks, Marks)
    return marks


def test_marks_have_examples_where_their_tests_can_agree() -> None:
    tests = [Asked("any_word", ("printer",)), Asked("contains", ("print",)), Asked("starts_with", ("p",))]
    marks = _marks(Text(), tests)
    for cell in range(1, 9):
        value = example(Text(), marks, cell)
        has_word, has_part = (bool(cell - 1 & marks.bit_of[test]) for test in tests[:2])
        assert (value is NOTHING) == (has_word and not has_part)
        assert value is NOTHING or marks.cell(value) == cell


def test_inhabited_combinations_are_listed_lazily() -> None:
    tests = [Asked("any_word", ("printer",)), Asked("contains", ("print",)), Asked("one_of", frozenset({"printer"}))]
    marks = _marks(Text(), tests)
    found = list(inhabited_marks(Text(), marks))
    assert found[0] == (0, None)
    assert all(marks.cell(value) == cell for cell, value in found[1:])
    cells = [cell for cell, _ in found]
    assert sorted(cells) == [cell for cell in range(9) if cell == 0 or example(Text(), marks, cell) is not NOTHING]
    kind = SetOf(("a", "b"))
    sets = _marks(kind, [Asked("has_any", frozenset("ab")), Asked("has_all", frozenset("ab"))])
    assert len(list(inhabited_marks(kind, sets))) == 4


def test_too_many_combinations_are_told() -> None:
    marks = _marks(Text(), [Asked("any_word", (f"word{n}",)) for n in range(40)])
    found = inhabited_marks(Text(), marks, limit=10)
    with pytest.raises(BudgetSpent):
        list(found)


def test_chains_of_tests_are_listed_without_trying_every_combination() -> None:
    marks = _marks(Text(), [Asked("starts_with", ("x" * n,)) for n in range(1, 21)])
    assert len(list(inhabited_marks(Text(), marks))) == 22
