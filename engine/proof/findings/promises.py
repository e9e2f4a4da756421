"""Targets that contradict each other: within one rule, between priorities, and between better and worse requests.

Two requests that differ in one respect alone are decided side by side. That one is served later is sure where both
targets are counted on one calendar, or the shorter one round the clock; else it is looked for at the openings of a
fortnight.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ...diagnostics import Diagnostic
from ...facts import Closed, Duration, format_instant
from ...rulebook import ALWAYS, Row, Rulebook, stage_of_result
from ...tables import Test
from ..space import (
    Formula,
    Holds,
    Marked,
    Observed,
    Settles,
    Side,
    Space,
    Unknown,
    Variable,
    Witness,
    ask,
    every,
    named_facts,
    observe,
    shown,
    some,
    within_in,
)
from .study import BUDGET, Study, pasted

EARLIER = (("acknowledge", "first_response"), ("acknowledge", "resolution"), ("first_response", "resolution"))
"""Targets of which the first is never to be later than the second."""
RANKED = ("ticket.impact", "ticket.urgency", "requester.tier")
"""Facts of which a higher value is served no later: where they are ordered lists, lowest first."""
STANDARD = "standard"
"""A tier that every other one is better than, where tiers are listed without an order."""
MOST = 20
"""Pairs of rules that are told for one fact."""
_FORTNIGHT = 14 * 86_400_000_000


def response_after_resolution(study: Study) -> Iterator[Diagnostic]:
    """A finding for each rule that gives an earlier step more time than a later one."""
    for i, row in enumerate(study.rows("sla")):
        within = dict(row.outcome.targets)
        for first, last in EARLIER:
            if within.get(first, 0) > within.get(last, within.get(first, 0)):
                found = study.reached("sla", i)
                if isinstance(found, Witness):
                    yield study.warning(
                        "response-after-resolution",
                        f"`{row.id}` gives `{first}` {_time(within[first])}, more than `{last}`: {_time(within[last])}",
                        row.path,
                        help="correct one of the two",
                        witness=pasted(f"{first} after {last}", found.seen[0], "sla"),
                    )


def _time(amount: int) -> str:
    return shown(Duration(), amount)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two requests side by side: how they may differ, and which of them is the better one (side 0)."""

    code: str
    differing: frozenset[str]
    better: Formula
    in_words: Callable[[Observed, Observed], str]


def served_later(study: Study) -> Iterator[Diagnostic]:
    """A finding for each pair of rules by which the better of two requests is served later than the worse."""
    rows = study.rows("sla")
    if len(rows) < 2:
        return
    if "sla" in study.long:
        said = "a better request is ever served later than a worse one"
        yield study.undecided(said, Unknown("`sla` has too many rules"), ("sla",))
        return
    compared = [*_priorities(study), *_ranked(study)]
    if not compared:
        return
    own = frozenset().union(*(one.differing for one in compared))
    space = Space([Side(study.book, own), Side(study.book, own)])
    told: set[tuple[str, int, int]] = set()
    for one in compared:
        alike = [_equal(space, fact) for fact in sorted(own - one.differing)]
        for is_sure in (True, False):
            yield from _compared(study, space, one, alike, is_sure, told)


def _compared(
    study: Study, space: Space, one: _Comparison, alike: Sequence[int], is_sure: bool, told: set[tuple[str, int, int]]
) -> Iterator[Diagnostic]:
    rows = study.rows("sla")
    for target in dict.fromkeys(name for row in rows for name, _ in row.outcome.targets):
        formula = every(one.better, _later(rows, target, is_sure))
        known: list[int] = []
        for _ in range(MOST):
            verdict = ask(space, formula, [*alike, *known], BUDGET)
            if isinstance(verdict, Unknown) and is_sure:
                said = f"`{target}` is ever served later for the better of two requests"
                yield study.undecided(said, verdict, ("sla",))
            if not isinstance(verdict, Witness):
                break
            pair = [_settling(rows, seen) for seen in verdict.seen]
            settled = [space.decided[side]["sla"].settles[i] for side, i in enumerate(pair)]
            known.append(-space.clauses.all_of(settled))
            seen = verdict.seen if is_sure else _at_an_opening(study, verdict.seen, rows[pair[1]], target)
            if seen is not None and (target, *pair) not in told:
                told.add((target, pair[0], pair[1]))
                yield _told(study, one, target, seen, [rows[i] for i in pair])


def _settling(rows: Sequence[Row], seen: Observed) -> int:
    return next(i for i, row in enumerate(rows) if row.id == seen.answer["decision"]["sla"]["by"])


def _told(study: Study, one: _Comparison, target: str, seen: Sequence[Observed], rows: Sequence[Row]) -> Diagnostic:
    better, worse = (within_in(each.answer["decision"], target) or 0 for each in seen)
    said = f"`{target}`: {_time(better)} by `{rows[0].id}`, but {_time(worse)} by `{rows[1].id}`"
    return study.warning(
        one.code,
        f"{one.in_words(seen[0], seen[1])} is served later, {said}",
        rows[0].path,
        help="correct one of the two, or suppress this and say why",
        related=study.related(rows[1:], "is sooner"),
        witness=pasted(f"the better one is served later, by {rows[0].id}", seen[0], "sla")
        + pasted(f"the other one is served sooner, by {rows[1].id}", seen[1], "sla"),
    )


