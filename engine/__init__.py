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
from .scenarios import (
    SCENARIO_CODES,
    Assumption,
    CannotScaffold,
    Difference,
    Outcome,
    ScenarioReport,
    Share,
    Trace,
    VersionResult,
    assumptions_of,
    check_rules,
    difference_in_words,
    junit_xml,
    run_paths,
    scaffold,
    scenario_report_json,
)
from .stages import ENGINES, EngineFault, EngineName, EngineUnavailable

CODES = MappingProxyType({**FILE_CODES, **RULEBOOK_CODES})
"""The codes of all diagnostics, each with its meaning in one line."""

__all__ = [
    "CODES",
    "ENGINES",
    "LOCK",
    "SCENARIO_CODES",
    "Assumption",
    "CannotScaffold",
    "Catalogue",
    "CheckReport",
    "Diagnostic",
    "Difference",
    "EngineFault",
    "EngineName",
    "EngineUnavailable",
    "Fault",
    "Outcome",
    "Path",
    "RequestRefused",
    "RulebookFaults",
    "ScenarioReport",
    "Share",
    "Source",
    "Trace",
    "VersionResult",
    "assumptions_of",
    "check_paths",
    "check_rules",
    "check_shape",
    "did_you_mean",
    "difference_in_words",
    "format_duration",
    "format_instant",
    "junit_xml",
    "lock_path",
    "nearest",
    "parse_duration",
    "parse_instant",
    "read_source",
    "render_report",
    "report_json",
    "run_paths",
    "scaffold",
    "scenario_report_json",
]
