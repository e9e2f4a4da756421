"""A worker's end: takes sets from the coordinator's process, and passes on what its callers ask."""

import asyncio
import os
import pickle
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count
from typing import Any, Final

from ..settings import Settings
from ..shelf import Shelf
from ..wire import Receipt
from .editions import edition_of
from .fleet import Figures
from .holdings import Holdings
from .members import Unfit
from .messages import (
    Ask,
    Beat,
    Declined,
    Failed,
    Forget,
    News,
    Prepare,
    Prepared,
    Said,
    Serving,
    Swap,
    Swapped,
    Told,
    framed,
    receive,
    receive_now,
)

BEAT: Final = 1.0
_NOTHING: Final = Figures(0, {}, 0.0, 0.0, 0, 0)


class Link:
    """The whole fleet, as a worker process sees it."""

    def __init__(self, connection: socket.socket, settings: Settings) -> None:
        self._connection = connection
        self._holdings = Holdings(settings.engine)
        self._shelf: Shelf | None = None
        self._asked: dict[int, asyncio.Future[Receipt]] = {}
        self._numbers = count(1)
        self._receipt: Receipt | None = None
        self._figures = _NOTHING
        self._writer: asyncio.StreamWriter | None = None
        self._working: set[asyncio.Task[None]] = set()
        self.draining = False

    def begin(self) -> Shelf:
        """Wait for the set in use, compile it, and wait until it is to be answered with: the shelf with it.

        Raises EOFError or OSError when the coordinator's process has gone.
        """
        while True:
            match receive_now(self._connection):
                case Prepare() as message:
                    self._say_now(self._prepared(message))
                case Swap(attempt):
                    self._shelf = shelf = Shelf(self._holdings.take(attempt))
                    self._say_now(Swapped(attempt, edition_of(shelf.catalogue).digest))
                    return shelf
                case Forget(attempt):
                    self._holdings.forget(attempt)
                case News() as news:
                    self._note(news)

    def give_up(self, why: str) -> None:
        """Tell the coordinator that this worker cannot begin."""
        with suppress(OSError):
            self._say_now(Failed(why))

    @property
    def receipt(self) -> Receipt:
        """See Fleet."""
        assert self._receipt is not None
        return self._receipt

    def figures(self) -> Figures:
        """See Fleet; as of the last news."""
        return self._figures

    async def reload(self) -> Receipt:
        """See Fleet."""
        number = next(self._numbers)
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            await self._say(Ask(number))
            return await answer
        finally:
            del self._asked[number]

    @asynccontextmanager
    async def accompany(self) -> AsyncIterator[None]:
        """See Fleet: listens to the coordinator. When that has gone, this process ends, as at the signal TERM."""
        reader, self._writer = await asyncio.open_unix_connection(sock=self._connection)
        first = await receive(reader)  # news, which come with the leave to answer
        assert isinstance(first, News)
        self._note(first)
        await self._say(Serving())
        tasks = [asyncio.create_task(self._listen(reader)), asyncio.create_task(self._beat())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                await self._hear(await receive(reader))
        except (EOFError, OSError):
            os.kill(os.getpid(), signal.SIGTERM)

    async def _hear(self, message: Said) -> None:
        match message:
            case Prepare():
                task = asyncio.create_task(self._prepare(message))
                self._working.add(task)
                task.add_done_callback(self._working.discard)
            case Swap(attempt):
                assert self._shelf is not None
                self._shelf.put(self._holdings.take(attempt))
                await self._say(Swapped(attempt, edition_of(self._shelf.catalogue).digest))
            case Forget(attempt):
                self._holdings.forget(attempt)
            case News():
                self._note(message)
            case Told(number, receipt):
                answer = self._asked.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(receipt)

    async def _prepare(self, message: Prepare) -> None:
        with suppress(OSError):
            await self._say(await asyncio.to_thread(self._prepared, message))

    def _prepared(self, message: Prepare) -> Prepared | Declined:
        loads = {part.key: partial(_unpacked, part.packed) for part in message.parts}
        try:
            edition = self._holdings.prepare(message.attempt, loads)
        except Unfit as unfit:
            return Declined(message.attempt, str(unfit))
        except Exception as error:  # the coordinator must hear of it, whatever it was
            return Declined(message.attempt, f"{type(error).__name__}: {error}")
        return Prepared(message.attempt, edition.digest, edition.rulebooks)

    def _note(self, news: News) -> None:
        self._receipt, self._figures = news.receipt, Figures(*news.figures)

    async def _beat(self) -> None:
        with suppress(OSError):
            while True:
                await self._say(Beat())
                await asyncio.sleep(BEAT)

    async def _say(self, message: Said) -> None:
        assert self._writer is not None
        self._writer.write(framed(message))
        await self._writer.drain()

    def _say_now(self, message: Said) -> None:
        self._connection.sendall(framed(message))


def _unpacked(packed: bytes | None) -> Sequence[Any]:
    assert packed is not None, "a part that this worker does not hold came without its rulebooks"
    rulebooks: list[Any] = pickle.loads(packed)  # from the process that started this one, over a socket of its own
    return rulebooks
