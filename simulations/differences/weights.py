"""How many real tickets fall in each change: every ticket of a history as it was at its opening, decided by both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..opening import open_mapped
from ..replay import openings
from .sections import Weights

ChangesOf = Callable[[Mapping[str, Any]], "list[int] | None"]
"""From a request to the places of the changes that it shows; None where one version does not take it."""


def weigh(history: str, mapping: Path | None, changes_of: ChangesOf) -> Weights:
    """The weights of the changes by a history.

    Raises:
        MappingFaults, UnreadableHistory, OSError: as opening a history does.
    """
    opened, read = open_mapped(history, mapping)
    found: Counter[int] = Counter()
    tickets = refused = 0
    for request in openings(opened, read.mapping):
        shown = None if request is None else changes_of(request)
        if shown is None:
            refused += 1
        else:
            tickets += 1
            found.update(shown)
    return Weights(tickets, found, refused)
