"""Many requests while their stages are decided: the counterpart of a case, with a column where that has a value."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..decision import CLOSER_LOOK, Fault, faults_of, language_of
from ..facts import Text
from ..rulebook import Clock
from ..stages import Case
from ..tables import Index
from .columns import Coded, Codes, Columns, Flags, Whole
from .known import Celled, Known, Linear, absent
from .reading import Wrong, examined, is_short, nested, place, placed, read_of
from .rulebook import COURSE, PARTS, BulkRulebook
from .tuples import distinct


class Applying(NamedTuple):
    """Which rows of a table apply: the distinct bitmaps, and which of them each request has."""

    places: Codes
    bitmaps: Sequence[int]


class Batch:
    """Requests to one version of a rulebook. Lives while they are decided; columns are never changed."""

    def __init__(self, rulebook: BulkRulebook, columns: Columns, at: Whole) -> None:
        """`at` are the instants of the decisions; all columns are as long."""
        self.rulebook = rulebook
        self.columns = columns
        self.at = at
        self.count = len(at)
        self.refused: Flags = np.zeros(self.count, np.bool_)
        """The requests that do not fit."""
        self.faults: list[tuple[Fault, int]] = []
        """What does not fit, and in how many requests."""
        self.turned_away: Flags = np.zeros(self.count, np.bool_)
        """The requests whose ticket is not ours."""
        self.singly: Flags = np.zeros(self.count, np.bool_)
        """The requests of which a part was worked out one by one."""
        self.settled: dict[str, Known] = {}
        """Derived facts and results of stages, by name, as far as their values are asked for."""
        self._facts: dict[str, Known] = {"at": Linear(at, np.ones(self.count, np.bool_))}
        self._celled: dict[int, Celled] = {}
        self._parts: dict[str, Coded] = {}
        self._places = placed(columns)
        for name in columns:
            if name != "at":
                self._take(name)
        self.has_course = self._any(*COURSE)
        """The requests that tell of waits, messages or states."""
        self.has_roster = self._any("roster")

    def known(self, fact: str) -> Known:
        """A fact of the requests, a derived fact or a result."""
        found = self.settled.get(fact) or self._facts.get(fact)
        if found is None:
            kind = self.rulebook.kinds.get(fact)
            found = absent(self.count)
            if kind is not None and fact in self.columns:
                found = read_of(self.columns, fact, kind)[0]
            self._facts[fact] = found
        return found

    def settle(self, fact: str, known: Known) -> None:
        """Make a derived fact or a result known."""
        self.settled[fact] = known

    def settle_cells(self, slot: int, celled: Celled) -> None:
        """Make the cells of a result known, whether or not its values are."""
        self._celled[slot] = celled

    def celled(self, slot: int) -> Celled:
        """The cells of a tested fact."""
        found = self._celled.get(slot)
        if found is None:
            fact = self.rulebook.facts_by_slot[slot]
            found = self.known(fact).cells(self.rulebook.book.cell_map.partitions[slot])
            self._celled[slot] = found
        return found

    def applying(self, index: Index) -> Applying:
        """The rows of a table that apply: each distinct combination of cells is matched once."""
        celled = {column.slot: self.celled(column.slot) for column in index.columns}
        found = distinct([(codes, len(cells)) for codes, cells in celled.values()], self.count)
        find = index.finder()
        cells = [0] * (self.rulebook.book.cell_map.spare + 1)
        columns = [(slot, codes[found.examples].tolist(), of) for slot, (codes, of) in celled.items()]
        bitmaps: dict[int, int] = {}
        numbers = np.empty(len(found.examples), np.intp)
        for i in range(len(found.examples)):
            for slot, codes, of in columns:
                cells[slot] = of[codes[i]]
            numbers[i] = bitmaps.setdefault(find(cells), len(bitmaps))
        return Applying(numbers[found.places], list(bitmaps))

    def need(self, name: str) -> Coded:
        """What an outcome depends on, as distinct values."""
        if name == "language":
            return self._language()
        if name in PARTS:
            return self._parts.get(name) or absent(self.count).coded()
        return self.known(name).coded()

    def case_of(self, needs: Mapping[str, Any]) -> Case:
        """A case for all requests that agree in what an outcome needs."""
        ask = {name[4:]: needs[name] for name in ("ask.to", "ask.disclose", "ask.do") if name in needs}
        request = {"ask": ask, "requester": {"relation": needs.get("requester.relation")}}
        cells = [0] * (self.rulebook.book.cell_map.spare + 1)
        case = Case(request, {}, 0, needs.get("language") or "en", cells, self.rulebook.strict, None)
        case.values.update(needs)
        return case

    def request(self, row: int) -> dict[str, Any]:
        """A request as a caller would have sent it, but for rulebook and version."""
        return nested(self._places, row)

    def case(self, row: int) -> Case:
        """The case of one request, with what has been settled of it so far."""
        book, request = self.rulebook.book, self.request(row)
        cells = [0] * (book.cell_map.spare + 1)
        language = language_of(book, request, ())
        case = Case(request, request.get("ticket") or {}, int(self.at[row]), language, cells, book.shared, None)
        case.values.update({fact: known.value(row) for fact, known in self.settled.items()})
        return case

    def _take(self, name: str) -> None:
        """Look whether a column fits; facts that somebody will ask for are read on the way."""
        kind, column = self.rulebook.kinds.get(name), self.columns[name]
        if kind is None:
            wrong = examined(column, lambda value: self._faults(name, value))
            coded = column.coded()
            if wrong is not None:
                coded = Coded(np.where(wrong.rows, len(coded.values), coded.codes), [*coded.values, None])
            self._parts[name] = coded
        elif isinstance(kind, Text) and is_short(column):
            return
        else:
            self._facts[name], wrong = read_of(self.columns, name, kind)
        self._refuse(wrong)

    def _faults(self, name: str, value: Any) -> Sequence[Fault]:
        """What is wrong with a part of a request: nothing at first sight, or whatever a closer look finds."""
        book, request = self.rulebook.book, _nested(name, value)
        try:
            for key, part in request.items():
                look = book.looks[key]
                if look is not None:
                    look(part, [0] * (book.cell_map.spare + 1))
        except CLOSER_LOOK:
            return faults_of(request, book)
        return ()

    def _refuse(self, wrong: Wrong | None) -> None:
        if wrong is not None:
            self.refused |= wrong.rows
            self.faults += wrong.faults

    def _any(self, *names: str) -> Flags:
        """The requests in which one of these lists says something; an empty list of messages does."""
        found = np.zeros(self.count, np.bool_)
        for name in names:
            part = self._parts.get(name)
            if part is not None:
                says = [bool(value) or (name == "ticket.messages" and value is not None) for value in part.values]
                found |= np.array(says, np.bool_)[part.codes]
        return found & ~self.refused

    def _language(self) -> Coded:
        asked = self._parts.get("language") or absent(self.count).coded()
        spoken = self.known("requester.language").coded()
        found = distinct([(asked.codes, len(asked.values)), (spoken.codes, len(spoken.values))], self.count)
        pairs = [(asked.raw(row), spoken.raw(row)) for row in found.examples.tolist()]
        languages = [
            language_of(self.rulebook.book, {"language": one, "requester": {"language": other}}, ())
            for one, other in pairs
        ]
        values = list(dict.fromkeys(languages)) or ["en"]
        return Coded(np.array([values.index(language) for language in languages], np.intp)[found.places], values)


def _nested(name: str, value: Any) -> dict[str, Any]:
    nested = value
    for step in reversed(place(name)):
        nested = {step: nested}
    assert isinstance(nested, dict)
    return nested


def cut(instants: Whole, clock: Clock) -> Whole:
    """Instants as exactly as a clock tells them."""
    return instants if clock.step == 1 else instants - instants % clock.step
