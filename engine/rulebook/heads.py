"""The head of a rulebook: when it is in force, its conventions of time, its calendars and its facts."""

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
from ..facts import (
    COMMON,
    FACT_GROUPS,
    Closed,
    Duration,
    FactType,
    Instant,
    Number,
    SetOf,
    Text,
    Truth,
    is_declarable,
    normal,
    parse_instant,
)
from .derived import ALWAYS
from .model import Clock, InForce
from .reader import Reader

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_in_force(raw: Mapping[str, Any] | None, reader: Reader) -> InForce | None:
    """When the version applies; None for a draft."""
    if raw is None:
        return None
    name = raw.get("zone", "UTC")
    if not _checked(check_zone, (name,), ("in_force", "zone"), "unknown-zone", reader):
        return None
    ends = [_edge(raw[key], name, ("in_force", key), reader) if key in raw else None for key in ("from", "until")]
    start, end = ends
    if start is not None and end is not None and end <= start:
        reader.fault("never-in-force", "this version ends before it begins", ("in_force", "until"))
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
        reader.fault("wrong-value", said if said.startswith("`") else f"`{text}` {said}", path,
                     help="write a day, such as 2026-01-31, or an RFC 3339 instant")  # fmt: skip
        return None


def read_clock(raw: Mapping[str, Any] | None) -> Clock:
    """The conventions of time, with defaults for those left out (the schema has checked their values)."""
    named = dict(raw or {})
    change = named.pop("on_priority_change", "from_creation")
    return Clock(Conventions(**named), change)


def read_calendars(raw: Mapping[str, Any], reader: Reader) -> dict[str, CalendarSpec]:
    """The calendars by name; a faulty one keeps its name, so that those who use it are not blamed."""
    calendars = {}
    for name, body in raw.items():
        path = ("calendars", name)
        if name == ALWAYS:
            reader.fault("reserved-name", "`always` is the calendar that never closes", path, key=True,
                         help="give yours another name")  # fmt: skip
        calendars[name] = _calendar(body, path, reader)
    return calendars


def _calendar(body: Mapping[str, Any], path: Path, reader: Reader) -> CalendarSpec:
    known_zone = _checked(check_zone, (body["zone"],), (*path, "zone"), "unknown-zone", reader)
    week = _week(body["hours"], (*path, "hours"), reader)
    country, subdivision = _holidays(body.get("holidays"), (*path, "holidays"), reader)
    special = _dated_periods(body, "special_days", path, reader)
    breaks = _dated_periods(body, "breaks", path, reader)
    days_off = [_parsed(parse_date, d, (*path, "days_off", i), reader) for i, d in enumerate(body.get("days_off", ()))]
    moved = body.get("transferred_hours")
    transferred = None if moved is None else _parsed(parse_periods, moved, (*path, "transferred_hours"), reader)
    if not any(week) and not any(special.values()):
        reader.fault(
            "never-opens", "this calendar never opens", (*path, "hours"), help="give the hours of at least one day"
        )
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
        opening = _parsed(parse_periods, periods, (*path, days), reader) or ()
        for number in numbers:
            if number in taken:
                reader.fault(
                    "repeated-day", f"`{days}` and `{taken[number]}` name the same day", (*path, days), key=True
                )
            taken[number] = days
            week[number] = opening
    return tuple(week)


def _holidays(raw: Any, path: Path, reader: Reader) -> tuple[str | None, str | None]:
    if raw is None:
        return None, None
    country, subdivision = (raw, None) if isinstance(raw, str) else (raw["country"], raw.get("subdivision"))
    good = _checked(check_country, (country, subdivision), path, "unknown-country", reader)
    return (country, subdivision) if good else (None, None)


def _dated_periods(body: Mapping[str, Any], key: str, path: Path, reader: Reader) -> dict[date, Any]:
    found = {}
    for day, periods in (body.get(key) or {}).items():
        at = (*path, key, day)
        when = _parsed(parse_date, day, at, reader, key=True)
        opening = () if periods in ("closed", []) else _parsed(parse_periods, periods, at, reader)
        if when is not None and opening is not None:
            found[when] = opening
    return found


