"""Shows diagnostics: as lines with the faulty piece underlined, for a terminal, and as plain records, for JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .faults import Diagnostic, Related, Suppressed
from .places import Lines, Span, cut_lines
from .source import Source

_WIDEST: Final = 100
"""Columns of a terminal that a shown source line takes at most."""
_NEARBY: Final = 400
"""Characters on either side of a fault that are looked at; a line may have millions."""
_TAB: Final = "    "
_MOST_RELATED: Final = 8
"""Further places of a diagnostic that are shown with their lines; of the others the number is told."""


def render_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source | str]) -> str:
    """Diagnostics as text, in their order, each with its source line (if the file is in ``sources``) and its help.

    The faulty piece is underlined, up to the end of its first line; long lines are clipped round it. Further places
    are shown alike, a witness below them. Ends with a line feed, unless there is no diagnostic.
    """
    known = _LinesOf(sources)
    shown = (line for diagnostic in sorted(diagnostics) for line in _one(diagnostic, known))
    return "".join(line + "\n" for line in shown)


def to_json(diagnostics: Iterable[Diagnostic], suppressed: Iterable[Suppressed] = ()) -> list[dict[str, Any]]:
    """Diagnostics as plain records, in their order: code, severity, message, file, the numbers of the span, help.

    ``related`` and ``witness`` are there where a diagnostic has them, ``suppressed`` in the records of those that are.
    """
    found = [*((one, _record(one)) for one in diagnostics), *((one.diagnostic, _hushed(one)) for one in suppressed)]
    return [record for _, record in sorted(found, key=lambda pair: pair[0])]


def _record(diagnostic: Diagnostic) -> dict[str, Any]:
    record = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_place(diagnostic.file, diagnostic.span),
        "help": diagnostic.help,
    }
    if diagnostic.related:
        record["related"] = [{"message": r.message, **_place(r.file, r.span)} for r in diagnostic.related]
    if diagnostic.witness is not None:
        record["witness"] = diagnostic.witness
    return record


def _hushed(one: Suppressed) -> dict[str, Any]:
    return {**_record(one.diagnostic), "suppressed": {"because": dict(one.because), "line": one.span.line}}


def _place(file: str, span: Span) -> dict[str, Any]:
    numbers = {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}
    return {"file": file, **numbers}


class _LinesOf:
    """The lines of files by name, each file cut once; None for one that is not at hand."""

    def __init__(self, sources: Mapping[str, Source | str]) -> None:
        self._sources = sources
        self._cut: dict[str, Lines] = {}

    def __call__(self, file: str) -> Lines | None:
        source = self._sources.get(file)
        if source is not None and file not in self._cut:
            self._cut[file] = cut_lines(source) if isinstance(source, str) else source.lines
        return self._cut.get(file)


def _one(diagnostic: Diagnostic, known: _LinesOf) -> list[str]:
    span, related = diagnostic.span, diagnostic.related[:_MOST_RELATED]
    warning = "warning: " if diagnostic.severity == "warning" else ""
    head = f"{diagnostic.file}:{span.line}:{span.column}: {warning}{diagnostic.message} [{diagnostic.code}]"
    width = max(len(str(place.line)) for place in (span, *(other.span for other in related)))
    gutter = " " * width
    shown = [_safe(head), *_marked(span, known(diagnostic.file), width)]
    for other in related:
        shown += [f" {gutter} see: {_safe(_told(other))}", *_marked(other.span, known(other.file), width)]
    if more := len(diagnostic.related) - len(related):
        shown.append(f" {gutter} see: {more:,} further place{'' if more == 1 else 's'}")
    if diagnostic.help is not None:
        shown.append(f" {gutter} help: {_safe(diagnostic.help)}")
    if diagnostic.witness is not None:
        shown.append(f" {gutter} witness:")
        shown += [f" {gutter}   {_safe(line)}".rstrip() for line in diagnostic.witness.rstrip("\n").split("\n")]
    return shown


def _told(other: Related) -> str:
    return f"{other.file}:{other.span.line}:{other.span.column}: {other.message}"


def _marked(span: Span, lines: Lines | None, width: int) -> list[str]:
    """The line where a piece begins, and the mark below it."""
    if lines is None or not 1 <= span.line <= len(lines.starts):
        return []
    line = lines.line(span.line)
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    text, mark = _underlined(line, span.column - 1, end)
    return [f" {span.line:>{width}} | {text}".rstrip(), f" {' ' * width} | {mark}"]


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
