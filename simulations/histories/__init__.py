"""Histories: files of past tickets, read as batches of texts.

Knows nothing of facts, rulebooks or decisions.
"""

from .faults import UnreadableHistory
from .history import BATCH_ROWS, History, open_history

__all__ = ["BATCH_ROWS", "History", "UnreadableHistory", "open_history"]
