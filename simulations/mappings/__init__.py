"""Mappings: files that say how the columns of a history become facts of tickets.

Knows nothing of how a history is stored or of what a rulebook decides.
"""

from .document import Column, Fact, HistoryMapping, Instants, Share, Value
from .instants import Instant
from .readers import Readers
from .reading import Draft, MappingFaults, MappingFile, draft_mapping, mapping_of

__all__ = [
    "Column",
    "Draft",
    "Fact",
    "HistoryMapping",
    "Instant",
    "Instants",
    "MappingFaults",
    "MappingFile",
    "Readers",
    "Share",
    "Value",
    "draft_mapping",
    "mapping_of",
]
