"""Waits that rows tell of: two columns of instants, a total until an instant, or a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from ..mappings import Column, Wait
from .readings import Misread, Reading


class Span(NamedTuple):
    """A wait, and the instant from which on it is known of; microseconds since 1970. No end: it still lasts."""

    start: int
    until: int | None
    known: int


class _Listed(msgspec.Struct, forbid_unknown_fields=True):
    start: str = msgspec.field(name="from")
    until: str | None = None


_WAITS: Final = msgspec.json.Decoder(list[_Listed | tuple[str, str | None]])


def spans_of(reading: Reading, waits: tuple[Wait, ...]) -> dict[int, list[Span]]:
    """The waits that the rows of a batch tell of, by position."""
    found: dict[int, list[Span]] = {}
    for wait in waits:
        spans = _listed(reading, wait.listed) if wait.listed is not None else _stated(reading, wait)
        for at, span in spans:
            found.setdefault(at, []).append(span)
    return found


def _stated(reading: Reading, wait: Wait) -> Iterator[tuple[int, Span]]:
    ends = reading.instants(wait.until) if wait.until is not None else None
    if wait.total is not None and ends is not None:
        totals = reading.values(Column(wait.total, "decimal"))
        for at, (total, end) in enumerate(zip(totals, ends, strict=True)):
            if total is not None and total < 0:
                reading.fault(at, Misread(wait.total, str(total), "is less than no time"))
            elif total and end is not None:
                yield at, Span(end.micros - round(total * wait.seconds * 1_000_000), end.micros, end.micros)
    elif wait.start is not None:
        for at, begin in enumerate(reading.instants(wait.start)):
            if begin is not None:
                end = ends[at] if ends is not None else None
                yield at, Span(begin.micros, end.micros if end is not None else None, begin.micros)


def _listed(reading: Reading, name: str) -> Iterator[tuple[int, Span]]:
    for at, waits in enumerate(reading.decoded(name, _WAITS, "is not a JSON list of waits")):
        for wait in waits or ():
            begin, end = wait if isinstance(wait, tuple) else (wait.start, wait.until)
            (start, until), unread = reading.instants_of(name, [begin, end])
            for place, reason in unread.items():
                reading.fault(at, Misread(name, (begin, end)[place], reason))
            if start is not None:
                yield at, Span(start.micros, until.micros if until is not None else None, start.micros)
