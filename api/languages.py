"""Reads the `Accept-Language` header (RFC 9110, section 12.5.4). Knows nothing of which languages a rulebook has."""

import re
from functools import lru_cache
from typing import Final

LONGEST: Final = 500
"""Bytes of a header that are read at most; a longer one is ignored like a malformed one."""

_RANGE: Final = re.compile(
    r"[ \t]*(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)"
    r"(?:[ \t]*;[ \t]*[Qq]=(?P<quality>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?[ \t]*",
    re.ASCII,
)


def accepted_languages(header: bytes) -> tuple[str, ...]:
    """The languages of an `Accept-Language` header, best first; empty when it is malformed, too long or names none.

    A tag with subtags is followed by its shorter forms (`pl-PL`, then `pl`: the lookup of RFC 4647, section 3.4).
    `*` stands for any language and so names none.
    """
    return _ranked(header) if len(header) <= LONGEST else ()


@lru_cache(maxsize=256)
def _ranked(header: bytes) -> tuple[str, ...]:
    ranges: list[tuple[float, str]] = []
    for part in header.decode("latin-1").split(","):
        if not part.strip(" \t"):
            continue
        match = _RANGE.fullmatch(part)
        if match is None:
            return ()
        ranges.append((float(match["quality"] or 1), match["tag"].lower()))
    ranges.sort(key=lambda found: -found[0])
    tags = (tag for quality, tag in ranges if quality > 0 and tag != "*")
    return tuple(dict.fromkeys(form for tag in tags for form in _shorter_forms(tag)))


def _shorter_forms(tag: str) -> list[str]:
    subtags = tag.split("-")
    return ["-".join(subtags[:length]) for length in range(len(subtags), 0, -1)]
