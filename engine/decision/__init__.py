"""Decisions: rulebooks compiled, requests read, stages run, versions chosen."""

from .catalogue import Catalogue
from .checking import CheckReport, RulebookFaults, check_paths, lock_path, render_report, report_json
from .compiled import CompiledRulebook, compile_rulebook
from .files import LOCK, file_fault
from .pipeline import decide
from .refusal import Fault, RequestRefused
from .requests import faults_of

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
    "faults_of",
    "file_fault",
    "lock_path",
    "render_report",
    "report_json",
]
