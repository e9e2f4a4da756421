"""Reads a file: from its bytes to a source, or to the faults that stand in the way. Never raises for any bytes."""

from __future__ import annotations

import yaml

from .builder import Builder
from .faults import MOST_FAULTS, Diagnostic, Fault, Unreadable, too_many_faults
from .layout import layout_faults
from .parsing import events
from .places import Lines, cut_lines
from .source import Source
from .syntax import explain
from .text import to_text


def read_source(name: str, raw: bytes) -> tuple[Source | None, list[Diagnostic]]:
    """Read a YAML file (YAML 1.2, core schema, one document) from its bytes.

    Returns the source, or None when the values cannot be had, and the faults in the order of the text. A source that
    comes with faults is for finding more faults, not for deciding: a refused entry is left out of it, a refused scalar
    is the text as written. ``name`` is the name of the file as diagnostics show it.
    """
    text, faults = to_text(raw)
    lines = cut_lines(text)
    if faults or (faults := layout_faults(text)):
        return None, _diagnostics(name, lines, faults)
    # A last line without a break reads as if it had one: `|` texts would lose theirs, and other parsers add it.
    builder = Builder(text if text.rstrip(" ").endswith("\n") else text + "\n")
    readable = _build(builder)
    source = None
    if readable and not isinstance(builder.data, (dict, list)):
        builder.faults.append(_not_a_mapping(builder))
    elif readable:
        source = Source(name, text, builder.data, builder.tree, lines)
    return source, _diagnostics(name, lines, builder.faults)


def _build(builder: Builder) -> bool:
    try:
        for event in events(builder.text):
            builder.take(event)
        builder.finish()
    except Unreadable as stop:
        builder.faults.append(stop.fault)
    except yaml.YAMLError as error:
        fault = explain(builder.text, error, builder.guard.at, builder.bracket())
        if fault.code == "unclosed-bracket":  # the rest follows from it
            builder.faults[:] = [other for other in builder.faults if other.start <= fault.start]
        builder.faults.append(fault)
    else:
        return True
    return False


def _not_a_mapping(builder: Builder) -> Fault:
    start, end = (0, 0) if builder.tree is None else (builder.tree[0], builder.tree[1])
    return Fault(
        "not-a-mapping",
        "the file is a single value, not a mapping",
        start,
        end,
        "start with a line such as `rulebook: a-name`",
    )


def _diagnostics(name: str, lines: Lines, faults: list[Fault]) -> list[Diagnostic]:
    if len(faults) > MOST_FAULTS and faults[-1].code != "too-many-faults":
        faults = [*faults[:MOST_FAULTS], too_many_faults(faults[MOST_FAULTS])]
    return sorted(
        Diagnostic(fault.code, fault.message, name, lines.span(fault.start, fault.end), fault.help) for fault in faults
    )
