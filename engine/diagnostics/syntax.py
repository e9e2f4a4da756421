"""Says in plain words what is wrong where a text is not YAML; a parser's own words never get out.

The parser's error only says of which kind it is and where; the words come from the text round that place. Both of
PyYAML's parsers lead to the same fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import yaml

from . import explain_brackets, explain_lines
from .faults import Fault, shown
from .signs import anchor_fault, tab_fault, tag_fault
from .trouble import Trouble

_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("could not find expected ':'", "no-colon"),
    ("sequence entries are not allowed", "list-here"),
    ("mapping values are not allowed", "colon-here"),
    ("mapping keys are not allowed", "question-here"),
    ("tab character", "character"),
    ("cannot start any token", "character"),
    ("comment or line break", "block-head"),
    ("indentation indicator", "block-head"),
    ("unexpected end of stream", "quote"),
    ("unexpected document", "quote"),
    ("escape", "escape"),
    ("hex", "escape"),
    ("alphabetic or numeric", "anchor"),
    ("unexpected ':'", "tight-colon"),
    ("expected ',' or", "separator"),
    ("node content", "no-value"),
    ("expected key", "block-end"),
    ("'-' indicator", "block-end"),
    ("<block end>", "block-end"),
    ("<document start>", "block-end"),
)
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[xuU]|(\n|.))")
_SIMPLE: Final = frozenset('0abt\tnvfre "/\\N_LP\n')
_STARTS: Final = {"@": "`@`", "`": "a backtick", "%": "`%`", "|": "`|`", ">": "`>`"}


def explain(text: str, error: yaml.YAMLError, read: int, bracket: int | None) -> Fault:
    """The fault at the point where a parser gave up.

    ``read`` is the offset up to which values were complete, ``bracket`` that of the innermost bracket still open.
    """
    marks = [
        mark.index for name in ("problem_mark", "context_mark") if (mark := getattr(error, name, None)) is not None
    ]
    at = min(marks[0] if marks else read, len(text))
    start = min(marks[-1] if marks else at, at)
    trouble = Trouble(text, at, start, read, bracket)
    problem, context = str(getattr(error, "problem", "")), str(getattr(error, "context", ""))
    if "scanning a tag" in context or "parsing a tag" in context or "tag handle" in problem:
        return tag_fault(text, start)
    kind = next((kind for words, kind in _KINDS if words in problem), "")
    return _EXPLANATIONS.get(kind, _unknown)(trouble)


def broken_escape(text: str, start: int) -> Fault | None:
    """The first escape after an offset inside double quotes that names no character, or None."""
    for found in _ESCAPE.finditer(text, start):
        digits = found[1] or found[2] or found[3]
        if digits is not None:
            number = int(digits, 16)
            if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
                continue
        elif found[4] is not None and found[4] in _SIMPLE:
            continue
        return _escape_fault(found)
    return None


def _escape_fault(found: re.Match[str]) -> Fault:
    if found[4] is None:
        message = f"the escape {shown(found.group())} names no character"
        advice = "write two digits after `\\x`, four after `\\u`, eight after `\\U`, or the character itself"
    else:
        message = f"the escape {shown(found.group())} is not known"
        advice = "write `\\\\` for a backslash, or use single quotes"
    return Fault("bad-escape", message, *found.span(), advice)


def _escape(trouble: Trouble) -> Fault:
    return broken_escape(trouble.text, trouble.start) or _unknown(trouble)


def _character(trouble: Trouble) -> Fault:
    character = trouble.character
    if character == "\t":
        return tab_fault(trouble.at, trouble.at + 1)
    if character in _STARTS:
        message = f"a word cannot start with {_STARTS[character]}"
        return trouble.fault("bad-start", message, "put quotes around the text")
    return _unknown(trouble)


def _block_head(trouble: Trouble) -> Fault:
    message = "the head of this text is more than `|` or `>` with `-`, `+` or a digit from 1 to 9"
    return trouble.fault(
        "block-text", message, "start the text in the next line", trouble.start, trouble.line_end(trouble.at)
    )


def _quote(trouble: Trouble) -> Fault:
    quote = trouble.text[trouble.start : trouble.start + 1]
    advice = "write the closing quote; inside single quotes, write `''` for `'`"
    if quote == '"':
        advice = 'write the closing quote; inside double quotes, write `\\"` for `"`'
    return trouble.fault("unclosed-quote", f"this {quote} is never closed", advice, trouble.start)


def _anchor(trouble: Trouble) -> Fault:
    return anchor_fault(trouble.text, trouble.start)


def _no_value(trouble: Trouble) -> Fault:
    if trouble.bracket is not None:
        return explain_brackets.missing_value(trouble)
    if trouble.character in ("]", "}"):
        return explain_lines.unopened(trouble)
    if trouble.character == ",":
        return trouble.fault("bad-start", "a word cannot start with `,`", "put quotes around the text")
    if trouble.character == "-":
        return explain_lines.list_here(trouble)
    if not trouble.before().strip():
        return explain_lines.after_value(trouble)
    return _unknown(trouble)


def _question(trouble: Trouble) -> Fault:
    return trouble.fault("bad-start", "a value cannot start with `? `", "put quotes around the text")


def _unknown(trouble: Trouble) -> Fault:
    return trouble.fault(
        "syntax", "the text is not YAML from here on", "put quotes around a text with special characters"
    )


_EXPLANATIONS: Final[dict[str, Callable[[Trouble], Fault]]] = {
    "no-colon": explain_lines.no_colon,
    "list-here": explain_lines.list_here,
    "colon-here": explain_lines.colon_here,
    "question-here": _question,
    "character": _character,
    "block-head": _block_head,
    "quote": _quote,
    "escape": _escape,
    "anchor": _anchor,
    "tight-colon": explain_lines.tight_colon,
    "separator": explain_brackets.missing_separator,
    "no-value": _no_value,
    "block-end": explain_lines.after_value,
}
