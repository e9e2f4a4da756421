"""Decision tables: tests on facts, the cells they cut facts into, and the bitmaps that find matching rows.

Knows no YAML, no stages and no requests; `partition` and `Index` are the idea of ADR 3.
"""

from .conditions import ANY, WORD, Condition, Test, folded, holds, matcher, operators, read_condition, worded
from .index import Column, Find, Index, bitmap_of, build_column, rows_of
from .overlaps import can_hold, inhabited, meeting, overlapping
from .partitions import Line, Listed, Marks, Partition, partition
from .wording import described

__all__ = [
    "ANY",
    "WORD",
    "Column",
    "Condition",
    "Find",
    "Index",
    "Line",
    "Listed",
    "Marks",
    "Partition",
    "Test",
    "bitmap_of",
    "build_column",
    "can_hold",
    "described",
    "folded",
    "holds",
    "inhabited",
    "matcher",
    "meeting",
    "operators",
    "overlapping",
    "partition",
    "read_condition",
    "rows_of",
    "worded",
]
