"""Worker processes that are killed, that hang, that cannot begin, and that are asked to end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from reload_kit import REQUEST, SECONDS, Served, ask, put, serving, text


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with one rulebook."""
    folder = tmp_path / "rules"
    put(folder, "first")
    return folder


def workers(service: Served) -> dict[int, int]:
    """The process of each worker, by its number."""
    receipt = service.call("GET", "/v1/reload")[1]
    return {worker["worker"]: worker["pid"] for worker in receipt["workers"]}


def until_full(service: Served, gone: int, count: int = 2) -> float:
    """Wait until all workers answer, without the one that is gone; how long that took."""
    began = time.monotonic()
    while True:
        now = workers(service)
        if len(now) == count and gone not in now.values():
            return time.monotonic() - began
        assert time.monotonic() < began + SECONDS, "it is not at full strength again"
        time.sleep(0.05)


class Client(threading.Thread):
    """Asks again and again on one connection, opened anew when it fails."""

    def __init__(self, service: Served, over: threading.Event) -> None:
        super().__init__()
        self.service = service
        self.over = over
        self.answers = 0
        self.failures: list[str] = []
        self.wrong: list[Any] = []

    def run(self) -> None:
        connection = self.service.connect()
        while not self.over.is_set():
            try:
                status, answer = ask(connection, "POST", "/v1/decide", REQUEST)
            except (OSError, HTTPException) as error:
                self.failures.append(type(error).__name__)
                connection.close()
                connection = self.service.connect()
                continue
            self.answers += 1
            if status != 200:
                self.wrong.append(answer)
        connection.close()


def test_a_killed_worker_takes_only_its_connections_with_it_and_is_replaced(rules: Path) -> None:
    with serving("--rules", str(rules), "--workers", "2") as service:
        over = threading.Event()
        clients = [Client(service, over) for _ in range(6)]
        for client in clients:
            client.start()
        time.sleep(0.5)
        for _ in range(2):
            killed = workers(service)[1]
            os.kill(killed, signal.SIGKILL)
            assert until_full(service, killed) < SECONDS
        time.sleep(0.5)
        over.set()
        for client in clients:
            client.join(SECONDS)
        assert all(client.answers > 10 for client in clients)
        assert not any(client.wrong for client in clients)
        # a client holds one connection at a time, so each kill can cost it one call and no more
        assert all(len(client.failures) <= 2 for client in clients), [client.failures for client in clients]


def test_a_replaced_worker_answers_with_the_set_in_use_and_not_with_the_broken_folder(rules: Path) -> None:
    with serving("--rules", str(rules), "--workers", "2") as service:
        (rules / "front-desk" / "1.0.0.yaml").write_text(text("second")[:-30], encoding="utf-8")
        for number in (1, 2):
            killed = workers(service)[number]
            os.kill(killed, signal.SIGKILL)
            until_full(service, killed)
        assert {service.to() for _ in range(8)} == {"first"}
        put(rules, "third")
        receipt = service.call("POST", "/v1/reload")[1]
        assert (receipt["outcome"], len(receipt["workers"])) == ("replaced", 2)
        assert {service.to() for _ in range(8)} == {"third"}


def test_workers_end_when_their_keeper_is_killed(rules: Path) -> None:
    with serving("--rules", str(rules), "--workers", "2") as service:
        pids = list(workers(service).values())
        service.process.kill()
        end = time.monotonic() + SECONDS
        while any(Path(f"/proc/{pid}").exists() and not is_dead(pid) for pid in pids):
            assert time.monotonic() < end, "a worker outlived its keeper"
            time.sleep(0.05)


def is_dead(pid: int) -> bool:
    """Whether a process has ended and merely nobody asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("count", ["1", "2"])
def test_what_was_begun_is_finished_and_nothing_new_is_taken(rules: Path, tmp_path: Path, count: str) -> None:
    errors = tmp_path / "errors"
    with serving("--rules", str(rules), "--workers", count, errors=errors) as service:
        connection = service.connect()
        line = REQUEST.encode() + b"\n"
        connection.putrequest("POST", "/v1/decide/batch")
        connection.putheader("Content-Type", "application/x-ndjson")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        connection.send(b"%x\r\n%s\r\n" % (len(line), line))
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(1.0)
        with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as the system pleases
            service.to()
        connection.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(line), line))
        answers = connection.getresponse().read().splitlines()
        connection.close()
        assert [json.loads(answer)["decision"]["admission"]["to"] for answer in answers] == ["first", "first"]
        assert service.process.wait(SECONDS) == 0
    assert "Traceback" not in errors.read_text(encoding="utf-8")


@pytest.mark.parametrize("count", ["1", "2"])
def test_before_it_ends_it_says_so_for_as_long_as_it_is_told(rules: Path, tmp_path: Path, count: str) -> None:
    settings = tmp_path / "service.yaml"
    settings.write_text(f"rules: {rules}\nlisten: {{workers: {count}, drain: 2}}\n", encoding="utf-8")
    with serving("--settings", str(settings)) as service:
        assert service.call("GET", "/readyz")[0] == 200
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        status, problem = service.call("GET", "/readyz")
        assert (status, problem["type"]) == (503, "/problems/shutting-down")
        assert service.to() == "first"
        service.process.wait(SECONDS)


@pytest.mark.slow
def test_a_worker_that_hangs_is_replaced(rules: Path, tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    program = (
        "import api.fleet.supervisor as s; s.HUNG = 2.0; from cli import main;"
        f"import sys; sys.argv = ['deskpolicy', 'serve', '--rules', {str(rules)!r}, '--port', '0', '--workers', '2'];"
        "main()"
    )
    with serving("--rules", str(rules), "--workers", "2", errors=errors, program=program) as service:
        hung = workers(service)[1]
        os.kill(hung, signal.SIGSTOP)
        end = time.monotonic() + SECONDS
        while "did not answer" not in errors.read_text(encoding="utf-8"):
            assert time.monotonic() < end
            time.sleep(0.1)
        until_full(service, hung)


def test_a_worker_that_cannot_begin_ends_the_service_with_a_reason(rules: Path, tmp_path: Path) -> None:
    settings = tmp_path / "service.yaml"
    settings.write_text(
        f"rules: {rules}\nlisten: {{workers: 2, port: 0}}\nshadow: [{{rulebook: front-desk, candidate: 9.9.9}}]\n"
    )
    command = [sys.executable, "-W", "error", "-m", "cli", "serve", "--settings", str(settings)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "could not begin" in ended.stderr
    assert "9.9.9" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ctrl_c_ends_all_quietly(rules: Path) -> None:
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "cli",
        "serve",
        "--rules",
        str(rules),
        "--port",
        "0",
        "--workers",
        "2",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the keeper and to every worker
        assert process.wait(SECONDS) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.wait(SECONDS)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
