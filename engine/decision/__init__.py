"""Decisions: rulebooks compiled, requests read, stages run, versions chosen. The top floor of the engine."""

from .catalogue import Catalogue
from .checking import CheckReport, RulebookFaults, check_paths, lock_path, render_report, report_json
from .compiled import CompiledRulebook, compile_rulebook
from .files import LOCK
from .pipeline import decide
from .refusal import Fault, RequestRefused

__all__ = [
    "LOCK",
    "Catalogue",
    "CheckReport",
    "CompiledRulebook",
    "Fault",
    "RequestRefused",
    "RulebookFaults",
    "check_paths",
    "compile_rulebook",
    "decide",
    "lock_path",
    "render_report",
    "report_json",
]
