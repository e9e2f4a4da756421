"""Counts flips: what of the tickets' decisions changes between baseline and candidate, from what to what, and by which
rules.

Memory grows with the tickets that flip, not with the history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeVar

import numpy as np
import polars as pl

from engine.bulk import Codes

from .differences import COMPARES, Flip
from .many import Asked, Flips, grouped
from .values import MOMENTS, DisclosureChange, Example, FlipCell, Moment, RulePair, StageFlips

ANY: Final = "any"
"""The stage that stands for a change in one or more of them."""
_CELLS: Final = 500
_RULES: Final = 10
_EXAMPLES: Final = 3

K = TypeVar("K", bound=Hashable)


class _Batch(NamedTuple):
    """Moments with one kind of difference: how many, of which tickets, and the first moments of three of them."""

    moments: Counter[Moment]
    tickets: set[str]
    examples: list[tuple[int, Example]]


@dataclass(slots=True)
class _Cell:
    moments: Counter[Moment] = field(default_factory=Counter)
    tickets: set[str] = field(default_factory=set)
    shared: list[set[str]] = field(default_factory=list)
    """More tickets, in sets that cells have together: one for each kind of difference."""
    rules: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    examples: dict[str, Example] = field(default_factory=dict)
    offered: list[tuple[int, Example]] = field(default_factory=list)

    def add(self, moment: Moment, ticket: str, row: int) -> None:
        self.moments[moment] += 1
        self.tickets.add(ticket)
        if len(self.examples) < _EXAMPLES:
            self.examples.setdefault(ticket, Example(ticket, row, moment))

    def add_batch(self, batch: _Batch, rules: tuple[str | None, str | None] | None) -> None:
        self.moments.update(batch.moments)
        # Of equal sets one will do; a kind of difference comes with the same one again.
        if all(own is not batch.tickets for own in self.shared):
            self.shared.append(batch.tickets)
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
        tickets = [one for one in (self.tickets, *self.shared) if one]
        count = len(tickets[0]) if len(tickets) == 1 else len(set().union(*tickets))
        return self.moments["opening"], self.moments["event"], count


class FlipCount:
    """Counts the differences between pairs of decisions."""

    def __init__(self) -> None:
        self._stages: dict[str, _Cell] = {}
        self._cells: dict[str, dict[tuple[str, str], _Cell]] = {}
        self._topics: dict[tuple[str, str, str], _Cell] = {}
        self._unlisted: Counter[str] = Counter()
        self._kinds: dict[tuple[Flip, ...], set[str]] = {}
        """Kinds of difference with their tickets."""

    def add(self, moment: Moment, ticket: str, row: int, flips: Iterable[Flip]) -> None:
        """Count what differs at one opening or event; ``row`` counts from 1."""
        stages: dict[str, None] = {}
        for flip in flips:
            stages[flip.stage] = None
            cells = self._cells.setdefault(flip.stage, {})
            key = flip.before, flip.after
            if key not in cells and len(cells) >= _CELLS:
                self._unlisted[flip.stage] += 1
            else:
                self._count(_cell(cells, key), moment, ticket, row, flip)
            if flip.stage == "disclosures" and flip.effects is not None:
                self._count(_cell(self._topics, (flip.name, *flip.effects)), moment, ticket, row, flip)
        for stage in (ANY, *stages) if stages else ():
            _cell(self._stages, stage).add(moment, ticket, row)

    def add_many(self, asked: Asked, flips: Flips) -> None:
        """Count what differs at many openings and events."""
        where = np.flatnonzero(flips.codes)
        if not len(where):
            return
        some, codes = asked.take(where), flips.codes[where]
        events = np.bincount(codes[some.moments == MOMENTS.index("event")], minlength=len(flips.kinds)).tolist()
        tickets = _tickets(some, codes)
        for code, _, count in grouped(codes, len(flips.kinds)):
            counts: Counter[Moment] = Counter({"opening": count - events[code], "event": events[code]})
            kind = flips.kinds[code]
            met, examples = tickets[code]
            known = self._kinds.setdefault(kind, set())
            known.update(met)
            self._add_kind(kind, _Batch(+counts, known, examples))
        cells = [*self._stages.values(), *self._topics.values()]
        cells += [cell for own in self._cells.values() for cell in own.values()]
        for cell in cells:
            cell.settle()

    def _add_kind(self, flips: Iterable[Flip], batch: _Batch) -> None:
        """Count one kind of difference, met in a batch of moments."""
        count = batch.moments.total()
        stages: dict[str, None] = {}
        for flip in flips:
            stages[flip.stage] = None
            cells = self._cells.setdefault(flip.stage, {})
            key = flip.before, flip.after
            rules = flip.rule_before, flip.rule_after
            if key not in cells and len(cells) >= _CELLS:
                self._unlisted[flip.stage] += count
            else:
                _cell(cells, key).add_batch(batch, rules)
            if flip.stage == "disclosures" and flip.effects is not None:
                _cell(self._topics, (flip.name, *flip.effects)).add_batch(batch, rules)
        for stage in (ANY, *stages) if stages else ():
            _cell(self._stages, stage).add_batch(batch, None)

    @staticmethod
    def _count(cell: _Cell, moment: Moment, ticket: str, row: int, flip: Flip) -> None:
        cell.add(moment, ticket, row)
        cell.rules[flip.rule_before, flip.rule_after] += 1

    def results(self) -> tuple[StageFlips, ...]:
        """Every stage, changed or not, in the order of the stages; `any` comes last."""
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
        """Changes of what may be told: newly permitted first, then newly denied, then other changes of approval."""
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


def _tickets(asked: Asked, codes: Codes) -> dict[int, tuple[list[str], list[tuple[int, Example]]]]:
    """By code its tickets, and the first moments of the first of them with their places."""
    frame = pl.DataFrame({"code": codes, "ticket": asked.tickets}).with_row_index("place")
    found: dict[int, tuple[list[str], list[tuple[int, Example]]]] = {}
    once = frame.unique(("code", "ticket"), keep="first", maintain_order=True)
    for code, places, tickets in once.group_by("code").agg("place", "ticket").iter_rows():
        examples = [
            (place, Example(ticket, int(asked.rows[place]), MOMENTS[asked.moments[place]]))
            for place, ticket in zip(places[:_EXAMPLES], tickets[:_EXAMPLES], strict=True)
        ]
        found[code] = tickets, examples
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
