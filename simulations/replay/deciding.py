"""The decisions of all sides on the moments of a piece, in bulk.

In every piece some are also decided one by one, and compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from engine import RequestRefused
from engine.bulk import BulkDesk, BulkDiffers, Codes, ColumnSet, Flags, ManyDecisions

from ..bulk import Numbered, Numbering
from ..findings import Ask
from .asking import asks_at
from .asks import Asks
from .known import known_columns
from .pieces import Piece, PieceReader
from .plan import Plan
from .sides import Answer, Side

SAMPLE: Final = 64
"""Moments of a piece that are decided singly too."""


class Refused(NamedTuple):
    """No decision: a side cannot take the request."""

    side: Side
    refused: RequestRefused


Found: TypeAlias = Sequence[Answer] | Refused


def decide_singly(sides: Sequence[Side], ask: Ask) -> Found:
    """What every side decides on a moment, or the first side that refuses."""
    answers = []
    for side in sides:
        try:
            answers.append(side.answer(ask.request))
        except RequestRefused as refused:
            return Refused(side, refused)
    return answers


class Made(NamedTuple):
    """What the sides decide on a piece, kind by kind of moment, and what was known then."""

    many: Sequence[Sequence[ManyDecisions]]
    columns: Sequence[ColumnSet | None]


class InBulk(NamedTuple):
    """What is decided on a piece: by side, a row for each decision that is wanted.

    ``refused`` marks the asks that a side refuses, ``why`` says by their places why.
    ``columns`` hold what was known, kind by kind of moment.
    """

    sides: Sequence[Numbered]
    refused: Flags
    why: Mapping[int, Refused]
    columns: Sequence[ColumnSet | None]


class Deciding:
    """The sides of a replay, asked piece after piece."""

    def __init__(self, plan: Plan, reader: PieceReader, known: int) -> None:
        """Of the moments that will be decided, the first ``known`` ones were compared in an earlier run."""
        self._known = known
        self._sides = plan.sides
        self._mapping = plan.mapping
        self._seed = plan.seed
        self._reader = reader
        self._desks = [BulkDesk(side.catalogue, side.rulebook, side.version) for side in plan.sides]

    def decide(self, piece: Piece, asks: Asks, withheld: Counter[str]) -> Made:
        """What every side decides on the moments of a piece, to be settled. Counts, by fact, what was not known yet."""
        columns: list[ColumnSet | None] = []
        many: list[list[ManyDecisions]] = [[] for _ in self._desks]
        for wanted in asks.wanted:
            if not len(wanted.rows):
                columns.append(None)
                continue
            # What the end does not know is counted at the event already.
            facts = known_columns(piece, self._mapping, wanted, Counter() if wanted.moment == "end" else withheld)
            columns.append(facts)
            for own, desk in zip(many, self._desks, strict=True):
                own.append(desk.decide(facts))
        return Made(many, columns)

    def settle(self, piece: Piece, asks: Asks, made: Made) -> InBulk:
        """Put the decisions on a piece together, and compare some with those that are made singly.

        To be called piece after piece; meanwhile the next one may be decided in another thread.

        Raises:
            BulkDiffers: when a decision made in bulk is not the one that is made singly: a fault of ours.
        """
        numbering = Numbering()
        sides = [Numbered(own, numbering) for own in made.many]
        refusing = np.stack([side.refused for side in sides])
        refuses: Flags = np.logical_or.reduce(refusing)
        self._meet(sides, ~refuses)
        refused: Flags = refuses[asks.places]
        decided = np.flatnonzero(~refused)
        self._check(piece, asks, sides, decided[self._known :])
        self._known = max(0, self._known - len(decided))
        why = dict(self._refusals(piece, asks, refusing, np.flatnonzero(refused)))
        return InBulk(sides, refused, why, made.columns)

    def _refusals(self, piece: Piece, asks: Asks, refusing: Flags, places: Codes) -> Iterator[tuple[int, Refused]]:
        """The words of refusals, which come from single decisions."""
        for place, ask in zip(places.tolist(), asks_at(piece, self._mapping, self._reader, asks, places), strict=True):
            single = decide_singly(self._sides, ask)
            first = self._sides[int(np.argmax(refusing[:, asks.places[place]]))]
            if not isinstance(single, Refused):
                raise _differs(ask, f"{first.name} refuses it in bulk alone")
            if single.side is not first:
                raise _differs(ask, f"{single.side.name} refuses it singly alone: {single.refused.detail}")
            yield place, single

    def _check(self, piece: Piece, asks: Asks, sides: Sequence[Numbered], decided: Codes) -> None:
        """Decide some moments singly too, and compare."""
        drawn = np.random.default_rng((self._seed, piece.start)).permutation(len(decided))[:SAMPLE]
        places = np.sort(decided[drawn])
        for place, ask in zip(places.tolist(), asks_at(piece, self._mapping, self._reader, asks, places), strict=True):
            single = decide_singly(self._sides, ask)
            if isinstance(single, Refused):
                raise _differs(ask, f"{single.side.name} refuses it singly alone: {single.refused.detail}")
            row = int(asks.places[place])
            for side, answer in zip(sides, single, strict=True):
                bulk = side.versions[side.version[row]], side.decision(row)
                if bulk != (answer.version, answer.decision):
                    raise _differs(ask, f"{bulk} in bulk, {answer} singly")

    def _meet(self, sides: Sequence[Numbered], decided: Flags) -> None:
        """Note the versions that answer."""
        for side, numbered in zip(self._sides, sides, strict=True):
            for number in np.flatnonzero(np.bincount(numbered.group[decided])).tolist():
                group = numbered.groups[number]
                side.digests[group.version] = group.digest


def _differs(ask: Ask, how: str) -> BulkDiffers:
    return BulkDiffers(f"{ask.ticket}, row {ask.row}, {ask.moment}: {how}")
