"""How instants and durations are written: RFC 3339 and ISO 8601, and the short forms of rulebooks.

Inside the engine an instant is a whole number of microseconds since 1970-01-01T00:00:00Z and a duration a whole
number of microseconds.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000
UNITS = {"d": 86_400 * SECOND, "h": 3_600 * SECOND, "m": 60 * SECOND, "s": SECOND}

FIRST_INSTANT = 0
"""1970-01-01T00:00:00Z: the first instant that a request may name."""
LAST_INSTANT = 3_155_760_000 * SECOND - 1
"""The last microsecond of 2069: calendars are resolved up to here, and no request may name a later instant."""
LONGEST_DURATION = 3_660 * UNITS["d"]
"""Ten years: longer durations are taken for slips."""

_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_SHORT = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,7})h)?(?:(\d{1,9})m)?(?:(\d{1,10})s)?", re.ASCII)
_ISO = re.compile(
    r"P(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,9})M)?(?:(\d{1,10})(?:\.(\d{1,6}))?S)?)?", re.ASCII
)


@lru_cache(maxsize=8192)
def parse_instant(text: str) -> int:
    """The instant that an RFC 3339 text names (section 5.6; an offset is required).

    Raises ValueError with a sentence for the caller.
    """
    if not _RFC3339.fullmatch(text):
        raise ValueError("is not an RFC 3339 instant with an offset, such as `2026-11-23T09:30:00+03:00`")
    try:
        moment = datetime.fromisoformat(text.upper())
        instant = (moment - _EPOCH_UTC) // _MICROSECOND
    except (ValueError, OverflowError):
        raise ValueError("names a day or a time that does not exist") from None
    if not FIRST_INSTANT <= instant <= LAST_INSTANT:
        raise ValueError("lies outside the years 1970 to 2069")
    return instant


@lru_cache(maxsize=8192)
def format_instant(instant: int) -> str:
    """An instant as RFC 3339 in UTC, with a fraction only where there is one."""
    return (_EPOCH + instant * _MICROSECOND).isoformat() + "Z"


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> int:
    """The duration that `1h30m`, `90s`, `2d` or ISO 8601 `PT1H30M` names, in microseconds; a day is 24 hours.

    Raises ValueError with a sentence for the caller.
    """
    match = _SHORT.fullmatch(text) or _ISO.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError("is not a duration, such as `30m`, `4h`, `1h30m` or `PT30M`")
    days, hours, minutes, seconds, *rest = match.groups()
    fraction = (rest[0] if rest else None) or ""
    total = sum(
        int(amount or 0) * UNITS[unit] for amount, unit in zip((days, hours, minutes, seconds), "dhms", strict=True)
    ) + int(fraction.ljust(6, "0"))
    if total > LONGEST_DURATION:
        raise ValueError("is longer than ten years")
    return total


@lru_cache(maxsize=8192)
def format_duration(duration: int) -> str:
    """A duration as ISO 8601 in hours, minutes and seconds (`PT24H`: days would leave open how long they are)."""
    sign, rest = ("-", -duration) if duration < 0 else ("", duration)
    hours, rest = divmod(rest, UNITS["h"])
    minutes, rest = divmod(rest, UNITS["m"])
    seconds, fraction = divmod(rest, SECOND)
    tail = f".{fraction:06d}".rstrip("0") if fraction else ""
    parts = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction or not parts:
        parts += f"{seconds}{tail}S"
    return f"{sign}PT{parts}"
