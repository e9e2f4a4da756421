"""From where a target runs, and what meets it: the settings of a target put to the course of a ticket."""

from typing import NamedTuple

from ..rulebook import AGENT_REPLY, COURSE_WORDS, UNANSWERED, InStates
from .course import Course
from .target_rules import RESOLVED, Moment, TargetRule

FROM_THE_START = -1
"""The place in the list of messages after which all of them follow."""


class Run(NamedTuple):
    """One run of a target: from its start until it is met, each None where that has not happened."""

    start: int | None
    met_at: int | None
    is_idle: bool = False
    """Whether it waits for a message that has not come, so that nothing is owed."""


def find_run(rule: TargetRule, course: Course) -> Run:
    """The run that a target is in, or the last that it was in."""
    if rule.is_plain and course.reopened_at is None:
        return _plain_run(rule, course)
    found = _start(rule, course)
    if found is None:
        return _without_start(rule, course)
    start, place = found
    if course.reopened_at is not None and rule.reopening == "starts_anew":
        start = max(start, course.reopened_at)
    met_at = None
    for moment in rule.met:
        instant = _met_by(moment, start, place, rule, course)
        if instant is not None and (met_at is None or instant < met_at):
            met_at = instant
    return Run(_after_change(start, met_at, course), met_at)


def _plain_run(rule: TargetRule, course: Course) -> Run:
    """The run of a target that is measured between facts alone, of a ticket that was never opened again."""
    start = None
    for fact in rule.starts:
        start = course.happened(fact)  # type: ignore[arg-type]
        if start is not None:
            break
    else:
        return _without_start(rule, course)
    met_at = None
    for fact in rule.met:
        instant = course.closed_at if fact == RESOLVED else course.happened(fact)  # type: ignore[arg-type]
        if instant is not None and (met_at is None or instant < met_at):
            met_at = instant
    return Run(_after_change(start, met_at, course), met_at)


def _without_start(rule: TargetRule, course: Course) -> Run:
    """Nothing to start from: all is answered, or nobody has written, or nothing is known."""
    for word in rule.starts:
        if word in UNANSWERED:
            exchanges = course.exchanges(latest=word == "latest_unanswered")
            if exchanges:
                start, _, answered_at = exchanges[-1]
                return Run(_after_change(start, answered_at, course), answered_at)
    last = rule.starts[-1]
    if isinstance(last, InStates):
        return Run(None, None, is_idle=bool(course.case.stays))
    if last in COURSE_WORDS:
        return Run(None, None, is_idle=course.messages is not None)
    # If it is stated at all, it lies after the decision's instant; what has met it by then has met it.
    later = course.case.value(last)
    met = [_met_by(moment, course.at, FROM_THE_START, rule, course) for moment in rule.met]
    met_at = min((instant for instant in met if instant is not None), default=None)
    return Run(None if later is None else course.clock.cut(later), met_at)


def _start(rule: TargetRule, course: Course) -> tuple[int, int] | None:
    """The first of its starts that has happened, with its place among the messages."""
    for moment in rule.starts:
        if isinstance(moment, InStates):
            entered = course.last_entry(moment)
            found = None if entered is None else (entered, FROM_THE_START)
        elif moment in COURSE_WORDS:
            found = _message_start(moment, course)
        else:
            instant = course.happened(moment)
            found = None if instant is None else (instant, FROM_THE_START)
        if found is not None:
            return found
    return None


def _message_start(word: str, course: Course) -> tuple[int, int] | None:
    match word:
        case "first_requester_message":
            return course.first_message(of_agent=False)
        case "last_requester_message":
            return course.last_message(of_agent=False)
        case "last_agent_reply":
            return course.last_message(of_agent=True)
    exchanges = course.exchanges(latest=word == "latest_unanswered")
    if not exchanges or exchanges[-1].answered_at is not None:
        return None
    return exchanges[-1].start, exchanges[-1].place


def _met_by(moment: Moment, start: int, place: int, rule: TargetRule, course: Course) -> int | None:
    if isinstance(moment, InStates):
        stays_met = rule.reopening == "stays_met"
        return next((at for at in course.entries(moment, start) if stays_met or not course.is_undone(at)), None)
    if moment in COURSE_WORDS:
        return course.next_message(start, place, of_agent=moment == AGENT_REPLY)
    if moment == RESOLVED:
        return course.first_closed_at if rule.reopening == "stays_met" else course.closed_at
    instant = course.happened(moment)
    if rule.reopening == "starts_anew" and instant is not None and course.reopened_at is not None:
        return instant if instant >= course.reopened_at else None
    return instant


def _after_change(start: int, met_at: int | None, course: Course) -> int:
    """With `on_priority_change: from_change` no start lies before a change that came before it was met."""
    if course.clock.on_priority_change == "from_change":
        changed = course.happened("ticket.priority_changed_at")
        if changed is not None and (met_at is None or changed < met_at):
            return max(start, changed)
    return start
