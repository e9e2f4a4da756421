"""Keeps the flips that a person should look at first, at most one a ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, Generic, NamedTuple, TypeVar

import numpy as np
import polars as pl

from engine.bulk import Codes, Whole

from .differences import Flip
from .flips import change_of
from .many import Flips
from .targets import MET, MISSED, Stands

MOST: Final = 5

_BITS: Final = 15
"""Bits for each part of a score that is packed into one number."""
_PARTS: Final = 4

T = TypeVar("T")


class Ranked(NamedTuple, Generic[T]):
    """A flip and how bad it is: the greater, the worse."""

    score: tuple[int, ...]
    ticket: str
    what: T


class Worst(Generic[T]):
    """The worst flips so far."""

    def __init__(self) -> None:
        self._kept: list[Ranked[T]] = []

    def add(self, ticket: str, flips: Sequence[Flip], stands: Sequence[Mapping[str, str]], what: T) -> None:
        """Take a flip; of equals the earlier stays."""
        self._take(ticket, _score(flips, stands), lambda: what)

    def _take(self, ticket: str, score: tuple[int, ...], what: Callable[[], T]) -> None:
        if len(self._kept) == MOST and score <= self._kept[-1].score:
            return
        same = next((kept for kept in self._kept if kept.ticket == ticket), None)
        if same is not None and score <= same.score:
            return
        others = [kept for kept in self._kept if kept is not same]
        found = Ranked(score, ticket, what())
        self._kept = sorted([*others, found], key=lambda kept: [-part for part in kept.score])[:MOST]

    def add_many(
        self, tickets: pl.Series, flips: Flips, stands: Sequence[Stands], ends: Codes, of: Callable[[int], T]
    ) -> None:
        """Take many flips; ``stands`` are those of the ``ends`` among them, and ``of`` gives what one is."""
        scores = _scores(flips, stands, ends)
        flipped = np.flatnonzero(flips.codes)
        place = 0
        while place < len(flipped):
            least = _packed(self._kept[-1].score) if len(self._kept) == MOST else -1
            worse = np.flatnonzero(scores[flipped[place:]] > least)
            if not len(worse):
                return
            place += int(worse[0])
            at = int(flipped[place])
            self._take(tickets[at], _unpacked(int(scores[at])), partial(of, at))
            place += 1

    def results(self) -> tuple[T, ...]:
        """The worst first."""
        return tuple(kept.what for kept in self._kept)


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
