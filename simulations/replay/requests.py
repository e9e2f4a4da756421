"""From a row to the request that the rulebook would have got: what was known at an instant, and nothing later.

Three things keep later knowledge out. A column that the mapping calls final is used from the instant on at which its
value became known. An instant that lies after the decision is left out, unless it was planned. For the opening, the
mapping may say of a fact what it was then, or that it was not known yet. Of a ticket's course only what had happened by
then is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ..mappings import Course, HistoryMapping, Instant, Value, instant_of
from .courses import CourseSoFar
from .readings import Source
from .rows import Batch
from .spans import Span, Talk, Told

_PARTS: Final = ("ticket", "requester", "agent", "roster", "ask")
"""The parts of a whole request that are put again; rulebook, version and language are the replay's own."""


_NOTHING_YET: Final = CourseSoFar()
"""The course of a ticket of which no event tells; never changed."""


class Guarded(NamedTuple):
    """A fact whose use depends on the instant of the decision; ``early`` instants may lie after it."""

    fact: str
    name: str
    values: list[Any]
    known_from: list[Instant | None] | None
    instant: bool
    early: bool


@dataclass(slots=True)
class Group:
    """The facts of one mapping of a request: `ticket` itself, or (``own``) its `fields`."""

    part: str
    own: bool
    plain: list[tuple[str, list[Any]]] = field(default_factory=list)
    guarded: list[Guarded] = field(default_factory=list)


class Requests:
    """The requests that the rows of one batch make; they hold the facts, without rulebook and version."""

    def __init__(self, mapping: HistoryMapping, batch: Batch, withheld: Counter[str]) -> None:
        said: dict[str, Value] = dict(mapping.at_opening)
        self._batch = batch
        self._course = mapping.course
        self._said = said
        self._standing = groups_of(mapping, batch.sources, {}, len(batch))
        self._opening = groups_of(mapping, batch.sources, said, len(batch))
        self._withheld = withheld

    def as_it_stood(self, row: int, at: Instant) -> dict[str, Any]:
        """The request for a row as it stood at an instant. Counts, by fact, what was not known yet."""
        if self._batch.requests is not None:
            asked = self._batch.requests[row] or {}
            return {"at": at.text, **{part: asked[part] for part in _PARTS if asked.get(part) is not None}}
        request = self._request(self._standing, row, at)
        self._tell_course(request, row, at.micros, {})
        return request

    def at_opening(self, row: int, opened: Instant) -> dict[str, Any]:
        """The request for a ticket as at its opening, from the row of its first event."""
        request = self._request(self._opening, row, opened)
        self._tell_course(request, row, opened.micros, self._said)
        return request

    def _request(self, groups: list[Group], row: int, at: Instant) -> dict[str, Any]:
        request: dict[str, Any] = {"at": at.text}
        for group in groups:
            facts = {name: value for name, values in group.plain if (value := values[row]) is not None}
            for guarded in group.guarded:
                value = self._guard(guarded, row, at.micros)
                if value is not None:
                    facts[guarded.name] = value
            if facts and group.own:
                request.setdefault(group.part, {})["fields"] = facts
            elif facts:
                request[group.part] = facts
        return request

    def _guard(self, guarded: Guarded, row: int, now: int) -> Any:
        value = guarded.values[row]
        if value is None:
            return None
        if guarded.known_from is not None:
            known = guarded.known_from[row]
            if known is None or known.micros > now:
                self._withheld[guarded.fact] += 1
                return None
        if guarded.instant:
            return value.text if guarded.early or value.micros <= now else None
        return value

    def _tell_course(self, request: dict[str, Any], row: int, now: int, said: Mapping[str, Value]) -> None:
        so_far = self._batch.courses.get(row) or _NOTHING_YET
        if self._course is not None:
            request.setdefault("ticket", {})
        told = course_request(self._course, so_far, self._batch.waits.get(row, ()), now, said)
        for name, value in told.items():
            part, _, rest = name.partition(".")
            place = request.setdefault(part, {})
            if rest.startswith("fields."):
                place = place.setdefault("fields", {})
            place[rest.removeprefix("fields.")] = value


def spans_at(spans: Sequence[Told], so_far: CourseSoFar, now: int) -> list[tuple[int, int | None]]:
    """The waits that had begun by an instant, from rows and from events; an end that lies ahead is left out."""
    stated = [span for span in spans if isinstance(span, Span) and span.known <= now]
    told = [*((span.start, span.until) for span in stated), *so_far.waits]
    return [(start, until if until is None or until <= now else None) for start, until in told if start <= now]


def happened(course: Course, so_far: CourseSoFar, now: int) -> dict[str, int]:
    """The facts that count or date events, as they were at an instant."""
    counts = zip(course.counts, so_far.counts, strict=False)
    instants = zip((*course.first, *course.last), so_far.instants, strict=False)
    return {
        **{name: count if so_far.at <= now else 0 for name, count in counts},
        **{name: at for name, at in instants if at is not None and at <= now},
    }


def course_request(
    course: Course | None, so_far: CourseSoFar, spans: Sequence[Told], now: int, said: Mapping[str, Value]
) -> dict[str, Any]:
    """What a request tells of the course of a ticket up to an instant, by the names of facts.

    What is ``said`` of a fact holds instead.
    """
    told: dict[str, Any] = {}
    talks = [talk.messages for talk in spans if isinstance(talk, Talk)]
    if talks or (course is not None and course.messages):
        messages = [*so_far.messages, *(message for talk in talks for message in talk)]
        told["ticket.messages"] = [
            {"at": instant_of(at).text, "from": sender, **({"channel": channel} if channel is not None else {})}
            for at, sender, channel in (sorted(messages, key=lambda message: message[0]) if talks else messages)
            if at <= now
        ]
    if course is not None:
        if course.states is not None:
            states = so_far.states
            told["ticket.states"] = [{"at": instant_of(at).text, "state": state} for at, state in states if at <= now]
        for name, value in happened(course, so_far, now).items():
            if name not in said:
                told[name] = value if name in course.counts else instant_of(value).text
    waits = spans_at(spans, so_far, now)
    if waits:
        told["ticket.waits"] = [_wait(start, until) for start, until in waits]
    return told


def _wait(start: int, until: int | None) -> dict[str, str]:
    begun = {"from": instant_of(start).text}
    return begun if until is None else {**begun, "until": instant_of(until).text}


def groups_of(
    mapping: HistoryMapping, sources: tuple[Source, ...], instead: dict[str, Value], rows: int
) -> list[Group]:
    """The facts of a batch by the mapping of a request in which they stand; ``instead`` holds for all rows."""
    groups: dict[tuple[str, bool], Group] = {}
    for source in sources:
        fact = source.fact
        if fact.name not in instead:
            group, name = _group(groups, fact.name)
            column = fact.column
            instant = column is not None and column.is_instant
            if instant or source.known_from is not None:
                early = fact.planned or (column is not None and column.name == mapping.instants.opened)
                group.guarded.append(Guarded(fact.name, name, source.values, source.known_from, instant, early))
            else:
                group.plain.append((name, source.values))
    for fact_name, value in instead.items():
        if value is not None:
            group, name = _group(groups, fact_name)
            group.plain.append((name, [value] * rows))
    # A mapping comes before its own fields, which are put into it.
    return [groups[key] for key in sorted(groups)]


def _group(groups: dict[tuple[str, bool], Group], fact: str) -> tuple[Group, str]:
    part, _, rest = fact.partition(".")
    own = rest.startswith("fields.")
    return groups.setdefault((part, own), Group(part, own)), rest.removeprefix("fields.")
