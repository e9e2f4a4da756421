"""Counts flips: what of the tickets' decisions changes between baseline and candidate, from what to what, and by which
rules.

Memory grows with the kinds of difference that there are, not with the tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeVar

import numpy as np
import polars as pl

from engine.bulk import Codes

from .differences import COMPARES, Flip
from .flipped import FlippedTickets
from .many import Asked, Flips, grouped
from .values import MOMENTS, DisclosureChange, Example, FlipCell, Moment, RulePair, StageFlips

ANY: Final = "any"
"""The stage that stands for a change in one or more of them."""
_CELLS: Final = 500
_RULES: Final = 10
_EXAMPLES: Final = 3

K = TypeVar("K", bound=Hashable)


class _Batch(NamedTuple):
    """Moments with one kind of difference: its number, how many, and the first moments of three of their tickets."""

    kind: int
    moments: Counter[Moment]
    examples: list[tuple[int, Example]]


@dataclass(slots=True)
class _Cell:
    moments: Counter[Moment] = field(default_factory=Counter)
    kinds: set[int] = field(default_factory=set)
    """The kinds of difference that it is part of; they have its tickets."""
    tickets: int = 0
    rules: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    examples: dict[str, Example] = field(default_factory=dict)
    offered: list[tuple[int, Example]] = field(default_factory=list)

    def add(self, batch: _Batch, rules: tuple[str | None, str | None] | None) -> None:
        self.moments.update(batch.moments)
        self.kinds.add(batch.kind)
        if rules is not None:
            self.rules[rules] += batch.moments.total()
        if len(self.examples) < _EXAMPLES:
            self.offered += batch.examples

    def settle(self) -> None:
        """Take the earliest of the examples that kinds of difference offered."""
        if self.offered:
            for _, example in sorted(self.offered, key=lambda pair: pair[0]):
                if len(self.examples) < _EXAMPLES:
                    self.examples.setdefault(example.ticket, example)
            self.offered.clear()

    def pairs(self) -> tuple[RulePair, ...]:
        ranked = sorted(self.rules.items(), key=lambda pair: (-pair[1], str(pair[0])))
        return tuple(RulePair(*rules, count) for rules, count in ranked[:_RULES])

    def counts(self) -> tuple[int, int, int]:
        return self.moments["opening"], self.moments["event"], self.tickets


class FlipCount:
    """Counts the differences between pairs of decisions."""

    def __init__(self, *, once: bool = False) -> None:
        """``once``: no ticket has more than one opening or event, so that their number is that of the tickets."""
        self._stages: dict[str, _Cell] = {}
        self._cells: dict[str, dict[tuple[str, str], _Cell]] = {}
        self._topics: dict[tuple[str, str, str], _Cell] = {}
        self._unlisted: Counter[str] = Counter()
        self._kinds: dict[tuple[Flip, ...], int] = {}
        self._met: Counter[int] = Counter()
        """How often each kind was met."""
        self._tickets = None if once else FlippedTickets()

    def add(self, moment: Moment, ticket: str, row: int, flips: Sequence[Flip]) -> None:
        """Count what differs at one opening or event; ``row`` counts from 1."""
        if flips:
            kind = self._kinds.setdefault(tuple(flips), len(self._kinds))
            if self._tickets is not None:
                self._tickets.add(ticket, kind)
            batch = _Batch(kind, Counter({moment: 1}), [(0, Example(ticket, row, moment))])
            for cell in self._add_kind(flips, batch):
                cell.settle()

    def add_many(self, asked: Asked, flips: Flips) -> None:
        """Count what differs at many openings and events."""
        where = np.flatnonzero(flips.codes)
        if not len(where):
            return
        some, codes = asked.take(where), flips.codes[where]
        events = np.bincount(codes[some.moments == MOMENTS.index("event")], minlength=len(flips.kinds)).tolist()
        met = grouped(codes, len(flips.kinds))
        numbers = np.zeros(len(flips.kinds), np.intp)
        for code, *_ in met:
            numbers[code] = self._kinds.setdefault(flips.kinds[code], len(self._kinds))
        examples = self._take_tickets(some, codes, numbers)
        cells: dict[int, _Cell] = {}
        for code, _, count in met:
            counts: Counter[Moment] = Counter({"opening": count - events[code], "event": events[code]})
            batch = _Batch(int(numbers[code]), +counts, examples[code])
            cells |= {id(cell): cell for cell in self._add_kind(flips.kinds[code], batch)}
        for cell in cells.values():
            cell.settle()

    def _take_tickets(self, asked: Asked, codes: Codes, numbers: Codes) -> dict[int, list[tuple[int, Example]]]:
        """Note the tickets by the number of their code; gives by code the first moments of the first of them."""
        met = pl.DataFrame({"code": codes, "ticket": asked.tickets}).with_row_index("place")
        if self._tickets is not None:
            met = met.unique(("code", "ticket"), keep="first", maintain_order=True)
            self._tickets.add_many(met["ticket"], numbers[met["code"].to_numpy()])
        found: dict[int, list[tuple[int, Example]]] = {}
        for code, place, ticket in (
            met.group_by("code", maintain_order=True).head(_EXAMPLES).select("code", "place", "ticket").iter_rows()
        ):
            example = Example(ticket, int(asked.rows[place]), MOMENTS[asked.moments[place]])
            found.setdefault(code, []).append((place, example))
        return found

    def _add_kind(self, flips: Iterable[Flip], batch: _Batch) -> list[_Cell]:
        """Count one kind of difference, met in a batch of moments; gives the cells that it is part of."""
        count = batch.moments.total()
        self._met[batch.kind] += count
        stages: dict[str, None] = {}
        touched = []
        for flip in flips:
            stages[flip.stage] = None
            cells = self._cells.setdefault(flip.stage, {})
            key = flip.before, flip.after
            rules = flip.rule_before, flip.rule_after
            if key not in cells and len(cells) >= _CELLS:
                self._unlisted[flip.stage] += count
            else:
                touched.append(_cell(cells, key))
                touched[-1].add(batch, rules)
            if flip.stage == "disclosures" and flip.effects is not None:
                touched.append(_cell(self._topics, (flip.name, *flip.effects)))
                touched[-1].add(batch, rules)
        for stage in (ANY, *stages) if stages else ():
            touched.append(_cell(self._stages, stage))
            touched[-1].add(batch, None)
        return touched

    def settle(self) -> None:
        """Count the tickets, once all was taken."""
        cells = [*self._stages.values(), *self._topics.values()]
        cells += [cell for own in self._cells.values() for cell in own.values()]
        if self._tickets is None:
            counts = [sum(self._met[kind] for kind in cell.kinds) for cell in cells]
        else:
            counts = self._tickets.counts([cell.kinds for cell in cells])
        for cell, count in zip(cells, counts, strict=True):
            cell.tickets = count

    def results(self) -> tuple[StageFlips, ...]:
        """Every stage, changed or not, in the order of the stages; `any` comes last. To be asked once settled."""
        rows = [*COMPARES.items(), (ANY, "one or more of these")]
        return tuple(self._stage(stage, compares) for stage, compares in rows)

    def _stage(self, stage: str, compares: str) -> StageFlips:
        counts = self._stages.get(stage, _Cell()).counts()
        matrix = [
            FlipCell(*key, *cell.counts(), cell.pairs(), tuple(cell.examples.values()))
            for key, cell in self._cells.get(stage, {}).items()
        ]
        matrix.sort(key=lambda cell: (-cell.openings - cell.events, cell.before, cell.after))
        return StageFlips(stage, compares, *counts, tuple(matrix), self._unlisted[stage])

    def disclosures(self) -> tuple[DisclosureChange, ...]:
        """Changes of what may be told: newly permitted first, then newly denied, then other changes of approval.

        To be asked once settled.
        """
        found = [
            DisclosureChange(
                topic,
                change_of(before, after),
                before,
                after,
                *cell.counts(),
                cell.pairs(),
                tuple(cell.examples.values()),
            )
            for (topic, before, after), cell in self._topics.items()
        ]
        order = {"newly permitted": 0, "newly denied": 1, "approval": 2}
        return tuple(sorted(found, key=lambda said: (order[said.change], -said.openings - said.events, said.topic)))


def _cell(cells: dict[K, _Cell], key: K) -> _Cell:
    # Not by `setdefault`, which would make a cell each time.
    found = cells.get(key)
    if found is None:
        found = cells[key] = _Cell()
    return found


_STRICTNESS: Final[Mapping[str, int]] = {"permit": 0, "deny": 2, "not known": 2}


def change_of(before: str, after: str) -> Literal["newly permitted", "newly denied", "approval"]:
    """What a change from one effect to another comes to. A topic that a rulebook does not know is not told either."""
    old, new = (_STRICTNESS.get(effect, 1) for effect in (before, after))
    if new == 0 and old > 0:
        return "newly permitted"
    if new == 2 and old < 2:
        return "newly denied"
    return "approval"
