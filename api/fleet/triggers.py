"""What sets a reload off by itself: a change in the folder, a look at a bundle from time to time, the signal HUP."""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from watchfiles import awatch

from ..settings import Settings
from .coordinator import Coordinator

log = logging.getLogger("deskpolicy.reload")

_QUIET: Final = 100
"""Milliseconds without a further change, after which a change is taken for whole."""
_LONGEST: Final = 1_000
"""Milliseconds after which it is looked at, however many changes go on."""
_LOOK: Final = 1_000
_AGAIN: Final = 2.0
"""Seconds after which a folder that is not there is looked for again."""


@asynccontextmanager
async def triggered(coordinator: Coordinator, settings: Settings) -> AsyncIterator[None]:
    """Within it, the triggers that settings ask for set reloads off; the signal HUP always does."""
    bundle = settings.reload.bundle
    async with AsyncExitStack() as stack:
        if bundle is not None:
            stack.push_async_callback(_ended, asyncio.create_task(_poll(coordinator, bundle.every)))
        elif settings.reload.watch:
            stack.push_async_callback(_ended, asyncio.create_task(_watch(coordinator, Path(settings.rules))))
        if threading.current_thread() is threading.main_thread():
            stack.callback(_on_hangup(coordinator))
        yield


async def _watch(coordinator: Coordinator, folder: Path) -> None:
    while True:
        try:
            looked = False
            async for changes in awatch(
                folder, watch_filter=None, step=_QUIET, debounce=_LONGEST, rust_timeout=_LOOK, yield_on_timeout=True
            ):
                if changes or not looked:  # the first time also for what changed before anybody watched
                    await coordinator.reload(afresh=False)
                looked = True
        except (OSError, RuntimeError) as error:  # the latter where the system has no watches left
            log.warning("the folder `%s` cannot be watched: %s", folder, error)
        await asyncio.sleep(_AGAIN)


async def _poll(coordinator: Coordinator, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await coordinator.reload(afresh=False)


def _on_hangup(coordinator: Coordinator) -> Callable[[], object]:
    """Reload at the signal HUP; what undoes it."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[object]] = set()

    def reload() -> None:
        task: asyncio.Task[object] = loop.create_task(coordinator.reload())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    loop.add_signal_handler(signal.SIGHUP, reload)
    return lambda: loop.remove_signal_handler(signal.SIGHUP)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
