"""Opens a history of which nothing is known yet: the character between the fields of a CSV file is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..histories import History, open_history

_SEPARATORS: Final = (";", "\t", "|")


def open_to_draft(address: str, layout: Mapping[str, str], *, guess_separator: bool) -> tuple[History, dict[str, str]]:
    """The history, and how it is laid out: as said, with the separator that was guessed where it is no comma.

    Raises:
        UnreadableHistory: when it cannot be read.
    """
    said = dict(layout)
    history = open_history(address, **said)
    if not guess_separator or history.form.name != "csv" or len(history.columns) > 1:
        return history, said
    head = history.columns[0]
    best = max(_SEPARATORS, key=head.count)
    if not head.count(best):
        return history, said
    said["separator"] = best
    return open_history(address, **said), said
