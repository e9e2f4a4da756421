"""Opens a history together with the mapping that reads it."""

from __future__ import annotations

from pathlib import Path

from .histories import History, open_history
from .mappings import MappingFile, draft_mapping


def open_mapped(history: Path, mapping: Path) -> tuple[History, MappingFile]:
    """A history, and the mapping that reads it, checked against its columns.

    Raises:
        MappingFaults: with every fault of the mapping, the columns that the history lacks among them.
        UnreadableHistory: when the history is not readable.
        OSError: when the mapping cannot be opened.
    """
    draft = draft_mapping(mapping)
    opened = open_history(history, draft.separator)
    return opened, draft.settled(opened.columns)
