"""Follows the course of each ticket through its events: at every event, what had happened up to then and nothing later.

The rows of a ticket may lie anywhere in a history, so the events are put in order on disk, by SQLite, in a file of its
own that goes away with the replay. Memory holds one ticket's course at a time.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from ..mappings import Course, EventTest, HistoryMapping, Readers, Remembered, WaitEvents

_AT_ONCE: Final = 10_000
_MOST: Final = 1_001
"""Entries kept of a list: one more than a request may have, so that it is refused rather than cut."""

Cells = Mapping[str, str | None]


class CourseSoFar(msgspec.Struct, array_like=True):
    """The course of a ticket up to an event. Instants are microseconds since 1970."""

    at: int = 0
    waits: list[tuple[int, int | None]] = []
    messages: list[tuple[int, str, str | None]] = []
    states: list[tuple[int, Any]] = []
    counts: list[int] = []
    instants: list[int | None] = []
    carried: list[str | None] = []


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(CourseSoFar).decode


class Courses:
    """The course of every ticket at each of its events."""

    def __init__(self, mapping: HistoryMapping, readers: Readers) -> None:
        self._mapping = mapping
        self._readers = readers
        self.columns = course_columns(mapping)
        # An empty name is a file of SQLite's own, which it removes.
        self._store = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._store.close)
        keys = "".join(f", key_{number}" for number in range(len(mapping.order)))
        for line in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA temp_store=FILE"):
            self._store.execute(line)
        self._store.execute(f"CREATE TABLE event (number INTEGER, ticket{keys}, at INTEGER, cells BLOB)")
        self._store.execute("CREATE TABLE course (number INTEGER PRIMARY KEY, said BLOB)")

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Take events: the number of the row, ticket, ordering keys, instant, and the texts of `columns`."""
        holes = ", ".join("?" * (4 + len(self._mapping.order)))
        rows = ((*row[:-1], msgspec.msgpack.encode(row[-1])) for row in rows)
        self._store.execute("BEGIN")
        self._store.executemany(f"INSERT INTO event VALUES ({holes})", rows)
        self._store.execute("COMMIT")

    def settle(self) -> None:
        """Follow the courses, once all events were taken."""
        keys = "".join(f", key_{n} IS NULL, key_{n}" for n in range(len(self._mapping.order)))
        events = self._store.cursor()
        events.execute(f"SELECT number, ticket, at, cells FROM event ORDER BY ticket{keys}, number")
        followed = self._followed(iter(lambda: events.fetchmany(_AT_ONCE), []))
        self._store.execute("BEGIN")
        self._store.executemany("INSERT INTO course VALUES (?, ?)", followed)
        self._store.execute("COMMIT")
        self._store.execute("DROP TABLE event")

    def within(self, start: int, stop: int) -> dict[int, CourseSoFar]:
        """The courses at the rows from ``start`` to before ``stop``, by position from ``start``."""
        asked = "SELECT number, said FROM course WHERE number >= ? AND number < ?"
        return {number - start: _decode(said) for number, said in self._store.execute(asked, (start, stop))}

    def _followed(self, pieces: Iterator[list[Any]]) -> Iterator[tuple[int, bytes]]:
        ticket, follower = None, _Follower(self._mapping, self._readers)
        for piece in pieces:
            for number, named, at, cells in piece:
                if named != ticket:
                    ticket, follower = named, _Follower(self._mapping, self._readers)
                texts = dict(zip(self.columns, msgspec.msgpack.decode(cells), strict=True))
                yield number, _encode(follower.take(at, texts))


def course_columns(mapping: HistoryMapping) -> tuple[str, ...]:
    """The columns that tell of the course of a ticket; none: nothing has to be followed."""
    carried = [fact.column.name for fact in mapping.carried() if fact.column is not None]
    told = mapping.course.columns() if mapping.course is not None else frozenset[str]()
    return tuple(sorted({*carried, *told}))


class _Follower:
    """One ticket's course, event by event."""

    def __init__(self, mapping: HistoryMapping, readers: Readers) -> None:
        course = mapping.course or Course()
        self._course = course
        self._waits = course.waits or WaitEvents()
        self._remembered: Sequence[tuple[bool, Remembered]] = [
            *((True, one) for one in course.first.values()),
            *((False, one) for one in course.last.values()),
        ]
        self._carried = [fact.column.name for fact in mapping.carried() if fact.column is not None]
        self._states = readers.of(course.states) if course.states is not None else None
        self._before: Cells | None = None
        self._so_far = CourseSoFar(
            counts=[0] * len(course.counts),
            instants=[None] * len(self._remembered),
            carried=[None] * len(self._carried),
        )

    def take(self, at: int, cells: Cells) -> CourseSoFar:
        """The course with one more event."""
        course, so_far, before = self._course, self._so_far, self._before
        so_far.at = at
        self._wait(at, cells)
        for message in course.messages:
            if _passes(message.test, cells, before) and len(so_far.messages) < _MOST:
                channel = cells[message.channel] if message.channel is not None else None
                so_far.messages.append((at, message.sender, channel))
        if course.states is not None and self._states is not None:
            state = self._states.values([cells[course.states.name]])[0][0]
            known = so_far.states[-1][1] if so_far.states else None
            if state is not None and state != known and len(so_far.states) < _MOST:
                so_far.states.append((at, state))
        for place, test in enumerate(course.counts.values()):
            so_far.counts[place] += _passes(test, cells, before)
        for place, (first, one) in enumerate(self._remembered):
            if one.forgotten is not None and _passes(one.forgotten, cells, before):
                so_far.instants[place] = None
            if (not first or so_far.instants[place] is None) and _passes(one.test, cells, before):
                so_far.instants[place] = at
        for place, name in enumerate(self._carried):
            if cells[name] is not None:
                so_far.carried[place] = cells[name]
        self._before = cells
        return so_far

    def _wait(self, at: int, cells: Cells) -> None:
        waits, known, before = self._so_far.waits, self._waits, self._before
        is_open = bool(waits) and waits[-1][1] is None
        if known.during is not None:
            opens = _passes(known.during, cells, before)
            closes = not opens
        else:
            closes = known.closes is not None and _passes(known.closes, cells, before)
            opens = known.opens is not None and not closes and _passes(known.opens, cells, before)
        if is_open and closes:
            waits[-1] = (waits[-1][0], max(at, waits[-1][0]))
        elif not is_open and opens and len(waits) < _MOST:
            waits.append((at, None))


def _passes(test: EventTest, cells: Cells, before: Cells | None) -> bool:
    if not all(cells[column] in texts for column, texts in test.when.items()):
        return False
    if test.before and (before is None or not all(before[column] in texts for column, texts in test.before.items())):
        return False
    return not test.changes or (before is not None and any(cells[column] != before[column] for column in test.changes))
