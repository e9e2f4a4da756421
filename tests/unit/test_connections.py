"""One connection, many calls: some answered at once, some by the application, some of which only a part has come."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from api.answers import Answer, json_answer
from api.limits import Pace
from api.settings import Limits

SECONDS = 10.0
IDLE = 0.3
"""Seconds after which a connection on which nothing happens is closed."""
LIMITS = Limits(header_size=1_024, header_time=0.6)
AT_ONCE = b"POST /quick HTTP/1.1\r\nHost: desk\r\nContent-Length: 2\r\n\r\n{}"
AT_LENGTH = b"POST /slow HTTP/1.1\r\nHost: desk\r\nContent-Length: 2\r\n\r\n{}"
BOTH = pytest.mark.parametrize("one", [AT_ONCE, AT_LENGTH], ids=["at once", "at length"])
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Quick:
    """Answers one route at once."""

    routes_at_once = {(b"POST", b"/quick"): ("POST", "/quick")}  # noqa: RUF012 - a value of the protocol, never changed

    def answer_at_once(self, scope: Scope, body: bytes) -> Answer | None:
        answer = json_answer(body)
        answer.headers.append((b"x-request-id", b"1"))
        return answer


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body, once it is whole."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connected(app: Any = echo, limits: Limits = LIMITS) -> AsyncIterator[Streams]:
    """A connection to a server of its own."""
    config = Config(app, log_config=None, timeout_keep_alive=IDLE, ws="none", lifespan="off")  # type: ignore[arg-type]
    pace, state = Pace(limits, Quick()), ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: pace(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


async def status(reader: asyncio.StreamReader) -> int:
    """Read one answer; its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(head.split()[1])


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), SECONDS))


@pytest.mark.parametrize("unfinished", [AT_ONCE, AT_LENGTH], ids=["at once", "at length"])
def test_a_call_that_follows_one_answered_at_once_has_its_own_time(unfinished: bytes) -> None:
    async def test() -> None:
        async with connected() as (reader, writer):
            writer.write(AT_ONCE + unfinished[:-1])
            assert await status(reader) == 200
            await asyncio.sleep(2 * IDLE)  # a body may take longer than a connection may be idle
            writer.write(unfinished[-1:])
            assert await status(reader) == 200

    run(test)


@BOTH
def test_a_connection_without_a_call_is_closed_when_it_was_idle(one: bytes) -> None:
    async def test() -> None:
        async with connected() as (reader, writer):
            writer.write(AT_ONCE + one)
            assert [await status(reader), await status(reader)] == [200, 200]
            assert await reader.read() == b""

    run(test)


def test_a_connection_is_idle_from_its_last_call_on() -> None:
    async def test() -> None:
        async with connected() as (reader, writer):
            for _ in range(6):  # longer in all than it may be idle
                writer.write(AT_ONCE)
                assert await status(reader) == 200
                await asyncio.sleep(IDLE / 2)
            assert await reader.read() == b""

    run(test)


@BOTH
def test_calls_before_it_do_not_count_for_the_size_of_a_head(one: bytes) -> None:
    async def test() -> None:
        count = 1 + LIMITS.header_size // len(one)
        async with connected() as (reader, writer):
            writer.write(one * count + one[:20])
            assert [await status(reader) for _ in range(count)] == [200] * count
            writer.write(one[20:])
            assert await status(reader) == 200

    run(test)


@BOTH
def test_nor_does_a_body_before_it(one: bytes) -> None:
    async def test() -> None:
        body = b" " * 2 * LIMITS.header_size
        large = one[:-2].replace(b"Length: 2", b"Length: %d" % len(body)) + body
        async with connected() as (reader, writer):
            writer.write(large + one[:20])
            assert await status(reader) == 200
            writer.write(one[20:])
            assert await status(reader) == 200

    run(test)


@BOTH
def test_a_head_behind_other_calls_that_is_too_large_is_refused(one: bytes) -> None:
    async def test() -> None:
        async with connected() as (reader, writer):
            writer.write(one + b"GET / HTTP/1.1\r\nX-Fill: ")
            assert await status(reader) == 200
            writer.write(b"x" * 2 * LIMITS.header_size)
            assert await status(reader) == 431

    run(test)


@BOTH
def test_each_head_has_its_own_time(one: bytes) -> None:
    async def test() -> None:
        pause = LIMITS.header_time / 3
        async with connected() as (reader, writer):
            writer.write(one[:20])
            for _ in range(6):
                await asyncio.sleep(pause)  # whenever somebody looks, half a head is there
                writer.write(one[20:])
                assert await status(reader) == 200
                writer.write(one[:20])
            assert await status(reader) == 408

    run(test)


def test_an_application_that_fails_between_head_and_body_is_answered_for() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        if scope["path"] == "/slow":
            raise ValueError("no body after all")

    async def test() -> None:
        for raw in (AT_LENGTH, AT_LENGTH.replace(b"/slow", b"/other")):
            async with connected(failing) as (reader, writer):
                writer.write(raw)
                assert await status(reader) == 500
                assert await reader.read() == b""

    run(test)
