"""Decisions: rulebooks compiled, requests read, stages run, versions chosen."""

from .catalogue import Catalogue
from .checking import CheckReport, RulebookFaults, check_absent, check_paths, lock_path, render_report, report_json
from .compiled import CompiledRulebook, compile_rulebook
from .files import LOCK, NOTHING_UNSAVED, Unsaved, file_fault, read_bytes, read_in_part, rulebook_paths, version_key
from .looks import CLOSER_LOOK
from .pipeline import decide, decide_json, language_of
from .refusal import Fault, RequestRefused, pointer
from .requests import faults_of
from .results import result_in
from .sequence import NOT_DECIDED
from .suppressions import apply_suppressions

__all__ = [
    "CLOSER_LOOK",
    "LOCK",
    "NOTHING_UNSAVED",
    "NOT_DECIDED",
    "Catalogue",
    "CheckReport",
    "CompiledRulebook",
    "Fault",
    "RequestRefused",
    "RulebookFaults",
    "Unsaved",
    "apply_suppressions",
    "check_absent",
    "check_paths",
    "compile_rulebook",
    "decide",
    "decide_json",
    "faults_of",
    "file_fault",
    "language_of",
    "lock_path",
    "pointer",
    "read_bytes",
    "read_in_part",
    "render_report",
    "report_json",
    "result_in",
    "rulebook_paths",
    "version_key",
]
