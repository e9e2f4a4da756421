"""One server process: uvicorn with our settings, and how it ends."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, cast

from uvicorn import Config, Server

from engine import Catalogue

from .access import is_required
from .app import Service
from .greeting import greeting
from .limits import Pace
from .memory import set_apart
from .settings import Settings
from .telemetry import log_settings
from .wire import Receipt

SECONDS_TO_FINISH: Final = 10
"""How long calls that were begun may go on once the service ends."""


class DrainingServer(Server):
    """Ends in two steps: at the signal TERM `/readyz` says no, and after `drain` seconds no more calls are taken.

    Then, and at Ctrl-C at once, it finishes what was begun.
    """

    def __init__(self, config: Config, app: Service, drain: float, begun: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._fleet = app.fleet
        self._shelf = app.shelf
        self._drain = drain
        self._begun = begun
        self._until: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take calls (uvicorn)."""
        await super().startup(sockets)
        if not self.started:
            return
        set_apart()
        self._shelf.watch(_set_apart_soon)
        if self._begun is not None:
            self._begun()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal handler (uvicorn)."""
        self._fleet.draining = True
        is_first = not self._captured_signals
        super().handle_exit(sig, frame)
        if is_first and sig == signal.SIGTERM and self._drain > 0:
            self.should_exit = False
            self._until = time.monotonic() + self._drain

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Note signals while it serves (uvicorn). TERM, which was heeded, is not passed on: the exit status is 0."""
        with super().capture_signals():
            yield
            self._captured_signals = [number for number in self._captured_signals if number != signal.SIGTERM]

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to end (uvicorn)."""
        if self._until is not None and time.monotonic() >= self._until:
            self.should_exit = True
        return await super().on_tick(counter)


def _set_apart_soon(catalogue: Catalogue) -> None:
    """Do so once whoever has exchanged the rulebooks has let go of the old ones."""
    asyncio.get_running_loop().call_soon(set_apart)


def server_of(app: Service, settings: Settings, begun: Callable[[], None] | None = None) -> DrainingServer:
    """The server that answers by an application; `begun` is called once it takes calls."""
    config = Config(
        app,
        log_config=log_settings(),
        access_log=False,
        server_header=False,
        ws="none",
        http=cast(Any, Pace(settings.limits, app.door)),  # makes protocols as a protocol class would
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
    return DrainingServer(config, app, settings.listen.drain, begun)


def announce(receipt: Receipt, settings: Settings, listening: socket.socket) -> None:
    """Say where the service is: on standard output, unless decisions are written there."""
    host, port = settings.listen.host, listening.getsockname()[1]
    said = greeting(receipt.rulebooks, host, port, asks_who_calls=is_required(settings))
    print(said, file=sys.stderr if settings.decisions.to == "stdout" else sys.stdout, flush=True)
