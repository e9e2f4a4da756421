"""Faults of single signs that are found in more than one way: by the guard, and where a parser gave up."""

from __future__ import annotations

import re
from typing import Final

from .faults import Fault, shown

_NAME: Final = re.compile(r"[&*][^\s,\[\]{}]*")
_WELL_NAMED: Final = re.compile(r"&[A-Za-z0-9_-]+(?=[ \n])")
_CORE: Final = re.compile(r"!!(?:str|int|float|bool|null|map|seq)(?![A-Za-z0-9_-])")
_TAG: Final = re.compile(r"!<[^>\s]*>?|![^\s,]*")
_WELL_WRITTEN: Final = re.compile(r"!(?:!?[A-Za-z0-9_-]+)?(?=[ \n])|!<tag:yaml\.org,2002:[a-z]+>(?=[ \n])")


def tab_fault(start: int, end: int) -> Fault:
    """The fault of tabs outside of quotes, comments and block texts."""
    advice = "use spaces; tabs may stand only inside quotes, comments and the text of a `|` block"
    return Fault("tab", "a tab stands where YAML takes spaces only", start, end, advice)


def question_fault(at: int) -> Fault:
    """The fault of a `?` that starts a word inside brackets: parsers differ in what they take it for."""
    return Fault("bad-start", "a word inside brackets cannot start with `?`", at, at + 1, "put quotes around the text")


def comment_fault(start: int, end: int) -> Fault:
    """The fault of a comment that touches what stands before it."""
    return Fault(
        "comment-space",
        "a space is missing before this comment",
        start,
        end,
        "write a space before `#`, or quote the text",
    )


def anchor_fault(text: str, start: int) -> Fault:
    """The fault of the anchor or alias that starts at an offset and is not written as every parser reads it."""
    found = _NAME.match(text, start)
    what = "alias" if text[start : start + 1] == "*" else "anchor"
    advice = "use letters, digits, `-` and `_`, then a space; put quotes around a text that starts with `&` or `*`"
    return Fault("bad-anchor", f"this {what} is not well written", start, found.end() if found else start + 1, advice)


def tag_fault(text: str, start: int) -> Fault:
    """The fault of the first tag at or after an offset, whether it is unknown or not even well written."""
    found = _TAG.search(text, start)
    first, end = found.span() if found else (start, start + 1)
    core = _CORE.match(text, first)
    if core is not None:
        return Fault(
            "missing-space",
            f"a space is missing after {shown(core.group())}",
            first,
            end,
            "write a space after the tag",
        )
    advice = "leave the tag out; put quotes around a text that starts with `!`"
    return Fault("unknown-tag", f"the tag {shown(text[first:end])} is not known here", first, end, advice)


def bad_property(text: str, start: int, tagged: bool, anchored: bool) -> Fault | None:
    """The fault of a tag or anchor, at or after an offset, that not every parser reads alike, known or not."""
    if tagged and not is_well_written(text, start):
        return tag_fault(text, start)
    if anchored:
        anchor = text.find("&", start)
        if _WELL_NAMED.match(text, anchor) is None:
            return anchor_fault(text, anchor)
    return None


def is_well_written(text: str, start: int) -> bool:
    """Whether the first tag at or after an offset is one that every parser reads alike, known or not."""
    return _WELL_WRITTEN.match(text, text.find("!", start)) is not None
