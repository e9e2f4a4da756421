"""The log of calls, the service's own log beside it, and what neither may hold."""

import asyncio
import json
import logging
import logging.config
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Scope

from api.call import Call, Caller
from api.telemetry.call_log import CallLog, Which
from api.telemetry.context import trace_context
from api.telemetry.logs import JsonFormatter, log_settings

SECONDS = 30
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
VALID = f"00-{TRACE}-{SPAN}-01"


def call(path: str = "/v1/decide", **headers: str) -> Call:
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {"type": "http", "method": "POST", "path": path, "query_string": b"secret=1", "headers": listed}
    return Call(scope)


def template(path: str) -> str:
    return "/v1/rulebooks/{id}" if path.startswith("/v1/rulebooks/") else path


def lines(which: Which, work: Callable[[CallLog], None], **options: Any) -> list[dict[str, Any]]:
    """What a log writes while this is done."""
    pieces: list[bytes] = []

    async def run() -> None:
        log = CallLog(which, template, pieces.append, **options)
        async with log.running():
            work(log)

    asyncio.run(run())
    assert all(piece.endswith(b"\n") for piece in pieces)
    return [json.loads(line) for line in b"".join(pieces).splitlines()]


def test_a_call_is_one_line_of_json() -> None:
    def work(log: CallLog) -> None:
        known = call(x_request_id="order-7", traceparent=VALID)
        known.caller = Caller("helpdesk", frozenset())
        log(known, 200, 1_234)
        log(call("/v1/rulebooks/internal-it"), 404, 99)
        log(call(), 503, 5)

    first, second, third = lines("all", work)
    assert first.pop("ms") >= 0
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info",
        "event": "call",
        "request_id": "order-7",
        "method": "POST",
        "route": "/v1/decide",
        "status": 200,
        "bytes": 1_234,
        "caller": "helpdesk",
        "trace_id": TRACE,
        "span_id": SPAN,
    }
    assert (second["route"], second["status"], second["level"]) == ("/v1/rulebooks/{id}", 404, "info")
    assert not {"caller", "trace_id", "span_id"} & set(second)
    assert third["level"] == "error"


def test_lines_of_many_calls_alike_are_as_the_first() -> None:
    def work(log: CallLog) -> None:
        for place in range(3):
            for status in (200, 422, 503):
                log(call(x_request_id=f"of/{status}=+@:._-"), status, 10 * place)
        log(call(traceparent=VALID), 200, 40)

    *found, traced = lines("all", work)
    for place, line in enumerate(found):
        first = found[place % 3]
        assert list(line) == list(first)
        assert {**line, "time": 0, "ms": 0, "bytes": 0} == {**first, "time": 0, "ms": 0, "bytes": 0}
        assert line["bytes"] == 10 * (place // 3)
        assert len(line["time"]) == len("2026-11-23T10:00:00.000Z")
        assert line["level"] == ("error" if line["status"] == 503 else "info")
    assert traced["trace_id"] == TRACE


def test_nothing_else_that_a_caller_wrote_is_in_it() -> None:
    def work(log: CallLog) -> None:
        headers = {"authorization": "Bearer secret", "x_api_key": "secret", "accept_language": "secret"}
        log(call("/v1/rulebooks/secret", x_request_id='secret"\n{}', traceparent="secret", **headers), 200, 1)

    (line,) = lines("all", work)
    assert "secret" not in json.dumps(line)
    assert line["request_id"]


@pytest.mark.parametrize(
    ("which", "statuses"), [("all", [200, 304, 400, 500, 0]), ("problems", [400, 500, 0]), ("none", [])]
)
def test_it_can_be_held_to_problems(which: Which, statuses: list[int]) -> None:
    def work(log: CallLog) -> None:
        for status in (200, 304, 400, 500, 0):
            log(call(), status, 1)

    assert [line["status"] for line in lines(which, work)] == statuses


def test_where_nobody_reads_calls_are_left_out_and_counted_and_nobody_waits() -> None:
    reading, pieces = threading.Event(), []

    def write(piece: bytes) -> None:
        assert reading.wait(SECONDS)
        pieces.append(piece)

    async def run() -> float:
        log = CallLog("all", template, write, buffer=100)
        async with log.running():
            for _ in range(1_000):
                log(call(), 200, 1)
            lost = sum(sample.value for sample in log.samples())
            reading.set()
        return lost

    lost = asyncio.run(run())
    assert lost >= 800
    assert b"".join(pieces).count(b"\n") == 1_000 - lost


def test_lines_go_out_whole_and_in_pieces_that_no_other_worker_can_break() -> None:
    pieces: list[bytes] = []

    async def run() -> None:
        log = CallLog("all", template, pieces.append)
        async with log.running():
            for number in range(500):
                log(call(x_request_id="x" * (number % 128 + 1)), 200, number)

    asyncio.run(run())
    assert max(map(len, pieces)) <= 4_096
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert [json.loads(line)["bytes"] for line in b"".join(pieces).splitlines()] == list(range(500))


@pytest.mark.parametrize("traceparent", [VALID, f"00-{TRACE}-{SPAN}-00", f"cc-{TRACE}-{SPAN}-01-what-comes-later"])
def test_a_valid_trace_context_is_taken(traceparent: str) -> None:
    context = trace_context(traceparent.encode())
    assert context is not None
    assert (context.trace_id, context.span_id) == (TRACE, SPAN)
    assert context.is_sampled == traceparent.split("-")[3].endswith("1")


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        f"00-{TRACE}-{SPAN}",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01more",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{TRACE[:-1]}g-{SPAN}-01",
    ],
)
def test_any_other_trace_context_is_ignored(traceparent: str) -> None:
    assert trace_context(traceparent.encode()) is None


