"""Splits a body that comes in pieces into its lines. Knows nothing of what they say."""

from typing import Final

_LINE_FEED: Final = b"\n"


class Lines:
    """The lines of a body, however its pieces are cut; memory is held for one unfinished line and never beyond `limit`.

    A line is given without its line feed, and as None when it has more than `limit` bytes.
    """

    __slots__ = ("_is_too_long", "_limit", "_unfinished")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._unfinished = bytearray()
        self._is_too_long = False

    def of(self, piece: bytes) -> list[bytes | None]:
        """The lines that end in the next piece of the body."""
        parts = piece.split(_LINE_FEED)
        rest = parts.pop()
        ended: list[bytes | None] = list(parts) if len(piece) <= self._limit else [self._short(part) for part in parts]
        if parts and (self._unfinished or self._is_too_long):
            self._keep(parts[0])
            ended[0] = self._take()
        self._keep(rest)
        return ended

    def last(self) -> list[bytes | None]:
        """The line that has no line feed behind it, where the body ends in one."""
        return [self._take()] if self._unfinished or self._is_too_long else []

    def _short(self, part: bytes) -> bytes | None:
        return part if len(part) <= self._limit else None

    def _keep(self, part: bytes) -> None:
        if self._is_too_long or len(self._unfinished) + len(part) > self._limit:
            self._is_too_long = True
            self._unfinished.clear()
        else:
            self._unfinished += part

    def _take(self) -> bytes | None:
        line = None if self._is_too_long else bytes(self._unfinished)
        self._unfinished.clear()
        self._is_too_long = False
        return line
