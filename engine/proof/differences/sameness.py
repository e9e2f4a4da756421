"""Whether facts have the same value for two rulebooks that decide the same request: literals over a space of two sides.

A fact that requests state is the same. A result of a stage, or a derived fact made of such, need not be. Where nothing
better is known, a fact counts as perhaps another, so that no difference is missed. Knows nothing of what is told.
"""

from collections.abc import Iterable

from ...rulebook import Rulebook, stage_of_result
from ...tables import Line, Listed, Test
from ..space import Holds, Marked, Ordered, Space

_ASKED = (Test("missing", True),)


class Sameness:
    """What is known to be the same on both sides; results of stages are told as the stages are compared."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._known: dict[str, int] = {}

    def of(self, fact: str) -> int:
        """The literal of a fact's being the same on both sides. Where it does not hold, the fact may be another."""
        space = self._space
        if space.key(fact, 0) == space.key(fact, 1):
            return space.clauses.true
        if fact not in self._known:
            self._known[fact] = self._derived(fact)
        return self._known[fact]

    def all_of(self, facts: Iterable[str]) -> int:
        """The literal of all of these being the same."""
        return self._space.clauses.all_of(self.of(fact) for fact in facts)

    def tell(self, fact: str, same: int) -> None:
        """Make known when a result is surely the same; its cells are the same then."""
        self._tie(fact, same)
        self._known[fact] = same

    def _derived(self, fact: str) -> int:
        space = self._space
        definitions = [side.book.rulebook.derived.get(fact) for side in space.sides]
        first = definitions[0]
        if first is None or None in definitions:
            return -space.clauses.true
        if space.is_alike(fact):
            same = self.all_of(first.needs)
            self._tie(fact, same)
            return same
        variable = space.variables.get(space.key(fact, 0))
        exact = self.cells(fact) if variable is not None and isinstance(variable.partition, Listed) else None
        return -space.clauses.true if exact is None else exact

    def seen(self, fact: str) -> int:
        """The literal of rules' seeing no difference: the fact lies in the same cell on both sides."""
        if self._space.key(fact, 0) == self._space.key(fact, 1):
            return self._space.clauses.true
        same, exact = self.of(fact), self.cells(fact)
        return same if exact is None or same == self._space.clauses.true else exact

    def _tie(self, fact: str, same: int) -> None:
        exact = self.cells(fact)
        if exact is not None:
            self._space.clauses.add((-same, exact))

    def cells(self, fact: str) -> int | None:
        """The literal of both sides' cells being the same; None where they are not cut alike, or not at all."""
        space = self._space
        one, other = (space.variables.get(space.key(fact, side)) for side in (0, 1))
        if isinstance(one, Marked) and isinstance(other, Marked):
            if list(one.partition.bit_of) != list(other.partition.bit_of):
                return None
            pairs = [(one.stated, other.stated), *zip(one.bits, other.bits, strict=True)]
            return space.clauses.all_of(self._same(a, b) for a, b in pairs)
        if not (isinstance(one, Ordered) and isinstance(other, Ordered)):
            return None
        first, second = one.partition, other.partition
        if isinstance(first, Line) and isinstance(second, Line):
            if first.points != second.points:
                return None
            return space.clauses.all_of(self._same(a, b) for a, b in zip(one.limits, other.limits, strict=True))
        if isinstance(first, Listed) and isinstance(second, Listed):
            known = [(0, 0)] + [
                (cell, second.cell_of_value[value])
                for value, cell in first.cell_of_value.items()
                if value in second.cell_of_value
            ]
            return space.clauses.any_of(
                space.clauses.all_of((one.run(a, a), other.run(b, b))) for a, b in known
            )  # fmt: skip
        return None

    def _same(self, one: int, other: int) -> int:
        clauses = self._space.clauses
        if one == other:
            return clauses.true
        return clauses.any_of((clauses.all_of((one, other)), clauses.all_of((-one, -other))))


def asked_of_both(old: Rulebook, new: Rulebook, named: Iterable[str]) -> list[Holds]:
    """What a space of both must tell apart beyond what each one's rules ask: facts that outcomes name, and for facts
    that may differ between the sides what the other one's rules ask of them, so that both are cut alike.
    """
    books, found = (old, new), []
    for fact in named:
        found += [Holds(fact, _ASKED, side) for side, book in enumerate(books) if fact in book.facts]
    for side, book in enumerate(books):
        other = books[1 - side]
        for stage in book.stages.values():
            for row in stage.rows:
                for fact, condition in row.when.items():
                    if (fact in other.derived or stage_of_result(fact)) and _are_alike(fact, book, other):
                        found.append(Holds(fact, condition, 1 - side))
    return list(dict.fromkeys(found))


def _are_alike(fact: str, book: Rulebook, other: Rulebook) -> bool:
    return fact in other.facts and type(book.facts[fact]) is type(other.facts[fact])
