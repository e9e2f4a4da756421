"""Work that decisions leave behind: a bounded line of it, done by a thread of its own, a little at a time.

The thread shares the interpreter with the one that answers. So it works in short slices with a breath between them,
which keeps it from standing in an answer's way; the slices grow only when the line does. Knows nothing of the work.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Lock, Thread
from typing import Final, Generic, Literal, Protocol, TypeAlias, TypeVar

from .withheld import without_texts

log = logging.getLogger("deskpolicy.api")

Cause: TypeAlias = Literal["full", "failed", "broken", "died", "stopped"]
"""Why something was lost: the line was full, it was full because the work fails, the item itself could not be worked
on, the process that worked on it died, or the service ended first."""
CAUSES: Final[tuple[Cause, ...]] = ("full", "failed", "broken", "died", "stopped")

_ROUND: Final = 0.05
"""Seconds between two looks at an empty line."""
_BREATH: Final = 0.005
"""Seconds between two slices: each makes the interpreter change hands twice, which costs more than a decision."""
_SLICES: Final = ((0.75, 0.05), (0.5, 0.01), (0.25, 0.004), (0.0, 0.0008))
"""How full the line is, and the seconds that a slice then takes."""
_RETRY: Final = (0.1, 2.0)
"""Seconds before what failed is tried again, at first and at last."""
_DRAINING: Final = 0.05
"""Seconds that a slice takes when the service ends."""
_ENDING: Final = 5.0
"""Seconds in which what waits is worked off when the service ends."""
_LOOK: Final = 1.0
"""Seconds between two looks at what was lost."""

Item = TypeVar("Item")
_Taken = TypeVar("_Taken", contravariant=True)


class Work(Protocol[_Taken]):
    """What is done with the items of a backlog, in its thread."""

    def take(self, item: _Taken) -> None:
        """Work on one item. An error loses this item and no other."""
        ...

    def settle(self) -> int:
        """Make lasting what was taken; how many items are done with. Raises where it must be tried again later."""
        ...

    def close(self) -> None:
        """Make lasting what was taken, and end."""
        ...


class Backlog(Generic[Item]):
    """A bounded line before a thread. One thread may `put`, and its price there is a fraction of a microsecond."""

    def __init__(self, name: str, work: Work[Item], *, most: int, most_bytes: int) -> None:
        """`most` items and `most_bytes` bytes wait at once, those in the hands of `work` among them."""
        self.name = name
        self.most = most
        self.done = 0
        """Items that the work is done with."""
        self.lost: dict[Cause, int] = dict.fromkeys(CAUSES, 0)
        self.is_failing = False
        """Whether the work could not be made lasting when it was last tried."""
        self._work = work
        self._most_bytes = most_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._in_hand: deque[int] = deque()
        # Of each pair of figures one thread counts the first, the other the second: none needs a lock.
        self._came = self._went = 0
        self._bytes_came = self._bytes_went = 0
        self._ending = Event()
        self._given_up = False
        self._counting = Lock()
        """Held while items become done or lost, so that none becomes both when the line is given up."""
        self._retry = _RETRY[0]
        self._thread = Thread(target=self._run, name=f"deskpolicy {name}", daemon=True)

    @property
    def waiting(self) -> int:
        """Items that have come and are not done with."""
        return self._came - self._went

    @property
    def lost_in_all(self) -> int:
        """Items that were lost, whatever the cause."""
        return sum(self.lost.values())

    def put(self, item: Item, size: int) -> bool:
        """Add an item that holds about `size` bytes; False where it is lost, and counted."""
        is_full = self._came - self._went >= self.most
        if is_full or self._bytes_came - self._bytes_went + size > self._most_bytes or self._ending.is_set():
            self.lost["stopped" if self._ending.is_set() else "failed" if self.is_failing else "full"] += 1
            return False
        self._came += 1
        self._bytes_came += size
        self._items.append((item, size))
        return True

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Work off what waits for this long at most; what is left then is lost, and counted."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        with self._counting:
            if not self._given_up and (self._thread.ident is None or self._thread.is_alive()):
                self._given_up = True
                self.lost["stopped"] += self.waiting
                self._went, self._bytes_went = self._came, self._bytes_came

    def _run(self) -> None:
        pause = _ROUND
        while not self._ending.wait(pause):
            pause = self._round(self._slice())
        while (self._items or self._in_hand) and not self._given_up:
            time.sleep(min(self._round(_DRAINING), _RETRY[0]))
        if not self._given_up:
            self._close()

    def _slice(self) -> float:
        share = self.waiting / self.most
        return next(seconds for full, seconds in _SLICES if share >= full)

    def _round(self, seconds: float) -> float:
        """Work for a while; the seconds to wait before the next time."""
        if not self.is_failing:
            self._take(time.thread_time() + seconds)  # its own time: a busy machine must not make slices empty
        try:
            settled = self._work.settle()
        except Exception as error:
            return self._failed(error)
        self._leave(settled)
        self.is_failing, self._retry = False, _RETRY[0]
        return _BREATH if self._items else _ROUND

    def _take(self, until: float) -> None:
        items = self._items
        while items and time.thread_time() < until:
            item, size = items.popleft()
            try:
                self._work.take(item)
            except Exception as error:
                if not self.lost["broken"]:  # the first tells what is the matter; all are counted
                    log.error("the %s could not take an item", self.name, exc_info=without_texts(error))
                with self._counting:
                    if not self._given_up:
                        self.lost["broken"] += 1
                        self._went += 1
                        self._bytes_went += size
            else:
                self._in_hand.append(size)

    def _leave(self, settled: int) -> None:
        sizes = [self._in_hand.popleft() for _ in range(settled)]
        with self._counting:
            if not self._given_up:
                self._bytes_went += sum(sizes)
                self._went += settled
                self.done += settled

    def _failed(self, error: Exception) -> float:
        if not self.is_failing:
            self.is_failing = True
            said, trace = (error, None) if isinstance(error, OSError) else (type(error).__name__, without_texts(error))
            log.warning("the %s fails, and is tried again: %s", self.name, said, exc_info=trace)
        wait, self._retry = self._retry, min(self._retry * 2, _RETRY[1])
        return wait

    def _close(self) -> None:
        try:
            self._work.close()
        except Exception as error:
            log.warning("the %s did not end well", self.name, exc_info=without_texts(error))


@asynccontextmanager
async def working(backlog: Backlog[Item]) -> AsyncIterator[None]:
    """Work from now on, and in the end work off what still waits; say in the log of the service what is lost."""
    async with telling_losses(backlog):
        backlog.start()
        try:
            yield
        finally:
            await asyncio.to_thread(backlog.stop, _ENDING)


class Line(Protocol):
    """Something bounded that waits for work."""

    lost: dict[Cause, int]
    is_failing: bool
    most: int

    @property
    def name(self) -> str:
        """What it is called in the log of the service."""
        ...

    @property
    def waiting(self) -> int:
        """Items that have come and are not done with."""
        ...

    @property
    def lost_in_all(self) -> int:
        """Items that were lost, whatever the cause."""
        ...


@asynccontextmanager
async def telling_losses(line: Line) -> AsyncIterator[None]:
    """Say in the log of the service what a line loses, while this lasts."""
    teller = LossTeller(line)
    looking = asyncio.create_task(_look_on(teller))
    try:
        yield
    finally:
        looking.cancel()
        teller.look(is_over=True)


class LossTeller:
    """Says once that something is being lost, and once, when that is over, how much it was."""

    def __init__(self, backlog: Line) -> None:
        self._backlog = backlog
        self._seen = 0
        self._before = 0
        self._is_losing = False

    def look(self, is_over: bool = False) -> None:
        """Look at what was lost since the last look."""
        backlog, lost = self._backlog, self._backlog.lost_in_all
        is_losing, self._seen = lost > self._seen, lost
        if is_losing and not self._is_losing:
            self._is_losing = True
            log.warning("the %s loses what comes, %s", backlog.name, _causes(backlog))
        elif not is_losing and not backlog.is_failing and backlog.waiting * 2 < backlog.most:
            is_over = True
        if is_over and self._is_losing:
            log.warning("the %s is past its losses: %d were lost", backlog.name, lost - self._before)
            self._is_losing, self._before = False, lost


async def _look_on(teller: LossTeller) -> None:
    while True:
        await asyncio.sleep(_LOOK)
        teller.look()


def _causes(backlog: Line) -> str:
    words: dict[Cause, str] = {
        "full": "faster than it is worked off",
        "failed": "since it fails",
        "broken": "since it cannot be worked on",
        "died": "since what worked on it ended",
        "stopped": "since the service ends",
    }
    return " and ".join(words[cause] for cause, count in backlog.lost.items() if count)