def _parsed(parse: Callable[[Any], Any], raw: Any, path: Path, reader: Reader, *, key: bool = False) -> Any:
    """What a parser of the calendars makes of a text, or None and a fault."""
    try:
        return parse(raw)
    except ValueError as error:
        reader.fault("wrong-value", str(error), path, key=key)
        return None


def _checked(check: Callable[..., None], args: tuple[Any, ...], path: Path, code: str, reader: Reader) -> bool:
    try:
        check(*args)
    except ValueError as error:
        reader.fault(code, str(error), path)
        return False
    return True


_PLAIN: Mapping[str, FactType] = {
    "truth": Truth(),
    "count": Number(at_least=0),
    "whole": Number(),
    "decimal": Number(whole=False),
    "duration": Duration(),
    "instant": Instant(),
    "text": Text(),
}


def read_facts(raw: Mapping[str, Any], reader: Reader) -> dict[str, FactType]:
    """The facts that the rulebook declares, by full name; they are in sight from here on."""
    declared = {}
    for name, body in raw.items():
        path = ("facts", name)
        kind = _fact_type(body, path, reader)
        if kind is None:
            reader.facts.setdefault(name, Text())
            continue
        group, _, rest = name.partition(".")
        if name in COMMON:
            if not is_declarable(name, kind):
                reader.fault("fixed-fact", f"`{name}` has a type of its own, which no rulebook changes", path, key=True)
                continue
        elif not (group in FACT_GROUPS and rest.startswith("fields.") and "." not in rest[7:] and rest[7:]):
            reader.unknown("unknown-fact", "fact", name, COMMON, path, key=True,
                           help="facts of your own are named `ticket.fields.…`, `requester.fields.…`, `agent.fields.…`")  # fmt: skip
            continue
        declared[name] = kind
        reader.facts[name] = kind
    return declared


def _fact_type(body: Any, path: Path, reader: Reader) -> FactType | None:
    if isinstance(body, str):
        if body in _PLAIN:
            return _PLAIN[body]
        reader.unknown("unknown-type", "type", body, _PLAIN, path)
        return None
    if isinstance(body, list):
        return _listed(body, path, reader)
    named = [key for key in body if key != "says"]
    if len(named) != 1:
        reader.fault("wrong-shape", "a fact has one type", path, help="such as `{ordered: [low, high]}` or `count`")
        return None
    word, inner = named[0], body[named[0]]
    if word in ("one_of", "ordered"):
        return _listed(inner, (*path, word), reader, ordered=word == "ordered")
    if word == "set":
        if inner == "text":
            return SetOf()
        closed = _listed(inner, (*path, word), reader) if isinstance(inner, list) else None
        return SetOf(closed.values) if closed else None
    if isinstance(inner, dict):
        return _bounded(word, inner, path, reader)
    return _PLAIN[word]


def _bounded(word: str, bounds: Mapping[str, Any], path: Path, reader: Reader) -> FactType | None:
    low, high = bounds.get("at_least"), bounds.get("at_most")
    if word == "count":
        low = max(low or 0, 0)
    if low is not None and high is not None and high < low:
        reader.fault("wrong-value", "no number lies between these bounds", (*path, word))
        return None
    return Number(whole=word != "decimal", at_least=low, at_most=high)


def _listed(values: list[Any], path: Path, reader: Reader, *, ordered: bool = False) -> Closed | None:
    texts: list[str] = []
    for i, value in enumerate(values):
        if not isinstance(value, str) or not value:
            reader.fault("wrong-value", f"`{str(value).lower() if isinstance(value, bool) else value}` is not a text",
                         (*path, i), help="put it in quotes, or declare `truth`, `whole` or `count`")  # fmt: skip
        elif value == "any":
            reader.fault(
                "reserved-name", "`any` is the condition that always holds", (*path, i), help="choose another value"
            )
        elif normal(value) in texts:
            reader.fault("repeated-value", f"`{value}` is listed twice", (*path, i))
        else:
            texts.append(normal(value))
    return Closed(tuple(texts), ordered) if texts and len(texts) == len(values) else None
