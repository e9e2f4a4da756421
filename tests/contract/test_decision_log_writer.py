"""The process that writes the decision log: when it dies, when its worker dies, and what ends neither."""

import ast
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from live_service import Live, live_service
from service_kit import REQUEST, decided, running, until, write_rules

import api
from api import Settings, Shelf, now
from api.beside import beside_decisions
from api.call import Call
from api.decide import Decide
from api.decision_log import courier as module
from api.decision_log import made_of
from api.observers import Decided
from api.settings import DecisionLog, Log
from engine import Catalogue

SECONDS = 30


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return write_rules(tmp_path)


def logging_to(path: Path, **more: Any) -> Settings:
    return Settings(decisions=DecisionLog(to="file", path=str(path), **more), log=Log(calls="none"))


def calls(path: Path) -> list[str]:
    """The calls of the records in a file."""
    return [json.loads(line)["call"] for line in path.read_text(encoding="utf-8").splitlines()]


def is_there(process: int) -> bool:
    """Whether a process runs; one that has ended and whom nobody asked how does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(process: int) -> list[int]:
    found = [path.read_text().split() for path in Path(f"/proc/{process}/task").glob("*/children")]
    return [int(child) for listed in found for child in listed]


def until_gone(process: int) -> None:
    end = time.monotonic() + SECONDS
    while is_there(process):
        assert time.monotonic() < end, "the writer outlived its worker"
        time.sleep(0.05)


def test_a_writer_that_is_killed_is_replaced_and_what_it_had_is_counted(
    rules: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> dict[str, int]:
        async with running(rules, logging_to(tmp_path / "log.jsonl")) as (service, client, _):
            assert service.beside.log is not None
            courier = service.beside.log.courier
            for number in range(200):
                await decided(client, REQUEST, **{"x-request-id": str(number)})
                if number == 100:
                    former = courier.writer
                    assert former is not None
                    os.kill(former, signal.SIGSTOP)  # so that it has something in hand
                if number == 150:
                    assert former is not None
                    await until(lambda: len(courier._out) > 0)
                    os.kill(former, signal.SIGKILL)
            await until(lambda: courier.writer not in (None, former) and courier.waiting == 0, SECONDS)
            await decided(client, REQUEST, **{"x-request-id": "after"})
            await until(lambda: courier.waiting == 0)
            return dict(service.beside.log.figures())

    figures = asyncio.run(run())
    found = calls(tmp_path / "log.1.jsonl")
    assert figures["written"] + figures["lost_died"] == 201
    assert figures["written"] == len(found) == len(set(found))
    assert figures["lost_died"] > 0
    assert found[-1] == "after"
    said = [record.getMessage() for record in caplog.records]
    assert sum("ended (by the signal SIGKILL)" in message for message in said) == 1
    assert said[-1] == f"the decision log is past its losses: {figures['lost_died']} were lost"


def test_a_worker_that_decides_without_a_pause_does_not_keep_its_writer_from_writing(
    rules: Path, tmp_path: Path
) -> None:
    decisions, raw = 4_000, json.dumps(REQUEST).encode()
    catalogue = Catalogue.load(rules, clock=now)
    shelf = Shelf(catalogue)
    beside = beside_decisions(shelf, logging_to(tmp_path / "log.jsonl", buffer=decisions))
    lane = Decide(shelf, observers=beside.observers)
    call = Call({"type": "http", "method": "POST", "path": "/v1/decide", "headers": []})

    async def run() -> int:
        assert beside.log is not None
        async with beside.running():
            for number in range(decisions):
                lane.decide_bytes(catalogue, raw, (), call)
                if number % 20 == 0:
                    await asyncio.sleep(0)  # as the event loop does between calls
            return beside.log.figures()["written"]

    written_meanwhile = asyncio.run(run())
    assert beside.log is not None
    assert beside.log.figures()["written"] == decisions
    # a thread in its place writes one decision in twenty, or none: the rest would wait, and then be lost
    assert written_meanwhile > decisions / 10


def test_where_no_writer_can_be_had_decisions_go_on_and_are_counted(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot() -> Any:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(module, "start_writer", cannot)

    async def run() -> Any:
        async with running(rules, logging_to(tmp_path / "log.jsonl", buffer=5)) as (service, client, _):
            for _ in range(8):
                await decided(client, REQUEST)
            return service.beside.log

    figures = asyncio.run(run()).figures()
    assert (figures["written"], figures["lost_full"], figures["lost_stopped"], figures["waiting"]) == (0, 3, 5, 0)


def decide(live: Live) -> None:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{live.address}/v1/decide", json.dumps(REQUEST).encode(), headers)
    with urllib.request.urlopen(request, timeout=SECONDS) as response:
        assert response.status == 200


@pytest.mark.parametrize("to", ["a file", pytest.param("a pipe that nobody reads", marks=pytest.mark.slow)])
def test_a_writer_does_not_outlive_its_worker(rules: Path, tmp_path: Path, to: str) -> None:
    path = tmp_path / "log.jsonl"
    if to != "a file":
        os.mkfifo(path)
    with live_service(tmp_path, {"rules": str(rules), "decisions": {"to": "file", "path": str(path)}}) as live:
        (writer,) = children(live.process.pid)
        os.kill(writer, signal.SIGSTOP)
        decide(live)
        time.sleep(0.5)
        live.process.kill()
        live.process.wait(SECONDS)
        os.kill(writer, signal.SIGCONT)
        until_gone(writer)
    if to == "a file":
        assert len(calls(tmp_path / "log.1.jsonl")) == 1, "what was handed over is written"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_all_processes_does_not_end_the_writer_first(rules: Path, tmp_path: Path, number: int) -> None:
    settings = {"rules": str(rules), "decisions": {"to": "file", "path": str(tmp_path / "log.jsonl")}}
    with live_service(tmp_path, settings) as live:
        (writer,) = children(live.process.pid)
        os.kill(writer, number)
        decide(live)
        assert children(live.process.pid) == [writer]
        os.kill(writer, number)
        live.process.terminate()
        live.process.wait(SECONDS)
        until_gone(writer)
        assert "the writer" not in live.log.read_text(encoding="utf-8")
    assert len(calls(tmp_path / "log.1.jsonl")) == 1


def test_every_worker_has_a_writer_and_a_file_of_its_own(rules: Path, tmp_path: Path) -> None:
    settings = {"rules": str(rules), "decisions": {"to": "file", "path": str(tmp_path / "log.jsonl")}}
    with live_service(tmp_path, settings, "--workers", "2") as live:
        for _ in range(40):
            decide(live)
        live.process.terminate()
        live.process.wait(SECONDS)
    files = sorted(tmp_path.glob("log.*.jsonl"))
    found = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(found) == 40
    assert {file.name for file in files} == {f"log.{record['worker']}.jsonl" for record in found}


def test_a_callers_name_that_utf8_cannot_hold_is_written_escaped() -> None:
    call = SimpleNamespace(caller=SimpleNamespace(id="half \ud800"), id="c")
    made = made_of(Decided({}, b"{}", cast(Any, None), (), cast(Any, call), b"{}"))
    assert made.caller == "half \\ud800"


# The writer needs little of the service


def test_the_writer_loads_none_of_the_service() -> None:
    code = "import sys, api.decision_log; print([n for n in ('fastapi', 'uvicorn', 'httpx') if n in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=SECONDS)
    assert ended.stdout.strip() == "[]"


def test_the_door_has_the_names_that_it_tells_type_checkers_of() -> None:
    tree = ast.parse(Path(api.__file__).read_text(encoding="utf-8"))
    told = {
        (name.name, node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for name in node.names
    }
    assert told == set(api._HOMES.items())
    assert {name for name, _ in told} == set(api.__all__)
    assert all(getattr(api, name) is not None for name in api.__all__)
