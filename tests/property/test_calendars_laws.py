"""Laws of calendars, and a slow second opinion that steps through the minutes with zoneinfo alone."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.calendars import ALWAYS, Calendar, CalendarSpec, Conventions, Periods, build_calendar

MINUTE = 60_000_000
HOUR = 60 * MINUTE
EPOCH = datetime(1970, 1, 1)

# days at which these zones skip or repeat an hour (or half), New Year, and days without any change
ANCHORS = {
    "Europe/Berlin": ("2024-03-31", "2024-10-27", "2023-12-31"),
    "America/Santiago": ("2024-04-07", "2024-09-08"),
    "Africa/Cairo": ("2024-04-26", "2024-11-01"),
    "Asia/Beirut": ("2024-03-31", "2024-10-27"),
    "Australia/Lord_Howe": ("2024-04-07", "2024-10-06"),
    "Asia/Kolkata": ("2025-01-01", "2024-02-29"),
}


@cache
def tzdata_zone(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file)


def microseconds(day: date) -> int:
    return (day - EPOCH.date()).days * 24 * HOUR


@st.composite
def periods(draw: st.DrawFn) -> Periods:
    edges = st.tuples(st.integers(0, 95), st.integers(1, 96)).map(lambda edge: (edge[0] * 15, (edge[0] + edge[1]) * 15))
    return tuple(draw(st.lists(edges, max_size=2)))


@st.composite
def specs(draw: st.DrawFn) -> tuple[CalendarSpec, date]:
    """A calendar and the day around which it is looked at."""
    zone = draw(st.sampled_from(sorted(ANCHORS)))
    anchor = date.fromisoformat(draw(st.sampled_from(ANCHORS[zone])))
    near = st.integers(-2, 2).map(lambda days: anchor + timedelta(days=days))
    week = [draw(periods()) for _ in range(7)]
    spec = CalendarSpec(
        zone=zone,
        hours=(week[0], week[1], week[2], week[3], week[4], week[5], week[6]),
        days_off=frozenset(draw(st.lists(near, max_size=1))),
        special_days=draw(st.dictionaries(near, periods(), max_size=1)),
        breaks=draw(st.dictionaries(near, periods(), max_size=2)),
    )
    return spec, anchor


conventions = st.builds(
    Conventions,
    due_lands_on=st.sampled_from(["period_end", "next_opening"]),
    daylight_saving=st.sampled_from(["elapsed", "nominal"]),
    zero_target=st.sampled_from(["at_once", "next_opening"]),
)
offsets = st.one_of(
    st.integers(-48 * 4, 48 * 4).map(lambda quarters: quarters * 15 * MINUTE),
    st.integers(-48 * HOUR, 48 * HOUR),
    st.integers(-2000 * HOUR, 2000 * HOUR),
)
amounts = st.one_of(
    st.integers(0, 48 * 4).map(lambda quarters: quarters * 15 * MINUTE),
    st.integers(0, 48 * HOUR),
    st.integers(0, 2000 * HOUR),
)


class Steps:
    """Minutes from ``DAYS`` before an anchor to ``DAYS`` after, each with what the wall clock shows at it.

    An opening is open from the first minute that shows its start or later to the last that shows less than its end.
    """

    DAYS = 3

    def __init__(self, spec: CalendarSpec, anchor: date) -> None:
        zone = tzdata_zone(spec.zone)
        self.first = microseconds(anchor) - self.DAYS * 24 * HOUR
        self.shown = [self._shown(zone, self.first + minute * MINUTE) for minute in range(2 * self.DAYS * 1440)]
        self.latest = self._latest()
        days = [anchor + timedelta(days=step) for step in range(-self.DAYS - 3, self.DAYS + 3)]
        self.wall = self._wall(spec, days)
        self.open = self._open()

    @staticmethod
    def _shown(zone: ZoneInfo, at: int) -> int:
        local = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(zone).replace(tzinfo=None)
        return (local - EPOCH) // timedelta(minutes=1)

    def _latest(self) -> list[int]:
        """At each minute, the reading up to which the clock has run by its beginning: it never runs back."""
        latest = [self.shown[0]]
        for before, shown in pairwise(self.shown):
            latest.append(max(latest[-1], before + 1, shown))
        return latest

    @staticmethod
    def _wall(spec: CalendarSpec, days: list[date]) -> list[tuple[int, int]]:
        """Runs of open wall minutes."""
        minutes: set[int] = set()
        holes: set[int] = set()
        for day in days:
            hours = () if day in spec.days_off else spec.hours[day.weekday()]
            midnight = microseconds(day) // MINUTE
            for opens, closes in spec.special_days.get(day, hours):
                minutes.update(range(midnight + opens, midnight + closes))
            for opens, closes in spec.breaks.get(day, ()):
                holes.update(range(midnight + opens, midnight + closes))
        return list(runs(minutes - holes))

    def _open(self) -> list[bool]:
        opened = [False] * len(self.shown)
        happened = []
        for start, end in self.wall:
            first = next((i for i, shown in enumerate(self.shown) if shown >= start), None)
            last = next((i for i in reversed(range(len(self.shown))) if self.shown[i] < end), None)
            if first is not None and last is not None and first <= last:
                opened[first : last + 1] = [True] * (last + 1 - first)
            if first is None or last is None or first <= last:
                happened.append((start, end))
        self.wall = happened
        return opened

    def elapsed(self, a: int, b: int, nominal: bool) -> int:
        """The open minutes between two minutes of the walk."""
        if not nominal:
            return sum(self.open[a:b])
        return sum(overlap(self.latest[a], self.latest[b], *opening) for opening in self.wall)


def runs(minutes: Iterable[int]) -> Iterable[tuple[int, int]]:
    start = end = None
    for minute in sorted(minutes):
        if minute != end:
            if start is not None and end is not None:
                yield start, end
            start = minute
        end = minute + 1
    if start is not None and end is not None:
        yield start, end


def overlap(low: int, high: int, start: int, end: int) -> int:
    return max(0, min(high, end) - max(low, start))


@settings(deadline=None, max_examples=60)
@given(specs(), st.data())
def test_agrees_with_stepping_through_the_minutes(case: tuple[CalendarSpec, date], data: st.DataObject) -> None:
    spec, anchor = case
    calendar, steps = build_calendar(spec), Steps(spec, anchor)
    inside = st.integers(1440, len(steps.shown) - 1441)
    for _ in range(10):
        a, b = sorted((data.draw(inside), data.draw(inside)))
        start, end = (steps.first + minute * MINUTE for minute in (a, b))
        assert calendar.is_open(start) == steps.open[a]
        for nominal in (False, True):
            counting = Conventions(daylight_saving="nominal" if nominal else "elapsed")
            assert calendar.elapsed(start, end, counting) == steps.elapsed(a, b, nominal) * MINUTE, counting
    for minute in range(1440, len(steps.shown) - 1440):
        assert calendar.is_open(steps.first + minute * MINUTE) == steps.open[minute]


@settings(deadline=None, max_examples=60)
@given(specs(), st.data())
def test_due_agrees_with_stepping_through_the_minutes(case: tuple[CalendarSpec, date], data: st.DataObject) -> None:
    spec, anchor = case
    calendar, steps = build_calendar(spec), Steps(spec, anchor)
    stop = len(steps.shown) - 1440
    for _ in range(5):
        a = data.draw(st.integers(1440, stop - 1))
        amount = data.draw(st.integers(1, 2000))
        passed = bisect_left(range(a, stop), amount, key=lambda minute: steps.elapsed(a, minute, nominal=False))
        due = calendar.due(steps.first + a * MINUTE, amount * MINUTE)
        if a + passed < stop:
            assert due == steps.first + (a + passed) * MINUTE
        else:
            assert due is None or due >= steps.first + stop * MINUTE


@settings(deadline=None)
@given(specs(), offsets, offsets, offsets, conventions)
def test_elapsed_is_additive(case: tuple[CalendarSpec, date], a: int, b: int, c: int, counting: Conventions) -> None:
    calendar, anchor = build_calendar(case[0]), microseconds(case[1])
    a, b, c = anchor + a, anchor + b, anchor + c
    assert calendar.elapsed(a, b, counting) + calendar.elapsed(b, c, counting) == calendar.elapsed(a, c, counting)
    assert calendar.elapsed(a, b, counting) == -calendar.elapsed(b, a, counting)


@settings(deadline=None)
@given(specs(), offsets, amounts, st.sampled_from(["period_end", "next_opening"]))
def test_due_and_elapsed_are_inverse(case: tuple[CalendarSpec, date], start: int, amount: int, lands: str) -> None:
    calendar, start = build_calendar(case[0]), microseconds(case[1]) + start
    counting = Conventions(due_lands_on=lands)  # type: ignore[arg-type]
    due = calendar.due(start, amount, counting)
    assume(due is not None)
    assert due is not None
    assert calendar.elapsed(start, due, counting) == amount
    if amount and lands == "period_end":
        assert calendar.elapsed(start, due - 1, counting) == amount - 1, "the time runs out no earlier"
    if amount and lands == "next_opening":
        assert calendar.is_open(due)


@settings(deadline=None)
@given(specs(), offsets, amounts)
def test_nominal_due_is_the_first_instant_that_shows_the_amount(
    case: tuple[CalendarSpec, date], start: int, amount: int
) -> None:
    calendar, start = build_calendar(case[0]), microseconds(case[1]) + start
    counting = Conventions(daylight_saving="nominal")
    due = calendar.due(start, amount, counting)
    assume(due is not None)
    assert due is not None
    assert calendar.elapsed(start, due, counting) >= amount
    if due > start:
        assert calendar.elapsed(start, due - 1, counting) <= amount


@settings(deadline=None)
@given(specs(), offsets, amounts, amounts, conventions)
def test_due_grows_with_the_amount(
    case: tuple[CalendarSpec, date], start: int, less: int, more: int, counting: Conventions
) -> None:
    calendar, start = build_calendar(case[0]), microseconds(case[1]) + start
    less, more = sorted((less, more))
    assume(less > 0 or counting.due_lands_on == "next_opening" or counting.zero_target == "at_once")
    assert not_after(calendar.due(start, less, counting), calendar.due(start, more, counting))


@settings(deadline=None)
@given(specs(), offsets, offsets, amounts, conventions)
def test_due_grows_with_the_start(
    case: tuple[CalendarSpec, date], one: int, other: int, amount: int, counting: Conventions
) -> None:
    calendar, anchor = build_calendar(case[0]), microseconds(case[1])
    earlier, later = sorted((anchor + one, anchor + other))
    assert not_after(calendar.due(earlier, amount, counting), calendar.due(later, amount, counting))


@settings(deadline=None)
@given(specs(), st.lists(st.tuples(offsets, amounts, conventions), min_size=1, max_size=8), st.randoms())
def test_answers_do_not_depend_on_what_was_asked_before(
    case: tuple[CalendarSpec, date],
    questions: list[tuple[int, int, Conventions]],
    random: Random,
) -> None:
    spec, anchor = case
    shuffled = random.sample(questions, len(questions))
    used = build_calendar(spec)
    answers = {question: answer(used, anchor, question) for question in shuffled}
    for question in questions:
        assert answer(build_calendar(spec), anchor, question) == answers[question] == answer(used, anchor, question)


def answer(calendar: Calendar, anchor: date, question: tuple[int, int, Conventions]) -> tuple[object, ...]:
    offset, amount, counting = question
    start = microseconds(anchor) + offset
    return (
        calendar.due(start, amount, counting),
        calendar.elapsed(start, start + amount, counting),
        calendar.is_open(start),
        calendar.next_opening(start),
        list(calendar.openings(start, start + min(amount, 100 * HOUR))),
        calendar.ever_opens,
    )


@settings(deadline=None)
@given(specs(), offsets, amounts)
def test_openings_are_apart_and_hold_all_open_time(case: tuple[CalendarSpec, date], start: int, length: int) -> None:
    calendar, start = build_calendar(case[0]), microseconds(case[1]) + start
    end = start + length
    found = list(calendar.openings(start, end))
    edges = [edge for opening in found for edge in opening]
    assert edges == sorted(set(edges))
    assert all(start <= edge <= end for edge in edges)
    assert sum(closes - opens for opens, closes in found) == calendar.elapsed(start, end)
    assert all(calendar.is_open(opens) and calendar.next_opening(opens) == opens for opens, _ in found)
    assert all(not calendar.is_open(closes) for _, closes in found if closes < end)
    upcoming = calendar.next_opening(start)
    assert (upcoming if upcoming is not None and upcoming < end else None) == (found[0][0] if found else None)


@settings(deadline=None)
@given(specs(), offsets, amounts)
def test_round_the_clock_in_any_zone_is_always(case: tuple[CalendarSpec, date], start: int, amount: int) -> None:
    spec = replace(case[0], hours=(((0, 1440),),) * 7, days_off=frozenset(), special_days={}, breaks={})
    start += microseconds(case[1])
    calendar = build_calendar(spec)
    for lands in (Conventions(), Conventions(due_lands_on="next_opening")):
        assert calendar.due(start, amount, lands) == ALWAYS.due(start, amount, lands)
    assert calendar.elapsed(start, start + amount) == ALWAYS.elapsed(start, start + amount)


def not_after(earlier: int | None, later: int | None) -> bool:
    return later is None or (earlier is not None and earlier <= later)
