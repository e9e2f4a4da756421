"""Calls a service in this process, past every client library, with any bytes in head and body."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from starlette.types import Message

from api import Service


class Answered(NamedTuple):
    """What came back: the status, the headers by lower-case name, the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """The body as a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


async def call_within(
    service: Service,
    method: str,
    path: str,
    headers: Mapping[str, str] | Iterable[tuple[bytes, bytes]] = (),
    body: bytes = b"",
    server: tuple[str, int] = ("127.0.0.1", 8080),
) -> Answered:
    """One call, where an event loop runs already."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    sent: list[Message] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(_bytes(name).lower(), _bytes(value)) for name, value in pairs],
        "server": server,
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    await service(scope, receive, send)
    start, *rest = sent
    found = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answered(start["status"], found, b"".join(message.get("body", b"") for message in rest))


def call(service: Service, method: str, path: str, *rest: Any, **options: Any) -> Answered:
    """One call."""
    return asyncio.run(call_within(service, method, path, *rest, **options))


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")
