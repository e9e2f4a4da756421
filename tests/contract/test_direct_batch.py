"""Batches that come whole are answered in their turn; the same batches in pieces go the long way. Both say the same."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import pytest
from live_service import FRONT_DESK, SECONDS, Live, live_service

MOST_LINES = 1_000
NDJSON = "Content-Type: application/x-ndjson\r\n"


class Said(NamedTuple):
    """An answer without its date and name, and however it was cut."""

    status: int
    content_type: str | None
    body: bytes


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with a low limit on lines."""
    folder = tmp_path_factory.mktemp("direct_batch")
    (folder / "front-desk").mkdir()
    (folder / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    limits = {"body": 2_000, "batch_lines": MOST_LINES}
    with live_service(folder, {"rules": str(folder), "limits": limits}) as live:
        yield live


def line(number: int, **more: object) -> bytes:
    return json.dumps({"rulebook": "front-desk", "at": f"2026-11-23T10:00:{number % 60:02}Z", **more}).encode()


def post(body: bytes, headers: str = NDJSON, path: str = "/v1/decide/batch") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: desk\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def connect(service: Live) -> socket.socket:
    link = socket.create_connection((service.host, service.port), timeout=SECONDS)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def said(link: socket.socket) -> Said:
    """One answer, of a connection that has one to give."""
    response = http.client.HTTPResponse(link, method="POST")
    response.begin()
    body = response.read()
    answer = msg_without_instance(body) if response.status != 200 else body
    return Said(response.status, response.getheader("content-type"), answer)


def msg_without_instance(body: bytes) -> bytes:
    """A problem as text in one order, without the name of its call."""
    problem = json.loads(body)
    problem.pop("instance", None)
    return json.dumps(problem, sort_keys=True).encode()


def call(service: Live, raw: bytes, pause_at: int | None = None) -> Said:
    """The answer to a call that is sent in one piece, or in two."""
    with closing(connect(service)) as link:
        if pause_at is not None:
            link.sendall(raw[:pause_at])
            time.sleep(0.05)
            raw = raw[pause_at:]
        link.sendall(raw)
        return said(link)


GOOD = b"\n".join(line(number) for number in range(40))
BODIES: dict[str, bytes] = {
    "good lines": GOOD,
    "lines that all end": GOOD + b"\n",
    "one line": line(1),
    "no line": b"",
    "blank lines": b"\n \r\n\n",
    "ends of lines in two signs": GOOD.replace(b"\n", b"\r\n"),
    "a line that is no JSON": line(1) + b"\n{\n" + GOOD,
    "a line that does not fit": line(1) + b"\n" + line(2, ticket={"channel": "mial"}) + b"\n" + GOOD,
    "a name that is repeated": GOOD + b'\n{"rulebook": "front-desk", "rulebook": "front-desk"}\n' + line(1),
    "two requests on a line": GOOD + b"\n" + line(1) + b" " + line(2) + b"\n" + line(3),
    "a request on two lines": GOOD + b"\n" + line(1) + b" " + line(2).replace(b'"at"', b'\n"at"'),
    "signs that are escaped": b"\n".join([GOOD, line(1, language="e\u006e"), GOOD.replace(b"front", b"fr\\u006fnt")]),
    "a line that is too long": GOOD + b"\n" + line(1, language="x" * 3_000) + b"\n" + GOOD,
    "no objects": b"[]\n1\nnull\n" + GOOD,
    "too many lines": b"\n".join([line(0)] * 2 + [b""] * MOST_LINES),
    "too many blank lines": b"\n" * (MOST_LINES + 5),
    "more than is answered in one go": b"\n".join(line(number) for number in range(MOST_LINES)),
}


@pytest.mark.parametrize("name", BODIES)
def test_both_ways_say_the_same(service: Live, name: str) -> None:
    body = BODIES[name]
    raw = post(body)
    at_once = call(service, raw)
    for place in {raw.index(b"\r\n\r\n") + 4, len(raw) - 1, 10} - {len(raw)}:
        assert call(service, raw, place) == at_once
    alone = [one for one in body.splitlines() if one.strip() and len(one) <= 2_000]
    decided = [one for one in at_once.body.splitlines() if b'"decision"' in one]
    singles = [call(service, post(one, "Content-Type: application/json\r\n", "/v1/decide")) for one in alone[:45]]
    assert decided[:45] == [single.body for single in singles if single.status == 200][: len(decided)]
    assert at_once.status == 413 if name == "too many blank lines" else at_once.status == 200


def test_what_is_no_ndjson_is_refused_either_way(service: Live) -> None:
    raw = post(GOOD, "Content-Type: text/plain\r\n")
    at_once = call(service, raw)
    assert at_once.status == 415
    assert call(service, raw, len(raw) - 1) == at_once


def test_calls_that_come_together_are_answered_in_their_order(service: Live) -> None:
    bodies = [b"\n".join([line(place)] * (place + 1)) for place in range(9)]
    raw = b"".join(
        post(line(place), "Content-Type: application/json\r\n", "/v1/decide") if place % 3 == 2 else post(body)
        for place, body in enumerate(bodies)
    )
    with closing(connect(service)) as link:
        link.sendall(raw)
        stream = link.makefile("rb")
        for place, body in enumerate(bodies):
            assert stream.readline().split()[1] == b"200"
            head = dict(one.lower().split(b": ", 1) for one in iter(stream.readline, b"\r\n"))
            answer = stream.read(int(head[b"content-length"]))
            assert answer.count(b'"decision"') == (1 if place % 3 == 2 else len(body.splitlines()))
            assert f"10:00:{place:02}Z".encode() in answer


def test_what_is_no_http_behind_a_batch_does_not_keep_it_from_its_answer(service: Live) -> None:
    with closing(connect(service)) as link:
        link.sendall(post(GOOD) + b"\x00\x01 no HTTP\r\n\r\n")
        stream = link.makefile("rb").read()
    first, _, rest = stream.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200")
    assert rest.count(b'"decision"') == 40
    assert b"HTTP/1.1 400" in rest


def test_who_sends_no_more_is_still_answered(service: Live) -> None:
    with closing(connect(service)) as link:
        link.sendall(post(GOOD))
        link.shutdown(socket.SHUT_WR)
        assert said(link).body.count(b'"decision"') == 40


def test_who_goes_away_leaves_the_service_whole(service: Live) -> None:
    for _ in range(20):
        with closing(connect(service)) as link:
            link.sendall(post(GOOD))
    assert call(service, post(GOOD)).body.count(b'"decision"') == 40


def test_a_batch_counts_as_one_call_with_its_lines(service: Live) -> None:
    def figures() -> dict[str, float]:
        with closing(connect(service)) as link:
            link.sendall(b"GET /metrics HTTP/1.1\r\nHost: desk\r\n\r\n")
            rows = [row.rsplit(" ", 1) for row in said(link).body.decode().splitlines() if not row.startswith("#")]
            return {name: float(value) for name, value in rows}

    before = figures()
    call(service, post(GOOD + b"\n{"))
    after = figures()
    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    lines = {name: count for name, count in grown.items() if "batch_lines" in name}
    assert sorted(lines.values()) == [1, 40]
    assert [count for name, count in grown.items() if "decisions_total" in name] == [40]
    calls = [count for name, count in grown.items() if "requests_total" in name and "/v1/decide/batch" in name]
    assert calls == [1]
