"""What the coordinator's process and a worker's say to each other, over a pair of sockets that only they hold."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from ..wire import LoadedVersion, Receipt


class Message(Struct, frozen=True, tag=True):
    """Something said."""


class PackedPart(Struct, frozen=True):
    """A part of a set: its key, and its rulebooks where the worker does not hold them."""

    key: str
    packed: bytes | None


class Prepare(Message, frozen=True):
    """To a worker: compile this set."""

    attempt: int
    parts: tuple[PackedPart, ...]


class Prepared(Message, frozen=True):
    """From a worker: it is compiled."""

    attempt: int
    digest: str
    rulebooks: tuple[LoadedVersion, ...]


class Declined(Message, frozen=True):
    """From a worker: it cannot be compiled."""

    attempt: int
    why: str


class Swap(Message, frozen=True):
    """To a worker: answer with the prepared set."""

    attempt: int


class Swapped(Message, frozen=True):
    """From a worker: it does."""

    attempt: int
    digest: str


class Forget(Message, frozen=True):
    """To a worker: let go of the prepared set."""

    attempt: int


class News(Message, frozen=True):
    """To a worker: the last receipt, and the figures of all workers."""

    receipt: Receipt
    figures: tuple[Any, ...]


class Failed(Message, frozen=True):
    """From a worker: it cannot begin."""

    why: str


class Serving(Message, frozen=True):
    """From a worker: it takes calls."""


class Beat(Message, frozen=True):
    """From a worker, every second: its event loop turns."""


class Ask(Message, frozen=True):
    """From a worker: somebody wants a reload."""

    number: int


class Told(Message, frozen=True):
    """To a worker: what came of it."""

    number: int
    receipt: Receipt


Said: TypeAlias = Prepare | Prepared | Declined | Swap | Swapped | Forget | News | Failed | Serving | Beat | Ask | Told

_SIZE: Final = 8
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final[Callable[[bytes | bytearray], Said]] = msgspec.msgpack.Decoder(Said).decode


def framed(message: Said) -> bytes:
    """A message as it goes over the socket: its size, then MessagePack."""
    body = _encode(message)
    return len(body).to_bytes(_SIZE, "big") + body


async def receive(reader: asyncio.StreamReader) -> Said:
    """The next message. Raises EOFError (asyncio.IncompleteReadError) and OSError when the other side has gone."""
    size = int.from_bytes(await reader.readexactly(_SIZE), "big")
    return _decode(await reader.readexactly(size))


def receive_now(connection: socket.socket) -> Said:
    """The same without an event loop. Raises EOFError and OSError."""
    size = int.from_bytes(_exactly(connection, _SIZE), "big")
    return _decode(_exactly(connection, size))


def _exactly(connection: socket.socket, size: int) -> bytearray:
    got = bytearray(size)
    view, place = memoryview(got), 0
    while place < size:
        count = connection.recv_into(view[place:])
        if count == 0:
            raise EOFError
        place += count
    return got
