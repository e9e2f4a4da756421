"""Instants as histories write them: formats, and a zone for those that carry no offset.

Local times that a zone's clock skipped (a gap) or had twice (a fold) are marked, and settled as the mapping says.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from .document import Instants, Writing

RFC3339: Final = "rfc3339"
"""The word that stands for RFC 3339 instead of strptime's directives."""
UNIX: Final = {"unix": 1_000_000, "unix_ms": 1_000}
"""The words for seconds and milliseconds since 1970, with their microseconds."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NUMBER: Final = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

Doubt = Literal["gap", "fold"]


class Instant(NamedTuple):
    """An instant: microseconds since 1970 in UTC, the same in RFC 3339, and what made the local time doubtful."""

    micros: int
    text: str
    doubt: Doubt | None = None


def instant_of(micros: int) -> Instant:
    """The instant of so many microseconds since 1970."""
    return _instant(_EPOCH + timedelta(microseconds=micros), None)


def instant_reader(instants: Instants, writing: Writing | None = None) -> Callable[[str], Instant]:
    """The function that reads one instant; it raises ValueError with a reason that names no text."""
    writing = writing or instants.writing("")
    parsers = [_parser(form, writing.date_at) for form in writing.formats]
    zone = ZoneInfo(writing.zone) if writing.zone is not None else None
    written = " or ".join(f"`{form}`" for form in writing.formats)

    def read(text: str) -> Instant:
        for parse in parsers:
            try:
                local = parse(text)
                break
            except (ValueError, OverflowError):
                continue
        else:
            raise ValueError(f"is not an instant written as {written}")
        try:
            return _placed(local, zone, instants)
        except OverflowError:
            raise ValueError("is an instant out of range") from None

    return read


def format_fault(form: str, date_at: str | None = None) -> str | None:
    """What is wrong with a format of instants, or None: it must be readable and name year, month, day and hour.

    The hour may be left out where ``date_at`` gives the time of dates.
    """
    if form == RFC3339 or form in UNIX:
        return None
    sample = datetime(2001, 11, 22, 13, 44, 55, tzinfo=UTC)
    try:
        with warnings.catch_warnings():
            # Of a format without a year, which is refused below, Python 3.13 warns as well.
            warnings.simplefilter("ignore", DeprecationWarning)
            back = datetime.strptime(sample.strftime(form), form)
    except ValueError as error:
        return f"`{form}` is not a format: {error}"
    if (back.year, back.month, back.day) == (2001, 11, 22) and (back.hour == 13 or date_at is not None):
        return None
    return f"`{form}` does not give year, month, day and hour"


def time_fault(text: str) -> str | None:
    """What is wrong with a time of day, or None."""
    return None if _CLOCK.fullmatch(text) else f"`{text}` is no time of day"


def format_has_offset(form: str) -> bool:
    """Whether instants of this format carry their own offset, so that no zone is needed."""
    return form == RFC3339 or form in UNIX or "%z" in form


def _parser(form: str, date_at: str | None) -> Callable[[str], datetime]:
    if form == RFC3339:
        return datetime.fromisoformat
    if form in UNIX:
        return _since_1970(UNIX[form])
    if date_at is not None and not any(directive in form for directive in ("%H", "%I", "%c", "%X")):
        clock = time.fromisoformat(date_at)
        return lambda text: datetime.combine(datetime.strptime(text, form), clock)
    return lambda text: datetime.strptime(text, form)


def _since_1970(unit: int) -> Callable[[str], datetime]:
    def parse(text: str) -> datetime:
        if _NUMBER.fullmatch(text) is None:
            raise ValueError(text)
        whole, _, part = text.partition(".")
        micros = int(whole) * unit + int((part + "000000000")[:9]) * unit // 1_000_000_000
        return _EPOCH + timedelta(microseconds=micros)

    return parse


def _placed(local: datetime, zone: ZoneInfo | None, instants: Instants) -> Instant:
    if local.tzinfo is not None:
        return _instant(local, None)
    if zone is None:
        raise ValueError("is an instant without an offset, and the mapping names no zone")
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return _instant(first, None)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local:
        return _instant(second if instants.fold == "later" else first, "fold")
    if instants.gap == "set_aside":
        raise ValueError("is a local time that the clock of the zone skipped")
    return _instant(first, "gap")


def _instant(moment: datetime, doubt: Doubt | None) -> Instant:
    moment = moment.astimezone(UTC)
    return Instant((moment - _EPOCH) // _MICROSECOND, moment.isoformat().replace("+00:00", "Z"), doubt)
