"""Where PyYAML takes more than YAML 1.2: the text between the values, the lines of values that span several, and the
indentation inside brackets. A file that passes here also reads clean in the strict parsers that editors use.

Works on offsets into the text; knows nothing of what the values are.
"""

from __future__ import annotations

import re
from typing import Final

from .faults import MOST_FAULTS, Fault, Unreadable
from .signs import comment_fault, question_fault, tab_fault

_FILLING: Final = re.compile(r"(?:[ \n?:,.-]++|(?<=[ \n])#[^\n]*+)*+")
_TAB_OR_COMMENT: Final = re.compile(r"\t+|#[^\n]*")
_PROPERTIES: Final = re.compile(r"(?:[&!][^\s,\[\]{}]*+|[ \t\n]++|(?<=[ \t\n])#[^\n]*+)*+")
_HEAD: Final = re.compile(r"[|>](?:[-+][1-9]?|[1-9][-+]?)?(?: +(?:#[^\n]*)?)?(?=\n|\Z)")
_DEEPER: Final = "indent it more than the line that the value belongs to"
_INDICATOR: Final = re.compile(r"#[^\n]*|([-?:])")
# Between a value and its comma or closing bracket; the npm package `yaml` wants such a comment indented.
_EARLY_COMMENT: Final = re.compile(r"(?: *+(?:(?<= )#[^\n]*+)?\n)++(#[^\n]*+)")
# The npm package `yaml` then takes the value for a second key.
_COMMENT_AFTER_EMPTY_LINE: Final = re.compile(r"\n *\n( *)(#[^\n]*)")
_EMPTY_AFTER_ESCAPE: Final = re.compile(r"(?<!\\)(?:\\\\)*(\\)\n[ \t]*\n")
_BLANK_LINES: Final = re.compile(r"(?: *\n)*+(?: *\Z)?")
_QUESTION: Final = re.compile(r"#[^\n]*|(\?)")
_TIGHT_QUESTION: Final = re.compile(r"#[^\n]*|(\?)(?![ \n])")


