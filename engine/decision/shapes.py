"""Requests read by their shape: which names they state, whatever the values.

A sender's requests have few shapes. One that comes again gets a reader, a function that takes its values in one go and
looks no name up. A reader accepts nothing that the looks do not accept, and gives the same cells; all that it does not
accept, they read. How many readers there are is bounded: who sends ever new shapes is answered as well, but not faster.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from ..facts import FACT_GROUPS
from .looks import CLOSER_LOOK, Encodings, Look
from .pages import Page, build

MOST_READERS: Final = 64
"""Shapes of requests for which a rulebook has readers: the first that came twice."""
MOST_NAMES: Final = 128
"""Names that a request with a reader may state."""
MET_ONCE: Final = 1_024
"""Shapes that are remembered until they come again, before all of them are forgotten."""

Cells = list[int]
Read = Callable[[Mapping[str, Any]], Cells]
"""From a request to its cells; any of CLOSER_LOOK where it does not fit at first sight."""
Reader = Callable[[Mapping[str, Any]], Cells | None]
"""The same for requests of one shape; None for one of another shape, if it does not raise."""
Shape = tuple[tuple[str, ...] | None, ...]
"""The names of a request, of each of its groups, and of their `fields`; None for what is absent."""

_NESTED: Final = (*FACT_GROUPS, "ask")
_TICKET: Final = "ticket"
_FIELDS: Final = "fields"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a request may state."""

    title: str
    """The rulebook's name and version."""
    groups: Mapping[str, Encodings]
    """Of each group and of `ask`, the encodings by name."""
    fields: Mapping[str, Encodings]
    """The same of what stands under `fields` of each group."""
    looks: Mapping[str, Look | None]
    """The first look at each part of a request."""
    blank: Cells
    """The cells of a request that states nothing, to be copied."""


class Shapes:
    """Reads requests; remembers a bounded number of shapes, which changes what it costs and not what it gives."""

    __slots__ = ("_likely", "_met", "_numbers", "_readers", "stated")

    def __init__(self, stated: Stated) -> None:
        self.stated = stated
        """What a request may state."""
        self._readers: dict[Shape, Reader] = {}
        self._likely: dict[tuple[str, ...], Reader] = {}
        """By the names that the ticket states: the last reader that took such a request."""
        self._met: set[Shape] = set()
        self._numbers = count(1)

    @property
    def known(self) -> int:
        """How many readers there are."""
        return len(self._readers)

    def read(self, request: Mapping[str, Any]) -> Cells:
        """The cells of a request that fits at first sight; otherwise any of CLOSER_LOOK."""
        try:
            reader = self._likely.get(tuple(request.get(_TICKET, ())))
            if reader is not None:
                cells = reader(request)
                if cells is not None:
                    return cells
        except CLOSER_LOOK:
            reader = None
        if reader is None and len(self._readers) >= MOST_READERS:
            return self.look(request)
        return self._read_any(request)

    def look(self, request: Mapping[str, Any]) -> Cells:
        """The same without regard to shapes."""
        cells, looks = self.stated.blank.copy(), self.stated.looks
        for key, value in request.items():
            look = looks[key]
            if look is not None:
                look(value, cells)
        return cells

    def _read_any(self, request: Mapping[str, Any]) -> Cells:
        shape = shape_of(request)
        reader = None if shape is None else self._readers.get(shape)
        if reader is not None:
            cells = reader(request)
            if cells is not None:
                self._likely[tuple(request.get(_TICKET, ()))] = reader
                return cells
        cells = self.look(request)
        if shape is not None and reader is None and len(self._readers) < MOST_READERS:
            self._learn(shape)
        return cells

    def _learn(self, shape: Shape) -> None:
        """Write a reader for a shape that comes the second time; all its names are known, since it has been read."""
        if shape not in self._met:
            if len(self._met) >= MET_ONCE:
                self._met.clear()
            self._met.add(shape)
        elif sum(len(names) for names in shape if names) <= MOST_NAMES:
            self._met.discard(shape)
            title = f"{self.stated.title}, shape {next(self._numbers)}"
            self._readers[shape] = self._likely[shape[1] or ()] = write_reader(title, shape, self.stated)


def shape_of(request: Mapping[str, Any]) -> Shape | None:
    """The shape of a request; None where something in it is no dictionary, though there."""
    names: list[tuple[str, ...] | None] = [tuple(request)]
    for group in _NESTED:
        part = request.get(group)
        if part is None and group not in request:
            names += (None, None)
            continue
        fields = part.get(_FIELDS) if type(part) is dict else None
        if type(part) is not dict or (type(fields) is not dict and _FIELDS in part):
            return None
        names += (tuple(part), None if fields is None else tuple(fields))
    return tuple(names)


def write_reader(title: str, shape: Shape, stated: Stated) -> Reader:
    """The reader of a shape, every name of which is known. It takes nothing but dictionaries with just these names."""
    page = _ReaderPage(stated.blank)
    top, *nested = shape
    page.check("request", top or ())
    for group, names, fields in zip(_NESTED, nested[::2], nested[1::2], strict=True):
        if names is not None:
            page.write(f"{group} = request[{page.name(group)}]")
            page.check(group, names)
            if fields is not None:
                page.write(f"fields = {group}[{page.name(_FIELDS)}]")
                whole = page.bind(f"{group}_fields", fields)
                page.write(f"if type(fields) is not dict or tuple(fields) != {whole}: return None")
                page.take("fields", fields, stated.fields[group])
            page.take(group, names, stated.groups[group])
    for key in top or ():
        look, value = stated.looks[key], f"request[{page.name(key)}]"
        if look is None:
            page.write(value)  # which has been read before; that it is there, is part of the shape
        elif key not in _NESTED:
            page.write(f"{page.bind(f'look_at_{key}', look)}({value}, blank)")
    page.bind("blank", stated.blank)
    page.write(f"return [{', '.join(page.cells)}]")
    return build(title, page, "request")


class _ReaderPage(Page):
    """The page of a reader: each dictionary is checked, then its values are looked up."""

    __slots__ = ("_names", "_spare", "cells")

    def __init__(self, blank: Cells) -> None:
        super().__init__()
        self.cells = [str(cell) for cell in blank]
        """An expression for each cell."""
        self._spare = len(blank) - 1
        self._names: dict[str, str] = {}

    def name(self, text: str) -> str:
        """What stands for a name of the request: the source shows no texts."""
        if text not in self._names:
            self._names[text] = self.bind(f"name_{len(self._names)}", text)
        return self._names[text]

    def check(self, part: str, names: tuple[str, ...]) -> None:
        """Leave any other dictionary alone: one of this size that has all these names has no others."""
        self.write(f"if type({part}) is not dict or len({part}) != {len(names)}: return None")

    def take(self, part: str, names: tuple[str, ...], known: Encodings) -> None:
        """Look up the cell of each value, also where no rule asks for it: it must fit."""
        for name in names:
            if name == _FIELDS:
                continue
            slot, (encode, source, table) = known[name]
            value, number = f"{part}[{self.name(name)}]", len(self.bound)
            used = {"encode": encode, "table": table}
            bound = {word: self.bind(f"{word}_{number}", used[word]) for word in used if f"{{{word}}}" in source}
            expression = source.format(value=value, **bound)
            if slot == self._spare:
                self.write(expression)
            else:
                self.write(f"cell_{slot} = {expression}")
                self.cells[slot] = f"cell_{slot}"
