"""A request held in its place: each of its facts as literals that say that it stays in its cell.

Facts are let go one set at a time; what else follows from a fact that was let go is let go with it. Knows one space of
one side and one decided request.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...facts import SetOf
from ..space import Key, Observed, Space, literals


@dataclass
class Pins:
    """The facts of a request in a space."""

    space: Space
    seen: Observed

    @cached_property
    def facts(self) -> tuple[Key, ...]:
        """The facts that requests state."""
        return tuple(key for key in self.space.variables if self.space.is_input(key))

    def value(self, key: Key) -> Any:
        """A fact's read value; None when it is absent."""
        return self.seen.value(key[0])

    def cell(self, key: Key) -> int:
        """The cell in which it lies."""
        value = self.value(key)
        return 0 if value is None else self.space.variables[key].partition.cell(value)

    def behind(self, key: Key) -> frozenset[Key]:
        """The facts of requests that a fact is made of; itself, where requests state it."""
        derived = self.space.sides[0].book.rulebook.derived.get(key[0])
        if derived is None:
            return frozenset([key]) if self.space.is_input(key) else frozenset()
        return frozenset().union(*(self.behind(self.space.key(need, 0)) for need in derived.needs))

    def held(self, free: Collection[Key] = ()) -> list[int]:
        """The literals that hold the request in place but for some facts, and for what is made of them."""
        return [literal for literal, behind in self._all if behind.isdisjoint(free)]

    def blamed(self, core: Collection[int]) -> frozenset[Key]:
        """The facts that some of these literals hold."""
        return frozenset().union(*(behind for literal, behind in self._all if literal in core))

    @cached_property
    def _all(self) -> list[tuple[int, frozenset[Key]]]:
        return [
            (literal, behind)
            for key in self.space.variables
            if (behind := self.behind(key)) and not self._follows(key)
            for literal in self.literals(key)
        ]

    def _follows(self, key: Key) -> bool:
        """Whether a fact needs no holding, since it follows from those that it is made of."""
        instants = {look for instant in self.space.instants for look, _ in self.space.looks(instant)}
        return not self.space.is_input(key) and key not in self.space.loose and key not in instants

    def literals(self, key: Key) -> Iterator[int]:
        """The literals that hold one fact."""
        space, value = self.space, self.value(key)
        yield from literals(space.variables[key], self.cell(key))
        if key in space.blanks:
            is_blank = isinstance(value, str) and not value.strip()
            yield space.blanks[key] if is_blank else -space.blanks[key]
        kind = space.kinds[key]
        if key in space.members and isinstance(kind, SetOf) and kind.values is not None and space.is_input(key):
            for name, member in zip(kind.values, space.members[key], strict=True):
                yield member if value is not None and name in value else -member
