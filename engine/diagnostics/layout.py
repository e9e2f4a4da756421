"""What stands around the one document of a file: marker lines, directives, and files without any content.

Works on lines that start in the first column, where neither a quoted nor a block text may reach. Knows no values.
"""

from __future__ import annotations

import re
from typing import Final

from .faults import MOST_FAULTS, Fault

_MARKER: Final = re.compile(r"^(?:---|\.\.\.)(?=[ \t\n]|\Z)|^%", re.MULTILINE)
_NOTHING: Final = re.compile(r"(?:(?:[ \t]*+(?:#[^\n]*+)?|%[^\n]*+)(?:\n|\Z))*+")
_FILLED: Final = re.compile(r"[^\n]+")
_ONE_ONLY: Final = "keep each rulebook in a file of its own"


def layout_faults(text: str) -> list[Fault]:
    """The faults of a text's directives and document markers, and of a text without content."""
    faults: list[Fault] = []
    opened = closed = False
    for found in _MARKER.finditer(text):
        if len(faults) > MOST_FAULTS:
            break
        start, end, mark = found.start(), found.end(), found.group()
        if mark == "%":
            faults.append(_directive(text, start))
        elif mark == "---":
            if opened or not _blank(text, 0, start):
                faults.append(Fault("several-documents", "a second document starts here", start, end, _ONE_ONLY))
            opened = True
        elif not _blank(text, end, len(text)):
            if not closed:
                faults.append(
                    Fault("several-documents", "the document ends here, but the file goes on", start, end, _ONE_ONLY)
                )
            closed = True
    return faults or _without_content(text)


def _blank(text: str, start: int, end: int) -> bool:
    found = _NOTHING.match(text, start, end)
    return found is not None and found.end() == end


def _directive(text: str, start: int) -> Fault:
    end = text.find("\n", start)
    advice = (
        "delete the line: files are read as YAML 1.2, without directives; put quotes around a text that starts with `%`"
    )
    return Fault("directive", "a line starts with `%`", start, len(text) if end < 0 else end, advice)


def _without_content(text: str) -> list[Fault]:
    for line in _FILLED.finditer(text):
        content = line.group().split("#", 1)[0].strip(" \t")
        if content not in ("", "---", "..."):
            return []
    return [Fault("empty-file", "the file has no content", 0, 0, "write the rulebook, or delete the file")]
