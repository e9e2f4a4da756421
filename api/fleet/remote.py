"""A worker process, as its coordinator sees it: what is said to it, and what it answers."""

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from ..wire import Receipt
from .editions import Edition
from .fleet import Figures
from .members import Gone, Unfit
from .messages import (
    Ask,
    Beat,
    Declined,
    Failed,
    Forget,
    News,
    PackedPart,
    Prepare,
    Prepared,
    Said,
    Serving,
    Swap,
    Swapped,
    Told,
    framed,
    receive,
)
from .parts import Part

log = logging.getLogger("deskpolicy.reload")


class RemoteMember:
    """A member in a process of its own. `end` is what ends that process at once."""

    def __init__(
        self, number: int, pid: int, reload: Callable[[], Awaitable[Receipt]], end: Callable[[], None]
    ) -> None:
        self.number = number
        self.pid = pid
        self.digest = ""
        self.end = end
        self.serving = asyncio.Event()
        """Set once it takes calls, and once it has gone."""
        self.took_calls = False
        self.gone = False
        self.why = ""
        """Why it cannot begin, where it says so."""
        self.heard = time.monotonic()
        """When it was last heard of."""
        self._reload = reload
        self._awaited: dict[tuple[type[Said], int], asyncio.Future[Said]] = {}
        self._held: frozenset[str] = frozenset()
        self._offered: dict[int, frozenset[str]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self, connection: socket.socket) -> None:
        """Begin to listen to it."""
        reader, self._writer = await asyncio.open_unix_connection(sock=connection)
        self._start(self._listen(reader))

    async def close(self) -> None:
        """Listen no more."""
        self._lose()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()

    async def prepare(self, attempt: int, parts: Sequence[Part]) -> Edition:
        """See Member."""
        packed = await asyncio.to_thread(self._packed, parts)
        self._offered[attempt] = frozenset(part.key for part in parts)
        answer = self._awaiting(Prepared, attempt)
        await self._say(Prepare(attempt, packed))
        said = await answer
        if isinstance(said, Declined):
            raise Unfit(said.why)
        assert isinstance(said, Prepared)
        return Edition(said.digest, said.rulebooks)

    async def swap(self, attempt: int) -> None:
        """See Member."""
        answer = self._awaiting(Swapped, attempt)
        await self._say(Swap(attempt))
        said = await answer
        assert isinstance(said, Swapped)
        self.digest = said.digest
        self._held = self._offered.pop(attempt)
        self._offered.clear()

    def forget(self, attempt: int) -> None:
        """See Member."""
        self._offered.pop(attempt, None)
        self._send(Forget(attempt))

    def tell(self, receipt: Receipt, figures: Figures) -> None:
        """See Member."""
        self._send(News(receipt, tuple(figures)))

    def _packed(self, parts: Sequence[Part]) -> tuple[PackedPart, ...]:
        return tuple(PackedPart(part.key, None if part.key in self._held else part.packed()) for part in parts)

    def _awaiting(self, kind: type[Said], attempt: int) -> asyncio.Future[Said]:
        if self.gone:
            raise Gone("the worker has ended")
        answer: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._awaited[kind, attempt] = answer
        return answer

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                self._hear(await receive(reader))
        except (EOFError, OSError):
            self._lose()

    def _hear(self, message: Said) -> None:
        self.heard = time.monotonic()
        match message:
            case Prepared(attempt) | Declined(attempt):
                self._answer(Prepared, attempt, message)
            case Swapped(attempt):
                self._answer(Swapped, attempt, message)
            case Serving():
                self.took_calls = True
                self.serving.set()
            case Failed(why):
                self.why = why
            case Ask(number):
                self._start(self._ask(number))
            case Beat():
                pass
            case _:
                log.error("worker %d says what only its coordinator may: %s", self.number, type(message).__name__)

    def _answer(self, kind: type[Said], attempt: int, message: Said) -> None:
        answer = self._awaited.pop((kind, attempt), None)
        if answer is not None and not answer.done():
            answer.set_result(message)

    async def _ask(self, number: int) -> None:
        receipt = await self._reload()
        with suppress(Gone):
            await self._say(Told(number, receipt))

    def _lose(self) -> None:
        self.gone = True
        self.serving.set()
        for answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(Gone("the worker has ended"))
        self._awaited.clear()

    async def _say(self, message: Said) -> None:
        self._send(message)
        try:
            if self._writer is not None:
                await self._writer.drain()
        except OSError:
            raise Gone("the worker has ended") from None

    def _send(self, message: Said) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(framed(message))

    def _start(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
