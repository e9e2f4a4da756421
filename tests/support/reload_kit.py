"""What tests of reloads share: small sets of rulebooks whose answers tell them apart, and services as processes."""

import http.client
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

SECONDS = 60
JSON = {"Content-Type": "application/json"}
REQUEST = json.dumps({"rulebook": "front-desk", "at": "2026-11-23T09:30:00Z"})
_FRONT_DESK = """\
rulebook: {id}
version: 1.0.0
in_force: {{from: 2024-01-01}}
admission:
  otherwise: {{then: {{outcome: redirect, to: {to}}}}}
"""


def text(to: str, id: str = "front-desk") -> str:
    """A rulebook that redirects every ticket to `to`."""
    return _FRONT_DESK.format(id=id, to=to)


def put(rules: Path, to: str, id: str = "front-desk") -> None:
    """Write that rulebook, all at once."""
    folder = rules / id
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / ".part"
    partial.write_text(text(to, id), encoding="utf-8")
    partial.replace(folder / "1.0.0.yaml")


def spoil(rules: Path, id: str = "front-desk") -> None:
    """Write a rulebook with a fault in its place."""
    (rules / id / "1.0.0.yaml").write_text(text("desk", id).replace("outcome", "outcom"), encoding="utf-8")


class Served(NamedTuple):
    """A service that runs as a process of its own."""

    process: subprocess.Popen[str]
    host: str
    port: int

    def connect(self) -> http.client.HTTPConnection:
        """A new connection to it."""
        return http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)

    def call(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        """Status and JSON of one call, on a connection of its own."""
        connection = self.connect()
        try:
            return ask(connection, method, path, body)
        finally:
            connection.close()

    def to(self) -> str:
        """Where the service redirects tickets now."""
        status, answer = self.call("POST", "/v1/decide", REQUEST)
        assert status == 200, answer
        return str(answer["decision"]["admission"]["to"])


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
    """Status and JSON of one call on a connection."""
    connection.request(method, path, body, JSON if body is not None else {})
    response = connection.getresponse()
    return response.status, json.loads(response.read())


@contextmanager
def serving(*options: str, errors: Path | None = None, program: str = "") -> Iterator[Served]:
    """A service as a process; what it writes to standard error goes to a file, or nowhere.

    `program` is Python that runs it, where the command does not do.
    """
    python = [sys.executable, "-W", "error"]
    command = [*python, "-c", program] if program else [*python, "-m", "cli", "serve", "--port", "0", *options]
    with open(errors, "w") if errors else open("/dev/null", "w") as sink:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sink, text=True)
    try:
        address = _address(process.stdout)
        assert address is not None, errors.read_text() if errors else "it did not start"
        yield Served(process, *address)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def _address(stream: IO[str] | None) -> tuple[str, int] | None:
    assert stream is not None
    stream.readline()
    curl = stream.readline()
    if not curl:
        return None
    address = urlsplit(shlex.split(curl)[1])
    assert address.hostname
    assert address.port
    return address.hostname, address.port
