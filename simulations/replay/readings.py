"""One batch of rows while it is read: texts become values, and what cannot be read is noted.

Knows the mapping; knows nothing of requests or decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from ..mappings import Column, Doubt, Fact, HistoryMapping, Instant, Readers
from .courses import CourseSoFar

_REQUEST: Final = msgspec.json.Decoder(dict[str, Any])


class Misread(NamedTuple):
    """Why a row cannot be decided: the column, the text that stands there, and a reason that fits any such text."""

    column: str
    text: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """A fact with its values, a row each, and the instants from which these were known (None: at any time)."""

    fact: Fact
    values: list[Any]
    known_from: list[Instant | None] | None


class Reading:
    """One batch while it is read: each column once, however many facts use it."""

    def __init__(
        self, frame: pl.DataFrame, mapping: HistoryMapping, readers: Readers, doubts: dict[Doubt, int]
    ) -> None:
        self._frame = frame
        self._mapping = mapping
        self._readers = readers
        self._doubts = doubts
        self._read: dict[Any, list[Any]] = {}
        self.misread: dict[int, list[Misread]] = {}

    def fault(self, at: int, misread: Misread) -> None:
        """Note why a row cannot be decided; of a column the first reason counts."""
        if not any(known.column == misread.column for known in self.misread.get(at, ())):
            self.misread.setdefault(at, []).append(misread)

    def expect(self, column: str, values: list[Any], reason: str) -> None:
        """Note rows without a value."""
        for at in (at for at, value in enumerate(values) if value is None):
            self.fault(at, Misread(column, None, reason))

    def set_early_aside(self, column: str, opened: list[Instant | None], moments: list[Instant | None]) -> None:
        """Note events that are dated before the opening."""
        for at, (begin, moment) in enumerate(zip(opened, moments, strict=True)):
            if begin is not None and moment is not None and moment.micros < begin.micros:
                self.fault(at, Misread(column, moment.text, "is dated before the opening of the ticket"))

    def instants(self, name: str) -> list[Instant | None]:
        """The instants of a column."""
        return self.values(Column(name, "instant"))

    def source(self, fact: Fact, courses: Mapping[int, CourseSoFar]) -> Source:
        """A fact with its values."""
        if fact.column is None:
            return Source(fact, [fact.constant] * self._frame.height, None)
        if fact.carried:
            return Source(fact, self._carried(fact, fact.column, courses), None)
        known_from = self.instants(fact.known_from) if fact.known_from is not None else None
        return Source(fact, self.values(fact.column), known_from)

    def texts(self, name: str) -> list[str | None]:
        """The texts of a column."""
        return self._frame[name].to_list()

    def values(self, column: Column) -> list[Any]:
        """The values of a column; what cannot be read is noted."""
        use = column.name, id(self._readers.of(column))
        if use in self._read:
            return self._read[use]
        values = self._values(column, self.texts(column.name))
        self._read[use] = values
        return values

    def instants_of(self, name: str, texts: list[Any]) -> tuple[list[Instant | None], dict[int, str]]:
        """Texts read as the instants of a column are, and the reasons why some could not be."""
        return self._readers.of(Column(name, "instant")).values(texts)

    def requests(self) -> list[Any] | None:
        """The whole requests that rows hold; what is none is noted."""
        column = self._mapping.request
        return None if column is None else self.decoded(column.name, _REQUEST, "is not the JSON of a request")

    def decoded(self, name: str, decoder: msgspec.json.Decoder[Any], reason: str) -> list[Any]:
        """The values of a column of JSON; what is not of the decoder's type is noted."""
        found: list[Any] = []
        for at, text in enumerate(self.texts(name)):
            try:
                found.append(None if text is None else decoder.decode(text))
            except (msgspec.DecodeError, RecursionError):
                found.append(None)
                self.fault(at, Misread(name, text, reason))
        return found

    def _carried(self, fact: Fact, column: Column, courses: Mapping[int, CourseSoFar]) -> list[Any]:
        return self._values(column, self._carried_texts(fact, courses))

    def _carried_texts(self, fact: Fact, courses: Mapping[int, CourseSoFar]) -> list[str | None]:
        place = [carried.name for carried in self._mapping.carried()].index(fact.name)
        return [courses[at].carried[place] if at in courses else None for at in range(self._frame.height)]

    def _values(self, column: Column, texts: list[str | None]) -> list[Any]:
        values, unread = self._readers.of(column).values(texts)
        for at, reason in unread.items():
            self.fault(at, Misread(column.name, texts[at], reason))
        if column.is_instant:
            for value in values:
                if value is not None and value.doubt is not None:
                    self._doubts[value.doubt] += 1
        return values
