"""Keeps the flips that a person should look at first, at most one a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from .differences import Flip
from .flips import change_of

MOST: Final = 5

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
        found = Ranked(_score(flips, stands), ticket, what)
        if len(self._kept) == MOST and found.score <= self._kept[-1].score:
            return
        same = next((kept for kept in self._kept if kept.ticket == ticket), None)
        if same is not None and found.score <= same.score:
            return
        others = [kept for kept in self._kept if kept is not same]
        self._kept = sorted([*others, found], key=lambda kept: [-part for part in kept.score])[:MOST]

    def results(self) -> tuple[T, ...]:
        """The worst first."""
        return tuple(kept.what for kept in self._kept)


def _score(flips: Sequence[Flip], stands: Sequence[Mapping[str, str]]) -> tuple[int, ...]:
    told = [change_of(*flip.effects) for flip in flips if flip.stage == "disclosures" and flip.effects]
    before, after = stands if len(stands) == 2 else ({}, {})
    missed = sum(before[target] == "met" and after.get(target) == "missed" for target in before)
    return told.count("newly permitted"), missed, told.count("newly denied"), len({flip.stage for flip in flips})
