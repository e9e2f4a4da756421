"""An answer of lines that goes out piece by piece. Knows nothing of what the lines say."""

from starlette.types import Send

from .answers import Header
from .problems import Problem


class Outgoing:
    """The answer on its way out: the lines that wait to be sent, and whether its head has been sent."""

    __slots__ = ("_content_type", "_send", "is_begun", "waiting")

    def __init__(self, send: Send, content_type: bytes) -> None:
        self._send = send
        self._content_type = content_type
        self.is_begun = False
        self.waiting: list[bytes] = []

    async def send(self, *, more: bool) -> None:
        """Send the lines that wait; returns once the connection takes more, so that nobody reads ahead of it."""
        if not self.is_begun:
            self.is_begun = True
            headers: list[Header] = [(b"content-type", self._content_type)]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        self.waiting.append(b"")
        body = b"\n".join(self.waiting)
        self.waiting.clear()
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def refuse(self, problem: Problem) -> None:
        """Answer the whole call with a problem."""
        self.is_begun = True
        await problem.answer().send(self._send)
