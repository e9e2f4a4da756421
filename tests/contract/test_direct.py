"""Calls that come whole are answered at once; the same calls in pieces go the long way. Both say the same."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pytest
from live_service import FRONT_DESK, SECONDS, Live, live_service

from api.access.keys import fresh_key

HEAD_LIMIT = 2_048
GOOD = json.dumps({"rulebook": "front-desk", "at": "2026-11-23T10:00:00Z", "explain": True}).encode()
JSON = "Content-Type: application/json\r\n"


class Said(NamedTuple):
    """An answer, its date left out."""

    status: int
    headers: dict[str, str]
    body: bytes
    name: str | None
    """Its `X-Request-Id`."""

    @property
    def all_but_its_name(self) -> tuple[int, dict[str, str], bytes]:
        """What both ways have in common."""
        return self.status, self.headers, self.body


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with a low limit on heads and bodies."""
    folder = tmp_path_factory.mktemp("direct")
    (folder / "front-desk").mkdir()
    (folder / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    with live_service(folder, {"rules": str(folder), "limits": {"header_size": HEAD_LIMIT, "body": 4_096}}) as live:
        yield live


def call(service: Live, raw: bytes, pause_at: int | None = None) -> Said:
    """Send bytes, in two pieces where a place is given, and read one answer."""
    with closing(socket.create_connection((service.host, service.port), timeout=SECONDS)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if pause_at is not None:
            line.sendall(raw[:pause_at])
            time.sleep(0.05)
            raw = raw[pause_at:]
        with suppress(ConnectionError):  # some calls are refused by their head alone
            line.sendall(raw)
        return read_answer(line.makefile("rb"))


def read_answer(stream: BinaryIO) -> Said:
    """The next answer of a connection."""
    status = int(stream.readline().split()[1])
    lines = iter(stream.readline, b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.decode().partition(":") for line in lines)}
    headers.pop("date", None)
    name = headers.pop("x-request-id", None)
    return Said(status, headers, stream.read(int(headers["content-length"])), name)


def post(body: bytes, headers: str = JSON, path: str = "/v1/decide") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: desk\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


CALLS: dict[str, bytes] = {
    "a decision": post(GOOD),
    "in another language": post(GOOD, JSON + "Accept-Language: ru\r\n"),
    "kept alive in so many words": post(GOOD, JSON + "Connection: keep-alive\r\n"),
    "a name of its own": post(GOOD, JSON + "X-Request-Id: mine-1\r\n"),
    "offered HTTP/2, as Java does": post(
        GOOD,
        JSON + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n",
    ),
    "an unknown rulebook": post(b'{"rulebook": "front-dsk"}'),
    "an unknown value": post(b'{"rulebook": "front-desk", "ticket": {"channel": "mial"}}'),
    "no JSON": post(b"{"),
    "an empty body": post(b""),
    "another type": post(GOOD, "Content-Type: text/plain\r\n"),
    "no type": post(GOOD, ""),
    "compressed": post(GOOD, JSON + "Content-Encoding: gzip\r\n"),
    "too large": post(b" " * 5_000),
}


REFUSED = ("another type", "no type", "compressed")


@pytest.mark.parametrize("name", CALLS)
def test_both_ways_say_the_same(service: Live, name: str) -> None:
    raw = CALLS[name]
    at_once = call(service, raw)
    assert (at_once.status == 200) is (GOOD in raw and name not in REFUSED)
    for place in {raw.index(b"\r\n\r\n") + 4, len(raw) - 1, 10} - {len(raw)}:
        assert call(service, raw, place).all_but_its_name == at_once.all_but_its_name
    chunked = raw.replace(
        b"Content-Length: %d" % (len(raw) - raw.index(b"\r\n\r\n") - 4), b"Transfer-Encoding: chunked"
    )
    head, _, body = chunked.partition(b"\r\n\r\n")
    piece = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    in_chunks = call(service, head + b"\r\n\r\n" + piece + b"0\r\n\r\n")
    assert in_chunks.all_but_its_name == at_once.all_but_its_name
    assert at_once.name
    assert in_chunks.name


def test_calls_with_heads_known_by_heart_are_answered_alike(service: Live) -> None:
    kept = {name: raw for name, raw in CALLS.items() if name != "too large"}  # which closes its connection
    first = {name: call(service, raw).all_but_its_name for name, raw in kept.items()}
    with closing(socket.create_connection((service.host, service.port), timeout=SECONDS)) as line:
        stream = line.makefile("rb")
        names = []
        for name in [name for name in kept for _ in range(4)] + list(kept) * 3:
            line.sendall(kept[name])
            said = read_answer(stream)
            assert said.all_but_its_name == first[name], name
            names.append(said.name)
    assert names.count("mine-1") == 4 + 3
    assert len(set(names)) == len(names) - names.count("mine-1") + 1


def test_behind_a_head_known_by_heart_comes_what_may(service: Live) -> None:
    raw = CALLS["a decision"]
    other = post(GOOD.replace(b"true", b"none"))  # as long, and no JSON
    pieces = [
        raw,
        raw,
        raw[:-5],
        raw[-5:],
        raw + raw,
        raw,
        b"\r\n" + raw,
        other,
        raw + raw[:9],
        raw[9:],
        raw[:7],
        raw[7:],
    ]
    expected = [200, 200, 200, 200, 200, 200, 200, 400, 200, 200, 200]
    with closing(socket.create_connection((service.host, service.port), timeout=SECONDS)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = line.makefile("rb")
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.02)
        assert [read_answer(stream).status for _ in expected] == expected


def test_other_paths_and_methods_go_on_as_before(service: Live) -> None:
    assert call(service, post(GOOD, path="/v1/decide?explain=true")).status == 200
    assert call(service, post(GOOD, path="/v1/decide/")).status == 404
    assert call(service, b"GET /v1/decide HTTP/1.1\r\nHost: desk\r\n\r\n").status == 405
    assert call(service, b"GET /healthz HTTP/1.1\r\nHost: desk\r\n\r\n").body == b'{"status":"ok"}'


def test_calls_that_come_together_are_answered_in_their_order(service: Live) -> None:
    named = [(f"call-{place}", b"GET /healthz HTTP/1.1\r\nHost: desk\r\n") for place in range(12)]
    raw = b""
    for place, (name, health) in enumerate(named):
        own = f"X-Request-Id: {name}\r\n"
        raw += health + own.encode() + b"\r\n" if place % 3 == 1 else post(GOOD, JSON + own)
    with closing(socket.create_connection((service.host, service.port), timeout=SECONDS)) as line:
        line.sendall(raw)
        stream = line.makefile("rb")
        ids = [read_answer(stream).name for _ in named]
    assert ids == [name for name, _ in named]


def test_a_connection_lives_through_many_calls_and_either_way(service: Live) -> None:
    connection = http.client.HTTPConnection(service.host, service.port, timeout=SECONDS)
    answers = set()
    with closing(connection):
        for place in range(60):  # together their heads are larger than the limit of one
            body: Any = iter([GOOD[:9], GOOD[9:]]) if place % 7 == 3 else GOOD
            connection.request("POST", "/v1/decide", body, {"Content-Type": "application/json", "X-Fill": "x" * 100})
            response = connection.getresponse()
            answers.add((response.status, response.read()))
    assert len(answers) == 1
    assert answers.pop()[0] == 200


def test_a_head_that_is_too_large_is_refused_all_the_same(service: Live) -> None:
    assert call(service, post(GOOD, JSON + f"X-Fill: {'x' * HEAD_LIMIT}\r\n")).status == 431


def test_closing_is_said_when_it_is_asked_for(service: Live) -> None:
    said = call(service, post(GOOD, JSON + "Connection: close\r\n"))
    assert (said.status, said.headers["connection"]) == (200, "close")


def test_who_calls_is_asked_either_way(tmp_path: Path) -> None:
    key, other = fresh_key(), fresh_key()
    (tmp_path / "front-desk").mkdir()
    (tmp_path / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    keys = [{"id": "desk", "sha256": sha256(key.encode()).hexdigest(), "scopes": ["decide"]}]
    keys.append({"id": "reader", "sha256": sha256(other.encode()).hexdigest(), "scopes": ["rulebooks"]})
    with live_service(tmp_path, {"rules": str(tmp_path), "access": {"keys": keys}}) as live:
        for _ in range(3):  # the first time the long way, then the gate knows it
            assert call(live, post(GOOD, f"{JSON}X-API-Key: {key}\r\n")).status == 200
            assert call(live, post(GOOD, f"{JSON}X-API-Key: {other}\r\n")).status == 403
            refused = call(live, post(GOOD))
            assert (refused.status, refused.headers["www-authenticate"][:6]) == (401, "Bearer")
            assert call(live, post(GOOD, f"{JSON}X-API-Key: {key[:-1]}\r\n")).status == 401
    logged = [json.loads(line) for line in live.log.read_text(encoding="utf-8").splitlines()]
    assert [line["status"] for line in logged if line.get("event") == "call"] == [200, 403, 401, 401] * 3
