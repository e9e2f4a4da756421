"""PyYAML's own parser, brought in line with libyaml where they differ: tabs, tags, plain words, block texts.

The methods carry the names that PyYAML's scanner calls. Used where PyYAML was built without libyaml.
"""

from __future__ import annotations

import re
from typing import Final

from yaml.error import Mark
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import ScalarToken, TagToken

_URI: Final = r"(?:[-A-Za-z0-9_;/?:@&=+$.!~*'()]|%[0-9a-fA-F]{2})"
_NAMED: Final = r"![A-Za-z0-9_-]*!"
_TAG: Final = re.compile(rf"!<((?:{_URI}|[,\[\]])+)>|({_NAMED})({_URI}+)|(?!{_NAMED})!({_URI}*)")
_END: Final = "\0\n"
_BLANK_OR_END: Final = "\0 \t\n"


class PureParser(Reader, Scanner, Parser):
    """Yields the events of a text whose breaks are line feeds, as libyaml does."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        """Skip blanks, breaks and comments; tabs only where no key can start."""
        while True:
            while self.peek() == " " or (self.peek() == "\t" and (self.flow_level or not self.allow_simple_key)):
                self.forward()
            if self.peek() == "#":
                while self.peek() not in _END:
                    self.forward()
            if not self._line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_plain(self) -> ScalarToken:
        """Scan a plain word or text."""
        chunks: list[str] = []
        start = end = self.get_mark()
        indent = self.indent + 1
        gap = ""
        broken = False
        while not self._at_marker() and self.peek() != "#":
            length = self._plain_length(start)
            if length:
                chunks.append(gap + self.prefix(length))
                self.forward(length)
                self.allow_simple_key = False
                broken = False
                end = self.get_mark()
            if self.peek() not in " \t\n":
                break
            gap, over = self._plain_gap(indent, start)
            broken = broken or over
            if not self.flow_level and self.column < indent:
                break
        if broken:
            self.allow_simple_key = True
        return ScalarToken("".join(chunks), True, start, end)

    def _line_break(self) -> str:
        found = self.peek() == "\n"
        if found:
            self.forward()
        return "\n" if found else ""

    def _at_marker(self) -> bool:
        return self.column == 0 and self.prefix(3) in ("---", "...") and self.peek(3) in _BLANK_OR_END

    def _plain_length(self, start: Mark) -> int:
        length = 0
        while (character := self.peek(length)) not in _BLANK_OR_END:
            after = self.peek(length + 1)
            if self.flow_level and character == ":" and after in ",?[]{}":
                self.forward(length)
                raise ScannerError("while scanning a plain scalar", start, "found unexpected ':'", self.get_mark())
            if (character == ":" and after in _BLANK_OR_END) or (self.flow_level and character in ",[]{}"):
                break
            length += 1
        return length

    def _plain_gap(self, indent: int, start: Mark) -> tuple[str, bool]:
        blanks, breaks = "", ""
        while self.peek() in " \t\n":
            if self.peek() == "\n":
                breaks += self._line_break()
                continue
            if breaks and self.peek() == "\t" and self.column < indent:
                message = "found a tab character that violates indentation"
                raise ScannerError("while scanning a plain scalar", start, message, self.get_mark())
            blanks += self.peek()
            self.forward()
        return (breaks[1:] or " ") if breaks else blanks, bool(breaks)

    def scan_block_scalar_indicators(self, start_mark: Mark) -> tuple[bool | None, int | None]:
        """Scan the chomping and indentation indicators behind `|` or `>`, in either order."""
        chomping: bool | None = None
        increment: int | None = None
        for _ in range(2):
            character = self.peek()
            if character in "+-" and chomping is None:
                chomping = character == "+"
            elif character in "0123456789" and increment is None:
                increment = int(character)
                if not increment:
                    message = "found an indentation indicator equal to 0"
                    raise ScannerError("while scanning a block scalar", start_mark, message, self.get_mark())
            else:
                break
            self.forward()
        return chomping, increment

    def scan_block_scalar_ignored_line(self, start_mark: Mark) -> None:
        """Skip what may follow in the line of a block head: blanks and a comment."""
        while self.peek() in " \t":
            self.forward()
        if self.peek() == "#":
            while self.peek() not in _END:
                self.forward()
        if self.peek() not in _END:
            message = "did not find expected comment or line break"
            raise ScannerError("while scanning a block scalar", start_mark, message, self.get_mark())
        self._line_break()

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, Mark]:
        """Skip the empty lines above a block text; its indentation is that of the deepest line seen."""
        breaks: list[str] = []
        deepest = 0
        end = self.get_mark()
        while True:
            while self.peek() == " ":
                self.forward()
            deepest = max(deepest, self.column)
            self._refuse_tab()
            if not self._line_break():
                return breaks, deepest, end
            breaks.append("\n")
            end = self.get_mark()

    def scan_block_scalar_breaks(self, indent: int) -> tuple[list[str], Mark]:
        """Skip empty lines inside a block text, and the indentation of the line behind them."""
        breaks: list[str] = []
        end = self.get_mark()
        while True:
            while self.column < indent and self.peek() == " ":
                self.forward()
            if self.column < indent:
                self._refuse_tab()
            if not self._line_break():
                return breaks, end
            breaks.append("\n")
            end = self.get_mark()

    def _refuse_tab(self) -> None:
        if self.peek() == "\t":
            message = "found a tab character where an indentation space is expected"
            raise ScannerError("while scanning a block scalar", None, message, self.get_mark())

    def scan_tag(self) -> TagToken:
        """Scan a tag, with its handle (`!`, `!!`, `!name!`) if it has one."""
        start = self.get_mark()
        length = 1
        while self.peek(length) not in _BLANK_OR_END:
            length += 1
        found = _TAG.match(self.prefix(length))
        if found is not None:
            self.forward(found.end())
        if found is None or not (self.peek() in _BLANK_OR_END or (self.flow_level and self.peek() == ",")):
            raise ScannerError("while scanning a tag", start, "did not find expected tag URI", self.get_mark())
        handle, name = (found[2], found[3]) if found[2] else (None, found[1] or f"!{found[4]}")
        return TagToken((handle, name), start, self.get_mark())

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        """Scan a quoted text; escapes that name no character, and halves of surrogate pairs, are refused."""
        start = self.get_mark()
        try:
            token = super().scan_flow_scalar(style)
            token.value.encode("utf-8")
        except (ValueError, OverflowError) as error:
            message = "found invalid Unicode character escape code"
            raise ScannerError("while parsing a quoted scalar", start, message, self.get_mark()) from error
        return token
