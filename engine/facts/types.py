"""The types of facts, and how a value of a request is read as one.

`read` takes a JSON value and gives the engine's: texts as they are, instants and durations as microseconds, sets as
frozensets. It raises Misfit with a sentence that tells the sender what was found and what would fit.
"""

import math
import unicodedata
from dataclasses import dataclass
from typing import Any

from ..diagnostics import nearest
from .values import parse_duration, parse_instant

CLEAN_TEXT_LIMIT = 100_000
"""Characters that a text of a request may have."""
SET_LIMIT = 1_000
"""Members that a set of a request may have."""
_SAFE = 2**63


class Misfit(Exception):
    """A value that does not fit its fact; `nearest` is the known value most like it."""

    def __init__(self, message: str, nearest: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.nearest = nearest


def normal(text: str) -> str:
    """A text in Unicode's composed form (NFC), in which values are compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def shown(value: Any) -> str:
    """A value of a request as its sender wrote it, in backticks and cut to a readable length."""
    match value:
        case None | True | False:
            text = {None: "null", True: "true", False: "false"}[value]
        case str():
            text = _on_one_line(value)
        case int() if abs(value) >= 10**40:
            return "a number of more than 40 digits"
        case int() | float():
            text = str(value)
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return "a value that JSON does not know"
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}…`"


def _on_one_line(text: str) -> str:
    safe = text.encode("utf-8", "replace").decode()
    return safe if safe.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in safe)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit(f"{shown(value)} is not a text")
    if len(value) > CLEAN_TEXT_LIMIT:
        raise Misfit(f"a text of {len(value)} characters is longer than {CLEAN_TEXT_LIMIT}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Misfit("the text holds half of a surrogate pair, which no Unicode text can") from None
    return normal(value)


@dataclass(frozen=True, slots=True)
class Text:
    """Any text."""

    def read(self, value: Any) -> str:
        """The text, composed (NFC)."""
        return _text(value)


@dataclass(frozen=True, slots=True)
class Closed:
    """One of listed texts; with `ordered`, lowest first."""

    values: tuple[str, ...]
    ordered: bool = False

    def read(self, value: Any) -> str:
        """The listed value that this is."""
        text = _text(value)
        if text in self.values:
            return text
        close = nearest(text, self.values)
        hint = f"; did you mean {shown(close[0])}?" if close else ""
        listed = ", ".join(shown(v) for v in self.values[:12]) + (", …" if len(self.values) > 12 else "")
        raise Misfit(f"unknown value {shown(text)}{hint or f'; known are {listed}'}", close[0] if close else None)


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false, and nothing that merely looks like it."""

    def read(self, value: Any) -> bool:
        """The truth value."""
        if value is True or value is False:
            return value
        raise Misfit(f"{shown(value)} is neither true nor false")


@dataclass(frozen=True, slots=True)
class Number:
    """A number: `whole`, or decimal; within bounds where they are given."""

    whole: bool = True
    at_least: float | None = None
    at_most: float | None = None

    def read(self, value: Any) -> int | float:
        """The number; `3.0` is the whole number 3, as JSON has it."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Misfit(f"{shown(value)} is not a number")
        number: int | float = value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise Misfit(f"{shown(value)} is not a finite number")
            if value.is_integer():
                number = int(value)
            elif self.whole:
                raise Misfit(f"{shown(value)} is not a whole number")
        if abs(number) >= _SAFE:
            raise Misfit(f"{shown(value)} is beyond 64 bits")
        if self.at_least is not None and number < self.at_least:
            raise Misfit(f"{shown(value)} is less than {self.at_least}")
        if self.at_most is not None and number > self.at_most:
            raise Misfit(f"{shown(value)} is more than {self.at_most}")
        return number


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time."""

    def read(self, value: Any) -> int:
        """Microseconds."""
        if not isinstance(value, str):
            raise Misfit(f"{shown(value)} is not a duration, such as `PT30M`")
        try:
            return parse_duration(value)
        except ValueError as error:
            raise Misfit(f"{shown(value)} {error}") from None


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in time."""

    def read(self, value: Any) -> int:
        """Microseconds since 1970-01-01T00:00:00Z."""
        if not isinstance(value, str):
            raise Misfit(f"{shown(value)} is not an RFC 3339 instant, such as `2026-11-23T09:30:00+03:00`")
        try:
            return parse_instant(value)
        except ValueError as error:
            raise Misfit(f"{shown(value)} {error}") from None


@dataclass(frozen=True, slots=True)
class SetOf:
    """A set of listed texts, or of any texts when `values` is None."""

    values: tuple[str, ...] | None = None

    def read(self, value: Any) -> frozenset[str]:
        """The members."""
        if not isinstance(value, list | tuple):
            raise Misfit(f"{shown(value)} is not a list")
        if len(value) > SET_LIMIT:
            raise Misfit(f"a list of {len(value)} members is longer than {SET_LIMIT}")
        member: Text | Closed = Text() if self.values is None else Closed(self.values)
        return frozenset(member.read(item) for item in value)


FactType = Closed | Truth | Number | Duration | Instant | Text | SetOf


def is_linear(kind: FactType) -> bool:
    """Whether values of this type lie on a line: numbers, durations, instants."""
    return isinstance(kind, Number | Duration | Instant)
