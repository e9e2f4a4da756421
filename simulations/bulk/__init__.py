"""Bulk decisions on Polars frames; the door to `engine.bulk` for histories.

Knows nothing of files, mappings or what is compared.
"""

from .deciding import decide_frame, decide_frames
from .frames import TextColumn, columns_of
from .numbered import Numbered, Numbering, Promise
from .texts import decision_texts, target_entries

__all__ = [
    "Numbered",
    "Numbering",
    "Promise",
    "TextColumn",
    "columns_of",
    "decide_frame",
    "decide_frames",
    "decision_texts",
    "target_entries",
]
