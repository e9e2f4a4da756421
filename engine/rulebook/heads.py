"""The head of a rulebook: when it is in force, its conventions of time, and its calendars."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..calendars import (
    CalendarSpec,
    Conventions,
    check_country,
    check_zone,
    load_zone,
    parse_date,
    parse_days,
    parse_periods,
)
from ..diagnostics import Path
from ..facts import parse_instant, shown
from .derivation import ALWAYS, ZONE_HELP
from .model import Clock, InForce
from .reader import Reader

CLOSED = "closed"
GRANULARITY = {"exact": 1, "minute": 60_000_000}
"""How exactly instants are told, in microseconds."""
_FORMS: Mapping[Callable[[Any], Any], str] = {
    parse_days: "days are written such as `mon-fri`, `sat` or `mon,wed`",
    parse_periods: 'hours are written such as "09:00-18:00"; a day without any is `closed`',
    parse_date: "days are written such as 2026-05-04",
}
_COUNTRY_HELP = "write a country's code, such as RU, or {country: DE, subdivision: BY}; leave it out for no holidays"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_in_force(raw: Mapping[str, Any] | None, reader: Reader) -> InForce | None:
    """When the version applies; None for a draft."""
    if raw is None:
        return None
    name = raw.get("zone", "UTC")
    if not _is_zone(name, ("in_force", "zone"), reader):
        return None
    ends = [_edge(raw[key], name, ("in_force", key), reader) if key in raw else None for key in ("from", "until")]
    start, end = ends
    if start is not None and end is not None and end <= start:
        reader.fault("never-in-force", "this version ends before it begins", ("in_force", "until"),
                     help="let `until` be later than `from`, or leave it out")  # fmt: skip
    return None if start is None else InForce(start, end)


def _edge(text: str, name: str, path: Path, reader: Reader) -> int | None:
    try:
        if "T" in text:
            return parse_instant(text)
        day = parse_date(text)
        start = datetime(day.year, day.month, day.day, tzinfo=load_zone(name))
        return (start - _EPOCH) // timedelta(microseconds=1)
    except ValueError as error:
        said = str(error)
        reader.fault("wrong-value", said if said.startswith("`") else f"{shown(text)} {said}", path,
                     help="write a day, such as 2026-01-31, or an RFC 3339 instant")  # fmt: skip
        return None


def read_clock(raw: Mapping[str, Any] | None) -> Clock:
    """The conventions of time, with defaults for those left out (the schema has checked their values)."""
    named = dict(raw or {})
    change = named.pop("on_priority_change", "from_creation")
    step = GRANULARITY[named.pop("granularity", "exact")]
    has_zero_targets = named.get("zero_target") != "none"
    if not has_zero_targets:
        del named["zero_target"]
    return Clock(Conventions(**named), change, has_zero_targets, step)


def read_calendars(raw: Mapping[str, Any], reader: Reader) -> tuple[dict[str, CalendarSpec], frozenset[str]]:
    """The calendars by name, and which of them are assumed.

    A faulty one keeps its name, so that those who use it are not blamed.
    """
    calendars = {}
    for name, body in raw.items():
        path = ("calendars", name)
        if name == ALWAYS:
            reader.fault("reserved-name", "`always` is the calendar that never closes", path, key=True,
                         help="give yours another name")  # fmt: skip
        calendars[name] = _calendar(body, path, reader)
    return calendars, frozenset(name for name, body in raw.items() if body.get("assumed") is True)


def _calendar(body: Mapping[str, Any], path: Path, reader: Reader) -> CalendarSpec:
    faults = len(reader.faults)
    known_zone = _is_zone(body["zone"], (*path, "zone"), reader)
    week = _week(body["hours"], (*path, "hours"), reader)
    country, subdivision = _holidays(body.get("holidays"), (*path, "holidays"), reader)
    special = _dated_periods(body, "special_days", path, reader)
    breaks = _dated_periods(body, "breaks", path, reader)
    days_off = [_parsed(parse_date, d, (*path, "days_off", i), reader) for i, d in enumerate(body.get("days_off", ()))]
    transferred = _hours(body.get("transferred_hours"), (*path, "transferred_hours"), reader)
    is_clean = len(reader.faults) == faults and not reader.doubts.within(path)
    if is_clean and not any(week) and not any(special.values()):
        reader.fault("never-opens", f"the calendar {shown(path[-1])} never opens", (*path, "hours"), key=True,
                     help="give the hours of at least one day")  # fmt: skip
    return CalendarSpec(
        zone=body["zone"] if known_zone else "UTC",
        hours=week,
        country=country,
        subdivision=subdivision,
        days_off=frozenset(d for d in days_off if d is not None),
        special_days=special,
        breaks=breaks,
        transferred_hours=transferred,
    )


def _week(hours: Mapping[str, Any], path: Path, reader: Reader) -> Any:
    week: list[Any] = [() for _ in range(7)]
    taken: dict[int, str] = {}
    for days, periods in hours.items():
        numbers = _parsed(parse_days, days, (*path, days), reader, key=True) or ()
        opening = _hours(periods, (*path, days), reader) or ()
        twice = next((taken[number] for number in numbers if number in taken), None)
        if twice is not None:
            reader.fault("repeated-value", f"{shown(days)} and {shown(twice)} name the same day", (*path, days),
                         key=True, help="name each day of the week once")  # fmt: skip
        for number in numbers:
            taken.setdefault(number, days)
            week[number] = opening
    return tuple(week)


def _holidays(raw: Any, path: Path, reader: Reader) -> tuple[str | None, str | None]:
    if raw is None:
        return None, None
    country, subdivision = (raw, None) if isinstance(raw, str) else (raw["country"], raw.get("subdivision"))
    at = path if isinstance(raw, str) else (*path, "country")
    good = _is_country((country,), at, reader)
    if good and subdivision is not None:
        good = _is_country((country, subdivision), (*path, "subdivision"), reader)
    return (country, subdivision) if good else (None, None)


def _dated_periods(body: Mapping[str, Any], key: str, path: Path, reader: Reader) -> dict[date, Any]:
    found = {}
    for day, periods in (body.get(key) or {}).items():
        at = (*path, key, day)
        when = _parsed(parse_date, day, at, reader, key=True)
        opening = _hours(periods, at, reader)
        if when is not None and opening is not None:
            found[when] = opening
    return found


def _hours(raw: Any, path: Path, reader: Reader) -> Any:
    """The openings of a day, none for `closed`; None where they are left out or faulty."""
    if raw is None or raw == CLOSED:
        return None if raw is None else ()
    if isinstance(raw, list):
        texts = [_parsed(parse_periods, item, (*path, i), reader) for i, item in enumerate(raw)]
        if None in texts:
            return None
    return _parsed(parse_periods, raw, path, reader)


def _parsed(parse: Callable[[Any], Any], raw: Any, path: Path, reader: Reader, *, key: bool = False) -> Any:
    """What a parser of the calendars makes of a text, or None and a fault."""
    try:
        return parse(raw)
    except ValueError as error:
        reader.fault("wrong-value", str(error), path, key=key, help=_FORMS[parse])
        return None


def _is_zone(name: str, path: Path, reader: Reader) -> bool:
    return _checked(check_zone, (name,), path, "unknown-zone", reader, ZONE_HELP)


def _is_country(args: tuple[str, ...], path: Path, reader: Reader) -> bool:
    return _checked(check_country, args, path, "unknown-country", reader, _COUNTRY_HELP)


def _checked(
    check: Callable[..., None], args: tuple[str, ...], path: Path, code: str, reader: Reader, help: str
) -> bool:
    try:
        check(*args)
    except ValueError as error:
        reader.fault(code, str(error), path, help=help)
        return False
    return True
