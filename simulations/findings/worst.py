"""Keeps the flips that a person should look at first, at most one a ticket, of as many kinds as there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
import polars as pl

from engine.bulk import Codes, Whole

from .differences import Flip
from .flips import change_of
from .many import Flips
from .targets import MET, MISSED, Stands

MOST: Final = 5
_KINDS: Final = 20
"""Kinds of flips of which the worst is kept: more than are told, since tickets may have several."""
Kind: TypeAlias = tuple[tuple[str, str, str], ...]

_BITS: Final = 15
"""Bits for each part of a score that is packed into one number."""
_PARTS: Final = 4

T = TypeVar("T")


class Ranked(NamedTuple, Generic[T]):
    """A flip and how bad it is: the greater, the worse; of equals the one that came first."""

    score: tuple[int, ...]
    place: int
    ticket: str
    what: T

    @property
    def rank(self) -> tuple[int, ...]:
        """The worst has the least."""
        return *(-part for part in self.score), self.place


class Worst(Generic[T]):
    """The worst flips so far: of each of the worst kinds the worst, so that they differ; then the worst of all.

    Flips are of one kind when the same things change from the same to the same.
    """

    def __init__(self) -> None:
        self._kept: list[Ranked[T]] = []
        self._kinds: dict[Kind, Ranked[T]] = {}
        self._seen = 0

    def add(self, ticket: str, flips: Sequence[Flip], stands: Sequence[Mapping[str, str]], what: T) -> None:
        """Take a flip; of equals the earlier stays."""
        place, self._seen = self._seen, self._seen + 1
        score = _score(flips, stands)
        self._take_kind(_kind(flips), score, place, ticket, lambda: what)
        self._prune()
        self._take(ticket, score, place, lambda: what)

    def add_many(
        self, tickets: pl.Series, flips: Flips, stands: Sequence[Stands], ends: Codes, of: Callable[[int], T]
    ) -> None:
        """Take many flips; ``stands`` are those of the ``ends`` among them, and ``of`` gives what one is."""
        start, self._seen = self._seen, self._seen + len(flips.codes)
        flipped = np.flatnonzero(flips.codes)
        if not len(flipped):
            return
        scores = _scores(flips, stands, ends)
        for code, at in _worst_of_each(flips.codes[flipped], scores[flipped], len(flips.kinds)):
            row = int(flipped[at])
            score = _unpacked(int(scores[row]))
            self._take_kind(_kind(flips.kinds[code]), score, start + row, tickets[row], partial(of, row))
        self._prune()
        place = 0
        while place < len(flipped):
            least = _packed(self._kept[-1].score) if len(self._kept) == MOST else -1
            worse = np.flatnonzero(scores[flipped[place:]] > least)
            if not len(worse):
                return
            place += int(worse[0])
            at = int(flipped[place])
            self._take(tickets[at], _unpacked(int(scores[at])), start + at, partial(of, at))
            place += 1

    def results(self) -> tuple[T, ...]:
        """The worst first, at most one a ticket."""
        chosen: dict[str, Ranked[T]] = {}
        for found in (*sorted(self._kinds.values(), key=lambda one: one.rank), *self._kept):
            if len(chosen) < MOST:
                chosen.setdefault(found.ticket, found)
        return tuple(found.what for found in sorted(chosen.values(), key=lambda one: one.rank))

    def _take(self, ticket: str, score: tuple[int, ...], place: int, what: Callable[[], T]) -> None:
        if len(self._kept) == MOST and score <= self._kept[-1].score:
            return
        same = next((kept for kept in self._kept if kept.ticket == ticket), None)
        if same is not None and score <= same.score:
            return
        others = [kept for kept in self._kept if kept is not same]
        found = Ranked(score, place, ticket, what())
        self._kept = sorted([*others, found], key=lambda kept: kept.rank)[:MOST]

    def _take_kind(self, kind: Kind, score: tuple[int, ...], place: int, ticket: str, what: Callable[[], T]) -> None:
        known = self._kinds.get(kind)
        if known is not None and score <= known.score:
            return
        if known is None and len(self._kinds) >= _KINDS and score <= self._least:
            return
        self._kinds[kind] = Ranked(score, place, ticket, what())

    @property
    def _least(self) -> tuple[int, ...]:
        return min(kept.score for kept in self._kinds.values())

    def _prune(self) -> None:
        """Keep the worst kinds only; one that was dropped comes back when a worse flip of it is met."""
        if len(self._kinds) > _KINDS:
            ranked = sorted(self._kinds.items(), key=lambda pair: pair[1].rank)
            self._kinds = dict(ranked[:_KINDS])


def _kind(flips: Sequence[Flip]) -> Kind:
    return tuple((flip.stage, flip.before, flip.after) for flip in flips)


def _worst_of_each(codes: Codes, scores: Whole, kinds: int) -> list[tuple[int, int]]:
    """For each kind that occurs, in the order of their worst flips, the kind and the place of the first of these."""
    most = np.full(kinds, -1, np.int64)
    np.maximum.at(most, codes, scores)
    worst = np.flatnonzero(scores == most[codes])[::-1]
    first = np.full(kinds, -1, np.int64)
    # Of several places that are assigned to, the last one counts.
    first[codes[worst]] = worst
    found = [(code, at) for code, at in enumerate(first.tolist()) if at >= 0]
    return sorted(found, key=lambda pair: pair[1])


def _score(flips: Sequence[Flip], stands: Sequence[Mapping[str, str]]) -> tuple[int, ...]:
    told = [change_of(*flip.effects) for flip in flips if flip.stage == "disclosures" and flip.effects]
    before, after = stands if len(stands) == 2 else ({}, {})
    missed = sum(before[target] == "met" and after.get(target) == "missed" for target in before)
    return told.count("newly permitted"), missed, told.count("newly denied"), len({flip.stage for flip in flips})


def _scores(flips: Flips, stands: Sequence[Stands], ends: Codes) -> Whole:
    """The scores of many flips, packed; those that flip at their ends also count what is newly missed."""
    kinds = np.array([_packed(_score(kind, ())) for kind in flips.kinds], np.int64)
    scores: Whole = kinds[flips.codes]
    if len(stands) == 2:
        before, after = stands
        for target, standing in before.items():
            if target in after:
                scores[ends] += ((standing == MET) & (after[target] == MISSED)).astype(np.int64) << (2 * _BITS)
    return scores


def _packed(score: Sequence[int]) -> int:
    packed = 0
    for part in score:
        packed = packed << _BITS | part
    return packed


def _unpacked(packed: int) -> tuple[int, ...]:
    return tuple(packed >> _BITS * place & (1 << _BITS) - 1 for place in reversed(range(_PARTS)))
