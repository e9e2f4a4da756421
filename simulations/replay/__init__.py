"""Replay: what a rulebook would have decided on the tickets of a history, and how a candidate differs.

Knows histories, mappings, findings and the engine's door; knows nothing of terminals or HTTP.
"""

from .changes import BadChange, Changed, change_rulebook, side_of_changes
from .fit import check_fit
from .opened import open_ticket
from .openings import openings
from .output import CannotResume, OutputFolder, finished_decisions, output_folder
from .plan import Plan, Progress
from .run import replay
from .sides import AS_IN_FORCE, Side, UnknownRulebook, parted, side_of, side_of_file

__all__ = [
    "AS_IN_FORCE",
    "BadChange",
    "CannotResume",
    "Changed",
    "OutputFolder",
    "Plan",
    "Progress",
    "Side",
    "UnknownRulebook",
    "change_rulebook",
    "check_fit",
    "finished_decisions",
    "open_ticket",
    "openings",
    "output_folder",
    "parted",
    "replay",
    "side_of",
    "side_of_changes",
    "side_of_file",
]
