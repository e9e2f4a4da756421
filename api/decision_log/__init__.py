"""The decision log: every decision written down, so that it can be made again and compared."""

from .building import WORKER, Builder, Made, own_number, read_head
from .log import DecisionLog, builder_of, decision_log, made_of
from .reading import Place, Unreadable, log_files, read_entries
from .record import DecisionRecord, ShadowRecord, Sides, schema_document
from .verifying import Outcome, Part, Verdict, Verifier

__all__ = [
    "WORKER",
    "Builder",
    "DecisionLog",
    "DecisionRecord",
    "Made",
    "Outcome",
    "Part",
    "Place",
    "ShadowRecord",
    "Sides",
    "Unreadable",
    "Verdict",
    "Verifier",
    "builder_of",
    "decision_log",
    "log_files",
    "made_of",
    "own_number",
    "read_entries",
    "read_head",
    "schema_document",
]
