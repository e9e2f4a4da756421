"""Texts and sets in an answer of the solver: whether there is one that passes just these tests.

What there is not is excluded for good, by as few of the tests as contradict each other.
"""

from collections.abc import Sequence
from typing import Any

from ...facts import FactType, SetOf
from ...tables import Test
from ..values import set_for, text_for
from .space import Situation, Space
from .variables import Marked

Signs = Sequence[tuple[int, Test, bool]]
"""Tests with their literals, and whether each is to hold."""


def exclude_impossible(space: Space, situation: Situation, budget: int) -> bool:
    """Exclude what no text or set can be; whether there was any. Raises Undecided."""
    found = False
    for key, variable in space.marked().items():
        cell, kind = situation.cells[key], space.kinds[key]
        if not cell or kind is None or not variable.bits:
            continue
        signs = _signs(variable, cell)
        if _example(kind, signs, budget) is None:
            blamed = _blamed(kind, signs, budget)
            space.clauses.add([-variable.stated, *(-lit if holds else lit for lit, _, holds in blamed)])
            found = True
    return found


def _signs(variable: Marked, cell: int) -> list[tuple[int, Test, bool]]:
    tests = variable.partition.bit_of
    return [
        (literal, test, bool((cell - 1) >> i & 1))
        for i, (literal, test) in enumerate(zip(variable.bits, tests, strict=True))
    ]


def _example(kind: FactType, signs: Signs, budget: int) -> Any:
    must = [test for _, test, holds in signs if holds]
    must_not = [test for _, test, holds in signs if not holds]
    return set_for(kind, must, must_not) if isinstance(kind, SetOf) else text_for(must, must_not, budget)


def _blamed(kind: FactType, signs: Signs, budget: int) -> Signs:
    """A part of the signs that contradict each other, of which nothing can be left out."""
    kept = list(signs)
    for sign in signs:
        rest = [other for other in kept if other is not sign]
        if _example(kind, rest, budget) is None:
            kept = rest
    return kept
