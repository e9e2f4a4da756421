"""Keeps worker processes alive: starts them, replaces those that end or hang, and ends them all together.

Knows nothing of what a worker does; its coordinator's process runs nothing else.
"""

import asyncio
import logging
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import SpawnProcess
from typing import Final, TypeAlias

from .coordinator import Coordinator
from .members import Gone, Unfit
from .remote import RemoteMember

log = logging.getLogger("deskpolicy.workers")

Target: TypeAlias = Callable[[int, socket.socket], None]
"""What a worker process runs, given its number and its end of the link. Can be pickled."""

HUNG: Final = 30.0
"""Seconds without a turn of its event loop, after which a worker is ended."""
_LOOK: Final = 1.0
_SETTLED: Final = 10.0
"""Seconds after which a worker counts as sound: when it ends then, the next one starts at once."""
_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_SPARE: Final = 5.0
"""Seconds above those that workers have to finish, after which they are killed."""

_spawn = multiprocessing.get_context("spawn")


class WorkersFailed(Exception):
    """No worker could begin; the message says why."""


class Supervisor:
    """Workers 1 to `workers`, each a process that runs `target`."""

    def __init__(self, coordinator: Coordinator, target: Target, workers: int) -> None:
        self._coordinator = coordinator
        self._target = target
        self._numbers = range(1, workers + 1)
        self._processes: dict[int, SpawnProcess] = {}
        self._ending = asyncio.Event()
        self._failure: WorkersFailed | None = None
        self._begun: set[int] = set()
        self.ready = asyncio.Event()
        """Set once all workers take calls."""

    def end(self) -> None:
        """Ask all workers to finish; asked once more, kill them."""
        signals = signal.SIGKILL if self._ending.is_set() else signal.SIGTERM
        self._ending.set()
        self._signal(signals)

    async def run(self, *, seconds_to_finish: float) -> None:
        """Keep the workers running until `end`; returns when the last has ended.

        Raises WorkersFailed when one of them ends before it has ever taken a call.
        """
        keepers = [asyncio.create_task(self._keep(number)) for number in self._numbers]
        await self._ending.wait()
        _, late = await asyncio.wait(keepers, timeout=seconds_to_finish + _SPARE)
        if late:
            log.error("%d worker%s not finish in time: killed", len(late), " did" if len(late) == 1 else "s did")
            self._signal(signal.SIGKILL)
        await asyncio.gather(*keepers)
        if self._failure is not None:
            raise self._failure

    async def _keep(self, number: int) -> None:
        failures = 0
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                served, said = await self._live(number)
            except Exception as error:  # no process or file to be had, say: another try may have more luck
                log.error("worker %d could not be started", number, exc_info=error)
                served, said = False, f"{type(error).__name__}: {error}"
            if self._ending.is_set():
                return
            if number not in self._begun and not served:
                self._fail(number, said)
                return
            failures = 0 if served and time.monotonic() - began > _SETTLED else failures + 1
            pause = pause_after(failures)
            log.error("worker %d ended (%s); another starts%s", number, said, f" in {pause:.1f} s" if pause else "")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)

    async def _live(self, number: int) -> tuple[bool, str]:
        """One process from its start to its end: whether it took calls, and how it ended."""
        ours, theirs = socket.socketpair()
        process = _spawn.Process(target=self._target, args=(number, theirs), name=f"worker-{number}")
        with theirs, _signals_held():
            process.start()
        assert process.pid is not None
        member = RemoteMember(number, process.pid, self._coordinator.reload, process.kill)
        ended = _ended(process)
        self._processes[number] = process
        if self._ending.is_set():
            process.terminate()
        why = ""
        try:
            await member.connect(ours)
            why = await self._served(member, ended)
        finally:
            if member.gone and not ended.done():
                await asyncio.wait([ended], timeout=None if self._ending.is_set() else HUNG)
            if not ended.done():
                process.kill()
            await ended
            del self._processes[number]
            self._coordinator.leave(member, unasked=not self._ending.is_set())
            took_calls = member.took_calls
            await member.close()
            process.join()
        said = why or member.why or _end_of(process.exitcode)
        process.close()
        return took_calls, said

    async def _served(self, member: RemoteMember, ended: "asyncio.Future[None]") -> str:
        """Let a worker join, and stay until it ends or hangs; why it was not let live, where it was not."""
        try:
            await self._coordinator.join(member)
        except Unfit as unfit:
            return str(unfit)
        except Gone:
            return ""
        await member.serving.wait()
        if not member.gone:
            self._note_ready(member.number)
        while not (ended.done() or member.gone):
            await asyncio.wait([ended], timeout=_LOOK)
            if time.monotonic() - member.heard > HUNG and not self._ending.is_set():
                return f"it did not answer for {HUNG:.0f} seconds"
        return ""

    def _note_ready(self, number: int) -> None:
        if number in self._begun:
            log.info("worker %d takes calls again", number)
        self._begun.add(number)
        if len(self._begun) == len(self._numbers):
            self.ready.set()

    def _fail(self, number: int, said: str) -> None:
        if self._failure is None:
            self._failure = WorkersFailed(f"worker {number} could not begin: {said}")
        self._ending.set()
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes.values():
            if process.pid is not None and process.exitcode is None:
                with suppress(ProcessLookupError):
                    process.kill() if number is signal.SIGKILL else process.terminate()


def pause_after(failures: int) -> float:
    """Seconds to wait before a worker is started that has ended this many times in a row, each time too soon."""
    return 0.0 if failures <= 1 else min(_PAUSE * 2.0 ** min(failures - 2, 10), _LONGEST_PAUSE)


def _ended(process: SpawnProcess) -> "asyncio.Future[None]":
    """Done when a process has ended."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        loop.remove_reader(process.sentinel)
        if not ended.done():
            ended.set_result(None)

    loop.add_reader(process.sentinel, tell)
    return ended


@contextmanager
def _signals_held() -> Iterator[None]:
    """Within it, Ctrl-C and a hangup wait; a process started there never gets them, and is told by its supervisor."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _end_of(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"by the signal {signal.Signals(-code).name}"
    return f"with exit code {code}"
