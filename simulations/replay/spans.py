"""What single rows tell of the course of a ticket: waits, by two instants, a total or a list; lists of messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from ..histories import text_at
from ..mappings import Column, Conditions, ListedMessages, Wait
from .readings import Misread, Reading


class Span(NamedTuple):
    """A wait, and the instant from which on it is known of; microseconds since 1970. No end: it still lasts."""

    start: int
    until: int | None
    known: int


class Talk(NamedTuple):
    """The messages that a row lists, none perhaps: of each the instant, the side that wrote, and its channel."""

    messages: tuple[tuple[int, str, str | None], ...]


Told: TypeAlias = Span | Talk
"""What a row tells of the course of its ticket."""
_ENTRIES: Final = msgspec.json.Decoder(list[dict[str, Any] | list[Any]])
_OBJECTS: Final = msgspec.json.Decoder(list[dict[str, Any]])
_NO_WAITS: Final = "is not a JSON list of waits"
_NO_MESSAGES: Final = "is not a JSON list of messages"


def spans_of(
    reading: Reading, waits: tuple[Wait, ...], messages: tuple[ListedMessages, ...] = ()
) -> dict[int, list[Told]]:
    """The waits and messages that the rows of a batch tell of, by position."""
    found: dict[int, list[Told]] = {}
    for wait in waits:
        spans = _listed(reading, wait, wait.listed) if wait.listed is not None else _stated(reading, wait)
        for at, span in spans:
            found.setdefault(at, []).append(span)
    for listed in messages:
        for at, talk in _talks(reading, listed):
            found.setdefault(at, []).append(talk)
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


def _listed(reading: Reading, wait: Wait, name: str) -> Iterator[tuple[int, Span]]:
    for at, entries in enumerate(reading.decoded(name, _ENTRIES, _NO_WAITS)):
        for entry in entries or ():
            ends = _ends(wait, entry)
            if ends is None:
                reading.fault(at, Misread(name, msgspec.json.encode(entry).decode(), _NO_WAITS))
                continue
            if isinstance(entry, dict) and not _counts(entry, wait.when):
                continue
            (start, until), unread = reading.instants_of(name, list(ends))
            for place, reason in unread.items():
                reading.fault(at, Misread(name, ends[place], reason))
            if start is not None:
                yield at, Span(start.micros, until.micros if until is not None else None, start.micros)


def _ends(wait: Wait, entry: dict[str, Any] | list[Any]) -> tuple[str, str | None] | None:
    """The two ends of an entry of a list of waits; None: it is none."""
    if isinstance(entry, dict):
        begin, end = text_at(entry, wait.start or "from"), text_at(entry, wait.until or "until")
        return None if begin is None else (begin, end)
    match entry:
        case [str(begin), str() | None as end]:
            return begin, end
    return None


def _talks(reading: Reading, listed: ListedMessages) -> Iterator[tuple[int, Talk]]:
    name = listed.listed
    for at, entries in enumerate(reading.decoded(name, _OBJECTS, _NO_MESSAGES)):
        if entries is None:
            continue
        said = [entry for entry in entries if _counts(entry, listed.when)]
        instants, unread = reading.instants_of(name, [text_at(entry, listed.at) for entry in said])
        for place, reason in unread.items():
            reading.fault(at, Misread(name, text_at(said[place], listed.at), reason))
        messages = []
        for entry, instant in zip(said, instants, strict=True):
            sender = _sender(reading, at, listed, entry)
            if instant is not None and sender is not None:
                channel = text_at(entry, listed.channel) if listed.channel is not None else None
                messages.append((instant.micros, sender, channel))
        yield at, Talk(tuple(messages))


def _sender(reading: Reading, at: int, listed: ListedMessages, entry: dict[str, Any]) -> str | None:
    if listed.sender_key is None:
        return listed.sender
    text = text_at(entry, listed.sender_key)
    if text is not None and text in listed.senders:
        return listed.senders[text]
    if text is not None and not listed.lenient:
        reading.fault(at, Misread(listed.listed, text, "is not in the table of values"))
    return listed.otherwise


def _counts(entry: dict[str, Any], when: Conditions) -> bool:
    return all(text_at(entry, name) in texts for name, texts in when.items())
