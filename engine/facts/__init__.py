"""Facts: what a rulebook may ask about a request, their types, and how values are written.

Knows nothing of rules, tables or stages.
"""

from .common import COMMON, FACT_GROUPS, FIXED, RELATIONS, ROSTER, is_declarable
from .types import (
    CLEAN_TEXT_LIMIT,
    SET_LIMIT,
    Closed,
    Duration,
    FactType,
    Instant,
    Misfit,
    Number,
    SetOf,
    Text,
    Truth,
    is_linear,
    normal,
    shown,
)
from .values import (
    FIRST_INSTANT,
    LAST_INSTANT,
    LONGEST_DURATION,
    format_duration,
    format_instant,
    parse_duration,
    parse_instant,
)

__all__ = [
    "CLEAN_TEXT_LIMIT",
    "COMMON",
    "FACT_GROUPS",
    "FIRST_INSTANT",
    "FIXED",
    "LAST_INSTANT",
    "LONGEST_DURATION",
    "RELATIONS",
    "ROSTER",
    "SET_LIMIT",
    "Closed",
    "Duration",
    "FactType",
    "Instant",
    "Misfit",
    "Number",
    "SetOf",
    "Text",
    "Truth",
    "format_duration",
    "format_instant",
    "is_declarable",
    "is_linear",
    "normal",
    "parse_duration",
    "parse_instant",
    "shown",
]
