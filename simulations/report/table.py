"""A table as the page shows it: texts not yet escaped, and what its cells sort by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from .wording import Words

Tone: TypeAlias = str
"""`good`, `bad`, `warn` or nothing; the text of the cell says the same, so that colour is never alone."""


class Cell(NamedTuple):
    """A cell: its text, the number it sorts by (None: by its text), and its tone."""

    text: str
    sort: float | None = None
    tone: Tone = ""


class Column(NamedTuple):
    """A column; one of numbers is set to the right."""

    name: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; the first cell of each row is its heading."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    crossed: bool = False
    """Whether rows and columns stand for values of one thing, as in a matrix: then it is not sorted."""


def columns(*names: str) -> tuple[Column, ...]:
    """Columns of these names; a `>` before a name says that it holds numbers."""
    return tuple(Column(name.removeprefix(">"), name.startswith(">")) for name in names)


def named(names: Sequence[str], words: Words) -> tuple[Column, ...]:
    """Columns whose names are texts of the language; a `>` before a key says that the column holds numbers."""
    return tuple(Column(words.say(name.removeprefix(">")), name.startswith(">")) for name in names)


def number(value: int, words: Words) -> Cell:
    """A cell with a whole number."""
    return Cell(words.number(value), value)


def counted(openings: int, events: int, tickets: int, words: Words) -> Iterator[Cell]:
    """The three cells of what changes: openings, events and tickets."""
    return (number(count, words) for count in (openings, events, tickets))
