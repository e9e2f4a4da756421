"""Sets: one that passes some tests and fails others, or the proof that there is none."""

from collections.abc import Iterable, Sequence

from ...facts import SET_LIMIT, SetOf
from ...tables import Test, holds
from .undecided import BudgetSpent, Undecided

TRIES = 20_000
"""Choices that one question may try unless it says otherwise."""

_Members = frozenset[str]


def set_for(kind: SetOf, must: Sequence[Test], must_not: Sequence[Test], budget: int = TRIES) -> _Members | None:
    """A small set of this type that passes all of `must` and none of `must_not`; None where there is none.

    Members that no test names decide nothing, so only named ones are tried. Raises BudgetSpent after `budget`
    choices, and Undecided where only sets beyond the limit of a request were found.
    """
    if any(test.op == "missing" and test.operand for test in must):
        return None
    if any(test.op == "missing" and not test.operand for test in must_not):
        return None
    needed = frozenset[str]().union(*_operands("has_all", must))
    barred = frozenset[str]().union(*_operands("has_none", must), *_operands("has_any", must_not))
    some = [*_operands("has_any", must), *_operands("has_none", must_not)]
    not_all = _operands("has_all", must_not)
    if len(needed) > SET_LIMIT:
        return None
    try:
        found = _Choice(some, not_all, budget).completed(needed, barred)
    except RecursionError:
        raise Undecided("too many tests on one set") from None
    if found is None:
        return None
    found = _smallest(found, needed, some)
    if len(found) > SET_LIMIT:
        raise Undecided(f"the sets found have more than {SET_LIMIT} members")
    assert all(holds(test, found) for test in must)
    assert not any(holds(test, found) for test in must_not)
    assert kind.values is None or found <= set(kind.values)
    return found


def _operands(op: str, tests: Iterable[Test]) -> list[_Members]:
    return [test.operand for test in tests if test.op == op]


class _Choice:
    """Clauses: of each of `some` one member at least, of each of `not_all` not every one."""

    def __init__(self, some: list[_Members], not_all: list[_Members], budget: int) -> None:
        self._some, self._not_all, self._budget = some, not_all, budget

    def completed(self, taken: _Members, barred: _Members) -> _Members | None:
        """A set with all of `taken` and none of `barred` that meets the clauses."""
        if self._budget <= 0:
            raise BudgetSpent("the search for a set was cut off: too many choices")
        self._budget -= 1
        if taken & barred or any(clause <= taken for clause in self._not_all):
            return None
        open_ones = [clause - barred for clause in self._some if taken.isdisjoint(clause)]
        if not open_ones:
            return taken
        fewest: _Members = min(open_ones, key=len)
        for member in sorted(fewest):
            found = self.completed(taken | {member}, barred)
            if found is not None:
                return found
            barred |= {member}
        return None


def _smallest(found: _Members, needed: _Members, some: list[_Members]) -> _Members:
    """The set without the members that nothing asks for."""
    for member in sorted(found - needed):
        rest = found - {member}
        if not any(rest.isdisjoint(clause) for clause in some):
            found = rest
    return found
