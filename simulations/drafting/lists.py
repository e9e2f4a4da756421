"""Columns that hold lists: which could be waits or messages, told by what their entries hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from .sample import Column, Sample
from .text import beside, quoted, spoken

_LOOKED_AT: Final = 200
_BEGINS: Final = ("from", "start", "begin", "open")
_ENDS: Final = ("until", "end", "stop", "finish", "close")
_SENDERS: Final = ("role", "author", "sender", "from", "type", "direction")
_CHANNELS: Final = ("channel", "via", "medium")
_REQUESTERS: Final = ("customer", "client", "requester", "user", "caller", "end", "inbound", "incoming")
_AGENTS: Final = ("agent", "staff", "support", "operator", "outbound", "outgoing")
_entries: Final = msgspec.json.Decoder(list[dict[str, Any]]).decode


def list_lines(sample: Sample) -> Iterator[str]:
    """Sections for columns whose lists look like waits or messages."""
    waits: list[str] = []
    messages: list[str] = []
    for column in sample.columns.values():
        entries = _entries_of(column)
        texts = _texts(entries)
        instants = [name for name, met in texts.items() if _are_instants(met)]
        begin, end = _named(instants, _BEGINS), _named(instants, _ENDS)
        if begin is not None and end is not None and begin != end:
            waits += _waits(column, entries, texts, begin, end)
        elif instants and (sender := _named([name for name in texts if name not in instants], _SENDERS)) is not None:
            messages += _messages(column, entries, texts, instants[0], sender)
    yield from ("waits:", *waits) if waits else ()
    yield from ("messages:", *messages) if messages else ()


def _waits(
    column: Column, entries: list[dict[str, Any]], texts: dict[str, list[str]], begin: str, end: str
) -> Iterator[str]:
    line = f"  - {{list: {quoted(column.name)}, from: {quoted(begin)}, until: {quoted(end)}}}"
    yield beside(line, f"{len(entries):,} entries looked at, each from an instant to another")
    for name, met in texts.items():
        if name not in (begin, end) and len(set(met)) <= 8:
            told = ", ".join(sorted(set(met)))
            when = f"  # ? when: {{{spoken(quoted(name))}: …}}"
            yield f"{when}   are all of these waits for the requester? {spoken(told)}"


def _messages(
    column: Column, entries: list[dict[str, Any]], texts: dict[str, list[str]], at: str, sender: str
) -> Iterator[str]:
    yield beside(f"  - list: {quoted(column.name)}", f"{len(entries):,} entries looked at, each with an instant")
    yield f"    at: {quoted(at)}"
    yield f"    from:\n      key: {quoted(sender)}\n      values:"
    for text, count in Counter(texts[sender]).most_common(40):
        side = _side(text)
        line = f"        {quoted(text)}: {side or 'null'}"
        yield beside(line, f"{count:,} times" if side else "? neither requester nor agent")
    channel = _named([name for name in texts if name not in (at, sender)], _CHANNELS)
    if channel is not None:
        yield f"    channel: {quoted(channel)}"


def _side(text: str) -> str | None:
    folded = text.casefold()
    if any(word in folded for word in _AGENTS):
        return "agent"
    return "requester" if any(word in folded for word in _REQUESTERS) else None


def _entries_of(column: Column) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for text in column.sample.head(_LOOKED_AT).to_list():
        if not text.startswith("["):
            return []
        try:
            found += _entries(text)
        except (msgspec.DecodeError, RecursionError):
            return []
    return found


def _texts(entries: Sequence[dict[str, Any]], prefix: str = "") -> dict[str, list[str]]:
    """The texts of entries by their dotted names."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        for name, value in entry.items():
            if isinstance(value, dict):
                for inner, texts in _texts([value], f"{prefix}{name}.").items():
                    found.setdefault(inner, []).extend(texts)
            elif isinstance(value, str):
                found.setdefault(f"{prefix}{name}", []).append(value)
    return found


def _are_instants(texts: Sequence[str]) -> bool:
    try:
        return all(len(text) > 12 and datetime.fromisoformat(text) for text in texts)
    except ValueError:
        return False


def _named(names: Sequence[str], words: Sequence[str]) -> str | None:
    """The first of the names whose last part speaks of one of the words, by the order of the words."""
    last = {name: name.rpartition(".")[2].lower() for name in names}
    return next((name for word in words for name in names if word in last[name]), None)
