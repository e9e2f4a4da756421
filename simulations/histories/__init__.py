"""Histories: files of past tickets, read piece by piece as tables of texts.

Knows nothing of facts, rulebooks or decisions.
"""

from .faults import UnreadableHistory
from .forms import DECISION_LOG
from .history import History, open_history
from .jsonl_form import text_at
from .table import BATCH_ROWS, Table

__all__ = ["BATCH_ROWS", "DECISION_LOG", "History", "Table", "UnreadableHistory", "open_history", "text_at"]
