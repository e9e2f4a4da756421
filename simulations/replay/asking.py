"""Single moments of a piece with their requests, for the few that are looked at one by one."""

from __future__ import annotations

from collections import Counter

from engine.bulk import Codes

from ..findings import MOMENTS, Ask
from ..mappings import HistoryMapping, instant_of
from .asks import OPENING, Asks
from .pieces import Piece, PieceReader
from .requests import Requests


def asks_at(piece: Piece, mapping: HistoryMapping, reader: PieceReader, asks: Asks, places: Codes) -> list[Ask]:
    """The moments at some places, each with what was known then; read and put together row by row."""
    if not len(places):
        return []
    rows = asks.rows[places].tolist()
    requests = Requests(mapping, reader.rows(piece, rows), Counter())
    found = []
    for at, (place, row) in enumerate(zip(places.tolist(), rows, strict=True)):
        moment, now = int(asks.moments[place]), int(asks.at[place])
        when = instant_of(now)
        request = requests.at_opening(at, when) if moment == OPENING else requests.as_it_stood(at, when)
        ticket, since = str(piece.tickets[row]), int(asks.since[place])
        arrives = bool(asks.arrives[place])
        found.append(Ask(MOMENTS[moment], ticket, piece.start + row + 1, now, since, arrives, request))
    return found
