"""The decision log: every decision written down, so that it can be made again and compared."""

from .building import WORKER, Builder, Made, own_number, read_head
from .handover import Orders, builder_of, orders_of
from .log import DecisionLog, decision_log, made_of
from .reading import Place, Unreadable, log_files, read_entries
from .record import DecisionRecord, ShadowRecord, Sides, schema_document
from .sinks import StreamSink
from .verifying import Outcome, Part, Verdict, Verifier
from .writing import main as write

__all__ = [
    "WORKER",
    "Builder",
    "DecisionLog",
    "DecisionRecord",
    "Made",
    "Orders",
    "Outcome",
    "Part",
    "Place",
    "ShadowRecord",
    "Sides",
    "StreamSink",
    "Unreadable",
    "Verdict",
    "Verifier",
    "builder_of",
    "decision_log",
    "log_files",
    "made_of",
    "orders_of",
    "own_number",
    "read_entries",
    "read_head",
    "schema_document",
    "write",
]
