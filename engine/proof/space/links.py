"""What derived facts are tied to: their relations to the facts that they are made of, over cells.

What is finite is tied exactly: look-ups, truths joined, what is missing, equal listed values, and what depends on one
instant alone. What takes arithmetic over several facts (time between two instants, sums, equal texts) is tied only as
far as its being absent goes; such facts are *loose*: a proof holds whatever they are, and a request that is to show
something must be found for them.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ...facts import Closed
from ...rulebook import (
    AllOf,
    AnyOf,
    Earliest,
    Latest,
    LookUp,
    Missing,
    Open,
    Present,
    Same,
    Size,
    TimeOfDay,
    Weekday,
)
from ...tables import Line, Listed, Test
from .clauses import Clauses
from .variables import Marked, Ordered, Variable

UNARY = (Open, Weekday, TimeOfDay)
"""Derived facts of one instant; see `instants`."""


def tests_for(derived: Any) -> dict[str, list[Test]]:
    """The tests by which the facts that a derived fact needs must be cut, so that it can be tied exactly."""
    if isinstance(derived, LookUp):
        return {derived.fact: [Test("one_of", frozenset([value])) for value in derived.answers]}
    return {}


def tie(derived: Any, variable: Variable, needs: Sequence[Variable], blanks: Sequence[int], clauses: Clauses) -> bool:
    """Tie a derived fact to the facts it needs, in their order; whether that says all there is to say.

    `blanks` are the literals of each needed fact's being a text without letters.
    """
    if isinstance(derived, LookUp):
        assert isinstance(variable, Ordered)
        return _look_up(derived, variable, needs[0], clauses)
    if isinstance(derived, AnyOf | AllOf):
        assert isinstance(variable, Ordered)
        return _truths(derived, variable, needs, clauses)
    if isinstance(derived, Missing | Present):
        assert isinstance(variable, Marked)
        return _presence(derived, variable, needs, blanks, clauses)
    stated = [need.stated for need in needs]
    joined = clauses.any_of(stated) if isinstance(derived, Earliest | Latest) else clauses.all_of(stated)
    _same_literal(variable.stated, joined, clauses)
    if isinstance(derived, Same):
        assert isinstance(variable, Ordered)
        return _same(variable, needs, clauses)
    return isinstance(derived, UNARY)


def _same_literal(one: int, other: int, clauses: Clauses) -> None:
    clauses.add((-one, other))
    clauses.add((one, -other))


def _truth(variable: Ordered, value: bool) -> int:
    cell = variable.partition.cell(value)
    return variable.run(cell, cell)


def _look_up(derived: LookUp, variable: Ordered, need: Variable, clauses: Clauses) -> bool:
    assert isinstance(need, Ordered)
    kind = need.kind
    assert isinstance(kind, Closed)
    _same_or_absent(variable, clauses, need, {v: derived.answers.get(v, derived.otherwise) for v in kind.values})
    return True


def _same_or_absent(variable: Ordered, clauses: Clauses, need: Ordered, results: dict[str, str | None]) -> None:
    clauses.add((need.stated, -variable.stated))
    for value, result in results.items():
        cell = need.partition.cell(value)
        given = -variable.stated if result is None else _cell(variable, result)
        clauses.add((-need.run(cell, cell), given))


def _cell(variable: Ordered, value: Any) -> int:
    cell = variable.partition.cell(value)
    return variable.run(cell, cell)


def _truths(derived: Any, variable: Ordered, needs: Sequence[Variable], clauses: Clauses) -> bool:
    """Kleene's three values: one that settles it settles it; otherwise all must be stated."""
    settles = derived.settles
    found = []
    for need in needs:
        assert isinstance(need, Ordered)
        found.append(_truth(need, settles))
    settled = clauses.any_of(found)
    _same_literal(_truth(variable, settles), settled, clauses)
    others = clauses.all_of((-settled, *(need.stated for need in needs)))
    _same_literal(_truth(variable, not settles), others, clauses)
    return True


def _presence(
    derived: Any, variable: Marked, needs: Sequence[Variable], blanks: Sequence[int], clauses: Clauses
) -> bool:
    """Which of the facts are in the set decides every test on it."""
    members = {}
    for fact, need, blank in zip(derived.facts, needs, blanks, strict=True):
        present = clauses.all_of((need.stated, -blank))
        members[fact.rsplit(".", 1)[-1]] = present if derived.wanted else -present
    clauses.add([variable.stated])
    tie_members(variable, members, clauses)
    return True


def tie_members(variable: Marked, members: Mapping[str, int], clauses: Clauses) -> None:
    """Tie the tests on a set to the literals of what is in it, for a set that can hold nothing else."""
    for test, bit in zip(variable.partition.bit_of, variable.bits, strict=True):
        asked = [members[name] for name in test.operand if name in members]
        if test.op == "has_all":
            holds = clauses.all_of(asked if len(asked) == len(test.operand) else [-clauses.true])
        else:
            holds = clauses.any_of(asked)
            holds = -holds if test.op == "has_none" else holds
        _same_literal(bit, clauses.all_of((variable.stated, holds)), clauses)


def _same(variable: Ordered, needs: Sequence[Variable], clauses: Clauses) -> bool:
    """Exact for listed values and truths; others only as far as their types tell."""
    first, second = needs
    if not (isinstance(first.partition, Listed) and isinstance(second.partition, Listed)):
        return False
    assert isinstance(first, Ordered)
    assert isinstance(second, Ordered)
    pairs = []
    for value, cell in first.partition.cell_of_value.items():
        other = second.partition.cell_of_value.get(value)
        if other is not None and isinstance(first.kind, Closed) is isinstance(second.kind, Closed):
            pairs.append(clauses.all_of((first.run(cell, cell), second.run(other, other))))
    _same_literal(_truth(variable, True), clauses.any_of(pairs), clauses)
    return True


def count(derived: Size, variable: Ordered, members: Sequence[int], clauses: Clauses) -> None:
    """Tie the size of a set whose members are known to be in it or not."""
    at_least = [clauses.true]
    for member in members:
        at_least = [
            clauses.true,
            *(
                clauses.any_of((at_least[k] if k < len(at_least) else -clauses.true,
                                clauses.all_of((member, at_least[k - 1]))))
                for k in range(1, len(at_least) + 1)
            ),
        ]  # fmt: skip
    at_least.append(-clauses.true)
    assert isinstance(variable.partition, Line)
    for k, (enough, more) in enumerate(pairwise(at_least)):
        cell = variable.partition.cell(k)
        clauses.add((-variable.stated, -enough, more, variable.run(cell, cell)))


def at_most_as_long(shorter: Ordered, longer: Ordered, clauses: Clauses) -> None:
    """Tie two lengths of time that are never negative unless both are: the one is at most as long as the other."""
    assert isinstance(shorter.partition, Line)
    assert isinstance(longer.partition, Line)
    for cell in range(2, shorter.partition.size):
        point = shorter.partition.points[(cell - 2) // 2]
        if point < 0 or (point == 0 and cell % 2 == 0):
            continue
        least = longer.partition.cell(point)
        if cell % 2 and least % 2 == 0:  # more than a point that the longer one knows too
            least += 1
        clauses.add((-longer.stated, -shorter.limits[cell], longer.limits[least]))
