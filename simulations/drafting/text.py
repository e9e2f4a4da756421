"""The pieces of a YAML text: words that need no quotes, and lines with a comment beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*( [A-Za-z0-9_.-]+)*")
_RESERVED: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_COLUMN: Final = 58


def quoted(text: str) -> str:
    """A text as YAML writes it, with quotes where it needs them."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def listed(texts: Iterable[str]) -> str:
    """Texts as a list in one line."""
    return f"[{', '.join(map(quoted, texts))}]"


def beside(line: str, comment: str) -> str:
    """A line with a comment beside it."""
    return f"{line.ljust(_COLUMN)} # {spoken(comment)}"


def spoken(text: str) -> str:
    """A text that can stand in a comment: in one line, and with nothing that YAML forbids there."""
    return "".join(character if character.isprintable() else "�" for character in text)


def slug(name: str) -> str:
    """An id made of the name of a file."""
    stem = re.sub(r"(\.[a-z0-9]{1,8})+$", "", name.lower())
    words = re.findall(r"[a-z0-9]+", stem)
    return "-".join(words) if words and words[0][0].isalpha() else "-".join(["history", *words])
