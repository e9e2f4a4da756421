"""The widest box of requests like a witness: the facts that matter, and how far each of them may go.

A formula is true of every request in its box, whatever the other facts are.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...tables import Listed, Test
from .formulas import Formula
from .space import Key, Situation, Space
from .variables import Marked, Ordered

Cells = frozenset[int]


@dataclass(frozen=True, slots=True)
class Tests:
    """What must be so of a text or a set."""

    is_stated: bool
    signs: tuple[tuple[Test, bool], ...]
    """Tests, each with whether it holds."""
    is_blank: bool | None = None
    """Whether it is a text without letters, which counts as missing; None: it does not matter."""


@dataclass(frozen=True, slots=True)
class Box:
    """What must be so of each fact that matters; cells for listed values and lines, tests for texts and sets."""

    parts: Mapping[Key, Cells | Tests]


def box_around(space: Space, formula: Formula, situation: Situation, assumed: Sequence[int] = ()) -> Box:
    """The box around a situation of which a formula is true. `assumed` are literals that hold besides.

    It is told in facts that a request states, and in what follows from more than their cells (instants, sums, loose
    results); all else follows from these.
    """
    return box_where(space, space.literal(formula), situation, assumed)


def box_where(
    space: Space,
    holds: int,
    situation: Situation,
    assumed: Sequence[int] = (),
    told_in: Collection[Key] | None = None,
) -> Box:
    """The same for a question that is a literal already, told in certain facts.

    Raises ValueError where these facts do not settle it.
    """
    opposite = [*assumed, -holds]
    blanks = situation.blanks
    fact_of: dict[int, Key] = {}
    keys = space.free if told_in is None else told_in
    for key in sorted(keys, key=lambda key: (space.is_input(key), key[0], str(key[1]))):
        for literal in space.literals(key, situation.cells[key]):
            fact_of.setdefault(literal, key)
    for key, blank in space.blanks.items():
        if told_in is None or key in told_in:
            fact_of[blank if key in blanks else -blank] = key
    kept = space.clauses.smallest(list(fact_of), opposite)
    literals: dict[Key, list[int]] = {}
    for literal in kept:
        literals.setdefault(fact_of[literal], []).append(literal)
    parts: dict[Key, Cells | Tests] = {}
    for key in sorted(literals, key=str):
        variable = space.variables[key]
        if isinstance(variable, Ordered):
            others = [lit for other in literals if other != key for lit in literals[other]]
            parts[key] = cells = _widened(space, variable, situation.cells[key], [*assumed, *others], opposite[-1:])
            literals[key] = [variable.within(cells)]
        else:
            parts[key] = _tests(space, key, situation.cells[key], literals[key])
    return Box(parts)


def literals_of(space: Space, box: Box) -> list[int]:
    """The literals that say that a request lies in a box."""
    found = []
    for key, part in box.parts.items():
        variable = space.variables[key]
        if isinstance(part, Tests):
            assert isinstance(variable, Marked)
            found.append(variable.stated if part.is_stated else -variable.stated)
            bits = dict(zip(variable.partition.bit_of, variable.bits, strict=True))
            found += [bits[test] if holds else -bits[test] for test, holds in part.signs]
            if part.is_blank is not None:
                found.append(space.blanks[key] if part.is_blank else -space.blanks[key])
        else:
            found.append(variable.within(part))
    return found


def _tests(space: Space, key: Key, cell: int, literals: Iterable[int]) -> Tests:
    variable, kept, blank = space.variables[key], set(literals), space.blanks.get(key, 0)
    assert isinstance(variable, Marked)
    pairs = zip(variable.partition.bit_of, variable.bits, strict=True)
    signs = tuple((test, bit in kept) for test, bit in pairs if bit in kept or -bit in kept)
    return Tests(cell != 0, signs, True if blank in kept else False if -blank in kept and blank else None)


def _widened(space: Space, variable: Ordered, start: int, others: Sequence[int], opposite: Sequence[int]) -> Cells:
    """The cells that a fact may lie in while the others stay where they are."""
    can_hold = space.clauses.can_hold

    def all_do(first: int, last: int) -> bool:
        return not can_hold([*others, *opposite, variable.run(first, last)])

    def does(cell: int) -> bool:
        """Whether a cell does, and not merely since it never comes with the others."""
        return cell == start or (all_do(cell, cell) and can_hold([*others, variable.run(cell, cell)]))

    size = variable.partition.size
    if isinstance(variable.partition, Listed) or start == 0:
        return frozenset(filter(does, range(size))) if isinstance(variable.partition, Listed) else frozenset([0])
    high = start + _furthest(size - 1 - start, lambda step: all_do(start, start + step))
    low = start - _furthest(start - 1, lambda step: all_do(start - step, high))
    return frozenset(range(low, high + 1)) | ({0} if does(0) else frozenset())


def _furthest(most: int, reaches: Callable[[int], bool]) -> int:
    """The largest number of steps, up to a most, that something reaches which, once it fails, fails further on too."""
    good, step = 0, 1
    while good + step <= most and reaches(good + step):
        good, step = good + step, step * 2
    bad = min(good + step, most + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if reaches(middle) else (good, middle)
    return good
