"""How workers are kept alive: at once when one ends, later and later when it ends again and again."""

import asyncio
import os
import socket
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from reload_kit import put

from api.fleet import Coordinator, Link, Supervisor, WorkersFailed, source_of
from api.fleet.supervisor import pause_after
from api.settings import Settings


def test_pauses_grow_and_end_at_half_a_minute() -> None:
    assert [pause_after(failures) for failures in (0, 1, 2, 3, 4, 7, 8, 1000)] == [0, 0, 0.5, 1, 2, 16, 30, 30]


def serve_until_told(settings: Settings, deaths: str, number: int, connection: socket.socket) -> None:
    """A worker that answers nobody: it joins, and the first few times it dies soon after."""
    link = Link(connection, settings)
    link.begin()

    async def live() -> None:
        async with link.accompany():
            counted = Path(deaths)
            counted.write_text(counted.read_text() + "x")
            if len(counted.read_text()) <= 2:
                os._exit(9)
            await asyncio.sleep(60)

    asyncio.run(live())


def never_begin(number: int, connection: socket.socket) -> None:
    """A worker that ends before it takes a call."""
    os._exit(7)


def begun(tmp_path: Path) -> tuple[Coordinator, Settings]:
    put(tmp_path / "rules", "first")
    settings = Settings(rules=str(tmp_path / "rules"))
    coordinator = Coordinator(source_of(settings))
    coordinator.open()
    return coordinator, settings


def test_a_worker_that_dies_again_and_again_is_started_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "deaths").write_text("")

    async def run() -> tuple[Any, str]:
        coordinator, settings = begun(tmp_path)
        target = partial(serve_until_told, settings, str(tmp_path / "deaths"))
        supervisor = Supervisor(coordinator, target, 1)
        running = asyncio.create_task(supervisor.run(seconds_to_finish=10))
        while not ((tmp_path / "deaths").read_text() == "xxx" and coordinator.figures().workers == 1):
            assert not running.done()
            await asyncio.sleep(0.05)
        figures, deaths = coordinator.figures(), (tmp_path / "deaths").read_text()
        supervisor.end()
        await asyncio.wait_for(running, 30)
        return figures, deaths

    figures, deaths = asyncio.run(asyncio.wait_for(run(), 120))
    assert (figures.restarts, deaths) == (2, "xxx")


def test_a_worker_that_has_never_taken_a_call_ends_the_service(tmp_path: Path) -> None:
    async def run() -> None:
        coordinator, _ = begun(tmp_path)
        supervisor = Supervisor(coordinator, never_begin, 2)
        with pytest.raises(WorkersFailed, match="could not begin: with exit code 7"):
            await asyncio.wait_for(supervisor.run(seconds_to_finish=10), 60)

    asyncio.run(run())
