"""Values in words, as a process owner would write them."""

from collections.abc import Mapping
from typing import Any

from .model import Steps
from .running import Difference
from .wants import NOTHING, is_test

_LONGEST = 240


def dotted(at: Steps) -> str:
    """A way into a decision, as tables name it."""
    return ".".join(at)


def in_words(value: Any) -> str:
    """A value on one line in YAML's flow style, cut to a readable length."""
    text = _flow(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def wanted(want: Any) -> str:
    """What is wanted, in words: tests without their braces."""
    if is_test(want):
        return ", ".join(f"{word} {in_words(operand)}" for word, operand in want.items())
    return in_words(want)


def _flow(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case Mapping():
            return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _ if value is NOTHING:
            return "nothing"
    return " ".join(str(value).split())


def difference_in_words(difference: Difference) -> str:
    """Where a decision is not as expected, on one line."""
    place = dotted(difference.at)
    if difference.is_unwanted:
        return f"{place}: not wanted {wanted(difference.want)}, got {in_words(difference.got)}"
    return f"{place}: wanted {wanted(difference.want)}, got {in_words(difference.got)}"
