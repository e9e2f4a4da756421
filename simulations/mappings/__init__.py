"""Mappings: files that say how the columns of a history become facts of tickets.

Knows nothing of how a history is stored or of what a rulebook decides.
"""

from .builtin import builtin_mapping
from .column_values import ColumnValues, as_text, micros_of, read_column
from .columns import Column, Value
from .course import Conditions, Course, EventTest, ListedMessages, Remembered, Wait, WaitEvents
from .document import Fact, HistoryMapping, Instants, Share
from .instants import Doubt, Instant, instant_of
from .naming import recorded_targets
from .readers import Readers
from .reading import Draft, MappingFaults, MappingFile, draft_mapping, draft_of, mapping_of

__all__ = [
    "Column",
    "ColumnValues",
    "Conditions",
    "Course",
    "Doubt",
    "Draft",
    "EventTest",
    "Fact",
    "HistoryMapping",
    "Instant",
    "Instants",
    "ListedMessages",
    "MappingFaults",
    "MappingFile",
    "Readers",
    "Remembered",
    "Share",
    "Value",
    "Wait",
    "WaitEvents",
    "as_text",
    "builtin_mapping",
    "draft_mapping",
    "draft_of",
    "instant_of",
    "mapping_of",
    "micros_of",
    "read_column",
    "recorded_targets",
]
