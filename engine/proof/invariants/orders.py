"""Whether more is ever served later: two requests of which one is higher in a fact, and what each is promised.

A target on the same calendar is later when more of its time is promised; on another calendar, when it falls due later,
which only deciding both can show. No promise at all is later than any. Side 0 is the higher request.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from ...decision import CompiledRulebook, result_in
from ...facts import Closed, parse_instant
from ...rulebook import ALWAYS, stage_of_result
from ...tables import Test
from ..space import (
    USUAL,
    Budget,
    Every,
    Formula,
    Holds,
    Not,
    Observed,
    Proved,
    Runs,
    Settles,
    Side,
    Some,
    Space,
    Unknown,
    Verdict,
    Witness,
    ask,
    every,
    on_side,
)
from .invariants import Order, pairs_of
from .terms import is_input

_STAGE = "sla"
_AT = "at"
_PRESENT = (Test("missing", False),)
_CALENDARS = "the calendars differ, and no pair of requests was found that falls due in this order"
Shows = Callable[[Sequence[Observed]], bool]


class Asked(NamedTuple):
    """What became of a question, and the space and the formula in which it was asked."""

    space: Space
    formula: Formula
    verdict: Verdict
    is_vacuous: bool
    """Whether no request, or no two, are as it says, so that it says nothing."""
    is_exact: bool = True
    """Whether all requests of which the formula is true go against it; otherwise deciding two showed it of these."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One way to look for two requests that go against an order."""

    own: frozenset[str]
    """The facts in which they may differ."""
    formula: Formula
    shows: Shows
    is_exact: bool
    """Whether the formula says all; otherwise `shows` says the rest."""
    is_whole: bool = False
    """Whether an order is proved only where this is excluded; otherwise it is a shorter way to a witness."""
    why: str | None = None
    """What to say where it is not excluded and shows nothing."""


def prove_order(order: Order, book: CompiledRulebook, budget: Budget = USUAL) -> Asked:
    """Whether a request is ever served later than one that is lower in the fact."""
    pair = _pair(order, book)
    attempts = list(_attempts(order, book, pair))
    spaces: dict[frozenset[str], Space] = {}
    found: Asked | None = None
    for attempt in attempts:
        if attempt.own not in spaces:
            asked = [pair, *(other.formula for other in attempts if other.own == attempt.own)]
            spaces[attempt.own] = Space((Side(book, attempt.own),) * 2, asked)
        space = spaces[attempt.own]
        pursued = budget if attempt.shows is not _nothing else replace(budget, requests=0)
        verdict = ask(space, attempt.formula, budget=pursued, shows=attempt.shows)
        if isinstance(verdict, Witness):
            return Asked(space, attempt.formula, verdict, False, attempt.is_exact)
        if attempt.is_whole and not (found and isinstance(found.verdict, Unknown)):
            if isinstance(verdict, Unknown) and attempt.why:
                verdict = Unknown(attempt.why)
            is_vacuous = isinstance(verdict, Proved) and not space.clauses.can_hold([space.literal(pair)])
            found = Asked(space, attempt.formula, verdict, is_vacuous)
    assert found is not None
    return found


def _attempts(order: Order, book: CompiledRulebook, pair: Formula) -> Iterator[_Attempt]:
    """Ways to go against an order, the plainest first: both requests decided at the same instant, then at others."""
    own, sure, doubtful = _own(order, book), _sure(order, book), _doubtful(order, book)
    is_higher = _shows_order(order, book)
    is_exact = bool(order.values)
    if not order.values:
        yield _Attempt(own - {_AT}, every(pair, _apart(order, book), sure), is_higher, is_exact=True)
    if _AT in own:
        yield _Attempt(own - {_AT}, every(pair, sure), is_higher, is_exact)
    yield _Attempt(own, every(pair, sure), is_higher, is_exact, is_whole=True)
    if doubtful.of:
        starts = tuple(_starts(order, book))
        started = Every(tuple(Holds(fact, _PRESENT, side) for fact in starts for side in (0, 1)))

        def is_later(seen: Sequence[Observed]) -> bool:
            return is_higher(seen) and _falls_due_later(order.target, seen)

        yield _Attempt(own - {_AT, *starts}, every(pair, started, doubtful), is_later, is_exact=False)
        yield _Attempt(own, every(pair, doubtful), _nothing, is_exact=False, is_whole=True, why=_CALENDARS)


def _nothing(seen: Sequence[Observed]) -> bool:
    """Two requests that begin at different times show nothing of calendars that differ."""
    return False


def _pair(order: Order, book: CompiledRulebook) -> Every:
    """Two accepted requests that are to be compared; what cells cannot tell, `_shows_order` does."""
    return every(_is_higher(order, book), order.given, on_side(order.given, 1), *_equal_results(order, book),
                 Runs(_STAGE, 0), Runs(_STAGE, 1))  # fmt: skip


# In what two requests may differ.


def _own(order: Order, book: CompiledRulebook) -> frozenset[str]:
    """The facts in which two requests may differ: a fact that they state, or all but those the promise depends on."""
    if is_input(book, order.fact):
        return frozenset([order.fact])
    depends = _depends(order, book)
    return frozenset(fact for fact in book.rulebook.facts if is_input(book, fact) and fact not in depends)


def _depends(order: Order, book: CompiledRulebook) -> frozenset[str]:
    """What the promise depends on beside the fact in question: what its rules test, and what that is derived from."""
    rulebook = book.rulebook
    found = {fact for row in rulebook.stages[_STAGE].rows for fact in row.when} - {order.fact}
    for name in reversed(list(rulebook.derived)):
        if name in found:
            found |= {*rulebook.derived[name].needs} - {order.fact}
    return frozenset(found)


