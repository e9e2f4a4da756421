"""Heads of calls that are known by heart: clients send the same head again and again, and reading it takes a while.

Knows no route. A head is known by its very bytes, once the parser has read it and its call was answered at once; a head
that says who calls, or names its call, is never kept.
"""

from typing import Final, NamedTuple

from starlette.types import Scope

from .body import BodyHeaders
from .call import HEAD

MOST_HEADS: Final = 1_024
"""Heads that are known at once. Of one client there are as many as its bodies have lengths."""
LONGEST_HEAD: Final = 1_024
"""Bytes of a head that is kept."""

_END: Final = b"\r\n\r\n"
_OF_ONE_CALL: Final = frozenset((b"authorization", b"x-api-key", b"x-request-id", b"traceparent"))
"""Headers that say who calls, or name the call. They are looked for first: such heads come here with every call."""


class KnownHead(NamedTuple):
    """What a head said when it was read."""

    length: int
    """Bytes of the body behind it."""
    scope: Scope
    """What it adds to the scope of its connection."""


class Heads:
    """The heads that a worker knows."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, KnownHead] = {}

    @property
    def count(self) -> int:
        """How many are known."""
        return len(self._known)

    def find(self, data: bytes) -> tuple[KnownHead, bytes] | None:
        """The head and the body of a whole call, if its head is known and nothing is behind it."""
        end = data.find(_END, 0, LONGEST_HEAD) + len(_END)
        known = self._known.get(data[:end])
        if known is None or len(data) != end + known.length:
            return None
        return known, data[end:]

    def learn(self, data: bytes, scope: Scope, length: int) -> None:
        """Know the head of a call that was answered at once; `data` is all of it, and its body has so many bytes."""
        end = len(data) - length
        if end > LONGEST_HEAD or data.find(_END) + len(_END) != end:
            return
        headers = scope["headers"]
        if any(name in _OF_ONE_CALL for name, _ in headers):
            return
        if len(self._known) >= MOST_HEADS:
            self._known.clear()
        head = BodyHeaders.read(headers)
        said = {"method": scope["method"], "path": scope["path"], "headers": headers, HEAD: head}
        self._known[data[:end]] = KnownHead(length, said)
