"""Batches in pieces: requests become bodies of lines, lines of an answer become decisions or problems. Sends nothing.

A piece is small enough for the service to take it whole before it answers, so that neither waits for the other.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from . import wire
from .errors import Unreadable
from .exchange import encode

Asked: TypeAlias = wire.Request | Mapping[str, Any]

MOST_BYTES: Final = 48 * 1024
MOST_LINES: Final = 200

_answer: Final = msgspec.json.Decoder(wire.Answer)
_problem: Final = msgspec.json.Decoder(wire.Problem)


class LineProblem(msgspec.Struct, frozen=True):
    """What stands in the place of a decision that could not be made."""

    line: int
    """Which of the requests it was, the first being 1."""
    problem: wire.Problem


class Piece:
    """Some of the requests of a batch, as lines."""

    def __init__(self, first: int) -> None:
        self.first = first
        """The number of its first line in the whole batch."""
        self.lines: list[bytes] = []
        self.size = 0

    def add(self, asked: Asked) -> None:
        """Take one more request."""
        line = encode(asked)
        self.lines.append(line)
        self.size += len(line) + 1

    def body(self) -> bytes:
        """The lines."""
        return b"\n".join(self.lines) + b"\n"

    @property
    def is_full(self) -> bool:
        """Whether it should be sent now."""
        return self.size >= MOST_BYTES or len(self.lines) >= MOST_LINES

    def next(self) -> "Piece":
        """The piece after it."""
        return Piece(self.first + len(self.lines))


def pieces(requests: Iterable[Asked]) -> Iterator[Piece]:
    """The pieces of a batch; takes no more requests than the next piece needs."""
    piece = Piece(1)
    for asked in requests:
        piece.add(asked)
        if piece.is_full:
            yield piece
            piece = piece.next()
    if piece.lines:
        yield piece


def read_line(line: str, number: int) -> wire.Answer | LineProblem:
    """What a line of an answer says. Raises Unreadable."""
    raw = line.encode()
    try:
        if raw.startswith(b'{"rulebook":'):
            return _answer.decode(raw)
        return LineProblem(number, _problem.decode(raw))
    except msgspec.DecodeError as error:
        raise Unreadable(f"line {number} of the answer cannot be read: {error}") from None
