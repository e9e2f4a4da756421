"""Where a cursor stands in a file that is being typed: the path, the word under it, and what the word is.

Reads the text with tolerance, line by line from the last line that begins at the margin, so that it works while the
file does not parse. Knows layout only: nothing of what a rulebook says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from ..diagnostics import Path

Role = Literal["key", "value", "open", "none"]
"""A key of the mapping at the path; the value at the path; either of the two; neither, as in a comment."""


class Place(NamedTuple):
    """Where a cursor stands."""

    path: Path
    role: Role
    word: str
    """The whole word under the cursor, without quotes."""
    start: int
    """The column where the word starts, from 0, behind its quote."""
    end: int
    quote: str
    """The quote that the word is in, or nothing."""


_DASH: Final = re.compile(r"-(?: +|$)")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\''
_KEY: Final = re.compile(rf"({_QUOTED}|[^\s\"'\[\]{{}}#&*!|>%@`,](?:[^:#]|:(?=\S)|(?<=\S)#)*?)\s*:(?=\s|$)")
_PROPERTY: Final = re.compile(r"[&!][^\s,\[\]{}]*(?: +|$)")
_BLOCK_LINE: Final = re.compile(r"\s*(?:- |[^\s#\"'\[\]{},]+:(?:\s|$))")
_PLAIN: Final = re.compile(r"[^\s,\[\]{}\"'#:]+")
_PLAIN_END: Final = re.compile(r"\s+#|:(?=\s|$)|$")
_FLOW_END: Final = re.compile(r"\s+#|:(?=[\s,\[\]{}]|$)|[,\[\]{}]|$")
_COLON: Final = re.compile(r"\s*:(?=\s|$)")
_COMMENT: Final = re.compile(r"\s#")


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is open: in brackets, or by the column of its items."""

    is_map: bool
    flow: bool
    indent: int
    step: str | int | None


def place_at(lines: Sequence[str], line: int, column: int) -> Place:
    """Where the cursor stands: `line` and `column` count from 0, in characters. Raises nothing, whatever the lines."""
    line = min(max(line, 0), max(len(lines) - 1, 0))
    whole = lines[line] if lines else ""
    column = min(max(column, 0), len(whole))
    look = _Look()
    for number in range(_first(lines, line), line):
        look.take(_without_tabs(lines[number]))
    return look.place(whole, column)


def _without_tabs(line: str) -> str:
    """A line with two spaces in the place of each tab of its indentation, where YAML takes none."""
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)].replace("\t", "  ") + rest


def _first(lines: Sequence[str], line: int) -> int:
    """The nearest line, up from here, that begins at the margin with a key."""
    for number in range(line, -1, -1):
        text = lines[number] if lines else ""
        if text and text[0] not in " \t#-]}" and (number < line or _KEY.match(text)):
            return number
    return 0


