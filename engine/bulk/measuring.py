"""Targets measured for many requests at once: what `engine.stages.targets` says of one, for tickets whose course is not
told (no waits, messages or states). The others are measured one by one, by the stage itself.
"""

from copy import copy
from typing import Any, NamedTuple

import numpy as np

from ..calendars import Conventions
from ..calendars.arrays import NEVER, ManyInstants, latest_if_never
from ..rulebook import COURSE_WORDS
from ..stages import RESOLVED, TargetRule
from .batch import Batch, cut
from .columns import Codes, Flags, Whole
from .sla import STATES

_NEARS, _WAITS, _OPEN, _LATE = (np.uint8(1 << bit) for bit in range(4))
_BREACHED = STATES.index("breached")


def _state(seen: int) -> int:
    """How a target stands, from what was seen of it."""
    if seen & _LATE:
        return _BREACHED
    if not seen & _OPEN:
        return STATES.index("met")
    return STATES.index("paused" if seen & _WAITS else "warned" if seen & _NEARS else "running")


_STATES = np.array([_state(seen) for seen in range(16)], np.intp)


class Promised(NamedTuple):
    """What some requests are promised of one target: how long, when it warns, and by which calendar."""

    within: Whole
    warning: Whole
    calendar: Codes
    calendars: list[ManyInstants]


class Measures(NamedTuple):
    """A target as it stands in each of some requests; see `engine.stages.targets.Measure`."""

    due: Whole
    warn_at: Whole
    states: Codes
    is_open: Flags
    started_at: Whole
    met_at: Whole
    elapsed: Whole


class Tickets:
    """The instants and statuses of some requests, which all targets look at."""

    def __init__(self, batch: Batch, rows: Codes | slice) -> None:
        self._batch, self._rows = batch, rows
        self._clock = batch.rulebook.book.rulebook.clock
        self._now: Whole = batch.at[rows]
        self.at = cut(self._now, self._clock)
        self._happened: dict[str, Whole] = {}
        self.is_waiting = self._has_status("waiting")
        self.closed_at = self.happened(RESOLVED)
        ended = self._has_status("resolved", "closed")
        self.stopped_at = np.where((self.closed_at == NEVER) & ended, self.at, self.closed_at)

    def take(self, rows: Codes) -> "Tickets":
        """Some of them."""
        taken = copy(self)
        taken._rows = np.arange(self._batch.count)[self._rows][rows]
        taken._now, taken.at, taken.is_waiting = self._now[rows], self.at[rows], self.is_waiting[rows]
        taken.closed_at, taken.stopped_at = self.closed_at[rows], self.stopped_at[rows]
        taken._happened = {fact: at[rows] for fact, at in self._happened.items()}
        return taken

    def happened(self, fact: str) -> Whole:
        """The instants that a fact holds, unless they lie after the decision's."""
        found = self._happened.get(fact)
        if found is None:
            values, present = self._stated(fact)
            found = self._happened[fact] = np.where(present & (values <= self._now), cut(values, self._clock), NEVER)
        return found

    def measure(self, rule: TargetRule, promised: Promised) -> Measures:
        """A target that all of these tickets are promised."""
        start, met_at = self._run(rule)
        end = np.where(met_at == NEVER, self.stopped_at, met_at)
        is_open = end == NEVER
        is_paused = self.is_waiting if rule.paused_by.waits else np.zeros(len(end), np.bool_)
        counted = _Counted(start, np.where(is_open, self.at, end), promised, self._clock.conventions)
        until = latest_if_never(counted.until)
        is_late = until > latest_if_never(counted.due)
        is_warned = until >= latest_if_never(counted.warn_at)
        states = _STATES[is_late * _LATE + is_open * _OPEN + is_paused * _WAITS + is_warned * _NEARS]
        if rule.while_paused in ("hidden", "hidden_unless_breached"):
            hidden = is_paused & is_open
            if rule.while_paused == "hidden_unless_breached":
                hidden &= states != _BREACHED
            counted.due[hidden] = NEVER
            counted.warn_at[hidden] = NEVER
        return Measures(counted.due, counted.warn_at, states, is_open, counted.started_at, met_at, counted.elapsed)

    def _run(self, rule: TargetRule) -> tuple[Whole, Whole]:
        """From where a target runs, and what has met it."""
        count = len(self.at)
        start, met_at = np.full(count, NEVER), np.full(count, NEVER)
        for moment in reversed(rule.starts):
            if _is_fact(moment):
                found = self.happened(str(moment))
                start = np.where(found == NEVER, start, found)
        for moment in rule.met:
            if _is_fact(moment):
                met_at = earlier(met_at, self.happened(str(moment)))
        without = start == NEVER
        start = self._after_change(start, met_at)
        last = rule.starts[-1]
        if not _is_fact(last):
            return start, np.where(without, NEVER, met_at)
        if without.any():  # what is stated at all lies after the decision's instant
            values, present = self._stated(str(last))
            start = np.where(without & present, cut(values, self._clock), start)
        return start, met_at

    def _after_change(self, start: Whole, met_at: Whole) -> Whole:
        if self._clock.on_priority_change != "from_change":
            return start
        changed = self.happened("ticket.priority_changed_at")
        counts = (latest_if_never(changed) < latest_if_never(met_at)) & (start != NEVER)
        return np.where(counts, np.maximum(start, changed), start)

    def _stated(self, fact: str) -> tuple[Whole, Flags]:
        found = self._batch.known(fact).numbers()
        assert found is not None  # an instant is a whole number of 64 bits
        return found[0][self._rows], found[1][self._rows]

    def _has_status(self, *statuses: str) -> Flags:
        found = self._batch.known("ticket.status").coded()
        flags: Flags = np.array([value in statuses for value in found.values], np.bool_)[found.codes[self._rows]]
        return flags


