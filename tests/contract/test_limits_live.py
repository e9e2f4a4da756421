"""Slow and greedy clients on real sockets: each is cut off, and nobody else notices."""

import http.client
import io
import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from live_service import SECONDS, Live, live_service

FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
admission:
  otherwise: {then: {outcome: accept}}
"""
LIMITS = {"header_time": 0.6, "body_time": 0.9, "send_time": 0.8, "header_size": 4096, "headers": 20, "roster": 3}
PATIENCE = 10.0
"""Seconds within which the service has cut off whoever is ten times slower than it allows."""
HEAD = b"POST /v1/decide HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
REQUEST = json.dumps({"rulebook": "front-desk"}).encode()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with short limits."""
    folder = tmp_path_factory.mktemp("limits")
    (folder / "front-desk").mkdir()
    (folder / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    with live_service(folder, {"rules": str(folder), "limits": LIMITS}) as live:
        yield live


@pytest.fixture(autouse=True)
def _it_still_answers(service: Live) -> Iterator[None]:
    yield
    status, _, answer = ask(service, REQUEST)
    assert (status, answer["rulebook"]["id"]) == (200, "front-desk")
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


def ask(service: Live, body: bytes) -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection(service.host, service.port, timeout=SECONDS)
    with closing(connection):
        connection.request("POST", "/v1/decide", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.headers, json.loads(response.read())


def connect(service: Live) -> socket.socket:
    return socket.create_connection((service.host, service.port), timeout=SECONDS)


def trickle(line: socket.socket, pieces: Iterator[bytes], pause: float = 0.1) -> tuple[bytes, float]:
    """Send piece after piece until the service ends the connection: all that it said, and the seconds it took."""
    began, said = time.monotonic(), b""
    while time.monotonic() - began < PATIENCE:
        readable, _, _ = select.select([line], [], [], pause)
        try:
            if readable:
                came = line.recv(65536)
                if not came:
                    return said, time.monotonic() - began
                said += came
            else:
                line.sendall(next(pieces))
        except ConnectionError:
            return said, time.monotonic() - began
    raise AssertionError(f"still connected after {PATIENCE} seconds; it said {said!r}")


def read_until(line: socket.socket, end: bytes) -> bytes:
    """What the service says up to these bytes, or until it ends the connection."""
    said = b""
    while end not in said and (came := line.recv(65536)):
        said += came
    return said


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


def problem(said: bytes) -> dict[str, Any]:
    """The problem document of an answer, as read off the wire."""
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    document = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % document["status"])
    assert isinstance(document, dict)
    return document


def test_a_head_that_trickles_is_cut_off(service: Live) -> None:
    with connect(service) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\n")
        said, seconds = trickle(line, (b"x-%d: y\r\n" % number for number in range(1000)))
    assert problem(said)["type"] == "/problems/too-slow"
    assert seconds >= LIMITS["header_time"]


def test_a_connection_that_says_nothing_is_closed_without_a_word(service: Live) -> None:
    with connect(service) as line:
        assert line.recv(1) == b""


def test_a_second_head_that_trickles_is_cut_off_too(service: Live) -> None:
    with connect(service) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: desk\r\n\r\n")
        assert b'"ok"' in read_until(line, b'"ok"')
        line.sendall(b"GET /healthz HTTP/1.1\r\n")
        said, _ = trickle(line, (b"x-%d: y\r\n" % number for number in range(1000)))
    assert problem(said)["type"] == "/problems/too-slow"


def test_a_body_that_trickles_is_cut_off(service: Live) -> None:
    with connect(service) as line:
        line.sendall(HEAD + b"Content-Length: 100000\r\n\r\n{")
        said, seconds = trickle(line, endless(b" "))
    assert problem(said)["type"] == "/problems/too-slow"
    assert seconds >= LIMITS["body_time"]
    deadline = time.monotonic() + PATIENCE
    while '"status":408' not in service.log.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, "the log of calls does not tell of it"
        time.sleep(0.05)


def test_a_body_that_never_comes_is_cut_off(service: Live) -> None:
    with connect(service) as line:
        line.sendall(HEAD + b"Content-Length: 100\r\n\r\n")
        assert problem(line.recv(65536))["type"] == "/problems/too-slow"
        assert line.recv(1) == b""


def test_a_body_nobody_wants_is_not_read_for_ever(service: Live) -> None:
    with connect(service) as line:
        line.sendall(HEAD + b"Content-Length: 100000000000\r\n\r\n")
        said, _ = trickle(line, endless(b" " * 1000))
    assert b"/problems/too-large" in said


def test_who_does_not_read_is_cut_off(service: Live) -> None:
    request = b"GET /openapi.json HTTP/1.1\r\nHost: desk\r\n\r\n"
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(PATIENCE)
        line.connect((service.host, service.port))
        with pytest.raises(ConnectionError):
            send_for_ever(line, request * 20)


def send_for_ever(line: socket.socket, piece: bytes) -> None:
    """Send until the service ends the connection, which raises, or until it should long have done so."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        line.sendall(piece)
        time.sleep(0.05)


def test_who_reads_slowly_and_steadily_gets_everything(service: Live) -> None:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        line.settimeout(PATIENCE)
        line.connect((service.host, service.port))
        line.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")
        said = b""
        while came := line.recv(2048):
            said += came
            time.sleep(0.005)
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-length: %d" % len(body) in head.lower()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\n" + b"".join(b"x-%d: y\r\n" % number for number in range(30)) + b"\r\n",
        b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 8000 + b"\r\n\r\n",
        b"GET /" + b"y" * 8000 + b" HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 100_000,
        b"GET /" + b"y" * 100_000,
    ],
    ids=["many", "large", "long-path", "endless-value", "endless-path"],
)
def test_a_head_that_is_too_large_is_refused(service: Live, head: bytes) -> None:
    with connect(service) as line:
        line.sendall(head)
        assert problem(line.recv(65536))["status"] == 431


def test_what_is_no_http_is_answered_with_a_problem(service: Live) -> None:
    with connect(service) as line:
        line.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
        assert problem(line.recv(65536)) == {"type": "about:blank", "title": "Bad Request", "status": 400}


@pytest.mark.parametrize("body", [b"zz\r\n", b"5\r\n{}"])
def test_a_body_that_is_cut_wrongly_is_answered_with_a_problem(service: Live, body: bytes) -> None:
    with connect(service) as line:
        line.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"\r\n\r\n\r\n\r\n")
        assert problem(line.recv(65536))["status"] == 400


def test_requests_are_answered_in_their_order_when_sent_ahead_and_too_many_are_not_taken(service: Live) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: desk\r\n\r\n"
    with connect(service) as line:
        line.sendall(request * 30 + request.replace(b"desk", b"desk\r\nConnection: close"))
        assert read_until(line, b"never").count(b'{"status":"ok"}') == 31
    with connect(service) as line:
        line.sendall(request * 90)
        assert read_until(line, b"never").count(b'{"status":"ok"}') < 90


def test_a_roster_has_the_agents_that_the_settings_allow(service: Live) -> None:
    roster = [{"id": f"agent-{number}"} for number in range(4)]
    assert ask(service, json.dumps({"rulebook": "front-desk", "roster": roster[:3]}).encode())[0] == 200
    status, _, refused = ask(service, json.dumps({"rulebook": "front-desk", "roster": roster}).encode())
    assert (status, [fault["pointer"] for fault in refused["errors"]]) == (422, ["/roster"])


def test_many_slow_clients_at_once_keep_nobody_waiting(service: Live) -> None:
    slow = [connect(service) for _ in range(100)]
    try:
        for number, line in enumerate(slow):
            line.sendall(HEAD + b"Content-Length: 100\r\n\r\n{" if number % 2 else b"GET /healthz HTTP/1.1\r\nx")
        for _ in range(20):
            assert ask(service, REQUEST)[0] == 200
        deadline = time.monotonic() + PATIENCE
        for line in slow:
            line.settimeout(max(0.1, deadline - time.monotonic()))
            assert b"too-slow" in line.recv(65536)
    finally:
        for line in slow:
            line.close()


def test_connections_beyond_the_limit_are_turned_away(tmp_path: Path) -> None:
    (tmp_path / "front-desk").mkdir()
    (tmp_path / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    with live_service(tmp_path, {"rules": str(tmp_path), "limits": {"connections": 3}}) as live:
        held = [connect(live) for _ in range(3)]
        for line in held:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: desk\r\n\r\n")
            assert b'"ok"' in read_until(line, b'"ok"')
        with connect(live) as line:
            assert problem(line.recv(65536))["type"] == "/problems/overloaded"
        for line in held:
            line.close()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with connect(live) as line:
                line.sendall(b"GET /healthz HTTP/1.1\r\nHost: desk\r\n\r\n")
                with suppress(ConnectionError):
                    if b'"ok"' in read_until(line, b'"ok"'):
                        return
        raise AssertionError("no connection is taken although those that were held are closed")


def head_of(said: bytes) -> http.client.HTTPMessage:
    status, _, rest = said.partition(b"\r\n")
    assert status.startswith(b"HTTP/1.1 4")
    return http.client.parse_headers(io.BytesIO(rest))


@pytest.mark.parametrize("name", ["call-7", None])
def test_what_is_cut_off_has_a_name_and_is_a_problem_document(service: Live, name: str | None) -> None:
    named = b"X-Request-Id: %b\r\n" % name.encode() if name else b""
    slow_body = HEAD + named + b"Content-Length: 100\r\n\r\n{"
    many_headers = HEAD + named + b"".join(b"X-%d: y\r\n" % number for number in range(30)) + b"\r\n"
    for sent, status in ((slow_body, 408), (many_headers, 431)):
        with closing(connect(service)) as line:
            line.sendall(sent)
            said, _ = trickle(line, iter([b""] * 1_000))
        head = head_of(said)
        assert said.split(b" ", 2)[1] == str(status).encode()
        assert head["content-type"] == "application/problem+json"
        assert head["x-request-id"] == name if name else len(head["x-request-id"]) > 8


def test_a_head_that_never_comes_whole_is_named_too(service: Live) -> None:
    with closing(connect(service)) as line:
        line.sendall(HEAD + b"X-Request-Id: call-8\r\n")
        said, _ = trickle(line, iter([b""] * 1_000))
    assert said.startswith(b"HTTP/1.1 408 ")
    assert head_of(said)["x-request-id"]
