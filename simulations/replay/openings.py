"""Every ticket of a history once, as the request that it made when it was opened; nobody decides anything here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..histories import History
from ..mappings import HistoryMapping
from .aside import SetAside
from .moments import Moments
from .order import read_order
from .rows import RowReader


def openings(history: History, mapping: HistoryMapping) -> Iterator[Mapping[str, Any] | None]:
    """The requests, without rulebook and version, in the order of the history; None for what cannot be asked.

    Of a decision log, whose rows are decisions and not openings, every request is given.

    Raises:
        UnreadableHistory: when the history cannot be read to its end.
    """
    order = read_order(history, mapping, lambda rows: None)
    reader = RowReader(mapping, order.readers, order.courses, order.repeated)
    aside = SetAside(None)
    moments = Moments(mapping, order, aside, Counter())
    wanted = "event" if mapping.rows == "decision" else "opening"
    for table in history.tables(mapping.columns(), mapping.absent):
        for _, asked in moments.of(reader.read(table)):
            yield from (ask.request for ask in asked if ask.moment == wanted)
    yield from [None] * (aside.events if wanted == "event" else aside.openings)
