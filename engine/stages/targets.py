"""An SLA target measured: when it falls due, when it warns, how it stands, and how much of its time has been spent.

A target is a promise of a calendar's time. It starts at an instant and is met at another; pauses are not counted.
"""

from typing import Literal, NamedTuple

from ..calendars import ALWAYS
from .course import Course
from .runs import Run, find_run
from .target_rules import TargetRule
from .timeline import Interval

State = Literal["running", "paused", "warned", "met", "breached"]
STATES: tuple[State, ...] = ("running", "paused", "warned", "met", "breached")


class Tally(NamedTuple):
    """The runs of a target that are over: how many were met in time, how many were not, the most time that one took."""

    met: int
    breached: int
    longest: int | None


class Measure(NamedTuple):
    """A target as it stands: instants and durations in microseconds, None where there is nothing to count from."""

    due: int | None
    warn_at: int | None
    state: State
    is_open: bool
    """Whether it still runs: neither met nor stopped."""
    started_at: int | None
    """The first moment, open by the calendar, from which its time is counted."""
    met_at: int | None
    elapsed: int | None
    """How much of its time has been spent."""


def measure(rule: TargetRule, within: int, course: Course) -> Measure:
    """The target at the decision's instant."""
    run = find_run(rule, course)
    start, met_at, _ = run
    end = met_at if met_at is not None else course.stopped_at
    is_paused = course.is_paused(rule.paused_by)
    if start is None:
        return _uncounted(run, end, is_paused)
    until = course.at if end is None else end
    elapsed = course.elapsed(start, until)
    pauses = course.pauses(rule.paused_by, start, until)
    if pauses and rule.pauses != "keep_due":
        paused = _length(pauses, course)
        elapsed -= paused
        due = _due(rule, start, within, pauses, paused, course)
        warn_at = _due(rule, start, rule.warning(within), pauses, paused, course)
    else:
        due, warn_at = course.due(start, within), course.due(start, rule.warning(within))
    if end is not None:
        state: State = "breached" if due is not None and end > due else "met"
    elif due is not None and until > due:
        state = "breached"
    elif is_paused:
        state = "paused"
    else:
        state = "warned" if warn_at is not None and until >= warn_at else "running"
    if is_paused and end is None and rule.while_paused != "shown":
        if rule.while_paused == "stands":
            before = pauses[:-1] if pauses and pauses[-1][1] == until else pauses
            paused = _length(before, course)
            due = _due(rule, start, within, before, paused, course)
            warn_at = _due(rule, start, rule.warning(within), before, paused, course)
        elif rule.while_paused == "hidden" or state != "breached":
            due = warn_at = None
    return Measure(due, warn_at, state, end is None, course.opening(start), met_at, elapsed)


def _uncounted(run: Run, end: int | None, is_paused: bool) -> Measure:
    """A target that has nothing to count from."""
    is_over = end is not None or run.is_idle
    state: State = "met" if is_over else "paused" if is_paused else "running"
    return Measure(None, None, state, not is_over, None, run.met_at, None)


def tally(rule: TargetRule, within: int, course: Course) -> Tally:
    """The exchanges that an agent has answered, each measured as a run of its own."""
    met = breached = 0
    longest = None
    for start, _, answered_at in course.exchanges(latest=rule.starts[0] == "latest_unanswered"):
        if answered_at is not None:
            counts = rule.pauses != "keep_due"
            pauses = course.pauses(rule.paused_by, start, answered_at) if counts else []
            paused = _length(pauses, course)
            due = _due(rule, start, within, pauses, paused, course)
            is_late = due is not None and answered_at > due
            met, breached = met + (not is_late), breached + is_late
            elapsed = course.elapsed(start, answered_at) - paused
            longest = elapsed if longest is None else max(longest, elapsed)
    return Tally(met, breached, longest)


def _due(rule: TargetRule, start: int, amount: int, pauses: list[Interval], paused: int, course: Course) -> int | None:
    """When an amount of time has run out, given the pauses that count and how much of the calendar they took."""
    if not pauses:
        return course.due(start, amount)
    if rule.pauses == "shift_due":
        return course.due(start, amount + paused)
    if rule.pauses == "stop_time":
        return _runs_out(start, amount, pauses, course)
    due = course.due(start, amount)
    return None if due is None else ALWAYS.due(due, sum(end - begin for begin, end in pauses))


def _runs_out(start: int, amount: int, pauses: list[Interval], course: Course) -> int | None:
    """Time passes only between the pauses; those that begin after it has run out change nothing."""
    for begin, end in pauses:
        passed = course.elapsed(start, begin)
        if begin > start and passed >= amount:
            break
        amount -= passed
        start = end
    return course.due(start, amount)


def _length(pauses: list[Interval], course: Course) -> int:
    return sum(course.elapsed(begin, end) for begin, end in pauses)
