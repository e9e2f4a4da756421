"""What several rulebooks have in common: the values of a fact that a request can state to all of them."""

from collections.abc import Sequence
from typing import Any

from ...facts import Closed, FactType, Number, SetOf, Text
from ...tables import Condition, Test, holds
from .observed import AUDIENCE
from .sides import Key, Side


def kind_for(sides: Sequence[Side], key: Key) -> FactType | None:
    """The type of a fact as all whose it is know it; None where they disagree so that no request states it to all."""
    fact, number = key
    if fact == AUDIENCE:
        kinds: list[FactType | None] = [Closed(side.book.audiences) for side in sides if side.book.audiences]
    else:
        kinds = [side.book.rulebook.facts.get(fact) for side in (sides if number is None else (sides[number],))]
    found = kinds[0] if kinds else None
    for kind in kinds[1:]:
        found = shared_kind(found, kind)
    return found


def shared_kind(one: FactType | None, other: FactType | None) -> FactType | None:
    """The values that two types share; None where a request cannot state the fact to both."""
    if one == other or one is None or other is None:
        return one if other is not None else None
    match one, other:
        case Closed(), Closed():
            values = tuple(v for v in one.values if v in other.values)
            return Closed(values, one.ordered and other.ordered) if values else None
        case Closed(), Text():
            return one
        case Text(), Closed():
            return other
        case Number(), Number():
            return Number(one.whole or other.whole, _tighter(max, one.at_least, other.at_least),
                          _tighter(min, one.at_most, other.at_most))  # fmt: skip
        case SetOf(), SetOf():
            if one.values is None or other.values is None:
                return other if one.values is None else one
            return SetOf(tuple(v for v in one.values if v in other.values))
    return None


def _tighter(choose: Any, one: float | None, other: float | None) -> float | None:
    return one if other is None else other if one is None else choose(one, other)


def fitting(condition: Condition, kind: FactType | None) -> Condition:
    """A condition as it applies to a fact of a type that may be narrower than the one that it was written for."""
    if not isinstance(kind, Closed):
        return condition
    return tuple(_fitting(test, kind) for test in condition)


def _fitting(test: Test, kind: Closed) -> Test:
    if test.op == "missing":
        return test
    return Test("one_of", frozenset(value for value in kind.values if holds(test, value)))
