"""Instants as histories write them: a format, and a zone for those that carry no offset.

Local times that a zone's clock skipped (a gap) or had twice (a fold) are marked, and settled as the mapping says.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from .document import Instants

RFC3339: Final = "rfc3339"
"""The word that stands for RFC 3339 instead of strptime's directives."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Doubt = Literal["gap", "fold"]


class Instant(NamedTuple):
    """An instant: microseconds since 1970 in UTC, the same in RFC 3339, and what made the local time doubtful."""

    micros: int
    text: str
    doubt: Doubt | None = None


def instant_reader(instants: Instants) -> Callable[[str], Instant]:
    """The function that reads one instant; it raises ValueError with a reason that names no text."""
    parse = _parser(instants.format)
    zone = ZoneInfo(instants.zone) if instants.zone is not None else None

    def read(text: str) -> Instant:
        try:
            local = parse(text)
        except ValueError:
            raise ValueError(f"is not an instant written as `{instants.format}`") from None
        try:
            return _placed(local, zone, instants)
        except OverflowError:
            raise ValueError("is an instant out of range") from None

    return read


def format_fault(form: str) -> str | None:
    """What is wrong with a format of instants, or None: it must be readable and name year, month, day and hour."""
    if form == RFC3339:
        return None
    sample = datetime(2001, 11, 22, 13, 44, 55, tzinfo=UTC)
    try:
        with warnings.catch_warnings():
            # Of a format without a year, which is refused below, Python 3.13 warns as well.
            warnings.simplefilter("ignore", DeprecationWarning)
            back = datetime.strptime(sample.strftime(form), form)
    except ValueError as error:
        return f"`{form}` is not a format: {error}"
    kept = (back.year, back.month, back.day, back.hour) == (2001, 11, 22, 13)
    return None if kept else f"`{form}` does not give year, month, day and hour"


def format_has_offset(form: str) -> bool:
    """Whether instants of this format carry their own offset, so that no zone is needed."""
    return form == RFC3339 or "%z" in form


def _parser(form: str) -> Callable[[str], datetime]:
    return datetime.fromisoformat if form == RFC3339 else lambda text: datetime.strptime(text, form)


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
