"""Shows diagnostics: as lines with the faulty piece underlined, for a terminal, and as plain records, for JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .faults import Diagnostic
from .places import Lines, cut_lines
from .source import Source

_WIDEST: Final = 100
"""Columns of a terminal that a shown source line takes at most."""
_NEARBY: Final = 400
"""Characters on either side of a fault that are looked at; a line may have millions."""
_TAB: Final = "    "


def render_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source | str]) -> str:
    """Diagnostics as text, in their order, each with its source line (if the file is in ``sources``) and its help.

    The faulty piece is underlined, up to the end of its first line; long lines are clipped round it. Ends with a line
    feed, unless there is no diagnostic.
    """
    known: dict[str, Lines] = {}
    shown: list[str] = []
    for diagnostic in sorted(diagnostics):
        source = sources.get(diagnostic.file)
        if source is not None and diagnostic.file not in known:
            known[diagnostic.file] = cut_lines(source) if isinstance(source, str) else source.lines
        shown.extend(_one(diagnostic, known.get(diagnostic.file)))
    return "".join(line + "\n" for line in shown)


def to_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Diagnostics as plain records, in their order: code, severity, message, file, the numbers of the span, help."""
    return [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity,
            "message": diagnostic.message,
            "file": diagnostic.file,
            "line": diagnostic.span.line,
            "column": diagnostic.span.column,
            "end_line": diagnostic.span.end_line,
            "end_column": diagnostic.span.end_column,
            "help": diagnostic.help,
        }
        for diagnostic in sorted(diagnostics)
    ]


def _one(diagnostic: Diagnostic, lines: Lines | None) -> list[str]:
    span = diagnostic.span
    warning = "warning: " if diagnostic.severity == "warning" else ""
    head = f"{diagnostic.file}:{span.line}:{span.column}: {warning}{diagnostic.message} [{diagnostic.code}]"
    shown = [_safe(head)]
    gutter = " " * len(str(span.line))
    if lines is not None and 1 <= span.line <= len(lines.starts):
        line = lines.line(span.line)
        end = span.end_column - 1 if span.end_line == span.line else len(line)
        text, mark = _underlined(line, span.column - 1, end)
        shown.append(f" {span.line} | {text}".rstrip())
        shown.append(f" {gutter} | {mark}")
    if diagnostic.help is not None:
        shown.append(f" {gutter} help: {_safe(diagnostic.help)}")
    return shown


def _underlined(line: str, start: int, end: int) -> tuple[str, str]:
    start = min(max(start, 0), len(line))
    end = min(max(end, start), len(line))
    skipped = max(0, start - _NEARBY)
    nearby = line[skipped : start + _NEARBY]
    widths = [_width(character) for character in nearby]
    begin, stop = start - skipped, min(end - skipped, len(nearby))
    first, last = _window(widths, begin) if len(nearby) < len(line) or sum(widths) > _WIDEST else (0, len(widths))
    before = "…" if skipped or first else ""
    after = "…" if skipped + last < len(line) else ""
    text = before + "".join(_cell(character) for character in nearby[first:last]) + after
    space = len(before) + sum(widths[first:begin])
    return text, " " * space + "^" * max(1, sum(widths[begin : min(stop, last)]))


def _window(widths: list[int], begin: int) -> tuple[int, int]:
    """The first and last character, of those with these widths, to show of a long line round a fault."""
    room = _WIDEST - 2
    first, taken = begin, 0
    while first > 0 and taken + widths[first - 1] <= room // 3:
        first -= 1
        taken += widths[first]
    last = first
    taken = 0
    while last < len(widths) and taken + widths[last] <= room:
        taken += widths[last]
        last += 1
    while first > 0 and taken + widths[first - 1] <= room:
        first -= 1
        taken += widths[first]
    return first, last


def _cell(character: str) -> str:
    if character == "\t":
        return _TAB
    return "\ufffd" if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character


def _width(character: str) -> int:
    if character == "\t":
        return len(_TAB)
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _safe(text: str) -> str:
    return "".join(_cell(character) if character != "\t" else " " for character in text)
