"""Texts as editors count them: lines, units of a line, and the changes that editors send.

The protocol's lines end with a line feed, a carriage return, or both; nothing else ends a line (Language Server
Protocol 3.17, "Text Documents"). Its columns count units of an encoding, UTF-16 unless agreed otherwise.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BYTES: Final = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


class Change(NamedTuple):
    """A piece of a text that is replaced: lines from 0, columns in units; without `start`, the text as a whole."""

    text: str
    start: tuple[int, int] | None = None
    end: tuple[int, int] | None = None


def lines_of(text: str) -> list[str]:
    """The lines of a text, without their breaks."""
    return _BREAK.split(text)


def units_of(line: str, column: int, encoding: str) -> int:
    """The units of an encoding that stand before a column, which counts characters."""
    before = line[: max(column, 0)]
    if encoding == "utf-32" or (before.isascii()):
        return len(before)
    form = encoding if encoding == "utf-8" else f"{encoding}-le"
    return len(before.encode(form, "surrogatepass")) // _BYTES[encoding]


def column_of(line: str, units: int, encoding: str) -> int:
    """The column, in characters, that stands behind so many units; inside a character, the one before it."""
    if encoding == "utf-32" or line.isascii():
        return min(max(units, 0), len(line))
    column = 0
    for character in line:
        units -= units_of(character, 1, encoding)
        if units < 0:
            break
        column += 1
    return column


def changed(text: str, changes: Sequence[Change], encoding: str) -> str:
    """The text after changes, each made on what the one before it left. Positions outside are moved inside."""
    for change in changes:
        if change.start is None or change.end is None:
            text = change.text
            continue
        starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        lines = lines_of(text)
        first, last = (_offset(place, lines, starts, encoding) for place in (change.start, change.end))
        text = text[:first] + change.text + text[max(first, last) :]
    return text


def _offset(place: tuple[int, int], lines: Sequence[str], starts: Sequence[int], encoding: str) -> int:
    line, units = place
    if line >= len(lines):
        return starts[-1] + len(lines[-1])
    return starts[max(line, 0)] + column_of(lines[max(line, 0)], units, encoding)
