"""Calendars that leave a target no time: never open again while the version is in force, or too little in a year."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...calendars import FIRST_INSTANT, LAST_INSTANT, Calendar, CalendarSpec
from ...diagnostics import Diagnostic
from ...facts import Duration, format_instant
from ...rulebook import ALWAYS
from ..space import Observed, Unknown, Witness, observe, shown
from .study import Study, pasted

_MINUTE = 60_000_000
_HOLIDAYS = 60
"""More public holidays than any year has."""
_CHANGES = 24 * 60
"""More minutes than changes of the clock take from a year."""
_DAY = 86_400_000_000
_YEAR = 366 * _DAY


def calendars_without_time(study: Study) -> Iterator[Diagnostic]:
    """A finding for each calendar that is too little open for the longest target counted on it."""
    longest: dict[str, tuple[int, str, int]] = {}
    for i, row in enumerate(study.rows("sla")):
        for target, within in row.outcome.targets:
            name = row.outcome.calendar
            if name != ALWAYS and within > longest.get(name, (-1, "", 0))[0]:
                longest[name] = (within, target, i)
    start, end = _in_force(study)
    for name, (within, target, i) in longest.items():
        if _is_plenty(study.book.rulebook.calendars[name], within):
            continue
        calendar = study.book.shared.calendars[name]
        since = _last_chance(calendar, start, end)
        if since is not None:
            why = f"never opens again after {format_instant(since)}"
        else:
            since = _poor_year(calendar, start, end, within)
            if since is None:
                continue
            why = f"is open less than that in the year from {format_instant(since)}"
        yield from _told(
            study, name, f"`{target}` takes {shown(Duration(), within)}, and `{name}` {why}", since, target, i
        )


def _told(study: Study, name: str, said: str, since: int, target: str, i: int) -> Iterator[Diagnostic]:
    row = study.rows("sla")[i]
    seen = _shown(study, i, target, since)
    if seen is None:
        question = f"`{row.id}` ever promises `{target}` when `{name}` has no time for it"
        yield study.undecided(question, Unknown("no such request was found"), row.path)
    else:
        yield study.warning(
            "calendar-without-time",
            f"`{row.id}` promises what is never due: {said}",
            row.path,
            help=f"correct the hours of `{name}`, or count the target on another calendar",
            related=[study.source.related("the calendar", ("calendars", name), key=True)],
            witness=pasted(f"{target} has no time", seen, "sla"),
        )


def _in_force(study: Study) -> tuple[int, int]:
    """From when until when the version applies, as far as calendars know; a draft: from now on."""
    force = study.book.rulebook.in_force
    start = force.start if force else study.space.around
    return max(start, FIRST_INSTANT), LAST_INSTANT if force is None or force.end is None else force.end - 1


def _is_plenty(spec: CalendarSpec, within: int) -> bool:
    """Whether its week alone tells that it opens for so long in every year, whatever the holidays."""
    openings = [max(end - begin for begin, end in periods) for periods in spec.hours if periods]
    if not openings or spec.breaks:
        return False
    days = 52 * len(openings) - _HOLIDAYS - len(spec.days_off) - len(spec.special_days)
    return (days * min(openings) - _CHANGES) * _MINUTE >= within


def _last_chance(calendar: Calendar, start: int, end: int) -> int | None:
    """The instant after which it never opens while the version is in force; None where it goes on opening."""
    last = end if end < LAST_INSTANT else max(start, LAST_INSTANT - _YEAR)
    if calendar.next_opening(last) is not None:
        return None
    if calendar.next_opening(start) is None:
        return start
    low, high = start, last
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if calendar.next_opening(middle) is not None else (low, middle)
    return high


def _poor_year(calendar: Calendar, start: int, end: int, within: int) -> int | None:
    """The beginning of a year in which it is open less than that."""
    last = min(end, LAST_INSTANT - _YEAR)
    return next((at for at in range(start, last + 1, _YEAR) if calendar.elapsed(at, at + _YEAR) < within), None)


def _shown(study: Study, i: int, target: str, since: int) -> Observed | None:
    """A request that is promised the target at such a time, and that is due a year later or never."""
    found = study.reached("sla", i)
    if not isinstance(found, Witness):
        return None
    starts = study.book.rulebook.stages["sla"].settings.targets[target].starts
    for at in (since, since + _DAY, since + 7 * _DAY + _DAY // 2):
        seen = observe(study.book, _moved(found.request, at, [s for s in starts if isinstance(s, str)]))
        part = seen.answer["decision"]["sla"]
        due = part["targets"].get(target, {}).get("due") if part else None
        late = format_instant(at + _YEAR - _DAY)
        if part and part["by"] == study.rows("sla")[i].id and target in part["targets"] and (due is None or due > late):
            return seen
    return None


def _moved(request: Mapping[str, Any], at: int, starts: list[str]) -> Mapping[str, Any]:
    ticket = dict(request.get("ticket", {}))
    for fact in starts:
        group, _, name = fact.partition(".")
        if group == "ticket" and "." not in name and (name == "created_at" or name in ticket):
            ticket[name] = format_instant(at)
    return {**request, "at": format_instant(at), "ticket": ticket}