def _results(order: Order, book: CompiledRulebook) -> list[str]:
    """The results of stages that must be the same on both sides."""
    if is_input(book, order.fact):
        return []
    return sorted(fact for fact in _depends(order, book) if stage_of_result(fact))


def _equal_results(order: Order, book: CompiledRulebook) -> Iterator[Formula]:
    for fact in _results(order, book):
        kind = book.rulebook.facts[fact]
        if isinstance(kind, Closed):
            conditions = [(Test("missing", True),), *((Test("one_of", frozenset([v])),) for v in kind.values)]
            yield Some(tuple(every(Holds(fact, c, 0), Holds(fact, c, 1)) for c in conditions))


# Which is higher.


def _is_higher(order: Order, book: CompiledRulebook) -> Formula:
    """The fact of side 0 is higher than that of side 1; of numbers: it does not lie in a lower cell."""
    if order.values:
        conditions = [
            ((Test("one_of", frozenset([h])),), (Test("one_of", frozenset([w])),)) for h, w in pairs_of(order)
        ]
        return Some(tuple(every(Holds(order.fact, high, 0), Holds(order.fact, low, 1)) for high, low in conditions))
    stated = [Holds(order.fact, _PRESENT, side) for side in (0, 1)]
    reached = [
        Some((Not(Holds(order.fact, (limit,), 1)), Holds(order.fact, (limit,), 0))) for limit in _limits(order, book)
    ]
    return every(*stated, *reached)


def _apart(order: Order, book: CompiledRulebook) -> Formula:
    """A limit lies between two numbers, so that any values in their cells will do."""
    return Some(
        tuple(
            every(Holds(order.fact, (limit,), 0), Not(Holds(order.fact, (limit,), 1))) for limit in _limits(order, book)
        )
    )


def _limits(order: Order, book: CompiledRulebook) -> list[Test]:
    """Limits that rules set to a number: what lies between them no rule tells apart."""
    points: set[Any] = set()
    for stage in book.rulebook.stages.values():
        for row in stage.rows:
            for test in row.when.get(order.fact, ()):
                points |= test.operand if isinstance(test.operand, frozenset) else {test.operand}
    numbers = sorted(value for value in points if not isinstance(value, bool))
    return [Test(op, point) for point in numbers for op in ("at_least", "more_than")]


def _shows_order(order: Order, book: CompiledRulebook) -> Shows:
    """Whether two decided requests are in the order: what cells leave open of numbers and of open results."""
    ranks = {value: rank for rank, value in enumerate(order.values)}
    results = _results(order, book)

    def shows(seen: Sequence[Observed]) -> bool:
        high, low = (one.value(order.fact) for one in seen)
        if high is None or low is None:
            return False
        is_higher = ranks.get(high, -1) > ranks.get(low, len(ranks)) if ranks else high > low
        return bool(is_higher) and all(seen[0].value(fact) == seen[1].value(fact) for fact in results)

    return shows


# Which is later.

_Promise: TypeAlias = tuple[str | None, int | None]
"""A calendar, and the time within which something is promised; None for none."""


def _sure(order: Order, book: CompiledRulebook) -> Some:
    """Promises of which the first is surely later than the second."""

    def is_later(first: _Promise, second: _Promise) -> bool:
        (calendar, within), (other, lower) = first, second
        return lower is not None and (within is None or (calendar == other and within > lower))

    return _pairs(order, book, is_later)


def _doubtful(order: Order, book: CompiledRulebook) -> Some:
    """Promises on different calendars of which the first may fall due later than the second.

    The time of any calendar passes no faster than all time does: so as much or less of all time is never later.
    """

    def may_be_later(first: _Promise, second: _Promise) -> bool:
        (calendar, within), (other, lower) = first, second
        if within is None or lower is None or calendar == other:
            return False
        return bool(within > lower or calendar != ALWAYS)

    return _pairs(order, book, may_be_later)


def _pairs(order: Order, book: CompiledRulebook, is_later: Callable[[_Promise, _Promise], bool]) -> Some:
    """Two promises of which the first is later than the second by a test of calendars and times."""
    promised = _promised(order, book)
    return Some(
        tuple(
            every(_gives(high, 0), _gives(low, 1))
            for first, high in promised.items()
            for second, low in promised.items()
            if is_later(first, second)
        )
    )


def _promised(order: Order, book: CompiledRulebook) -> dict[_Promise, list[int | None]]:
    """What is promised for the target, a calendar and how much of its time or nothing, with the rules that do so."""
    found: dict[tuple[str | None, int | None], list[int | None]] = {(None, None): [None]}
    for i, row in enumerate(book.rulebook.stages[_STAGE].rows):
        within = dict(row.outcome.targets).get(order.target)
        found.setdefault((None if within is None else row.outcome.calendar, within), []).append(i)
    return found


def _gives(rows: Sequence[int | None], side: int) -> Formula:
    return Some(tuple(Settles(_STAGE, row, side) for row in rows))


def _starts(order: Order, book: CompiledRulebook) -> Iterator[str]:
    """The facts from which the target's time runs."""
    rule = book.rulebook.stages[_STAGE].settings.targets[order.target]
    return (fact for fact in rule.facts if fact in rule.starts and fact in book.rulebook.facts)


def _falls_due_later(target: str, seen: Sequence[Observed]) -> bool:
    high, low = (_due(one, target) for one in seen)
    return high is not None and low is not None and high > low


def _due(seen: Observed, target: str) -> int | None:
    if result_in(seen.answer["decision"], f"sla.{target}") is None:
        return None
    due = seen.answer["decision"]["sla"]["targets"][target]["due"]
    return None if due is None else parse_instant(due)
