"""The service as a process on a port of this machine: how it starts, what real sockets do to it, how it ends."""

import http.client
import json
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest

from api.serving import app_from_environment

SECONDS = 30
FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
admission:
  otherwise: {then: {outcome: accept}}
"""
JSON = {"Content-Type": "application/json"}
REQUEST = json.dumps({"rulebook": "front-desk"})


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "front-desk").mkdir()
    (folder / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    return folder


@contextmanager
def serving(rules: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str, int, list[str]]]:
    """A service as a process of its own: the process, its host and port, and the two lines that it greets with."""
    command = [sys.executable, "-W", "error", "-m", "cli", "serve", "--rules", str(rules), "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        greeting = [process.stdout.readline().rstrip("\n"), process.stdout.readline().rstrip("\n")]
        if not greeting[1]:
            process.wait(SECONDS)
            raise AssertionError(said(process.stderr))
        address = urlsplit(shlex.split(greeting[1])[1])
        assert address.hostname
        assert address.port
        yield process, address.hostname, address.port, greeting
    finally:
        process.kill()
        process.wait(SECONDS)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def said(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.read()


def assert_only_calls_are_logged(text: str) -> None:
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines
    assert {(line["event"], line["level"]) for line in lines} == {("call", "info")}


def ask(connection: http.client.HTTPConnection, body: Any, **options: Any) -> tuple[int, Any]:
    connection.request("POST", "/v1/decide", body, JSON, **options)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_it_greets_answers_and_ends_when_interrupted(rules: Path) -> None:
    with serving(rules) as (process, host, port, greeting):
        assert f"http://{host}:{port}" in greeting[0]
        assert "front-desk" in greeting[0]
        assert all(len(line) < 200 for line in greeting)
        curl = shlex.split(greeting[1])
        assert curl[0] == "curl"
        assert curl[2:5] == ["-H", "Content-Type: application/json", "-d"]
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
        status, answer = ask(connection, curl[5])
        assert (status, answer["decision"]["admission"]["outcome"]) == (200, "accept")
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
        assert said(process.stdout) == ""
        assert_only_calls_are_logged(said(process.stderr))


def test_bodies_too_large_and_broken_leave_it_standing(rules: Path) -> None:
    with serving(rules) as (process, host, port, _):
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
        for large in (b" " * 5_000_000, (b" " * 65_536 for _ in range(80))):
            status, problem = ask(connection, large, encode_chunked=not isinstance(large, bytes))
            assert (status, problem["type"]) == (413, "/problems/too-large")
            connection.close()
        for broken in (b"{", b"\xff\xfe", b"[" * 200_000):
            status, problem = ask(connection, broken)
            assert (status, problem["type"]) == (400, "/problems/not-json")
        with socket.create_connection((host, port), timeout=SECONDS) as half:
            half.sendall(b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
            half.sendall(b"Content-Length: 100\r\n\r\n{")
        time.sleep(0.1)
        status, answer = ask(connection, REQUEST)
        assert (status, answer["rulebook"]["id"]) == (200, "front-desk")
        connection.close()
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)
        assert "Traceback" not in said(process.stderr)


def test_several_workers_answer_alike(rules: Path) -> None:
    with serving(rules, "--workers", "2") as (process, host, port, _):
        request = json.dumps({"rulebook": "front-desk", "at": "2026-11-23T09:30:00Z"})
        answers = set()
        for _ in range(8):
            connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
            connection.request("POST", "/v1/decide", request, JSON)
            answers.add(connection.getresponse().read())
            connection.close()
        assert len(answers) == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
        assert_only_calls_are_logged(said(process.stderr))


def test_a_port_that_is_taken_is_said_in_one_line(rules: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "cli", "serve", "--rules", str(rules), "--port", port]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"deskpolicy: cannot listen at 127.0.0.1, port {port}: address already in use\n"


def test_rulebooks_with_faults_are_shown_and_the_port_stays_closed(tmp_path: Path) -> None:
    (tmp_path / "front-desk").mkdir()
    (tmp_path / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK.replace("outcome", "outcom"), encoding="utf-8")
    command = [sys.executable, "-m", "cli", "serve", "--rules", str(tmp_path), "--port", "0"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "1.0.0.yaml:5:" in ended.stderr
    assert "1 error" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_that_finds_faults_shows_them_and_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "front-desk").mkdir()
    (tmp_path / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK.replace("outcome", "outcom"), encoding="utf-8")
    monkeypatch.setenv("DESKPOLICY_RULES", str(tmp_path))
    with pytest.raises(SystemExit):
        app_from_environment()
    assert "1.0.0.yaml:5:" in capsys.readouterr().err
