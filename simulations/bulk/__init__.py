"""Bulk decisions on Polars frames; the door to `engine.bulk` for histories.

Knows nothing of files, mappings or what is compared.
"""

from .deciding import decide_frame, decide_frames
from .frames import TextColumn, columns_of
from .telling import Telling, Told

__all__ = ["Telling", "TextColumn", "Told", "columns_of", "decide_frame", "decide_frames"]
