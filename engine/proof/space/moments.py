"""Instants that fit together: when a request is decided, and when what it tells of happened.

Tried are instants that show what single facts ask for, and such as lie as long before the decision as rules tell apart.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

from ...calendars import ALWAYS, Calendar
from ...facts import FIRST_INSTANT, LAST_INSTANT
from ...rulebook import Elapsed
from .space import Key, Situation, Space

_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_DAYS_BACK = (0, 1, 2, 3, 5, 8, 13, 21, 34)
_DAYS = 4 * 24 * _HOUR
_TRIES = 24
"""Instants that are tried for one fact."""
PLANS = 400
"""Ways to set all instants of a request that are tried."""


def derived_of(space: Space, kinds: tuple[type[Any], ...]) -> Iterator[tuple[Key, Any, list[Key]]]:
    """The derived facts of some kinds that matter: each with the facts that it is made of."""
    seen = set()
    for number, side in enumerate(space.sides):
        for name, derived in side.book.rulebook.derived.items():
            key = space.key(name, number)
            if key in space.variables and key not in seen and isinstance(derived, kinds):
                seen.add(key)
                yield key, derived, [space.key(need, number) for need in derived.needs]


def time_plans(space: Space, situation: Situation) -> Iterator[dict[Key, int | None]]:
    """Ways to set all instants: the decision's first, then each fact from what it may be measured by."""
    ats = [key for key in space.instants if key[0] == "at"] or [("at", None)]
    others = [key for key in space.instants if key[0] != "at" and situation.cells.get(key)]
    spans = list(spans_told_apart(space))
    moments = _moments(space, ats[0], situation, spans)
    most = max(PLANS // (2 * len(moments)), _TRIES) if moments else 0
    for at in moments:
        plan: dict[Key, int | None] = {ats[0]: at}
        for other in ats[1:]:  # of a second request that is decided at another instant
            own = _moments(space, other, situation, spans)
            plan[other] = at if at in own or not own else own[0]
        candidates = [instants_for(space, key, situation, at, spans) for key in others]
        for values in islice(product(*candidates), most):
            yield plan | dict(zip(others, values, strict=True))


def _moments(space: Space, at: Key, situation: Situation, spans: Sequence[tuple[Calendar, int]]) -> list[int]:
    """Instants for the decision: where nothing is asked of it the usual one; and late in hours that are counted."""
    looks = space.looks(at) if at in space.instants else []
    wanted = tuple(situation.cells[key] for key, _ in looks)
    usual = _shown(space, at, situation) if looks else [space.around]
    calendars = dict.fromkeys(calendar for calendar, _ in spans if calendar is not ALWAYS)
    openings = (islice(each.openings(space.around, space.around + _DAYS), 2) for each in calendars)
    late = [end - _MINUTE for each in openings for _, end in each]
    return [*usual, *(instant for instant in late if tuple(look.cell(instant) for _, look in looks) == wanted)]


def _shown(space: Space, key: Key, situation: Situation) -> Sequence[int]:
    """Instants that show what the situation asks of one."""
    looks = space.looks(key)
    return space.instants[key].shown.get(tuple(situation.cells[k] for k, _ in looks), ())


def instants_for(
    space: Space,
    key: Key,
    situation: Situation,
    at: int,
    spans: Sequence[tuple[Calendar, int]],
    most: int = _TRIES,
) -> list[int]:
    """Instants for a fact, best first: such as lie where the situation asks, and as long ago as it asks."""
    looks = space.looks(key)
    wanted = tuple(situation.cells[k] for k, _ in looks)
    found = dict.fromkeys([at - _HOUR])
    for calendar, span in spans:
        start = back(calendar, at, span)
        found.update(dict.fromkeys((start, start - _MINUTE, start + _MINUTE)))
    found.update(dict.fromkeys(at - days * _DAY - hours * _HOUR for days in _DAYS_BACK for hours in (0, 6, 12, 18)))
    shown = _shown(space, key, situation)
    found.update(dict.fromkeys(sorted(shown, key=lambda instant: (instant > at, abs(instant - at)))))
    fitting = [
        instant
        for instant in found
        if FIRST_INSTANT <= instant <= LAST_INSTANT and tuple(look.cell(instant) for _, look in looks) == wanted
    ]
    return sorted(fitting, key=lambda instant: not _lasts_as_asked(space, key, situation, instant, at))[:most]


def _lasts_as_asked(space: Space, key: Key, situation: Situation, start: int, at: int) -> bool:
    """Whether as much time has passed since an instant as the situation asks for, pauses aside."""
    for name, derived, needs in derived_of(space, (Elapsed,)):
        if needs == [key, ("at", None)] and situation.cells[name]:
            book = space.sides[name[1] or 0].book
            passed = book.shared.calendars[derived.calendar].elapsed(start, at, book.rulebook.clock.conventions)
            if space.variables[name].partition.cell(passed) != situation.cells[name]:
                return False
    return True


def spans_told_apart(space: Space) -> Iterator[tuple[Calendar, int]]:
    """Spans of time that rules tell apart, each on the calendar by which it is counted."""
    seen = set()
    for number, side in enumerate(space.sides):
        book = side.book
        for name, derived in book.rulebook.derived.items():
            key = space.key(name, number)
            if isinstance(derived, Elapsed) and key in space.variables:
                points = getattr(space.variables[key].partition, "points", ())
                for span in (0, *points, *(p + 2 * _HOUR for p in points[-1:])):
                    if (derived.calendar, span) not in seen:
                        seen.add((derived.calendar, span))
                        yield book.shared.calendars[derived.calendar], span
        if not _compares_one(space) and not any(
            key[0].startswith("sla.") and key in space.loose for key in space.variables
        ):
            continue
        sla = book.rulebook.stages.get("sla")
        for row in sla.rows if sla else ():
            for _, within in row.outcome.targets:
                for share in (0.5, 0.95, 1.5):
                    span = int(within * share)
                    if (row.outcome.calendar, span) not in seen:
                        seen.add((row.outcome.calendar, span))
                        yield book.shared.calendars[row.outcome.calendar], span


def _compares_one(space: Space) -> bool:
    """Whether two requests to one rulebook are compared, of which due times may be asked."""
    return len(space.sides) > 1 and space.sides[0].book is space.sides[-1].book


def back(calendar: Calendar, end: int, span: int) -> int:
    """An instant from which so much of a calendar's time has passed at the end, or the earliest that is looked at."""
    low, high = end, end
    step = max(span, _HOUR)
    while calendar.elapsed(low, end) < span and low > max(FIRST_INSTANT, end - 4000 * span - 30 * 24 * _HOUR):
        low, step = max(FIRST_INSTANT, low - step), step * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if calendar.elapsed(middle, end) >= span else (low, middle)
    return low
