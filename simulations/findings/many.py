"""Many decisions at once: moments as arrays, and what differs between the decisions of two sides, each distinct
difference told once.

Says the same as `differences`, which compares one pair of decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.bulk import NEVER, Coded, Codes, Flags, Whole, distinct

from ..bulk import Numbered
from .differences import COMPARES, Flip, compare
from .values import MOMENTS

END = MOMENTS.index("end")


@dataclass(frozen=True, slots=True)
class Asked:
    """The moments of tickets at which decisions are asked for, an entry each, in their order: see `Ask`."""

    moments: Codes
    """As places in MOMENTS."""
    tickets: pl.Series
    rows: Whole
    """Rows of the history, from 1."""
    at: Whole
    since: Whole
    arrives: Flags

    def __len__(self) -> int:
        """How many moments there are."""
        return len(self.moments)

    def take(self, some: Codes) -> Asked:
        """Some of the moments."""
        tickets = self.tickets.gather(some)
        return Asked(self.moments[some], tickets, self.rows[some], self.at[some], self.since[some], self.arrives[some])


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions of one side at such moments: entry by entry the row that ``of`` all its decisions each is."""

    of: Numbered
    rows: Codes

    def numbers(self, stage: str) -> Codes:
        """The parts of a stage other than `sla`, by number."""
        return self.of.stages[stage][self.rows]

    def promises(self) -> Codes:
        """The promises, by number."""
        return self.of.promise[self.rows]

    def take(self, some: Codes) -> Decided:
        """Those of some moments."""
        return Decided(self.of, self.rows[some])


class Flips(NamedTuple):
    """For each moment which of the ``kinds`` of difference it shows; the first kind is none at all."""

    codes: Codes
    kinds: Sequence[tuple[Flip, ...]]


def grouped(codes: Codes, size: int) -> list[tuple[int, int, int]]:
    """The codes that occur, in the order in which they do so first: code, place of the first, and how often."""
    counts = np.bincount(codes, minlength=size)
    first = np.zeros(size, np.intp)
    # Of several places that are assigned to, the last one counts.
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    met = np.flatnonzero(counts)
    met = met[np.argsort(first[met], kind="stable")]
    return list(zip(met.tolist(), first[met].tolist(), counts[met].tolist(), strict=True))


def flips_of(before: Decided, after: Decided) -> Flips:
    """What differs between the decisions of two sides."""
    count = len(before.rows)
    columns: list[tuple[Codes, list[tuple[Flip, ...]]]] = []
    for stage in COMPARES:
        found = _promised(before, after) if stage == "sla" else _numbered(stage, before, after)
        if found is not None:
            columns.append(found)
    if not columns:
        return Flips(np.zeros(count, np.intp), [()])
    together = distinct([(codes, len(kinds)) for codes, kinds in columns], count)
    kinds: dict[tuple[Flip, ...], int] = {(): 0}
    table = np.zeros(len(together.examples), np.intp)
    for number, example in enumerate(together.examples.tolist()):
        flips = tuple(flip for codes, listed in columns for flip in listed[codes[example]])
        table[number] = kinds.setdefault(flips, len(kinds))
    return Flips(table[together.places], list(kinds))


def _numbered(stage: str, before: Decided, after: Decided) -> tuple[Codes, list[tuple[Flip, ...]]] | None:
    old, new = before.numbers(stage), after.numbers(stage)
    rows = np.flatnonzero(old != new)
    if not len(rows):
        return None
    parts = before.of.numbering.parts
    found = distinct([(old[rows], len(parts)), (new[rows], len(parts))], len(rows))
    kinds: list[tuple[Flip, ...]] = [()]
    for example in rows[found.examples].tolist():
        kinds.append(tuple(compare(stage, parts[old[example]], parts[new[example]])))
    codes = np.zeros(len(old), np.intp)
    codes[rows] = found.places + 1
    return codes, kinds


def _promised(before: Decided, after: Decided) -> tuple[Codes, list[tuple[Flip, ...]]] | None:
    """Due times that differ; which they are from and to is all the same to what is told."""
    moved = []
    for name in dict.fromkeys((*before.of.due, *after.of.due)):
        differ = _due(before, name) != _due(after, name)
        if np.any(differ):
            moved.append(np.broadcast_to(differ, len(before.rows)).astype(np.intp))
    if not moved:
        return None
    rows = np.flatnonzero(np.logical_or.reduce(moved))
    columns = [(flags[rows], 2) for flags in moved]
    columns += [(side.promises()[rows], len(side.of.promises)) for side in (before, after)]
    found = distinct(columns, len(rows))
    kinds: list[tuple[Flip, ...]] = [()]
    for example in rows[found.examples].tolist():
        parts = (side.of.part("sla", int(side.rows[example])) for side in (before, after))
        kinds.append(tuple(compare("sla", *parts)))
    codes = np.zeros(len(before.rows), np.intp)
    codes[rows] = found.places + 1
    return codes, kinds


def _due(side: Decided, name: str) -> Whole | np.int64:
    return side.of.due[name][side.rows] if name in side.of.due else np.int64(NEVER)


def coded_values(values: Sequence[object], codes: Codes) -> Coded:
    """Values by code as distinct values and their places."""
    places: dict[object, int] = {}
    table = np.array([places.setdefault(value, len(places)) for value in values], np.intp)
    return Coded(table[codes], list(places))
