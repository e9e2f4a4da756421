"""Where a parser gave up, and the text round that place: what the explanations of syntax faults are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .faults import Fault

NEARBY: Final = 2_000
"""How many characters before and after a trouble are looked at, so that long lines cost no time."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A place in a text where parsing ended.

    ``at`` is the offset of the trouble, ``start`` that of the value it is in (or ``at``), ``read`` the offset up to
    which values were complete, ``bracket`` that of the innermost bracket still open, if any.
    """

    text: str
    at: int
    start: int
    read: int
    bracket: int | None

    @property
    def character(self) -> str:
        """The character at the place; empty at the end of the file."""
        return self.text[self.at : self.at + 1]

    @property
    def at_end(self) -> bool:
        """Whether nothing but blanks follows."""
        return not self.text[self.at :].strip(" \n")

    def line_start(self, offset: int) -> int:
        """The offset of the first character of a line."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """The offset behind the last character of a line that is not a blank."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        while end > offset and self.text[end - 1] == " ":
            end -= 1
        return end

    def before(self) -> str:
        """The line up to the place, but no more of it than a reader would look at."""
        return self.text[max(self.line_start(self.at), self.at - NEARBY) : self.at]

    def rest(self) -> str:
        """The line from the place on, but no more of it than a reader would look at."""
        return self.text[self.at : min(self.line_end(self.at), self.at + NEARBY)]

    def indent(self, offset: int) -> int:
        """By how many spaces the line of an offset is indented."""
        start = self.line_start(offset)
        line = self.text[start : self.line_end(start)]
        return len(line) - len(line.lstrip(" "))

    def follows_item(self, offset: int) -> bool:
        """Whether the line above that of an offset is a list item, at the same indentation."""
        above = self.line_above(offset)
        return above is not None and self.text.startswith("- ", above + self.indent(offset))

    def line_above(self, offset: int | None = None) -> int | None:
        """The offset of the nearest line above the place (or an offset) that is neither blank nor a comment."""
        start = self.line_start(self.at if offset is None else offset)
        while start > 0:
            start = self.line_start(start - 1)
            line = self.text[start : self.line_end(start)].strip(" ")
            if line and not line.startswith("#"):
                return start
        return None

    def fault(self, code: str, message: str, advice: str, start: int | None = None, end: int | None = None) -> Fault:
        """A fault at the place, of one character unless told otherwise."""
        first = self.at if start is None else start
        return Fault(code, message, first, first + 1 if end is None else end, advice)
