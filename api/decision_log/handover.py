"""What a worker and the process that writes its decision log say to each other. Knows no socket and no sink.

A frame is a length of four bytes and a message in MessagePack. Only these two processes hold the two ends.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from ..settings import DecisionLog, Settings
from .building import Builder, Made, own_number
from .masking import Masks
from .record import ShadowRecord

LENGTH: Final = 4
"""Bytes of the length of a frame."""
TEXTS: Final = ("/ticket/subject", "/ticket/text", "/requester/id")
"""What stands in no log unless `log.texts` allows it, whatever `decisions.mask` says."""


class Orders(Struct, frozen=True, kw_only=True):
    """How to write: the first message to the writer."""

    decisions: DecisionLog
    mask: tuple[str, ...]
    key: bytes | None
    engine: str
    worker: int
    is_shared: bool
    """Whether other workers write to the same standard output."""
    texts: bool
    """Whether what requesters wrote may stand in logs."""


class Handed(Struct, array_like=True):
    """What is to be written: every later message to the writer."""

    decisions: list[Made]
    notes: list[ShadowRecord]


class Told(Struct, array_like=True, kw_only=True):
    """What became of it: every message of the writer; the first says nothing but that it is ready."""

    done: int = 0
    """Decisions that are lasting, since the last message."""
    broken: int = 0
    """Decisions that could not be written down."""
    notes: int = 0
    """Notes that are lasting."""
    is_failing: bool = False
    """Whether the sink failed when it was last tried."""
    trouble: str | None = None
    """What is the matter, once for each trouble; without what requesters wrote unless that is allowed."""


encode: Final = msgspec.msgpack.Encoder().encode
read_orders: Final = msgspec.msgpack.Decoder(Orders).decode
read_handed: Final = msgspec.msgpack.Decoder(Handed).decode
read_told: Final = msgspec.msgpack.Decoder(Told).decode


def framed(message: Struct) -> bytes:
    """A message as a frame. Raises UnicodeEncodeError for a text that UTF-8 cannot hold."""
    raw = encode(message)
    return len(raw).to_bytes(LENGTH, "big") + raw


def frames(buffer: bytearray) -> Iterator[bytes]:
    """Take the messages that have come whole out of a buffer."""
    while len(buffer) >= LENGTH:
        end = LENGTH + int.from_bytes(buffer[:LENGTH], "big")
        if len(buffer) < end:
            return
        raw = bytes(buffer[LENGTH:end])
        del buffer[:end]
        yield raw


def orders_of(settings: Settings) -> Orders:
    """The orders of these settings to the writer of this worker. Raises OSError when the key of the masks cannot be
    read.
    """
    said = settings.decisions
    return Orders(
        decisions=said,
        mask=(*said.mask, *(() if settings.log.texts else TEXTS)),
        key=Path(said.mask_key).read_bytes().strip() if said.mask_key else None,
        engine=settings.engine,
        worker=own_number(),
        is_shared=settings.listen.workers > 1,
        texts=settings.log.texts,
    )


def builder_of(orders: Orders) -> Builder:
    """What makes records by these orders."""
    return Builder(Masks(orders.mask, orders.key), orders.engine, orders.worker)
