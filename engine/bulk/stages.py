"""A stage decided for many requests: its own runner says what each distinct combination gives, once.

A combination is the rows that apply, and whatever else their outcomes name. The stage of time is decided elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from ..rulebook import stage_of_result
from ..stages import AS_DATA, Case, Parts
from ..tables import rows_of
from .batch import Batch
from .columns import Codes, Flags
from .known import Celled, Finite
from .tuples import distinct

COLLECTING = frozenset(("disclosures", "permissions", "obligations"))
"""The stages that all rows that apply settle together; in the others the first one does."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class StageColumn:
    """A stage's part of each decision: its place among the distinct parts. At 0 stands None: it was not decided."""

    codes: Codes
    parts: Sequence[Any]

    def part(self, row: int) -> Any:
        """The part of one decision; not to be changed."""
        return self.parts[self.codes[row]]


def decide_stage(batch: Batch, place: int, decided: Flags) -> StageColumn:
    """The parts of the stage at a place, for the requests that are to get one; its results become known."""
    run = _StageRun(batch, place)
    codes = run.codes(decided)
    run.results.tell(codes)
    return StageColumn(codes, run.results.parts)


def run_stage(batch: Batch, place: int, case: Case, applying: int) -> Any:
    """The part of one case, by the stage's own runner."""
    return batch.rulebook.book.door(case.language, AS_DATA).steps[place][2](case, applying)


class _StageRun:
    """One stage while it is decided for a batch."""

    def __init__(self, batch: Batch, place: int) -> None:
        self._batch, self._place = batch, place
        self._parts = batch.rulebook.book.programs[place].parts
        self.results = _Results(batch, self._parts)

    def codes(self, decided: Flags) -> Codes:
        """For each request the number of its result."""
        batch, table = self._batch, self._parts.table
        places, bitmaps = batch.applying(table.index)
        if self._parts.name not in COLLECTING:
            bitmaps = [bitmap & -bitmap for bitmap in bitmaps]
        needed = [self._needs(bitmap) for bitmap in bitmaps]
        codes = np.zeros(batch.count, np.intp)
        for needs, rows in _alike(needed, places):
            here = places[rows]
            columns = {name: batch.need(name) for name in needs}
            sized = ((column.codes[rows], len(column.values)) for column in columns.values())
            found = distinct([(here, len(bitmaps)), *sized], len(here))
            numbers = []
            for example in found.examples:
                row = rows[example] if isinstance(rows, np.ndarray) else example
                case = batch.case_of({name: column.raw(row) for name, column in columns.items()})
                numbers.append(self._result(case, bitmaps[here[example]]))
            codes[rows] = np.array(numbers, np.intp)[found.places]
        if self._parts.name == "assignment" and batch.has_roster.any():
            looks = np.array([bool(needs) for needs in needed], np.bool_)[places]
            for row in np.flatnonzero(decided & batch.has_roster & looks).tolist():
                codes[row] = self._result(batch.case(row), bitmaps[places[row]])
                batch.singly[row] = True
        if not decided.all():
            codes[~decided] = 0
        return codes

    def _needs(self, bitmap: int) -> tuple[str, ...]:
        rulebook, rows = self._batch.rulebook, self._parts.table.rows
        named = (name for row in rows_of(bitmap) for name in rulebook.needs(self._parts.name, rows[row]))
        return tuple(dict.fromkeys((*rulebook.asks(self._parts.name), *named)))

    def _result(self, case: Case, applying: int) -> int:
        return self.results.add(run_stage(self._batch, self._place, case, applying), case)


def _alike(needed: Sequence[tuple[str, ...]], places: Codes) -> Iterator[tuple[tuple[str, ...], Codes | slice]]:
    """The requests whose outcomes depend on the same; a slice stands for all of them."""
    kinds = list(dict.fromkeys(needed))
    if len(kinds) == 1:
        yield kinds[0], slice(None)
        return
    kind = np.array([kinds.index(needs) for needs in needed], np.intp)[places]
    for number, needs in enumerate(kinds):
        yield needs, np.flatnonzero(kind == number)


class _Results:
    """The distinct parts that a stage has given, and what each makes known to later stages."""

    def __init__(self, batch: Batch, parts: Parts) -> None:
        slots = batch.rulebook.book.cell_map.slots
        self._batch = batch
        self._slots = [slot for fact, slot in slots.items() if stage_of_result(fact) == parts.name]
        self._valued = [fact for fact in sorted(parts.valued) if stage_of_result(fact) == parts.name]
        self._known: dict[bytes, int] = {}
        self._cells: list[list[int]] = [[0] for _ in self._slots]
        self._values: list[list[Any]] = [[None] for _ in self._valued]
        self._turns_away = [False]
        self.parts: list[Any] = [None]

    def add(self, part: Any, case: Case) -> int:
        """The number of a part that a case was given."""
        number = self._known.setdefault(_encode(part), len(self.parts))
        if number == len(self.parts):
            self.parts.append(part)
            self._turns_away.append(case.is_refused)
            for cells, slot in zip(self._cells, self._slots, strict=True):
                cells.append(case.cells[slot])
            for values, fact in zip(self._values, self._valued, strict=True):
                values.append(case.values.get(fact))
        return number

    def tell(self, codes: Codes) -> None:
        """Make the results known."""
        for slot, cells in zip(self._slots, self._cells, strict=True):
            tell_cells(self._batch, slot, codes, cells)
        for fact, values in zip(self._valued, self._values, strict=True):
            tell_values(self._batch, fact, codes, values)
        if any(self._turns_away):
            self._batch.turned_away |= np.array(self._turns_away, np.bool_)[codes]


def tell_cells(batch: Batch, slot: int, codes: Codes, cells: Sequence[int]) -> None:
    """Make a result's cells known: a cell for each code."""
    places: dict[int, int] = {0: 0}
    table = np.array([places.setdefault(cell, len(places)) for cell in cells], np.intp)
    batch.settle_cells(slot, Celled(table[codes], list(places)))


def tell_values(batch: Batch, fact: str, codes: Codes, values: Sequence[Any]) -> None:
    """Make a result's values known: a value for each code."""
    places: dict[Any, int] = {None: 0}
    table = np.array([places.setdefault(value, len(places)) for value in values], np.intp)
    batch.settle(fact, Finite(table[codes], list(places)))