def _later(rows: Sequence[Row], target: str, is_sure: bool) -> Formula:
    """That the first request is promised more time than the second, by rules of which that can be said."""
    within = [dict(row.outcome.targets).get(target) for row in rows]
    found = []
    for j, row in enumerate(rows):
        longer = [
            i
            for i, other in enumerate(rows)
            if within[j] is not None
            and within[i] is not None
            and within[i] > within[j]  # type: ignore[operator]
            and (row.outcome.calendar in (ALWAYS, other.outcome.calendar)) is is_sure
        ]
        if longer:
            found.append(every(Settles("sla", j, 1), some(Settles("sla", i, 0) for i in longer)))
    return some(found)


def _at_an_opening(study: Study, seen: Sequence[Observed], worse: Row, target: str) -> tuple[Observed, Observed] | None:
    """The same two requests at an instant from which the worse one's calendar stays open until it is served."""
    calendar, within = study.book.shared.calendars[worse.outcome.calendar], dict(worse.outcome.targets)[target]
    around = study.space.around
    stretches = [a for a, b in calendar.openings(around, around + _FORTNIGHT) if b - a > within]
    for start in islice(stretches, MOST):
        moved = [observe(study.book, _moved(one.request, start)) for one in seen]
        parts = [one.answer["decision"]["sla"] for one in moved]
        if [part["by"] for part in parts] != [one.answer["decision"]["sla"]["by"] for one in seen]:
            continue
        dues = [part["targets"][target]["due"] for part in parts]
        if None not in dues and dues[0] > dues[1]:
            return moved[0], moved[1]
    return None


def _moved(request: Mapping[str, Any], start: int) -> Mapping[str, Any]:
    at = format_instant(start)
    return {**request, "at": at, "ticket": {**request.get("ticket", {}), "created_at": at}}


# In what two requests may differ.


def _priorities(study: Study) -> Iterator[_Comparison]:
    """Requests of different priorities that are alike in all else that targets depend on."""
    book = study.book.rulebook
    kind = book.facts.get("priority")
    tested = {fact for row in study.rows("sla") for fact in row.when}
    if not isinstance(kind, Closed) or not kind.ordered or "priority" not in tested:
        return
    others = _inputs(book, tested - {"priority"})
    differing = frozenset(_inputs(book, {"priority"}) - others - {"at"})
    if differing and _may_contradict(study, kind):

        def in_words(better: Observed, worse: Observed) -> str:
            return f"`{better.value('priority')}`, which is higher than `{worse.value('priority')}`,"

        yield _Comparison("priority-served-later", differing, _higher("priority", kind), in_words)


def _may_contradict(study: Study, kind: Closed) -> bool:
    """Whether two rules are at odds as far as their own conditions on the priority tell."""
    ranks = {level: rank for rank, level in enumerate(kind.values)}
    spans = []
    for row in study.rows("sla"):
        named = [t.operand for t in row.when.get("priority", ()) if t.op == "one_of"]
        levels = named[0] if named else frozenset(kind.values)
        spans.append((max(map(ranks.__getitem__, levels)), min(map(ranks.__getitem__, levels)), row.outcome.targets))
    return any(
        high > low and any(amount > dict(least).get(name, amount) for name, amount in most)
        for high, _, most in spans
        for _, low, least in spans
    )


def _ranked(study: Study) -> Iterator[_Comparison]:
    """Requests that differ in one fact alone, of which one value is better than another."""
    book = study.book.rulebook
    inputs = _inputs(book, {fact for row in study.rows("sla") for fact in row.when})
    for fact in RANKED:
        kind = book.facts.get(fact)
        if fact not in inputs or not isinstance(kind, Closed):
            continue
        if kind.ordered:
            better = _higher(fact, kind)
        elif STANDARD in kind.values and len(kind.values) > 1:
            above = frozenset(kind.values) - {STANDARD}
            better = every(_is(fact, above, 0), _is(fact, frozenset([STANDARD]), 1))
        else:
            continue

        def in_words(better: Observed, worse: Observed, fact: str = fact) -> str:
            return f"`{fact}` `{better.value(fact)}`, which is better than `{worse.value(fact)}`,"

        yield _Comparison("better-served-later", frozenset([fact]), better, in_words)


def _higher(fact: str, kind: Closed) -> Formula:
    """That the first request's value is higher than the second's."""
    return some(
        every(_is(fact, frozenset(kind.values[k:]), 0), _is(fact, frozenset(kind.values[:k]), 1))
        for k in range(1, len(kind.values))
    )


def _is(fact: str, values: frozenset[str], side: int) -> Holds:
    return Holds(fact, (Test("one_of", values),), side)


def _inputs(book: Rulebook, facts: set[str]) -> set[str]:
    """The facts of a request on which some facts depend."""
    found, waiting, seen = set[str](), list(facts), set[str]()
    while waiting:
        fact = waiting.pop()
        if fact in seen:
            continue
        seen.add(fact)
        stage = book.stages.get(stage_of_result(fact) or "")
        if fact in book.derived:
            waiting += book.derived[fact].needs
        elif stage is not None:
            waiting += [*named_facts(stage), *(need for row in stage.rows for need in row.when)]
        elif stage_of_result(fact) is None:
            found.add(fact)
    return found


def _equal(space: Space, fact: str) -> int:
    """The literal of a fact's being alike on both sides."""
    one, other = (space.variables.get(space.key(fact, side)) for side in (0, 1))
    if one is None or other is None:
        return space.clauses.true
    pairs = zip(_literals(one), _literals(other), strict=True)
    both = space.clauses
    return both.all_of(lit for a, b in pairs for lit in (both.any_of((-a, b)), both.any_of((a, -b))))


def _literals(variable: Variable) -> Sequence[int]:
    return [variable.stated, *variable.bits] if isinstance(variable, Marked) else variable.limits
