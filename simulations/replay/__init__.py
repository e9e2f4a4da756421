"""Replay: what a rulebook would have decided on the tickets of a history, and how a candidate differs.

Knows histories, mappings and the engine's door; knows nothing of terminals or HTTP.
"""

from .agreement import Agreement, Difference
from .aside import Reason
from .fit import check_fit
from .flips import Flips
from .output import OutputFolder, output_folder
from .plan import Plan, Progress
from .run import replay
from .sides import Side, UnknownRulebook, side_of, side_of_file
from .summary import Count, RecordedShare, SideFound, Size, Summary

__all__ = [
    "Agreement",
    "Count",
    "Difference",
    "Flips",
    "OutputFolder",
    "Plan",
    "Progress",
    "Reason",
    "RecordedShare",
    "Side",
    "SideFound",
    "Size",
    "Summary",
    "UnknownRulebook",
    "check_fit",
    "output_folder",
    "replay",
    "side_of",
    "side_of_file",
]
