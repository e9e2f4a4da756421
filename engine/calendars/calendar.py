"""The questions that every calendar answers, and the calendar that is always open. Must not know opening hours.

Instants are integer microseconds since the Unix epoch (UTC), amounts and answers integer microseconds. Calendars know
the time from FIRST_INSTANT to LAST_INSTANT; outside it everything is closed.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Final, TypeAlias

from .conventions import USUAL, Conventions
from .horizon import FIRST_INSTANT, LAST_INSTANT

Json: TypeAlias = "int | str | list[Json] | dict[str, Json]"


class Calendar(ABC):
    """When a desk is open.

    A calendar never changes: the same question has the same answer, in whatever order and from whatever thread.
    """

    __slots__ = ()

    def due(self, start: int, amount: int, conventions: Conventions = USUAL) -> int | None:
        """The instant at which ``amount`` of open time, counted from ``start``, has run out.

        None when that is after LAST_INSTANT. A start out of hours counts from the next opening. Raises ValueError for
        a negative amount.
        """
        if amount > 0:
            return self._runs_out(start, amount, conventions)
        if amount < 0:
            raise ValueError(f"an amount of time to count is not negative; found {amount} microseconds")
        if conventions.zero_target == "next_opening":
            return self.next_opening(start)
        return start if start <= LAST_INSTANT else None

    def elapsed(self, a: int, b: int, conventions: Conventions = USUAL) -> int:
        """The open time from ``a`` to ``b``; when ``b`` is the earlier, as ``conventions.backwards`` says."""
        if a <= b:
            return self._open_time(a, b, conventions)
        if conventions.backwards == "zero":
            return 0
        amount = self._open_time(b, a, conventions)
        return amount if conventions.backwards == "absolute" else -amount

    @property
    @abstractmethod
    def ever_opens(self) -> bool:
        """Whether there is an opening at all between FIRST_INSTANT and LAST_INSTANT."""

    @abstractmethod
    def is_open(self, at: int) -> bool:
        """Whether the desk is open at an instant: at an opening it is, at a closing it is not."""

    @abstractmethod
    def next_opening(self, at: int) -> int | None:
        """``at`` itself when the desk is open then, else the instant of the next opening; None when there is none."""

    @abstractmethod
    def openings(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretches of open time from ``start`` to ``end`` as (opening, closing), in order, cut at both ends."""

    @abstractmethod
    def fingerprint(self, start_year: int, end_year: int) -> Json:
        """What the calendar takes from outside data in these years (both included), to be digested with its spec.

        Raises ValueError for years outside the horizon or out of order.
        """

    @abstractmethod
    def _runs_out(self, start: int, amount: int, conventions: Conventions) -> int | None:
        """``due`` for an amount above zero."""

    @abstractmethod
    def _open_time(self, first: int, last: int, conventions: Conventions) -> int:
        """The open time from ``first`` to ``last``, which is not before it."""


class RoundTheClock(Calendar):
    """The calendar without a closing: open time is time. It has no zone, so daylight saving does not touch it."""

    __slots__ = ()

    ever_opens = True

    def is_open(self, at: int) -> bool:
        """Whether ``at`` lies in the horizon."""
        return FIRST_INSTANT <= at <= LAST_INSTANT

    def next_opening(self, at: int) -> int | None:
        """``at``, or the horizon's beginning when ``at`` is before it; None past its end."""
        return max(at, FIRST_INSTANT) if at <= LAST_INSTANT else None

    def openings(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """One stretch from ``start`` to ``end``, cut to the horizon, unless that is empty."""
        first, last = max(start, FIRST_INSTANT), min(end, LAST_INSTANT + 1)
        if first < last:
            yield first, last

    def fingerprint(self, start_year: int, end_year: int) -> Json:
        """Nothing from outside: the same for all years."""
        return {"open": "always"}

    def _runs_out(self, start: int, amount: int, conventions: Conventions) -> int | None:
        due = (start if start > FIRST_INSTANT else FIRST_INSTANT) + amount
        return due if due <= LAST_INSTANT else None

    def _open_time(self, first: int, last: int, conventions: Conventions) -> int:
        if first < FIRST_INSTANT or last > LAST_INSTANT:
            first, last = (min(max(at, FIRST_INSTANT), LAST_INSTANT + 1) for at in (first, last))
        return last - first


ALWAYS: Final[Calendar] = RoundTheClock()
"""The calendar that is open round the clock."""
