"""How the texts of a column become values. Each distinct text is read once and remembered.

Knows nothing of rows, facts or decisions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import re2

from .columns import Column, Value
from .document import Instants, Writing
from .instants import instant_reader
from .plain_instants import PlainInstants

_REMEMBERED: Final = 200_000
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}")
_decode_texts: Final = msgspec.json.Decoder(list[str]).decode
_TRUTHS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Unread:
    """A text that could not be read, with the reason in words that fit any such text."""

    reason: str


Reader = Callable[[str], Any]
"""From a text to its value (an `Instant` for instants), or to `Unread`."""


@dataclass(slots=True)
class ColumnReader:
    """Reads texts in one way; ``memory`` holds the texts met so far, ``unread`` those without a value."""

    read: Reader
    memory: dict[str | None, Any] = field(default_factory=lambda: {None: None})
    unread: dict[str, str] = field(default_factory=dict)

    def values(self, texts: Sequence[str | None]) -> tuple[list[Any], dict[int, str]]:
        """The values of a column's texts, and for those that could not be read (None) the position and the reason."""
        memory = self.memory
        if len(memory) > _REMEMBERED:
            memory.clear()
            self.unread.clear()
            memory[None] = None
        new = set(texts).difference(memory)
        for text in new:
            if text is not None:
                memory[text] = self._learn(text)
        values = [memory[text] for text in texts]
        unread = self.unread
        if not unread:
            return values, {}
        return values, {at: unread[text] for at, text in enumerate(texts) if text is not None and text in unread}

    def _learn(self, text: str) -> Any:
        value = self.read(text)
        if isinstance(value, Unread):
            self.unread[text] = value.reason
            return None
        return value


class Readers:
    """The readers of a mapping's columns; columns that are read alike share one, and so what it remembers."""

    def __init__(self, instants: Instants, decimal: str = ".", thousands: str | None = None) -> None:
        self._instants = instants
        self._decimal = decimal
        self._thousands = thousands
        self._readers: dict[tuple[Any, ...], ColumnReader] = {}
        self._plain: dict[Writing, PlainInstants] = {}

    def of(self, column: Column) -> ColumnReader:
        """The reader of a column."""
        # Tables of values are told apart by identity: as parts of a key, 1 and true would be the same.
        table = None if column.values is None else id(column.values)
        writing = self._instants.writing(column.name) if column.is_instant else None
        use = column.kind, table, writing, column.pattern, column.split, column.lenient, repr(column.otherwise)
        if use not in self._readers:
            self._readers[use] = ColumnReader(self._reader(column, writing))
        return self._readers[use]

    def plain(self, column: Column) -> PlainInstants:
        """What reads the plain instants of a column at once."""
        writing = self._instants.writing(column.name)
        if writing not in self._plain:
            self._plain[writing] = PlainInstants(writing)
        return self._plain[writing]

    def _reader(self, column: Column, writing: Writing | None) -> Reader:
        if column.values is not None:
            read = _table(column.values, column)
        elif writing is not None:
            read = _instants(self._instants, writing)
        elif column.kind == "decimal":
            read = _decimals(self._decimal)
        elif column.kind == "set":
            read = _sets(column.split)
        else:
            read = _READERS[column.kind]
        if self._thousands is not None and column.values is None and column.kind in ("whole", "decimal"):
            read = _grouped(self._thousands, read)
        return read if column.pattern is None else _found(column, read)


def _table(table: Mapping[str, Value], column: Column) -> Reader:
    other = column.otherwise if column.lenient else Unread("is not in the table of values")
    return lambda text: table.get(text, other)


def _found(column: Column, read: Reader) -> Reader:
    pattern = re2.compile(column.pattern)
    other = column.otherwise if column.lenient else Unread("does not hold what the pattern looks for")

    def value(text: str) -> Any:
        found = pattern.search(text)
        if found is None or (part := found.group(1 if pattern.groups else 0)) is None:
            return other
        return read(part)

    return value


def _instants(instants: Instants, writing: Writing) -> Reader:
    read = instant_reader(instants, writing)

    def value(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            return Unread(str(error))

    return value


def _whole(text: str) -> Any:
    return int(text) if _WHOLE.fullmatch(text) else Unread("is not a whole number")


def _decimals(point: str) -> Reader:
    def value(text: str) -> Any:
        if point != "." and "." in text:
            return Unread(f"is not a number with `{point}` before its fraction")
        try:
            number = float(text.replace(point, "."))
        except ValueError:
            return Unread("is not a number")
        return number if math.isfinite(number) else Unread("is not a number")

    return value


def _grouped(mark: str, read: Reader) -> Reader:
    """Takes the marks out of a number whose digits stand in groups of three; elsewhere they stay, and make it none."""
    grouped = re.compile(rf"[-+]?[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+(?![0-9{re.escape(mark)}])")

    def value(text: str) -> Any:
        found = grouped.match(text)
        return read(text if found is None else found.group().replace(mark, "") + text[found.end() :])

    return value


def _sets(split: str | None) -> Reader:
    def value(text: str) -> Any:
        if split is not None:
            return [member.strip() for member in text.split(split) if member.strip()]
        try:
            return _decode_texts(text)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return Unread("is not a JSON list of texts")

    return value


def _truth(text: str) -> Any:
    return _TRUTHS.get(text.lower(), Unread("is neither `true` nor `false`"))


_READERS: Final[dict[str, Reader]] = {"text": str, "whole": _whole, "truth": _truth}