class _Counted:
    """What the calendars say of runs, from their starts to the instants up to which they are counted."""

    def __init__(self, start: Whole, until: Whole, promised: Promised, conventions: Conventions) -> None:
        self.until, self._conventions = until, conventions
        has_start = start != NEVER
        if len(promised.calendars) == 1 and has_start.all():
            self._answers = self._ask(start, until, promised.within, promised.warning, promised.calendars[0])
            return
        self._answers = tuple(np.full(len(start), NEVER) for _ in range(4))
        for number, calendar in enumerate(promised.calendars):
            rows = np.flatnonzero(has_start & (promised.calendar == number))
            if len(rows):
                within, warning = promised.within[rows], promised.warning[rows]
                answers = self._ask(start[rows], until[rows], within, warning, calendar)
                for answer, found in zip(self._answers, answers, strict=True):
                    answer[rows] = found

    def _ask(
        self, start: Whole, until: Whole, within: Whole, warning: Whole, calendar: ManyInstants
    ) -> tuple[Whole, ...]:
        since = calendar.since(start, self._conventions)
        return since.due(within), since.due(warning), since.opening(), since.elapsed(np.maximum(until, start))

    @property
    def due(self) -> Whole:
        """When the promised time has run out."""
        return self._answers[0]

    @property
    def warn_at(self) -> Whole:
        """When it warns."""
        return self._answers[1]

    @property
    def started_at(self) -> Whole:
        """The first open moments from the starts on."""
        return self._answers[2]

    @property
    def elapsed(self) -> Whole:
        """How much of the time has been spent."""
        return self._answers[3]


def _is_fact(moment: Any) -> bool:
    return isinstance(moment, str) and moment not in COURSE_WORDS


def earlier(one: Whole, other: Whole) -> Whole:
    """The earlier of two instants, row by row; NEVER where neither has happened."""
    return np.minimum(latest_if_never(one), latest_if_never(other)).view(np.int64)
