"""How the texts of a column become values. Each distinct text is read once and remembered.

Knows nothing of rows, facts or decisions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .document import Column, Instants
from .instants import instant_reader

_REMEMBERED: Final = 200_000
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}")
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

    def __init__(self, instants: Instants) -> None:
        self._instants = instants
        self._readers: dict[tuple[str, int | None], ColumnReader] = {}

    def of(self, column: Column) -> ColumnReader:
        """The reader of a column."""
        # Tables of values are told apart by identity: as parts of a key, 1 and true would be the same.
        use = column.kind, None if column.values is None else id(column.values)
        if use not in self._readers:
            self._readers[use] = ColumnReader(_reader(column, self._instants))
        return self._readers[use]


def _reader(column: Column, instants: Instants) -> Reader:
    if column.values is not None:
        table = column.values
        return lambda text: table[text] if text in table else Unread("is not in the table of values")
    if column.kind == "instant":
        return _instants(instants)
    return _READERS[column.kind]


def _instants(instants: Instants) -> Reader:
    read = instant_reader(instants)

    def value(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            return Unread(str(error))

    return value


def _whole(text: str) -> Any:
    return int(text) if _WHOLE.fullmatch(text) else Unread("is not a whole number")


def _decimal(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return Unread("is not a number")
    return number if math.isfinite(number) else Unread("is not a number")


def _truth(text: str) -> Any:
    return _TRUTHS.get(text.lower(), Unread("is neither `true` nor `false`"))


_READERS: Final[dict[str, Reader]] = {"text": str, "whole": _whole, "decimal": _decimal, "truth": _truth}
