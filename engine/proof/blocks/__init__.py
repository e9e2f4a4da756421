"""Blocks: which cells of each fact rules take, and what of these others leave. Knows no finding and no difference."""

from .blocks import Block, Table, TooManySteps, Watched
from .columns import Bits, Column, Mask, Runs, bits_of, column_of, members, runs_in
from .tables import alike, hashable, table_of

__all__ = [
    "Bits",
    "Block",
    "Column",
    "Mask",
    "Runs",
    "Table",
    "TooManySteps",
    "Watched",
    "alike",
    "bits_of",
    "column_of",
    "hashable",
    "members",
    "runs_in",
    "table_of",
]
