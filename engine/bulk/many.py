"""Many requests to a rulebook: each is answered by the version that a single request would be answered by.

Every decision can be compared with the single engine's, and in every run a sample of them should be.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..decision import Catalogue, Fault, RequestRefused
from ..facts import COMMON
from .columns import Coded, Codes, Column, Columns, Flags, Whole
from .deciding import BulkDecisions, decide_columns
from .known import Known
from .reading import nested, placed, read_of
from .rulebook import BulkRulebook
from .sla import CLOCKS, TargetColumn, no_target

_NO_COLUMNS = frozenset(("ticket", "requester", "agent", "ask", "rulebook", "version"))
_MISSING = Fault("/at", "is missing: name the instant of the decision")


class BulkDiffers(Exception):
    """A decision made in bulk is not the one that the single engine makes: a fault of ours."""


@dataclass(frozen=True, slots=True)
class Group:
    """The requests that one version answers, by their rows, and its decisions in the same order."""

    rows: Codes
    decisions: BulkDecisions


class ManyDecisions:
    """The answers to many requests."""

    def __init__(
        self, ask: "BulkDesk", columns: Columns, groups: Sequence[Group], aside: Mapping[Fault, int], at: Known
    ) -> None:
        self._ask, self._columns, self._at = ask, columns, at
        self.groups = groups
        """By version; with one named version, or one in force all the time, there is one group."""
        count = len(next(iter(columns.values())))
        self.refused: Flags = np.ones(count, np.bool_)
        """The requests that get no decision."""
        self._group: Codes = np.full(count, -1, np.intp)
        self._place: Codes = np.zeros(count, np.intp)
        found = dict(aside)
        for number, group in enumerate(groups):
            self._group[group.rows] = number
            self._place[group.rows] = np.arange(len(group.rows), dtype=np.intp)
            self.refused[group.rows] = group.decisions.refused
            for fault, rows in group.decisions.faults:
                found[fault] = found.get(fault, 0) + rows
        self.faults: Mapping[Fault, int] = found
        """Why requests were refused: each fault with the number of requests that have it."""

    def __len__(self) -> int:
        """How many requests there were."""
        return len(self.refused)

    @property
    def singly(self) -> int:
        """How many decisions were in part made one by one."""
        return sum(int(group.decisions.singly.sum()) for group in self.groups)

    def decision(self, row: int) -> dict[str, Any] | None:
        """What was decided of one request, as the contract has it; None: it was refused. Not to be changed."""
        number = self._group[row]
        return None if number < 0 else self.groups[number].decisions.decision(int(self._place[row]))

    def told(self, stage: str, of: Callable[[Any], Hashable]) -> Coded:
        """What a stage other than `sla` says, by a function of its part (such as its rule): distinct values and places.

        None stands where there is no part: the request was refused, or the stage not decided.
        """
        places: dict[Hashable, int] = {None: 0}
        codes = np.zeros(len(self), np.intp)
        for group in self.groups:
            column = group.decisions.stages[stage]
            table = [0 if part is None else places.setdefault(of(part), len(places)) for part in column.parts]
            codes[group.rows] = np.array(table, np.intp)[column.codes]
        return Coded(codes, list(places))

    def promise(self, key: Literal["by", "calendar", "clock"]) -> Coded:
        """The rule behind the promise, its calendar, or how the clock stands: distinct values and places."""
        places: dict[str | None, int] = {None: 0}
        codes = np.zeros(len(self), np.intp)
        for group in self.groups:
            sla = group.decisions.sla
            named, listed = {"by": (sla.by, sla.rules), "calendar": (sla.calendar, sla.calendars)}.get(
                key, (sla.clock, CLOCKS)
            )
            table = np.array([places.setdefault(value, len(places)) for value in listed], np.intp)
            codes[group.rows] = np.where(sla.clock > 0, table[named], 0)
        return Coded(codes, list(places))

    def target(self, name: str) -> TargetColumn:
        """One target of all requests; see `TargetColumn`. Versions without it promise it to none."""
        if len(self.groups) == 1 and len(self.groups[0].rows) == len(self):
            found = self.groups[0].decisions.sla.targets.get(name)
            return no_target(len(self)) if found is None else found
        joined = no_target(len(self))
        for group in self.groups:
            part = group.decisions.sla.targets.get(name)
            if part is not None:
                joined.put(group.rows, part)
        return joined

    def request(self, row: int) -> dict[str, Any]:
        """A request as a single caller would have sent it."""
        return self._ask.request(self._columns, row)

    def single(self, row: int) -> dict[str, Any]:
        """The whole answer to one request, by the single engine. Raises RequestRefused."""
        return self._ask.catalogue.decide(self.request(row))

    def check(self, rows: Iterable[int]) -> int:
        """Decide these requests singly too, and compare; gives their number. Raises BulkDiffers."""
        checked = 0
        for row in rows:
            self._check(int(row))
            checked += 1
        return checked

    def check_sample(self, count: int, seed: int) -> int:
        """The same for some requests, drawn by a seed; all, where there are no more."""
        if count >= len(self):
            return self.check(range(len(self)))
        return self.check(np.random.default_rng(seed).choice(len(self), count, replace=False))

    def _check(self, row: int) -> None:
        bulk = self.decision(row)
        if self._at.value(row) is None and bulk is None:
            return  # a catalogue with a clock would decide at its own instant
        try:
            single = self.single(row)
        except RequestRefused as refused:
            if bulk is not None:
                raise BulkDiffers(f"row {row} is refused singly, not in bulk: {refused.detail}") from None
            return
        if bulk is None:
            raise BulkDiffers(f"row {row} is decided singly, and refused in bulk")
        version = self.groups[self._group[row]].decisions.version
        if version != single["rulebook"]["version"]:
            raise BulkDiffers(f"row {row}: version {version} in bulk, {single['rulebook']['version']} singly")
        for stage, part in single["decision"].items():
            if part != bulk[stage]:
                raise BulkDiffers(f"row {row}, `{stage}`: {bulk[stage]} in bulk, {part} singly")


class BulkDesk:
    """A rulebook of a catalogue, in one version or in the one in force, asked many times at once."""

    def __init__(self, catalogue: Catalogue, rulebook: str, version: str | None = None) -> None:
        """Raises RequestRefused (404) for a rulebook or version that there is not."""
        self.catalogue, self._rulebook, self._version = catalogue, rulebook, version
        answering = catalogue.answering(rulebook, version)
        numbers = {id(book): number for number, book in enumerate({id(b): b for _, b in answering}.values())}
        books = list({id(book): book for _, book in answering}.values())
        self._starts = np.array([start for start, _ in answering], np.int64)
        self._answering = np.array([numbers[id(book)] for _, book in answering], np.intp)
        self._books = [None if book is None else BulkRulebook(book) for book in books]

    def decide(self, columns: Columns) -> ManyDecisions:
        """The decisions on requests given by columns, all of the same length (see `Columns`).

        A request without `at` is refused, also by a catalogue with a clock. Raises ValueError for columns that are
        none, or of different lengths.
        """
        at, column = _instants(columns)
        numbers = column[0]
        answering = self._answering[np.searchsorted(self._starts, numbers, "right") - 1]
        answering[~column[1]] = -1
        aside: dict[Fault, int] = dict(column[2])
        groups = []
        for number, book in enumerate(self._books):
            rows = np.flatnonzero(answering == number)
            if not len(rows):
                continue
            if book is None:
                fault = Fault("/at", "no version is in force then")
                aside[fault] = aside.get(fault, 0) + len(rows)
                continue
            taken = columns if len(rows) == len(numbers) else {n: c.take(rows) for n, c in columns.items()}
            groups.append(Group(rows, decide_columns(book, taken, numbers[rows])))
        return ManyDecisions(self, columns, groups, aside, at)

    def request(self, columns: Columns, row: int) -> dict[str, Any]:
        """One request as a single caller would have sent it."""
        request: dict[str, Any] = {"rulebook": self._rulebook}
        if self._version is not None:
            request["version"] = self._version
        return {**request, **nested(placed(columns), row)}


def _instants(columns: Mapping[str, Column]) -> tuple[Known, tuple[Whole, Flags, list[tuple[Fault, int]]]]:
    """The instants of the decisions, where they are stated, and what is wrong with the others."""
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise ValueError("columns must be given, and be of one length")
    strangers = sorted(_NO_COLUMNS & columns.keys())
    if strangers:
        raise ValueError(f"`{strangers[0]}` is no column; columns are named by facts, such as `ticket.impact`")
    if "at" not in columns:
        raise ValueError("`at` is missing: the instants of the decisions")
    known, wrong = read_of(columns, "at", COMMON["at"])
    found = known.numbers()
    assert found is not None  # an instant is a whole number of 64 bits
    numbers, present = found
    faults = list(wrong.faults) if wrong is not None else []
    missing = int((~present).sum()) - sum(rows for _, rows in faults)
    return known, (numbers, present, [*faults, *([(_MISSING, missing)] if missing else [])])