class Guard:
    """Checks the text of one file, from its start to its end, and collects ``faults``.

    ``at`` is the offset up to which the text has been checked.
    """

    __slots__ = ("_known", "at", "faults", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.faults: list[Fault] = []
        self._known: set[str] = {"", " ", ", ", ": ", "- "}

    def reach(self, start: int, indent: int, in_flow: bool, is_value: bool = False) -> None:
        """Check the text between the last value and the one (or the bracket) that starts at an offset.

        ``indent`` is the column, from 0, of the innermost list or mapping without brackets, -1 at the top; ``in_flow``
        tells whether brackets are open, ``is_value`` that what starts is no key.

        Raises:
            Unreadable: for a `?` inside brackets that parsers read differently.
        """
        gap = self.text[self.at : start]
        if gap in self._known:
            self.at = start
            return
        plain = _FILLING.fullmatch(gap) is not None and not (gap[0] == "#" and self.at)
        if not plain:
            self._faults_of_gap(start)
        if in_flow:
            self._inside_brackets(gap, start, indent)
        elif "\n" in gap and (is_value or any(found[1] for found in _QUESTION.finditer(gap))):
            self._below_key(start, indent)
        if plain and "\n" not in gap and "?" not in gap:
            self._known.add(gap)
        self.at = start

    def _inside_brackets(self, gap: str, start: int, indent: int) -> None:
        if "?" in gap:
            self._question(_TIGHT_QUESTION, start)
        if "\n" in gap:
            self._indentation(self.at, start + 1, indent, "a line inside brackets", comments=True)
            found = _EARLY_COMMENT.match(gap)
            if found is not None:
                self.faults.append(comment_fault(self.at + found.start(1), self.at + found.end(1)))

    def _question(self, sign: re.Pattern[str], end: int) -> None:
        for found in sign.finditer(self.text, self.at, end):
            if found[1]:
                raise Unreadable(question_fault(found.start()))

    def _below_key(self, start: int, indent: int) -> None:
        line = self.text.rfind("\n", 0, start) + 1
        if self.text[line:start].strip(" "):
            return
        if start - line <= indent:
            message = "this value is not indented more than its parent"
            self.faults.append(Fault("bad-indent", message, start, start + 1, _DEEPER))
        for comment in _COMMENT_AFTER_EMPTY_LINE.finditer(self.text, self.at, start):
            if len(comment[1]) <= indent:
                message = "this comment between a key and its value is not indented more than the key"
                self.faults.append(
                    Fault("bad-indent", message, *comment.span(2), "indent it, or move it above the key")
                )
                return

    def empty_place(self, start: int, in_flow: bool) -> int:
        """Where an empty value stands: behind the last indicator before the offset that the parser gives for it.

        Raises:
            Unreadable: for a `?` inside brackets that parsers read differently.
        """
        if in_flow:
            self._question(_QUESTION, start)
        place = min(start, self.at)
        for found in _INDICATOR.finditer(self.text, self.at, start):
            if found[1]:
                place = found.end()
        return place

    def plain_text(self, start: int, end: int, in_flow: bool) -> None:
        """Check a text without quotes for tabs, and for a dash that stands alone inside brackets."""
        at = self.text.find("\t", start, end)
        if at >= 0:
            self.faults.append(tab_fault(at, at + 1))
        if in_flow and self.text[start:end] == "-":
            message = "a dash cannot stand alone inside brackets"
            self.faults.append(Fault("bad-start", message, start, end, "put quotes around it"))

    def several_lines(self, start: int, end: int, indent: int) -> None:
        """Check a quoted or plain text that spans several lines."""
        if self.text.startswith('"', start):
            for found in _EMPTY_AFTER_ESCAPE.finditer(self.text, start, end):
                message = "an empty line follows a line that ends with a backslash"
                self.faults.append(Fault("bad-escape", message, found.start(1), found.end(1), "write `\\n` instead"))
        self._indentation(start, end, indent, "a line of this text")

    def _indentation(self, start: int, end: int, indent: int, what: str, comments: bool = False) -> None:
        at = self.text.find("\n", start, end)
        while at >= 0:
            line = at + 1
            content = line
            while content < end and self.text[content] == " ":
                content += 1
            at = self.text.find("\n", line, end) if len(self.faults) <= MOST_FAULTS else -1
            if content >= end or self.text[content] == "\n" or content - line > indent:
                continue
            if comments and self.text[content] == "#":
                continue
            self.faults.append(
                Fault("flow-indent", f"{what} is not indented more than its parent", content, content + 1, _DEEPER)
            )

    def _faults_of_gap(self, start: int) -> None:
        for found in _TAB_OR_COMMENT.finditer(self.text, self.at, start):
            before = self.text[found.start() - 1] if found.start() else "\n"
            if found.group()[0] == "\t":
                self.faults.append(tab_fault(*found.span()))
            elif before not in " \t\n":
                self.faults.append(comment_fault(*found.span()))

    def after_properties(self, start: int) -> int:
        """The offset of the value itself, behind the `&anchor` and `!!tag` that start at an offset."""
        found = _PROPERTIES.match(self.text, start)
        end = found.end() if found else start
        for tab in _TAB_OR_COMMENT.finditer(self.text, start, end):
            if tab.group()[0] == "\t":
                self.faults.append(tab_fault(*tab.span()))
        return end

    def block_text(self, start: int, end: int, value: str) -> int:
        """Check the head and the end of a `|` or `>` text; the offset where its last line ends."""
        head = _HEAD.match(self.text, start)
        if head is None:
            line_end = self.text.find("\n", start)
            self._bad_head(start, len(self.text) if line_end < 0 else line_end)
        elif (blank := _BLANK_LINES.match(self.text, head.end())) and blank.end() >= end and " " in blank.group():
            message = "this text has only spaces, or an empty line above it has more spaces than the text"
            self.faults.append(Fault("block-text", message, start, start + 1, "delete the spaces of the empty lines"))
        last = value.rstrip("\n").rpartition("\n")[2]
        if last and not last.strip(" "):
            message = "this text ends with a line of spaces only"
            self.faults.append(Fault("block-text", message, start, start + 1, "delete the spaces of that line"))
        while end > start and self.text[end - 1] in " \n":
            end -= 1
        return end

    def _bad_head(self, start: int, line_end: int) -> None:
        for found in _TAB_OR_COMMENT.finditer(self.text, start, line_end):
            self.faults.append((tab_fault if found.group()[0] == "\t" else comment_fault)(*found.span()))
