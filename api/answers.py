"""A whole HTTP answer as a value, and how it goes out over ASGI. Knows nothing of what is in it."""

from collections.abc import Iterable
from typing import Final, NamedTuple, Self, TypeAlias

from starlette.responses import Response
from starlette.types import Send

Header: TypeAlias = tuple[bytes, bytes]

JSON: Final = "application/json"


class Answer(NamedTuple):
    """Status, headers (names in lower case) and body."""

    status: int
    headers: list[Header]
    body: bytes

    @classmethod
    def of(cls, status: int, body: bytes, media_type: str, headers: Iterable[Header] = ()) -> Self:
        """An answer with its content type and length, and further headers."""
        own = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
        return cls(status, [*own, *headers], body)

    async def send(self, send: Send) -> None:
        """Send it, in two ASGI messages."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    def response(self) -> Response:
        """The same as a response of Starlette, for the routes that go through it."""
        return Response(
            self.body, self.status, {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}
        )


JSON_TYPE: Final = (b"content-type", JSON.encode())


def json_answer(body: bytes) -> Answer:
    """A good answer in JSON, made in the fewest steps."""
    return Answer(200, [JSON_TYPE, (b"content-length", b"%d" % len(body))], body)
