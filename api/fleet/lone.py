"""The only worker of a process: it coordinates itself, by the same steps as many do."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from ..settings import Settings
from ..shelf import Shelf
from ..wire import Receipt
from .coordinator import Coordinator
from .editions import Edition, edition_of
from .fleet import Figures
from .holdings import Holdings, Loads
from .parts import Part
from .sources import Source, source_of
from .triggers import triggered


class LoneWorker:
    """A worker in the process of its coordinator. A member, and the whole fleet."""

    number = 1

    def __init__(self, coordinator: Coordinator, settings: Settings) -> None:
        self._coordinator = coordinator
        self._settings = settings
        self._holdings = Holdings(settings.engine)
        self._shelf: Shelf | None = None
        self.draining = False
        self.pid = os.getpid()
        self.digest = ""

    def begin(self, parts: Sequence[Part]) -> Shelf:
        """The shelf with the first set. Raises Unfit."""
        self._holdings.prepare(0, _loads(parts))
        shelf = Shelf(self._holdings.take(0))
        self.begin_over(shelf)
        return shelf

    def begin_over(self, shelf: Shelf) -> None:
        """Begin with whatever lies on a shelf already."""
        self._shelf = shelf
        edition = edition_of(shelf.catalogue)
        self.digest = edition.digest
        self._coordinator.enrol(self, edition)

    async def prepare(self, attempt: int, parts: Sequence[Part]) -> Edition:
        """See Member."""
        return await asyncio.to_thread(self._holdings.prepare, attempt, _loads(parts))

    async def swap(self, attempt: int) -> None:
        """See Member."""
        assert self._shelf is not None
        self._shelf.put(self._holdings.take(attempt))
        self.digest = edition_of(self._shelf.catalogue).digest

    def forget(self, attempt: int) -> None:
        """See Member."""
        self._holdings.forget(attempt)

    def tell(self, receipt: Receipt, figures: Figures) -> None:
        """See Member; it asks where it wants to know."""

    def end(self) -> None:
        """See Member; it goes on, for there is nobody else."""

    @property
    def receipt(self) -> Receipt:
        """See Fleet."""
        return self._coordinator.receipt

    def figures(self) -> Figures:
        """See Fleet."""
        return self._coordinator.figures()

    async def reload(self) -> Receipt:
        """See Fleet."""
        return await self._coordinator.reload()

    @asynccontextmanager
    async def accompany(self) -> AsyncIterator[None]:
        """See Fleet."""
        async with triggered(self._coordinator, self._settings):
            yield


def _loads(parts: Sequence[Part]) -> Loads:
    return {part.key: partial(getattr, part, "rulebooks") for part in parts}


def open_alone(settings: Settings) -> tuple[Shelf, LoneWorker]:
    """The rulebooks that settings name, and the only worker over them.

    Raises RulebookFaults, SourceRefused and Unfit.
    """
    coordinator = Coordinator(source_of(settings))
    worker = LoneWorker(coordinator, settings)
    return worker.begin(coordinator.open()), worker


def fleet_over(shelf: Shelf, settings: Settings, source: Source | None) -> LoneWorker:
    """The only worker over rulebooks that are compiled already; it reads others from `source`, where there is one."""
    worker = LoneWorker(Coordinator(source), settings)
    worker.begin_over(shelf)
    return worker
