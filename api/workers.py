"""The service with several workers: the process that keeps them, and what each of them runs."""

import asyncio
import logging.config
import os
import signal
import socket
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

from engine import EngineFault, RulebookFaults, render_report

from .access import AccessFault
from .app import build_service
from .decision_log import WORKER
from .fleet import Coordinator, Link, Supervisor, triggered
from .running import SECONDS_TO_FINISH, announce, server_of
from .settings import Settings
from .shadow import UnknownCandidate
from .telemetry import Board, TracingUnavailable, log_settings


def run_workers(coordinator: Coordinator, settings: Settings, listening: socket.socket) -> None:
    """Answer with several workers until interrupted. Says where it is once all of them take calls.

    Raises WorkersFailed when one of them cannot begin.
    """
    logging.config.dictConfig(log_settings())
    with tempfile.TemporaryDirectory(prefix="deskpolicy-workers-") as shared:
        asyncio.run(_keep(coordinator, settings, listening, Path(shared)))


async def _keep(coordinator: Coordinator, settings: Settings, listening: socket.socket, shared: Path) -> None:
    target = partial(_work, settings, listening, shared)
    supervisor = Supervisor(coordinator, target, settings.listen.workers)
    loop = asyncio.get_running_loop()

    def end() -> None:
        listening.close()  # else calls would queue up here that no worker takes
        supervisor.end()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)

    async def greet() -> None:
        await supervisor.ready.wait()
        announce(coordinator.receipt, settings, listening)

    greeted = asyncio.create_task(greet())
    try:
        async with triggered(coordinator, settings):
            await supervisor.run(seconds_to_finish=settings.listen.drain + SECONDS_TO_FINISH)
    finally:
        greeted.cancel()
        await asyncio.gather(greeted, return_exceptions=True)


def _work(settings: Settings, listening: socket.socket, shared: Path, number: int, connection: socket.socket) -> None:
    """What a worker process runs."""
    os.environ[WORKER] = str(number)
    logging.config.dictConfig(log_settings())
    link = Link(connection, settings)
    try:
        app = build_service(link.begin(), settings, fleet=link, board=Board(shared))
    except EOFError:
        return  # nobody waits for this worker any more
    except RulebookFaults as faults:
        link.give_up(render_report(faults.report))
    except (AccessFault, EngineFault, TracingUnavailable, UnknownCandidate, OSError) as error:
        link.give_up(str(error))
    else:
        with suppress(KeyboardInterrupt):  # uvicorn passes Ctrl-C on once all has ended; the keeper tells of it
            server_of(app, settings).run([listening])
