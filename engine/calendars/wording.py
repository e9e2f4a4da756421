"""How a message quotes what an author wrote, and which known names it offers. Knows nothing of calendars."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LONGEST: Final = 60


def quoted(text: str) -> str:
    """``text`` between backticks on one line: what cannot be printed is escaped, what is long is cut."""
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return "`" + "".join(char if char.isprintable() else ascii(char)[1:-1] for char in shown) + "`"


def did_you_mean(text: str, known: Iterable[str], limit: int = 3) -> str:
    """``; did you mean `x` or `y`?`` with at most ``limit`` known names near ``text``, or nothing when none is near.

    Upper and lower case count as equal. Nearness is difflib's ratio, 0.6 or more.
    """
    if len(text) > _LONGEST:
        return ""
    by_folded = {name.casefold(): name for name in known}
    near = [quoted(by_folded[name]) for name in get_close_matches(text.casefold(), by_folded, limit, 0.6)]
    if not near:
        return ""
    return f"; did you mean {', '.join(near[:-1])}{' or ' if near[1:] else ''}{near[-1]}?"
