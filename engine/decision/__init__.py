"""Decisions: rulebooks compiled, requests read, stages run, versions chosen."""

from .catalogue import Catalogue
from .checking import CheckReport, RulebookFaults, check_paths, lock_path, render_report, report_json
from .compiled import CompiledRulebook, compile_rulebook
from .files import LOCK, file_fault
from .pipeline import CLOSER_LOOK, decide, decide_json, language_of
from .refusal import Fault, RequestRefused, pointer
from .requests import faults_of
from .sequence import NOT_DECIDED

__all__ = [
    "CLOSER_LOOK",
    "LOCK",
    "NOT_DECIDED",
    "Catalogue",
    "CheckReport",
    "CompiledRulebook",
    "Fault",
    "RequestRefused",
    "RulebookFaults",
    "check_paths",
    "compile_rulebook",
    "decide",
    "decide_json",
    "faults_of",
    "file_fault",
    "language_of",
    "lock_path",
    "pointer",
    "render_report",
    "report_json",
]
