"""Explains syntax faults of lines: missing colons and spaces, indentation, and what follows a complete value."""

from __future__ import annotations

import re
from typing import Final

from . import explain_brackets
from .faults import Fault, shown
from .trouble import NEARBY, Trouble

_TIGHT: Final = re.compile(r"(?:- +)*(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s:#'\"\[\]{},&*!|>-][^\s:#]*)(:)(?=[^\s:/])")
_QUOTED: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_SPACE_HELP: Final = "write a space after the colon"
_COLON_HELP: Final = "write `key: value`, or indent the line if it goes on with the text above"
_INDENT_HELP: Final = "give the line the same indentation as the lines that it belongs to"


def no_colon(trouble: Trouble) -> Fault:
    """A line that should be a key has no colon."""
    start = trouble.start
    tight = _tight_colon(trouble, start)
    if tight is not None:
        return tight
    end = trouble.line_end(start)
    if re.match(r"-[^-\s]", trouble.text[start:end]) and trouble.follows_item(start):
        return trouble.fault("missing-space", "a space is missing after this dash", "write `- ` before an item", start)
    nearby = trouble.text[start : min(trouble.line_end(trouble.at), start + NEARBY)]
    colon = re.search(r"[\"'\]}] *:(?=\s)", nearby)
    if colon is not None and start + colon.start() >= end:
        return trouble.fault("long-key", "this key runs over several lines", "write a key in one line", start, end)
    if end - start > 1024:
        return trouble.fault(
            "long-key", "no colon follows within 1,024 characters", "a key has at most 1,024 characters", start
        )
    return trouble.fault("missing-colon", f"no colon follows {shown(trouble.text[start:end])}", _COLON_HELP, start, end)


def colon_here(trouble: Trouble) -> Fault:
    """A colon stands where no key can be."""
    before = _QUOTED.sub("", trouble.before())
    if re.search(r"^[^\"']*[\"'] *$|^[^\[]*\] *$|^[^{]*\} *$", before):
        message = "the key before this colon runs over several lines"
        return trouble.fault("long-key", message, "write a key, its colon and the start of its value in one line")
    if before.startswith("---"):
        message = "a mapping cannot start in the line of `---`"
        return trouble.fault("after-value", message, "start it in the next line")
    if re.search(r":\s", before):
        advice = "put quotes around the value, or start a nested mapping in the next line"
        return trouble.fault("nested-colon", "a second colon stands in this value", advice)
    above = trouble.line_above()
    if above is None:
        return trouble.fault("syntax", "this colon stands where no key can be", "put quotes around the text")
    first = above + trouble.indent(above)
    tight = _tight_colon(trouble, first)
    if tight is not None:
        return tight
    line = trouble.text[first : trouble.line_end(first)]
    if line.startswith("- "):
        return _bad_indent(trouble, "this line is indented as if it belonged to the list item above")
    if not re.search(r":(?:\s|$)", line):
        return trouble.fault("missing-colon", f"no colon follows {shown(line)}", _COLON_HELP, first, first + len(line))
    return _bad_indent(trouble, "this line is indented as if it belonged to the value above")


def list_here(trouble: Trouble) -> Fault:
    """A dash stands where no list can start."""
    if trouble.before().strip():
        advice = "start the list in the next line, or write it in brackets"
        return trouble.fault("list-in-line", "a `- ` list cannot start in the line of its key", advice)
    return _bad_indent(trouble, "this list item is indented as if it belonged to the value above")


def after_value(trouble: Trouble) -> Fault:
    """A block ended, and what follows belongs to nothing."""
    if trouble.bracket is not None:
        return explain_brackets.missing_separator(trouble)
    before = trouble.before()
    if not before.strip():
        return _stray_line(trouble)
    fault = explain_brackets.placeholder(trouble)
    if fault is not None:
        return fault
    if trouble.character in ("]", "}"):
        return unopened(trouble)
    message = f"{shown(trouble.rest())} follows a value that is already complete"
    if before.endswith("'") and "'" in trouble.rest():
        advice = "inside single quotes, write `''` for `'`, or use double quotes"
        return trouble.fault("after-value", message, advice, None, trouble.line_end(trouble.at))
    return trouble.fault(
        "after-value", message, "put the whole value in quotes, or delete one part", None, trouble.line_end(trouble.at)
    )


def unopened(trouble: Trouble) -> Fault:
    """A closing bracket that closes nothing."""
    message = f"this `{trouble.character}` closes nothing"
    return trouble.fault("unopened-bracket", message, "delete it, or quote a text that starts with it")


def tight_colon(trouble: Trouble) -> Fault:
    """A colon directly before a bracket or comma."""
    return trouble.fault("missing-space", "a space is missing after this colon", _SPACE_HELP)


def _stray_line(trouble: Trouble) -> Fault:
    if trouble.character in ("]", "}"):
        return unopened(trouble)
    if trouble.character == ":":
        return trouble.fault("empty-key", "a key is missing before this colon", "write a key before the colon")
    above = trouble.line_above()
    if above is not None and trouble.indent(above) == trouble.indent(trouble.at):
        dash = trouble.rest().startswith("- ")
        message = "a list item stands among keys" if dash else "a key stands among list items"
        if dash != trouble.text[above + trouble.indent(above) :].startswith("- "):
            return _bad_indent(trouble, message)
    return _bad_indent(trouble, "the indentation of this line fits none of the lines above")


def _bad_indent(trouble: Trouble, message: str) -> Fault:
    start = trouble.line_start(trouble.at) + trouble.indent(trouble.at)
    return trouble.fault("bad-indent", message, _INDENT_HELP, start, trouble.line_end(start))


def _tight_colon(trouble: Trouble, start: int) -> Fault | None:
    found = _TIGHT.match(trouble.text, start, trouble.line_end(start))
    if found is None:
        return None
    return trouble.fault("missing-space", "a space is missing after this colon", _SPACE_HELP, found.start(1))