class _Look:
    """Takes one line after the other and knows what is open behind the last."""

    def __init__(self) -> None:
        self.frames: list[_Frame] = []
        self.quote = ""
        """The quote of a text that is not closed yet."""
        self.block_text: int | None = None
        """The column of the mapping whose value is a `|` or `>` text, while that lasts."""
        self.base = 0
        """The column of the line on which the outermost bracket opened."""
        self.start: int | None = None
        """Where the word starts that reaches to the end of what was taken; None behind a complete one."""
        self.fresh = False
        """Whether that word is the first of its line, so that it may become a key."""
        self.comment = False

    @property
    def in_flow(self) -> bool:
        return bool(self.frames) and self.frames[-1].flow

    def path(self) -> Path:
        return tuple(frame.step for frame in self.frames if frame.step is not None)

    def place(self, whole: str, column: int) -> Place:
        """Where a column of the next line stands."""
        before = whole[:column]
        self.take(before, last=True)
        nothing = Place(self.path(), "none", "", column, column, "")
        if self.comment or self.block_text is not None or (self.start is None and not self.quote):
            return nothing
        start = self.start if self.start is not None else 0
        end = self._end(whole, column)
        word = whole[start:end].strip() if not self.quote else whole[start:end]
        is_key = bool(_COLON.match(whole, end + len(self.quote) if whole[end : end + 1] == self.quote else end))
        top = self.frames[-1] if self.frames else None
        if before.endswith(":") and not self.quote and start == column:
            return nothing
        if not self.fresh and top is not None and not (top.flow and top.is_map and top.step is None):
            return Place(self.path(), "value", word, start, max(end, start), self.quote)
        if top is None or (top.is_map and (top.flow or top.indent == self._margin(start))):
            path = self.path() if top is None or top.step is None else self.path()[:-1]
            return Place(path, "key", word, start, max(end, start), self.quote)
        return Place(self.path(), "key" if is_key else "open", word, start, max(end, start), self.quote)

    def _margin(self, start: int) -> int:
        return start - len(self.quote)

    def _end(self, whole: str, column: int) -> int:
        if self.quote:
            found = whole.find(self.quote, column)
            return len(whole) if found < 0 else found
        match = (_FLOW_END if self.in_flow else _PLAIN_END).search(whole, column)
        end = match.start() if match else len(whole)
        return column + len(whole[column:end].rstrip())

    def take(self, line: str, last: bool = False) -> None:
        """Take a line, or the part of the last one that stands before the cursor."""
        self.start, self.fresh, self.comment = None, False, False
        indent = len(line) - len(line.lstrip(" "))
        if self.quote or self.in_flow:
            if indent > self.base or not _BLOCK_LINE.match(line):
                self._flow(line, 0, last)
                return
            self.frames = [frame for frame in self.frames if not frame.flow]
            self.quote = ""
        is_blank = indent == len(line)
        if self.block_text is not None:
            if indent > self.block_text or (is_blank and not last):
                return
            self.block_text = None
        if line[indent : indent + 1] == "#":
            self.comment = True
        elif is_blank:
            if last:
                self._close(indent, dash=False)
                self.start, self.fresh = indent, True
        else:
            self._block(line, indent, last)

    def _close(self, indent: int, *, dash: bool) -> None:
        while self.frames:
            top = self.frames[-1]
            if not (top.flow or top.indent > indent or (not dash and not top.is_map and top.indent == indent)):
                return
            self.frames.pop()

    def _block(self, line: str, at: int, last: bool) -> None:
        while dash := _DASH.match(line, at):
            self._close(at, dash=True)
            top = self.frames[-1] if self.frames else None
            if top is not None and not top.is_map and top.indent == at:
                top.step = int(top.step or 0) + 1
            else:
                self.frames.append(_Frame(False, False, at, 0))
            at = dash.end()
        if at >= len(line):
            self.start, self.fresh = at, True
            return
        self.base = len(line) - len(line.lstrip(" "))
        self._close(at, dash=False)
        key = _KEY.match(line, at)
        if key is None:
            self.fresh = True
            self._value(line, at, last)
            return
        name = key.group(1)
        name = name[1:-1] if name[0] in "\"'" else name
        top = self.frames[-1] if self.frames else None
        if top is not None and top.is_map and top.indent == at:
            top.step = name
        else:
            self.frames.append(_Frame(True, False, at, name))
        self._value(line, key.end(), last)

    def _value(self, line: str, at: int, last: bool) -> None:
        """Take what stands behind a key or a dash."""
        at += len(line[at:]) - len(line[at:].lstrip(" "))
        while found := _PROPERTY.match(line, at):
            at = found.end()
        sign = line[at : at + 1]
        if sign and sign in "\"'[{":
            self._flow(line, at, last)
        elif sign and sign in "|>" and not self.fresh:
            self.block_text = self.frames[-1].indent if self.frames else 0
        elif sign == "#" or _COMMENT.search(line, at):
            self.comment = True
        else:
            self.start = at

    def _flow(self, line: str, at: int, last: bool) -> None:
        """Take brackets, quotes and what stands between them; behind the last bracket only a comment may follow."""
        pending: str | None = None
        self.start = at
        if self.quote:
            at, pending = self._quoted(line, at)
        while at < len(line) and not self.quote:
            sign = line[at]
            if sign in "\"'" and (self.start is None or not line[self.start : at].strip()):
                self.start = at + 1
                self.quote = sign
                at, pending = self._quoted(line, at + 1)
                if not self.in_flow:
                    return
                continue
            if sign == "#" and (at == 0 or line[at - 1].isspace()):
                self.comment = True
                return
            if sign in "[{":
                self.frames.append(_Frame(sign == "{", True, at, None if sign == "{" else 0))
                self.fresh = False
                self.start = at + 1
            elif sign in "]}":
                if self.in_flow:
                    self.frames.pop()
                self.start = None
                if not self.in_flow:
                    return
            elif sign == ",":
                self._next()
                self.start = at + 1
            elif sign == ":" and self._takes_key(line, at):
                self.frames[-1].step = pending if pending is not None else line[self.start or 0 : at].strip()
                self.start = at + 1
            else:
                found = _PLAIN.match(line, at)
                at = found.end() if found else at + 1
                continue
            pending = None
            at += 1
        if self.start is not None and not self.quote:
            self.start += len(line[self.start :]) - len(line[self.start :].lstrip(" "))

    def _quoted(self, line: str, at: int) -> tuple[int, str | None]:
        """Where a quoted text ends, and the text; at the end of the line the quote stays open."""
        start = at
        while at < len(line):
            if (self.quote == '"' and line[at] == "\\") or (
                line[at] == self.quote and self.quote == "'" and line[at + 1 : at + 2] == "'"
            ):
                at += 2
            elif line[at] == self.quote:
                self.quote, self.start = "", None
                return at + 1, line[start:at]
            else:
                at += 1
        return len(line), None

    def _next(self) -> None:
        top = self.frames[-1] if self.frames else None
        if top is not None and top.flow:
            top.step = None if top.is_map else int(top.step or 0) + 1

    def _takes_key(self, line: str, at: int) -> bool:
        top = self.frames[-1] if self.frames else None
        after = line[at + 1 : at + 2]
        return top is not None and top.flow and top.is_map and top.step is None and (not after or after in " ,[]{}")
