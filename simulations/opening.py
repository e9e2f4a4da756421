"""Opens a history together with the mapping that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .histories import History, open_history
from .mappings import MappingFile, draft_mapping


@contextmanager
def open_mapped(history: Path, mapping: Path) -> Iterator[tuple[History, MappingFile]]:
    """A history, and the mapping that reads it, checked against its columns.

    Raises:
        MappingFaults: with every fault of the mapping, the columns that the history lacks among them.
        UnreadableHistory: when the history is not readable.
        OSError: when the mapping cannot be opened.
    """
    draft = draft_mapping(mapping)
    with open_history(history, draft.separator) as opened:
        yield opened, draft.settled(opened.columns)
