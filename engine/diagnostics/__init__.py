"""Reads rulebook files into plain values with positions, and shows the faults found in them.

The lowest floor of the engine: pure, with PyYAML and the standard library only. It knows YAML and nothing of what a
rulebook says; the floors above report their own faults with `Source.fault`.
"""

from __future__ import annotations

from .codes import CODES
from .faults import Diagnostic, Related, Severity, Suppressed
from .near import did_you_mean, nearest
from .places import START, Path, Span, value_at
from .reader import read_source
from .render import render_text, to_json
from .sarif import to_sarif
from .source import Source

__all__ = [
    "CODES",
    "START",
    "Diagnostic",
    "Path",
    "Related",
    "Severity",
    "Source",
    "Span",
    "Suppressed",
    "did_you_mean",
    "nearest",
    "read_source",
    "render_text",
    "to_json",
    "to_sarif",
    "value_at",
]
