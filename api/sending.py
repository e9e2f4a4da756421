"""Sends an answer that is whole in one piece: uvicorn's cycle of a call, with a short way for the common case.

uvicorn writes the head and the body of an answer one after the other, and looks each header over with patterns. Most
answers here are known whole before the first byte leaves; their head is put together once and written with the body.
Whatever is out of the ordinary goes uvicorn's own way. Knows no route.
"""

from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from .answers import JSON_TYPE, Answer, Header

_LENGTH: Final = b"content-length"
_ORDINARY: Final = frozenset(range(200, 600)) - {204, 304}
_SPECIAL: Final = frozenset((b"transfer-encoding", b"connection"))


def first_lines(own: Iterable[Header]) -> bytes:
    """How the head of a good answer in JSON begins: its status, the server's own headers, its type."""
    return STATUS_LINE[200] + b"".join([b"%b: %b\r\n" % header for header in (*own, JSON_TYPE)])


def quick_head(first: bytes, answer: Answer) -> bytes | None:
    """The head of a good answer of the door's, whose headers need no looking over; None for any other."""
    headers = answer.headers
    if answer.status != 200 or len(headers) != 3 or headers[0] is not JSON_TYPE:
        return None
    return b"%bcontent-length: %d\r\nx-request-id: %b\r\n\r\n" % (first, len(answer.body), headers[2][1])


class QuickCycle(RequestResponseCycle):
    """The cycle of one call. Holds the head of the answer back until its body comes, as ASGI asks of servers."""

    _held: Any = None

    async def send(self, message: Any) -> None:
        """Take a message of the application (ASGI)."""
        if not self.response_started and message["type"] == "http.response.start":
            self._held = message  # in place of one that is held already: a call that failed now answers with 500
            return
        if self._held is not None:
            held, self._held = self._held, None
            if self._is_quick(held, message):
                return
            await super().send(held)
        await super().send(message)

    def _is_quick(self, start: Any, last: Any) -> bool:
        """Send a whole answer the short way; False, and nothing sent, where it must go the long one."""
        status = start["status"]
        if (
            last.get("more_body", False)
            or status not in _ORDINARY
            or not self.keep_alive
            or self.disconnected
            or self.access_log
            or self.flow.write_paused
            or self.scope["method"] == "HEAD"
        ):
            return False
        body = last.get("body", b"")
        head = head_of_answer(status, self.default_headers, start["headers"], len(body))
        if head is None:
            return False
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(head + body)
        self.message_event.set()
        self.on_response()
        return True


def head_of_answer(status: int, own: Iterable[Header], headers: Iterable[Header], length: int) -> bytes | None:
    """The head of an answer; None unless it announces just this length and is in order."""
    lines = [STATUS_LINE[status]]
    count = 2
    announced = None
    for name, value in (*own, *headers):
        if name == _LENGTH:
            announced = value
        elif name in _SPECIAL:
            return None
        lines.append(b"%b: %b\r\n" % (name, value))
        count += 1
    lines.append(b"\r\n")
    head = b"".join(lines)
    # no header that ends a line by itself gets through: there are as many ends of lines as were written here
    in_order = announced == b"%d" % length and head.count(b"\n") == count == head.count(b"\r") and b"\0" not in head
    return head if in_order and head.isascii() else None
