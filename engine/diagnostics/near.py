"""The known names nearest to one that is not known, for "did you mean". Knows nothing of what the names stand for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

_NEAR_ENOUGH: Final = 0.7
_LONGEST: Final = 100


def nearest(name: str, known: Iterable[str], limit: int = 1) -> list[str]:
    """The known names most like ``name``, nearest first, at most ``limit``; empty when none is near.

    Upper and lower case, hyphens, underscores and spaces count as equal, as do the ways Unicode writes one letter.
    The name itself is never among the answers. Nearness is difflib's ratio, 0.7 or more.
    """
    if not 0 < len(name) <= _LONGEST:
        return []
    wanted = _folded(name)
    matcher = SequenceMatcher(a="", b=wanted, autojunk=False)
    found: list[tuple[float, str]] = []
    for other in set(known):
        if other == name or len(other) > _LONGEST:
            continue
        matcher.set_seq1(_folded(other))
        if matcher.real_quick_ratio() >= _NEAR_ENOUGH and matcher.quick_ratio() >= _NEAR_ENOUGH:
            ratio = matcher.ratio()
            if ratio >= _NEAR_ENOUGH:
                found.append((-ratio, other))
    return [other for _, other in sorted(found)[: max(limit, 0)]]


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The question "did you mean `x`?" with the nearest known name, or None when none is near."""
    near = nearest(name, known)
    return f"did you mean `{near[0]}`?" if near else None


def _folded(name: str) -> str:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    return folded.replace("-", "_").replace(" ", "_")
