"""Explains syntax faults inside brackets and braces: commas, closing brackets, placeholders that need quotes."""

from __future__ import annotations

import re
from typing import Final

from .faults import Fault, shown
from .signs import question_fault
from .trouble import NEARBY, Trouble

_COMMA_HELP: Final = "separate items with commas, or quote a text with such characters"
_CLOSER: Final = {"[": "]", "{": "}"}
_PLACEHOLDER: Final = re.compile(r"[^\s,\[\]{}:]*\{[\w.\- ]+\}[^\s,\[\]{}]*")
_QUESTION: Final = re.compile(r"(?<![^\s,\[{:])\?(?:(?=[^ \n])|(?=(?:[ \n]|#[^\n]*)*[,\]}:]))")


def missing_separator(trouble: Trouble) -> Fault:
    """Something else stands where a comma or the closing bracket is wanted."""
    return (
        question_mark(trouble)
        or _never_closed(trouble)
        or placeholder(trouble)
        or _second_colon(trouble)
        or trouble.fault(
            "missing-comma",
            "a comma is missing before this",
            _COMMA_HELP,
        )
    )


def missing_value(trouble: Trouble) -> Fault:
    """Inside brackets, something stands where a value is wanted."""
    fault = question_mark(trouble) or _never_closed(trouble)
    if fault is not None:
        return fault
    if trouble.character == ",":
        return trouble.fault("extra-comma", "this comma has nothing before it", "delete it, or write the missing value")
    if trouble.character == ":":
        return trouble.fault("empty-key", "a key is missing before this colon", "write a key before the colon")
    if trouble.character == "-":
        return trouble.fault(
            "list-in-line", "a `- ` list cannot stand inside brackets", "write the list in brackets, or quote a text"
        )
    return trouble.fault("syntax", "a value is missing here", "write the value, or quote a text with such characters")


def question_mark(trouble: Trouble) -> Fault | None:
    """A `?` that starts a word inside brackets: parsers differ in what they take it for."""
    if trouble.bracket is None:
        return None
    found = _QUESTION.search(trouble.text, trouble.read)
    return question_fault(found.start()) if found and found.start() <= trouble.at else None


def placeholder(trouble: Trouble) -> Fault | None:
    """A text with a `{placeholder}`, at the place or just before it, that was taken for a mapping."""
    start = trouble.at - len(trouble.before())
    for found in _PLACEHOLDER.finditer(trouble.text, start, trouble.at + len(trouble.rest())):
        alone = found.group()[0] == "{" and found.group()[-1] == "}"
        if found.start() <= trouble.at <= found.end() and not (alone and trouble.at == found.start()):
            return _needs_quotes(trouble, found)
        if alone and not trouble.text[found.end() : trouble.at].strip(" ") and found.end() <= trouble.at:
            return _needs_quotes(trouble, found)
    return None


def _needs_quotes(trouble: Trouble, found: re.Match[str]) -> Fault:
    message = f"a text with a placeholder needs quotes: {shown(found.group())}"
    return trouble.fault("placeholder-quotes", message, "put double quotes around the whole text", *found.span())


def _never_closed(trouble: Trouble) -> Fault | None:
    bracket = trouble.bracket
    if bracket is None:
        return None
    opener = trouble.text[bracket]
    closer = _CLOSER[opener]
    if trouble.character in ("]", "}") and trouble.character != closer:
        message = f"`{opener}` is closed by `{trouble.character}`"
        return trouble.fault("unclosed-bracket", message, f"write `{closer}`, or quote a text with such characters")
    later = trouble.line_start(trouble.at) > bracket
    if trouble.at_end or (later and trouble.indent(trouble.at) <= trouble.indent(bracket)):
        return trouble.fault(
            "unclosed-bracket", f"this `{opener}` is never closed", f"write `{closer}` where it ends", bracket
        )
    return None


def _second_colon(trouble: Trouble) -> Fault | None:
    if trouble.character != ":":
        return None
    if not trouble.before().strip():
        message = "a key and its colon stand in different lines"
        return trouble.fault("long-key", message, "write a key, its colon and the start of its value in one line")
    nearby = max(0, trouble.at - NEARBY)
    item = trouble.text[max(nearby, *(trouble.text.rfind(sign, nearby, trouble.at) + 1 for sign in ",[{")) : trouble.at]
    value = re.search(r":\s+\S[^\n]*\s(\S+)$", item) or re.search(r"\S\s*\n\s*(\S[^\n]*)$", item)
    if value is not None:
        start = trouble.at - len(item) + value.start(1)
        return trouble.fault("missing-comma", "a comma is missing before this", _COMMA_HELP, start, trouble.at)
    if re.search(r":\s", item):
        return trouble.fault("nested-colon", "a second colon stands in this value", "put quotes around the value")
    return trouble.fault("long-key", "the key before this colon is too long", "a key has at most 1,024 characters")
