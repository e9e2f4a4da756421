"""The sides of a question: rulebooks, whose facts are whose, and an answer of the solver."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...decision import CompiledRulebook

Key = tuple[str, int | None]
"""A fact, and the side whose own it is (None: all sides')."""


@dataclass(frozen=True, slots=True)
class Side:
    """A rulebook in a question, and the facts of which its request has values of its own."""

    book: CompiledRulebook
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """An answer of the solver."""

    cells: Mapping[Key, int]
    """The cell of each fact."""
    blanks: frozenset[Key]
    """Texts without letters."""


def meaning_of(name: str, side: Side) -> tuple[Any, ...] | None:
    """What a derived fact of a side means, but for what it is made of; None where the side has no such fact."""
    book = side.book.rulebook
    derived = book.derived.get(name)
    if derived is None:
        return None
    calendar = book.calendars.get(getattr(derived, "calendar", ""))
    return type(derived), derived, calendar, book.clock, side.book.shared.channels
