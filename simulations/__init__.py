"""What-if on histories: past tickets, read through a mapping, decided by one rulebook or by two.

The door of this package. Imports the engine through its door, and nothing of the service or the commands.
"""

from .histories import History, UnreadableHistory, open_history
from .mappings import HistoryMapping, MappingFaults, MappingFile, draft_mapping
from .opening import open_mapped
from .replay import (
    Agreement,
    Count,
    Difference,
    Flips,
    OutputFolder,
    Plan,
    Progress,
    Reason,
    RecordedShare,
    Side,
    SideFound,
    Size,
    Summary,
    UnknownRulebook,
    check_fit,
    output_folder,
    replay,
    side_of,
    side_of_file,
)

__all__ = [
    "Agreement",
    "Count",
    "Difference",
    "Flips",
    "History",
    "HistoryMapping",
    "MappingFaults",
    "MappingFile",
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
    "UnreadableHistory",
    "check_fit",
    "draft_mapping",
    "open_history",
    "open_mapped",
    "output_folder",
    "replay",
    "side_of",
    "side_of_file",
]