def test_a_log_record_is_one_line_of_json() -> None:
    try:
        raise RuntimeError("one line\nanother")
    except RuntimeError:
        record = logging.LogRecord(
            "desk", logging.ERROR, "x.py", 1, 'it "failed" at %s\n\ud800', ("noon",), sys.exc_info()
        )
    text = JsonFormatter().format(record)
    line = json.loads(text)
    assert "\n" not in text
    assert (line["level"], line["logger"], line["event"]) == ("error", "desk", "log")
    assert line["message"].startswith('it "failed" at noon')
    assert line["traceback"].endswith("RuntimeError: one line\nanother")


@pytest.mark.parametrize("level", [logging.CRITICAL, logging.DEBUG])
def test_setting_up_the_log_leaves_it_as_it_was_whether_texts_may_be_in_it(level: int) -> None:
    names = ("deskpolicy", "deskpolicy.texts", "uvicorn", "")
    before = {name: (logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names}
    propagated = {name: logging.getLogger(name).propagate for name in names}
    try:
        logging.getLogger("deskpolicy.texts").setLevel(level)
        logging.config.dictConfig(log_settings())
        assert logging.getLogger("deskpolicy.texts").level == level
    finally:
        for name, (was, handlers) in before.items():
            logger = logging.getLogger(name)
            logger.level, logger.handlers[:], logger.propagate = was, handlers, propagated[name]
            logger.manager._clear_cache()  # type: ignore[attr-defined]


def test_a_line_that_was_written_in_part_is_not_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    written, turns = bytearray(), iter([7, None])
    write = os.write

    def in_part(descriptor: int, piece: bytes) -> int:
        if descriptor != 2:
            return write(descriptor, piece)
        count = next(turns, len(piece))
        if count is None:
            raise OSError(5, "Input/output error")
        written.extend(piece[:count])
        return count

    async def run() -> None:
        log = CallLog("all", template)
        async with log.running():
            log(call(x_request_id="one"), 200, 1)
            log(call(x_request_id="two"), 200, 1)

    monkeypatch.setattr(os, "write", in_part)
    asyncio.run(run())
    assert [json.loads(line)["request_id"] for line in written.splitlines()] == ["one", "two"]
