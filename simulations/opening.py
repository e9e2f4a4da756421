"""Opens a history together with the mapping that reads it."""

from __future__ import annotations

from pathlib import Path

from .histories import DECISION_LOG, History, open_history
from .mappings import Draft, MappingFile, builtin_mapping, draft_mapping


def open_mapped(history: str | Path, mapping: Path | None = None) -> tuple[History, MappingFile]:
    """A history, and the mapping that reads it, checked against its columns.

    ``history`` is a path or an address of fsspec. A decision log of the service needs no mapping: it is read by the
    built-in one, which the name `decision-log` stands for as well, where no such file lies.

    Raises:
        MappingFaults: with every fault of the mapping, the columns that the history lacks among them.
        UnreadableHistory: when the history is not readable.
        OSError: when the mapping cannot be opened.
    """
    draft = _draft(mapping)
    opened = open_history(history, **draft.layout, asked=draft.asked)
    # Of parts that no decision of a log has, such as an escalation, the log has no columns.
    built_in = draft.source.name == DECISION_LOG and opened.form.name == DECISION_LOG
    return opened, draft.settled(None if built_in else opened.columns)


def _draft(mapping: Path | None) -> Draft:
    if mapping is None or (mapping == Path(DECISION_LOG) and not mapping.exists()):
        return builtin_mapping()
    return draft_mapping(mapping)
