"""Time zones: which names there are, and when each zone's offset from UTC changes.

The zones are those of the ``tzdata`` package and of nothing else, so that every machine answers alike whatever zone
files its system has. Must not know openings.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from .horizon import FIRST_INSTANT, LAST_INSTANT, SECOND
from .wording import did_you_mean, quoted

_SECOND: Final = timedelta(seconds=1)
_STEP: Final = 4 * 86_400
"""Seconds between two looks at a zone's offset. Since 1970 no zone has moved away and back within six days."""


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The IANA names of the zones in ``tzdata``, links such as ``Europe/Kiev`` included."""
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())


def check_zone(name: str) -> None:
    """Raise ValueError with the nearest known names unless ``name`` is a zone of ``tzdata``, letter for letter."""
    if name not in zone_names():
        raise ValueError(f"unknown time zone {quoted(name)}{did_you_mean(name, sorted(zone_names()))}")


@lru_cache(maxsize=1024)
@lru_cache(maxsize=1024)
def load_zone(name: str) -> ZoneInfo:
    """The zone ``name`` from ``tzdata``. Raises ValueError for an unknown name, before any file is opened."""
    check_zone(name)
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@lru_cache(maxsize=1024)
def offset_changes(name: str) -> tuple[tuple[int, int], ...]:
    """The zone's offsets over the horizon as (instant, offset), both in seconds, the first at the horizon's beginning.

    Each offset is local time minus UTC and holds from its instant (seconds since the Unix epoch) to the next one's.
    Raises ValueError for an unknown name.
    """
    zone = load_zone(name)
    start, stop = FIRST_INSTANT // SECOND, LAST_INSTANT // SECOND
    offset = _offset(zone, start)
    changes = [(start, offset)]
    since = start
    for look in [*range(start + _STEP, stop, _STEP), stop]:
        while _offset(zone, look) != offset:
            since = _first_change(zone, since, look)
            offset = _offset(zone, since)
            changes.append((since, offset))
        since = look
    return tuple(changes)


def _first_change(zone: ZoneInfo, before: int, after: int) -> int:
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    assert offset is not None
    return offset // _SECOND
