"""The engine: rulebooks in, decisions out. Pure: no clock of its own, no network, no environment.

from engine import Catalogue
catalogue = Catalogue.load("rules")
answer = catalogue.decide(request)
"""

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
from .diagnostics import CODES, Diagnostic, Path, Source, did_you_mean, nearest, read_source
from .facts import format_duration, format_instant, parse_duration, parse_instant
from .rulebook import check_shape

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
