"""Calendars for arrays give, element by element, what the calendar gives: all conventions, zones and edges."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendars import ALWAYS, FIRST_INSTANT, LAST_INSTANT, Calendar, CalendarSpec, Conventions, build_calendar
from engine.calendars.arrays import NEVER, ManyInstants

HOUR = 3_600_000_000
DAY = 24 * HOUR
WORK = ((9 * 60, 17 * 60 + 30),)
NIGHT = ((22 * 60, 30 * 60),)
CONVENTIONS = [
    Conventions(lands, saving, zero, backwards)  # type: ignore[arg-type]
    for lands in ("period_end", "next_opening")
    for saving in ("elapsed", "nominal")
    for zero in ("at_once", "next_opening")
    for backwards in ("negative", "absolute", "zero")
]


def spec(zone: str, hours: Any, **more: Any) -> CalendarSpec:
    return CalendarSpec(zone, (hours, hours, hours, hours, hours, (), ()), **more)


CALENDARS: dict[str, CalendarSpec] = {
    "office in Moscow": spec("Europe/Moscow", WORK, country="RU"),
    "office in Warsaw": spec("Europe/Warsaw", ((8 * 60, 12 * 60), (13 * 60, 17 * 60)), country="PL"),
    "nights in New York": spec("America/New_York", NIGHT),
    "all day at Lord Howe": spec("Australia/Lord_Howe", ((0, 24 * 60),)),
    "never": CalendarSpec("UTC", ((), (), (), (), (), (), ())),
    "one day": CalendarSpec("UTC", ((), (), (), (), (), (), ()), special_days={date(2031, 5, 5): ((600, 660),)}),
}


def built(name: str) -> Calendar:
    return ALWAYS if name == "always" else build_calendar(CALENDARS[name])


def instants() -> st.SearchStrategy[int]:
    around = 1_790_000_000_000_000
    changes = [1_774_746_000_000_000, 1_792_890_000_000_000, 1_793_494_800_000_000, 1_797_000_000_000_000]
    near = st.builds(lambda at, by: at + by, st.sampled_from(changes), st.integers(-3 * HOUR, 3 * HOUR))
    hours = st.integers(0, 24 * 800).map(lambda hour: around - around % HOUR + hour * HOUR // 2)
    return st.one_of(
        st.integers(around - 400 * DAY, around + 400 * DAY), near, hours, hours,
        st.sampled_from([FIRST_INSTANT, FIRST_INSTANT + 1, LAST_INSTANT - 5 * DAY, LAST_INSTANT - 1, LAST_INSTANT]),
    )  # fmt: skip


AMOUNTS = st.one_of(
    st.sampled_from([0, 1, HOUR, 8 * HOUR, 8 * HOUR + HOUR // 2, 40 * HOUR, 3_000 * HOUR]), st.integers(0, 900 * HOUR)
)


def plain(found: Any) -> list[int | None]:
    return [None if value == NEVER else int(value) for value in found]


@pytest.mark.parametrize("name", ["always", *CALENDARS])
def test_arrays_answer_as_the_calendar_does(name: str) -> None:
    shared = ManyInstants(built(name))

    @settings(max_examples=25, deadline=None, database=None)
    @given(st.lists(st.tuples(instants(), instants(), AMOUNTS), min_size=1, max_size=12), st.sampled_from(CONVENTIONS))
    def drawn(asked: list[tuple[int, int, int]], conventions: Conventions) -> None:
        calendar = built(name) if name in ("never", "one day") else scalar
        first, last, amount = (np.array(column, np.int64) for column in zip(*asked, strict=True))
        for arrays in (shared, ManyInstants(calendar)):
            assert plain(arrays.due(first, amount, conventions)) == [
                calendar.due(at, much, conventions) for at, _, much in asked
            ]
            assert plain(arrays.elapsed(first, last, conventions)) == [
                calendar.elapsed(a, b, conventions) for a, b, _ in asked
            ]
            assert plain(arrays.next_opening(first)) == [calendar.next_opening(at) for at, _, _ in asked]
            assert arrays.is_open(first).tolist() == [calendar.is_open(at) for at, _, _ in asked]

    scalar = built(name)
    drawn()


def test_no_questions_no_answers() -> None:
    nothing = np.array([], np.int64)
    for name in ("always", "office in Moscow"):
        arrays = ManyInstants(built(name))
        assert arrays.due(nothing, nothing, Conventions()).size == 0
        assert arrays.elapsed(nothing, nothing, Conventions()).size == 0
        assert arrays.next_opening(nothing).size == 0
        assert arrays.is_open(nothing).size == 0


def test_a_promise_past_the_years_at_hand_is_asked_of_the_calendar() -> None:
    calendar = built("office in Moscow")
    start = np.array([1_790_000_000_000_000] * 3, np.int64)
    amount = np.array([20_000 * HOUR, 20_000 * HOUR, HOUR], np.int64)
    found = plain(ManyInstants(calendar).due(start, amount, Conventions()))
    assert found == [calendar.due(1_790_000_000_000_000, int(much)) for much in amount]
    assert found[0] is not None
