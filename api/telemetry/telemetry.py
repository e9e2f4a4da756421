"""Puts the figures, the log of calls and the traces of one worker together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final

from ..door import CallWatcher
from ..observers import Observer
from ..settings import Settings
from ..shelf import Shelf
from .board import Board, Snapshot, added
from .call_log import CallLog
from .exposition import process_samples
from .figures import CallFigures, DecisionFigures
from .names import RULEBOOK, WORKERS, Sample, Source
from .templates import Templates
from .traces import Traces

log = logging.getLogger("deskpolicy.telemetry")

_EVERY: Final = 1.0
"""Seconds between two times that a worker leaves its figures for the others."""


class Telemetry:
    """What watches the calls and decisions of one worker."""

    def __init__(
        self, settings: Settings, shelf: Shelf, routes: Callable[[], Sequence[Any]], *, board: Board | None = None
    ) -> None:
        """`routes` gives those of the application once it is whole; `board` is shared by the workers of a service.

        Raises TracingUnavailable.
        """
        template = Templates(routes)
        self._shelf = shelf
        self._board = board
        self._calls = CallFigures(template)
        self._decisions = DecisionFigures()
        self._call_log = CallLog(settings.log.calls, template)
        self._traces = Traces(template) if settings.tracing.enabled else None
        self.sources: list[Source] = [
            self._calls.samples,
            self._decisions.samples,
            self._call_log.samples,
            process_samples,
        ]
        """Whoever keeps figures of their own, for this worker."""
        self.common: list[Source] = [self._rulebooks]
        """Whoever has figures that are those of all workers already."""

    @property
    def watchers(self) -> tuple[CallWatcher, ...]:
        """Those that must be told each call. The traces come first: the log names the span that they make."""
        logged: tuple[CallWatcher, ...] = (self._call_log,) if self._call_log.is_wanted else ()
        return (*((self._traces,) if self._traces else ()), self._calls, *logged)

    @property
    def observers(self) -> tuple[Observer, ...]:
        """Those that must be told each decision."""
        return (self._decisions, *((self._traces.observe,) if self._traces else ()))

    async def figures(self) -> Snapshot:
        """The figures of all workers, as far as they have left them, and of this one as they are."""
        own = self._own()
        together = added([own]) if self._board is None else await asyncio.to_thread(self._board.collect, own)
        together.samples += [sample for source in self.common for sample in source()]
        return together

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What must run beside the service."""
        async with AsyncExitStack() as stack:
            for companion in self._companions():
                await stack.enter_async_context(companion)
            yield

    def _companions(self) -> Iterator[AbstractAsyncContextManager[None]]:
        if self._board is not None:
            yield self._publishing(self._board)
        if self._traces is not None:
            yield self._traces.running()
        yield self._call_log.running()

    def _own(self) -> Snapshot:
        samples = [sample for source in self.sources for sample in source()]
        return Snapshot([*samples, Sample(WORKERS, (), 1)], self._calls.timings())

    def _rulebooks(self) -> Iterator[Sample]:
        for rulebook in self._shelf.catalogue.summaries():
            for version in rulebook["versions"]:
                yield Sample(RULEBOOK, (rulebook["id"], version["version"], version["digest"]), 1)

    @asynccontextmanager
    async def _publishing(self, board: Board) -> AsyncIterator[None]:
        task = asyncio.create_task(self._publish_often(board))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self._publish(board)

    async def _publish_often(self, board: Board) -> None:
        while True:
            await self._publish(board)
            await asyncio.sleep(_EVERY)

    async def _publish(self, board: Board) -> None:
        try:
            await asyncio.to_thread(board.publish, self._own())
        except OSError as error:
            log.warning("the figures of this worker cannot be left for the others: %s", error)
