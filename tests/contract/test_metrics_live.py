"""Metrics of a service with two workers: one scrape shows both, and no counter goes back when one is killed."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SECONDS = 60
FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
admission:
  otherwise: {then: {outcome: accept}}
"""
DECIDED = r'^deskpolicy_decisions_total\{.*outcome="accept".*\} (\S+)$'


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A service with two workers: its process, and its port."""
    (tmp_path / "front-desk").mkdir()
    (tmp_path / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    command = [sys.executable, "-m", "cli", "serve", "--rules", str(tmp_path), "--port", "0", "--workers", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found
        yield process, int(found[1])
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        finally:
            process.kill()
            process.stdout.close()


def asked(port: int, method: str, path: str, body: str | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def figure(port: int, pattern: str) -> float:
    return sum(float(value) for value in re.findall(pattern, asked(port, "GET", "/metrics"), re.MULTILINE))


def reached(port: int, pattern: str, expected: float) -> bool:
    """Whether a figure comes to be this in time."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if figure(port, pattern) == expected:
            return True
        time.sleep(0.1)
    return False


def workers_of(process: int) -> list[int]:
    """The processes that answer: those below that hold the port, told by their command."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to find the workers")
def test_no_counter_goes_back_when_a_worker_is_killed(service: tuple[subprocess.Popen[str], int]) -> None:
    process, port = service
    request = json.dumps({"rulebook": "front-desk"})
    for _ in range(20):
        asked(port, "POST", "/v1/decide", request)
    assert reached(port, DECIDED, 20)
    assert reached(port, r"^deskpolicy_workers (\S+)$", 2)
    time.sleep(2.5)  # each worker leaves its figures once a second
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    until = time.monotonic() + SECONDS
    while figure(port, r"^deskpolicy_worker_restarts_total (\S+)$") < 1:
        assert figure(port, DECIDED) == 20
        assert time.monotonic() < until
        time.sleep(0.1)
    assert reached(port, r"^deskpolicy_workers (\S+)$", 2)
    for _ in range(5):
        asked(port, "POST", "/v1/decide", request)
    assert reached(port, DECIDED, 25)
