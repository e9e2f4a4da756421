"""The engine: rulebooks in, decisions out. Pure: no clock of its own, no network, no environment.

from engine import Catalogue
catalogue = Catalogue.load("rules")
answer = catalogue.decide(request)
"""

from types import MappingProxyType

from .decision import (
    LOCK,
    Catalogue,
    CheckReport,
    Fault,
    RequestRefused,
    RulebookFaults,
    check_paths,
    lock_path,
    render_report,
    report_json,
)
from .diagnostics import CODES as FILE_CODES
from .diagnostics import Diagnostic, Path, Source, did_you_mean, nearest, read_source
from .facts import format_duration, format_instant, parse_duration, parse_instant
from .rulebook import RULEBOOK_CODES, check_shape

CODES = MappingProxyType({**FILE_CODES, **RULEBOOK_CODES})
"""The codes of all diagnostics, each with its meaning in one line."""

__all__ = [
    "CODES",
    "LOCK",
    "Catalogue",
    "CheckReport",
    "Diagnostic",
    "Fault",
    "Path",
    "RequestRefused",
    "RulebookFaults",
    "Source",
    "check_paths",
    "check_shape",
    "did_you_mean",
    "format_duration",
    "format_instant",
    "lock_path",
    "nearest",
    "parse_duration",
    "parse_instant",
    "read_source",
    "render_report",
    "report_json",
]
