"""Hands decisions to the process that writes them, without ever waiting: in the event loop of the worker.

What waits is bounded, here and there together. A writer that ends is replaced, and what it had in hand is counted as
lost. Knows nothing of records and sinks.
"""

import asyncio
import logging
import socket
import subprocess
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from ..backlog import CAUSES, Cause, telling_losses
from .building import Made
from .handover import Handed, Orders, Told, framed, frames, read_told
from .process import end_of, start_writer
from .record import ShadowRecord

log = logging.getLogger("deskpolicy.api")

_PIECE: Final = 64 * 1024
"""Bytes that are handed over together, more or less: some ten microseconds of the event loop's time."""
_PIECES: Final = 4
"""How many of them at once: more wait for the next time, so that catching up holds up no answer."""
_SOON: Final = 0.01
"""Seconds after which fewer are handed over too."""
_OVERHEAD: Final = 1_000
"""Bytes that a decision takes while it waits, beside its request and its answer."""
_MOST_NOTES: Final = 1_000
_RECEIVED: Final = 64 * 1024
_STARTING: Final = 15.0
"""Seconds that a service waits at its start for the writer."""
_ENDING: Final = 5.0
"""Seconds in which what waits is written when the service ends."""
_REAPING: Final = 6.0
_SETTLED: Final = 10.0
"""Seconds after which a writer counts as sound: when it ends then, the next one starts at once."""
_PAUSES: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Courier:
    """A bounded line of decisions before the process that writes them. All of it runs in one thread, but `note`."""

    name: Final = "decision log"

    def __init__(self, orders: Orders) -> None:
        self.most = orders.decisions.buffer
        """Decisions that wait at once, those in the hands of the writer among them."""
        self.done = 0
        """Decisions that are written."""
        self.lost: dict[Cause, int] = dict.fromkeys(CAUSES, 0)
        self.notes_lost = 0
        self.is_failing = False
        """Whether the sink failed when the writer last tried it."""
        self._orders = orders
        self._bytes = 0
        self._pending: deque[Made] = deque()
        self._pending_bytes = 0
        self._notes: deque[ShadowRecord] = deque()
        self._out: deque[int] = deque()
        """The size of each decision in the hands of the writer."""
        self._notes_out = 0
        self._piece = memoryview(b"")
        """What is left of the frame that is being sent."""
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._received = bytearray()
        self._is_blocked = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ready = asyncio.Event()
        self._gone = asyncio.Event()
        self._ending = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Decisions that have come, and are neither written nor lost."""
        return len(self._pending) + len(self._out)

    @property
    def writer(self) -> int | None:
        """The number of the process that writes, while there is one."""
        return self._process.pid if self._process is not None else None

    @property
    def lost_in_all(self) -> int:
        """Decisions that were lost, whatever the cause."""
        return sum(self.lost.values())

    def put(self, made: Made) -> bool:
        """Add a decision; False where it is lost, and counted. Its price is a microsecond or two."""
        size = _size(made)
        is_full = self.waiting >= self.most or self._bytes + size > self._orders.decisions.buffer_bytes
        if is_full or self._ending.is_set():
            self.lost["stopped" if self._ending.is_set() else "failed" if self.is_failing else "full"] += 1
            return False
        self._bytes += size
        self._pending_bytes += size
        self._pending.append(made)
        if self._pending_bytes >= _PIECE:
            self._send(1)
        else:
            self._send_soon()
        return True

    def note(self, record: ShadowRecord) -> None:
        """Take what a candidate would have decided otherwise, in any thread; never waits."""
        if len(self._notes) < _MOST_NOTES:
            self._notes.append(record)
            if self._loop is not None:
                with suppress(RuntimeError):  # the loop has ended, and so has the log
                    self._loop.call_soon_threadsafe(self._send_soon)
        else:
            self.notes_lost += 1

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Write from now on, and in the end what still waits; say in the log of the service what is lost."""
        self._loop = asyncio.get_running_loop()
        keeper = asyncio.create_task(self._keep())
        async with telling_losses(self):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ready.wait(), _STARTING)
            try:
                yield
            finally:
                await self._stop(keeper)

    # Handing over

    def _send_soon(self) -> None:
        if self._timer is None and self._connection is not None and self._loop is not None:
            self._timer = self._loop.call_later(_SOON, self._send_in_time)

    def _send_in_time(self) -> None:
        self._timer = None
        self._send(_PIECES)

    def _send(self, pieces: int) -> None:
        """Hand over as much as the connection takes now, in so many pieces at most; the rest soon."""
        connection = self._connection
        if connection is None or self._is_blocked:
            return
        try:
            while pieces and (self._piece or self._fill()):
                self._piece = self._piece[connection.send(self._piece) :]
                pieces -= 1
            if not pieces:
                self._send_soon()
            elif self._ending.is_set():
                connection.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            self._is_blocked = True
            asyncio.get_running_loop().add_writer(connection, self._go_on)
        except OSError:
            pass  # the writer is gone, which the reading side sees too

    def _go_on(self) -> None:
        if self._connection is not None:
            asyncio.get_running_loop().remove_writer(self._connection)
        self._is_blocked = False
        self._send(_PIECES)

    def _fill(self) -> bool:
        """Make the next frame; False where nothing waits."""
        decisions: list[Made] = []
        sizes: list[int] = []
        while self._pending and sum(sizes) < _PIECE:
            decisions.append(self._pending.popleft())
            sizes.append(_size(decisions[-1]))
        notes = [self._notes.popleft() for _ in range(len(self._notes))]
        if not (decisions or notes):
            return False
        self._pending_bytes -= sum(sizes)
        self._out += sizes
        self._notes_out += len(notes)
        self._piece = memoryview(framed(Handed(decisions, notes)))
        return True

    # What the writer says

    def _hear(self) -> None:
        assert self._connection is not None
        try:
            raw = self._connection.recv(_RECEIVED)
        except BlockingIOError:
            return
        except OSError:
            raw = b""
        if not raw:
            self._gone.set()
            asyncio.get_running_loop().remove_reader(self._connection)
            return
        self._received += raw
        for message in frames(self._received):
            self._note_told(read_told(message))

    def _note_told(self, told: Told) -> None:
        self._ready.set()
        for _ in range(told.done + told.broken):
            self._bytes -= self._out.popleft()
        self.done += told.done
        self.lost["broken"] += told.broken
        self._notes_out -= told.notes
        if told.trouble is not None and told.is_failing:
            log.warning("the %s fails, and is tried again: %s", self.name, told.trouble)
        elif told.trouble is not None:
            log.error("the %s could not take an item\n%s", self.name, told.trouble)
        self.is_failing = told.is_failing

    # The life of the writer

    async def _keep(self) -> None:
        failures = 0
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                process, connection = await asyncio.to_thread(start_writer)
                lost, said = await self._live(process, connection)
            except Exception as error:  # no process or thread to be had, say: another try may have more luck
                lost, said = 0, f"{type(error).__name__}: {error}"
            if self._ending.is_set():
                return
            failures = 0 if time.monotonic() - began > _SETTLED else min(failures + 1, len(_PAUSES) - 1)
            self._ready.set()  # a service does not wait for a writer that cannot be had
            told = (said, lost, _PAUSES[failures])
            log.error("the writer of the decision log ended (%s) with %d decisions; another starts in %.1f s", *told)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _PAUSES[failures])

    async def _live(self, process: subprocess.Popen[bytes], connection: socket.socket) -> tuple[int, str]:
        """One writer from its start to its end: how many decisions were lost with it, and how it ended."""
        self._gone.clear()
        self._received.clear()
        self._piece = memoryview(framed(self._orders))
        self._connection, self._process = connection, process
        loop = asyncio.get_running_loop()
        loop.add_reader(connection, self._hear)
        self._send(_PIECES)
        try:
            await self._gone.wait()
        finally:
            loop.remove_reader(connection)
            loop.remove_writer(connection)
            connection.close()
            self._connection = self._process = None
            self._is_blocked = False
            lost = self._lose()
        return lost, await asyncio.to_thread(end_of, process)

    def _lose(self) -> int:
        """Count what a writer that is gone had in hand."""
        lost = len(self._out)
        self.lost["stopped" if self._ending.is_set() else "died"] += lost
        self._bytes -= sum(self._out)
        self._out.clear()
        self.notes_lost += self._notes_out
        self._notes_out = 0
        self.is_failing = False
        return lost

    async def _stop(self, keeper: "asyncio.Task[None]") -> None:
        """Have what waits written, for a bounded time; what is left then is lost, and counted."""
        self._ending.set()
        self._send(_PIECES)
        await asyncio.wait([keeper], timeout=_ENDING)
        if self._process is not None:
            self._process.kill()
        await asyncio.wait([keeper], timeout=_REAPING)
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        self.lost["stopped"] += len(self._pending)
        self.notes_lost += len(self._notes)
        if self._timer is not None:
            self._timer.cancel()
        self._pending.clear()
        self._notes.clear()
        self._bytes = self._pending_bytes = 0


def _size(made: Made) -> int:
    return len(made.request) + len(made.answer) + _OVERHEAD
