"""The letters of a rulebook: texts in composed Unicode, and names that can be read and typed.

A name that looks like another but is written with other code points would never meet it, and nobody could see why.
"""

import unicodedata
from collections.abc import Iterator
from typing import Any

from ..diagnostics import Diagnostic, Path, Source
from ..facts import normal, shown

_PROSE = frozenset(("title", "because", "say", "says", "with", "request", "matches", "contains"))
"""Keys under which a text may have several lines."""
_BREAKS = {"\n": "line break", "\t": "tab"}
_JOINERS = "\u200c\u200d"
"""Invisible, but spelling needs them in some scripts."""


def composed(value: Any) -> Any:
    """A copy of plain values with every text in composed Unicode (NFC); keys stay as they are."""
    if isinstance(value, str):
        return normal(value)
    if isinstance(value, dict):
        return {key: composed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [composed(item) for item in value]
    return value


def is_clear(name: str) -> bool:
    """Whether a key is composed and holds nothing that cannot be seen."""
    return normal(name) == name and not any(_is_hidden(character, is_key=True) for character in name)


def name_faults(value: Any, source: Source, path: Path = ()) -> Iterator[Diagnostic]:
    """A diagnostic for each key that is not composed or holds what cannot be seen, and for each such text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _fault(key, source, (*path, key), is_key=True)
            yield from name_faults(item, source, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from name_faults(item, source, (*path, i))
    elif isinstance(value, str):
        yield from _fault(value, source, path, is_key=False)


def _fault(text: str, source: Source, path: Path, *, is_key: bool) -> Iterator[Diagnostic]:
    if text.isascii() and text.isprintable():
        return
    breaks = "" if is_key or _PROSE.isdisjoint(path) else _BREAKS
    hidden = next((c for c in text if c not in breaks and _is_hidden(c, is_key=is_key)), None)
    if hidden is not None:
        name = _BREAKS.get(hidden) or unicodedata.name(hidden, "control character").lower()
        said = f"the character U+{ord(hidden):04X} ({name}) stands in {shown(text)}, where nobody can see it"
        help = "write the text in one line, without `|` or `>`" if hidden == "\n" else "delete it"
        yield source.fault("bad-name", said, path, key=is_key, help=help)
    elif is_key and normal(text) != text:
        said = f"{shown(text)} is not in composed Unicode (NFC), so the same name typed elsewhere would differ"
        yield source.fault("bad-name", said, path, key=True, help="type the name anew instead of pasting it")


def _is_hidden(character: str, *, is_key: bool) -> bool:
    if character.isascii():
        return not character.isprintable()
    kind = unicodedata.category(character)
    return kind == "Cc" or (is_key and kind in ("Cf", "Zl", "Zp") and character not in _JOINERS)
