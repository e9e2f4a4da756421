"""Bulk evaluation: millions of requests decided column by column, with the single engine's meaning.

A history has few distinct combinations of cells for each table: each is matched once, by the same index, its part is
made once, by the same stage, and gathered for all rows that have it. Clocks and calendars are worked out on arrays.
What cannot be done so goes row by row through the single engine's own stages, and is counted.

This is a door of the engine of its own, so that numpy is loaded only by those who ask for it:

from engine.bulk import BulkDesk, Coded, Instants
desk = BulkDesk(catalogue, "internal-it")
found = desk.decide({"at": Instants(micros), "ticket.channel": Coded(codes, values)})
found.check_sample(200, seed=1)
"""

from ..calendars.arrays import NEVER
from ..rulebook import STAGES
from .columns import Coded, Codes, Column, Columns, ColumnSet, Durations, Flags, Instants, Numbers, Texts, Whole
from .deciding import BulkDecisions
from .many import BulkDesk, BulkDiffers, Group, ManyDecisions
from .sla import CLOCKS, NO_RUNS, STATES, SlaColumn, TargetColumn
from .stages import StageColumn
from .tuples import Distinct, distinct

__all__ = [
    "CLOCKS",
    "NEVER",
    "NO_RUNS",
    "STAGES",
    "STATES",
    "BulkDecisions",
    "BulkDesk",
    "BulkDiffers",
    "Coded",
    "Codes",
    "Column",
    "ColumnSet",
    "Columns",
    "Distinct",
    "Durations",
    "Flags",
    "Group",
    "Instants",
    "ManyDecisions",
    "Numbers",
    "SlaColumn",
    "StageColumn",
    "TargetColumn",
    "Texts",
    "Whole",
    "distinct",
]
