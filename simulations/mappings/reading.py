"""From a mapping file to a mapping: read, shape, meaning, and the columns of the history; every fault at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine import CheckReport, Diagnostic, Source, check_shape, read_source, render_report

from .columns import Column
from .course import course_of, listed_messages, wait_of
from .document import Fact, HistoryMapping, Instants, Share, Writing
from .meaning import contradictions, missing_columns, named_columns
from .naming import TARGETS

_SCHEMA: Final = "mapping.schema.json"


class MappingFaults(Exception):
    """A mapping file has faults: all of them as ``diagnostics``, and the file as ``source`` where it could be read."""

    def __init__(self, diagnostics: Sequence[Diagnostic], source: Source | None) -> None:
        super().__init__(f"{len(diagnostics)} faults in a mapping")
        self.diagnostics = sorted(diagnostics)
        self.source = source

    def report(self) -> str:
        """The faults for people, each with its line underlined."""
        sources = {self.source.name: self.source} if self.source is not None else {}
        return render_report(CheckReport(list(sources), self.diagnostics, sources)).rstrip("\n")


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping with the file it was read from, so that later faults can point into it."""

    mapping: HistoryMapping
    source: Source


@dataclass(frozen=True, slots=True)
class Draft:
    """A mapping file as read: its sound pieces as ``data``, and the faults found so far."""

    source: Source
    sha256: str
    data: Mapping[str, Any]
    faults: tuple[Diagnostic, ...]

    @property
    def layout(self) -> dict[str, Any]:
        """How the history is laid out, as `open_history` takes it."""
        history = self.data.get("history", {})
        return {key: history[key] for key in ("separator", "quote", "encoding", "member") if key in history}

    @property
    def asked(self) -> tuple[str, ...]:
        """The columns of the history that it names."""
        return named_columns(self.data)

    def settled(self, columns: Sequence[str] | None = None) -> MappingFile:
        """The mapping, checked against the columns of a history where they are given.

        Raises:
            MappingFaults: with every fault of the file.
        """
        missing = missing_columns(self.source, self.data, columns) if columns is not None else []
        if self.faults or missing:
            raise MappingFaults([*self.faults, *missing], self.source)
        return MappingFile(mapping_of(self.data, self.sha256), self.source)


def draft_mapping(path: Path) -> Draft:
    """Read a mapping file and check what can be checked without a history.

    Raises:
        MappingFaults: when it is no YAML that can be read.
        OSError: when the file cannot be opened.
    """
    return draft_of(path.as_posix(), path.read_bytes())


def draft_of(name: str, raw: bytes) -> Draft:
    """As `draft_mapping`, from the bytes of a mapping; ``name`` stands for it in what is told.

    Raises:
        MappingFaults: when it is no YAML that can be read.
    """
    source, faults = read_source(name, raw)
    if source is None:
        raise MappingFaults(faults, None)
    data, misfits = check_shape(source, _SCHEMA)
    if not isinstance(data, dict):
        raise MappingFaults([*faults, *misfits], source)
    return Draft(source, hashlib.sha256(raw).hexdigest(), data, (*faults, *misfits, *contradictions(source, data)))


def mapping_of(data: Mapping[str, Any], sha256: str) -> HistoryMapping:
    """The mapping that the plain values of a sound file say."""
    history, expect = data["history"], data["history"].get("expect", {})
    instants = _instants(data["instants"])
    order = tuple(Column(item["column"], item["type"]) for item in data.get("order", ()))
    if not order and history["rows"] == "event" and instants.event_at is not None:
        order = (Column(instants.event_at, "instant"),)
    events = data.get("events")
    return HistoryMapping(
        id=data["mapping"],
        sha256=sha256,
        rows=history["rows"],
        absent=tuple(history.get("absent", ("",))),
        expected_rows=expect.get("rows"),
        expected_tickets=expect.get("tickets"),
        ticket=data["ticket"],
        order=order,
        instants=instants,
        facts=tuple(_fact(name, said, data.get("final", {})) for name, said in data.get("facts", {}).items()),
        at_opening=dict(data.get("at_opening", {})),
        recorded=dict(_recorded(data.get("recorded", {}))),
        reported={name: Share(said["column"], said["share_of"]) for name, said in data.get("reported", {}).items()},
        decimal=history.get("decimal", "."),
        thousands=history.get("thousands"),
        joined={name: tuple(parts) for name, parts in data.get("joined", {}).items()},
        unique=tuple(history.get("unique", ())),
        waits=tuple(wait_of(said) for said in data.get("waits", ())),
        messages=tuple(listed_messages(said) for said in data.get("messages", ())),
        course=course_of(events, _column(events["states"]) if "states" in events else None) if events else None,
        request=Column(data["request"]) if "request" in data else None,
    )


def _instants(said: Mapping[str, Any]) -> Instants:
    zone, date_at = said.get("zone"), said.get("date_at")
    usual = _formats(said["format"])
    columns = {
        name: Writing(
            _formats(own["format"]) if "format" in own else usual, own.get("zone", zone), own.get("date_at", date_at)
        )
        for name, own in said.get("columns", {}).items()
    }
    return Instants(**{"zone": None, "event_at": None, **said, "format": usual, "columns": columns})


def _formats(said: str | Sequence[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def _fact(name: str, said: str | Mapping[str, Any], final: Mapping[str, str]) -> Fact:
    if isinstance(said, str):
        said = {"column": said}
    if "is" in said:
        return Fact(name, constant=said["is"])
    column = _column(said)
    return Fact(
        name,
        column,
        planned=said.get("planned", False),
        known_from=final.get(column.name),
        carried=said.get("carried", False),
    )


def _recorded(said: Mapping[str, Any]) -> Iterator[tuple[str, Column]]:
    yield from ((name, _column(column)) for name, column in said.items() if name != TARGETS)
    for target, parts in said.get(TARGETS, {}).items():
        for part, column in parts.items():
            yield f"{TARGETS}.{target}.{part}", Column(column, "instant") if part == "due" else _column(column)


def _column(said: str | Mapping[str, Any]) -> Column:
    if isinstance(said, str):
        return Column(said)
    return Column(
        said["column"],
        said.get("type", "text"),
        said.get("values"),
        said.get("pattern"),
        said.get("split"),
        "otherwise" in said,
        said.get("otherwise"),
    )
