"""Shares the event loop of a worker among long pieces of work, so that short ones stay quick. Knows none of them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Final

from .withheld import without_texts

log = logging.getLogger("deskpolicy.api")

SLICE: Final = 0.003
"""Seconds for which long work holds the event loop of a worker before others are let in."""
MOST_WAITING: Final = 256
"""Pieces of work that wait for their turn at most."""


class Turns:
    """Work that is done in one go, first come first served: a slice of it each time the event loop comes round."""

    __slots__ = ("_is_going_on", "_waiting")

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_going_on = False

    @property
    def is_full(self) -> bool:
        """Whether so much waits that no more should be put behind it."""
        return len(self._waiting) >= MOST_WAITING

    def put(self, work: Callable[[], None]) -> None:
        """Do this when its turn comes. It may have nothing left to do by then."""
        self._waiting.append(work)
        if not self._is_going_on:
            self._is_going_on = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        until = perf_counter() + SLICE
        waiting = self._waiting
        while waiting:
            try:
                waiting.popleft()()
            except Exception as error:  # whoever waits behind it still gets a turn
                log.error("a piece of work failed in its turn", exc_info=without_texts(error))
            if perf_counter() >= until:
                break
        if waiting:
            asyncio.get_running_loop().call_soon(self._go_on)
        else:
            self._is_going_on = False


class Slices:
    """Whose turn it is among work that is interrupted, and the seconds it has spent since it last let others in.

    The lock is fair, and whoever holds it when the slice is over keeps it until the event loop has come round: no
    number of them holds the loop longer than one does.
    """

    __slots__ = ("_loop", "lock", "spent")

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self.lock = asyncio.Lock()
        self.spent = 0.0

    def here(self) -> "Slices":
        """The same, for the event loop that runs now."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self.lock, self.spent = loop, asyncio.Lock(), 0.0
        return self
