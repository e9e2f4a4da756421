"""Requests like a given one, to show a difference that only some requests show: other courses, rosters, languages.

What a target's clock tells depends on when a ticket came and what became of it since; who gets a ticket depends on who
is there. Whoever asks decides each of these and looks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import chain, product
from typing import Any

from ...calendars import Calendar
from ...decision import CompiledRulebook
from ...facts import FIRST_INSTANT, LAST_INSTANT, format_instant, parse_instant
from ...rulebook import Row

_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_SPANS = (_HOUR, 10 * _MINUTE, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 3 * _DAY, 7 * _DAY, 30 * _DAY)
_STATES = ("waiting", "resolved", "closed", "open", "new")

Requests = tuple[dict[str, Any], ...]
Change = Mapping[str, Any]


def like(requests: Sequence[Mapping[str, Any]], books: Sequence[CompiledRulebook], stage: str,
         calendar: str | None = None) -> Iterator[Requests]:  # fmt: skip
    """Requests for both sides that differ from the given ones in what a stage may depend on beside its rules."""
    at = parse_instant(requests[0]["at"])
    changes: Iterable[Change] = ()
    if stage == "disclosures":
        changes = ({"language": name} for name in sorted({name for book in books for name in book.languages}))
    elif stage == "assignment":
        changes = _rosters(books)
    elif stage == "sla":
        changes = chain(_around(books, calendar, at) if calendar else (), _courses(books, at))
    elif stage == "obligations":
        changes = chain(({"ticket.owner": "ana", "ticket.parent_owner": "bo"},), _courses(books, at))
    for change in changes:
        yield tuple(_changed(request, change) for request in requests)


def _changed(request: Mapping[str, Any], change: Change) -> dict[str, Any]:
    found = deepcopy(dict(request))
    for name, value in change.items():
        *path, last = name.split(".")
        part = found
        for step in path:
            if not isinstance(part.get(step), dict):
                part[step] = {}
            part = part[step]
        part[last] = value
    return found


def _courses(books: Sequence[CompiledRulebook], at: int) -> Iterator[Change]:
    """A ticket that came some time before, with what may have become of it since."""
    spans = sorted({*_SPANS, *_promised(books)})
    states = _STATES if any(book.states is None for book in books) else ()
    known = tuple(dict.fromkeys(state for book in books for state in book.states or states))
    for span in spans:
        created = at - span
        moments = [format_instant(created + span * share // 4) for share in (0, 1, 2, 3)]
        base: dict[str, Any] = {"ticket.created_at": moments[0]}
        yield base
        yield base | {"ticket.waits": [{"from": moments[1], "until": moments[2]}]}
        yield base | {"ticket.waits": [{"from": moments[2]}]}
        for name in ("first_response_at", "resolved_at", "last_update_at"):
            yield base | {f"ticket.{name}": moments[2]}
        yield base | {"ticket.messages": [{"at": moments[1], "from": "requester"}]}
        yield base | {"ticket.messages": [{"at": moments[1], "from": "requester"}, {"at": moments[2], "from": "agent"}]}
        for state in known:
            yield base | {"ticket.status": state}
            yield base | {"ticket.states": [{"at": moments[1], "state": state}]}
            for other in known[:2]:
                told = [{"at": moments[1], "state": state}, {"at": moments[2], "state": other}]
                yield base | {"ticket.states": told}


def _promised(books: Sequence[CompiledRulebook]) -> Iterator[int]:
    for book in books:
        sla = book.rulebook.stages.get("sla")
        for row in sla.rows if sla else ():
            for _, within in row.outcome.targets:
                yield from (within, within * 9 // 10, within * 3 // 5)


def _around(books: Sequence[CompiledRulebook], name: str, at: int) -> Iterator[Change]:
    """Tickets that came near where two calendars of one name part, decided then or later."""
    one, other = (book.shared.calendars[name] for book in books)
    for apart in _apart(one, other, at):
        for created in (apart, apart - 10 * _MINUTE, apart - _HOUR, apart + 10 * _MINUTE):
            yield {"ticket.created_at": format_instant(created)}
            for later in (0, _HOUR, -_HOUR, _DAY):
                yield {"ticket.created_at": format_instant(created), "at": format_instant(created + later)}


def _apart(one: Calendar, other: Calendar, at: int) -> list[int]:
    """The first instants near another, or else anywhere, at which just one of two calendars opens or closes."""
    for low, high in ((at - 30 * _DAY, at + 430 * _DAY), (FIRST_INSTANT, LAST_INSTANT)):
        edges = [set(chain.from_iterable(calendar.openings(low, high))) for calendar in (one, other)]
        found = sorted((edges[0] ^ edges[1]) - {low, high}, key=lambda instant: (abs(instant - at), instant))
        if found:
            return found[:24]
    return []


def _rosters(books: Sequence[CompiledRulebook]) -> Iterator[Change]:
    """Two members of a roster who differ in what an order may ask for, in either order."""
    orders = [row for book in books if (stage := book.rulebook.stages.get("assignment")) for row in stage.rows]
    skills = sorted({skill for row in orders for skill in row.outcome.skills})
    groups = [None, *sorted({text for row in orders for text in _texts(row)})]
    able: dict[str, Any] = {"online": True, "in_distribution": True, "on_leave": False, "capacity": 9}
    ways: tuple[Change, ...] = (
        {}, {"online": False}, {"in_distribution": False}, {"skills": []}, {"open_tickets": 3}, {"open_tickets": 1},
        {"role": "engineer"}, {"role": "lead"}, {"line": 1}, {"line": 2}, {"line": 3}, {"group": "elsewhere"},
        {"last_assigned_at": "2026-01-01T00:00:00Z"}, {"on_leave": True},
    )  # fmt: skip
    for group, (first, second), owner in product(groups, product(ways, ways), (None, "ana", "bo")):
        usual = {**able, "skills": skills, "open_tickets": 0, **({"group": group} if group else {})}
        roster = [{"id": "ana", **usual, **first}, {"id": "bo", **usual, **second}]
        named = {"ticket.owner": owner, "ticket.parent_owner": owner} if owner else {}
        yield {"roster": roster, **named}


def _texts(row: Row) -> Iterator[str]:
    group = row.outcome.group
    if group is not None and not group.facts:
        yield "".join(group.parts)
