"""Where a piece of a file stands: paths into its values, spans of its text, and the way between offsets and lines.

Knows text only: nothing of YAML, of rulebooks or of how a place is shown.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The way from the top of a file to a value: keys of mappings (str) and positions in lists (int, from 0)."""


def value_at(data: Any, path: Path) -> Any:
    """The value at a path of plain data; None where there is none."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a file: lines and columns count from 1, in characters; ``end_column`` is the first one after it."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)
"""The start of a file, for faults that have no better place."""


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """A text, cut at its line feeds: ``starts`` holds the offset of the first character of each line."""

    text: str
    starts: Sequence[int]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at an offset, from 0; offsets outside the text are moved inside."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span of ``text[start:end]``; an end before the start counts as the start."""
        line, column = self.place(start)
        end_line, end_column = self.place(max(start, end))
        return Span(line, column, end_line, end_column)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its break; empty for a line that does not exist."""
        if not 1 <= number <= len(self.starts):
            return ""
        start = self.starts[number - 1]
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
        return self.text[start:end].removesuffix("\r")


def cut_lines(text: str) -> Lines:
    """Find the lines of a text. Only a line feed ends a line, as in YAML 1.2 once breaks are normalised."""
    starts = array("I", accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    starts.pop()  # where a line behind the last one would start
    return Lines(text, starts)
