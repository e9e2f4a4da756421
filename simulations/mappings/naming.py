"""Where a mapping names columns of its history. Works on data from which misshapen pieces were left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

TARGETS: Final = "sla.targets"
"""The entry of `recorded` that holds targets."""

Path: TypeAlias = tuple[str | int, ...]
Data: TypeAlias = Mapping[str, Any]


class Named(NamedTuple):
    """A place that names a column, the name, and whether it stands there as a key."""

    path: Path
    name: str
    key: bool = False


def named_in(data: Data) -> Iterator[Named]:
    """Every place that names a column, columns made of others among them."""
    if "ticket" in data:
        yield Named(("ticket",), data["ticket"])
    for at, item in enumerate(data.get("order", ())):
        yield Named(("order", at, "column"), item["column"])
    for key in ("opened", "event_at"):
        if key in data.get("instants", {}):
            yield Named(("instants", key), data["instants"][key])
    for section in ("facts", "reported"):
        for name, said in data.get(section, {}).items():
            yield from _column((section, name), said)
    for path, said in recorded_in(data):
        yield from _column(path, said)
    for column, known_from in data.get("final", {}).items():
        yield Named(("final", column), column, True)
        yield Named(("final", column), known_from)
    yield from _later_sections(data)


def recorded_in(data: Data) -> Iterator[tuple[Path, Any]]:
    """Every part of decisions that the history records, with its place."""
    for name, said in data.get("recorded", {}).items():
        if name != TARGETS:
            yield ("recorded", name), said
            continue
        for target, parts in said.items():
            yield from ((("recorded", name, target, part), column) for part, column in parts.items())


def recorded_targets(data: Data) -> Iterator[tuple[Path, str]]:
    """Every target that the history records, with its place."""
    for target in data.get("recorded", {}).get(TARGETS, {}):
        yield ("recorded", TARGETS, target), target


def parts_in(data: Data) -> Iterator[Named]:
    """Every place that names a part of a column made of others."""
    for name, parts in data.get("joined", {}).items():
        for at, part in enumerate(parts):
            yield Named(("joined", name, at), part)


def tests_in(data: Data) -> Iterator[tuple[Path, Data]]:
    """Every test of events, with its place."""
    events = data.get("events", {})
    for key in ("opens", "closes"):
        if key in events.get("waits", {}):
            yield ("events", "waits", key), events["waits"][key]
    for at, message in enumerate(events.get("messages", ())):
        yield ("events", "messages", at), message
    for section in ("counts", "first", "last"):
        for name, said in events.get(section, {}).items():
            yield ("events", section, name), said
            if "forgotten" in said:
                yield ("events", section, name, "forgotten"), said["forgotten"]


def _later_sections(data: Data) -> Iterator[Named]:
    for column in data.get("instants", {}).get("columns", {}):
        yield Named(("instants", "columns", column), column, True)
    for at, column in enumerate(data.get("history", {}).get("unique", ())):
        yield Named(("history", "unique", at), column)
    for at, wait in enumerate(data.get("waits", ())):
        for key in ("list",) if "list" in wait else ("from", "until", "total"):
            if key in wait:
                yield Named(("waits", at, key), wait[key])
    for at, messages in enumerate(data.get("messages", ())):
        yield Named(("messages", at, "list"), messages["list"])
    if "request" in data:
        yield Named(("request",), data["request"])
    events = data.get("events", {})
    for column in events.get("waits", {}).get("while", {}):
        yield Named(("events", "waits", "while", column), column, True)
    if "states" in events:
        yield from _column(("events", "states"), events["states"])
    for at, message in enumerate(events.get("messages", ())):
        if "channel" in message:
            yield Named(("events", "messages", at, "channel"), message["channel"])
    for path, test in tests_in(data):
        yield from _tested(path, test)


def _column(path: Path, said: str | Data) -> Iterator[Named]:
    if isinstance(said, str):
        yield Named(path, said)
    elif "column" in said:
        yield Named((*path, "column"), said["column"])


def _tested(path: Path, test: Data) -> Iterator[Named]:
    for key in ("when", "before"):
        for column in test.get(key, {}):
            yield Named((*path, key, column), column, True)
    changes: str | Sequence[str] = test.get("changes", ())
    if isinstance(changes, str):
        yield Named((*path, "changes"), changes)
    else:
        for at, column in enumerate(changes):
            yield Named((*path, "changes", at), column)
