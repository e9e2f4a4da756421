"""What both clients have in common: how a call looks, what an answer means, and when to try again. Sends nothing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from . import wire
from .errors import ProblemError, Unreadable

T = TypeVar("T")
Token: TypeAlias = str | Callable[[], str]

JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 30.0
_UNAVAILABLE: Final = 503

encode: Final = msgspec.json.Encoder().encode
_problem: Final = msgspec.json.Decoder(wire.Problem)


class Sent(NamedTuple):
    """One call."""

    method: str
    path: str
    content: bytes | None = None
    content_type: str = JSON
    language: str | None = None

    def headers(self) -> dict[str, str]:
        """Its own headers."""
        headers = {} if self.content is None else {"content-type": self.content_type}
        return headers if self.language is None else {**headers, "accept-language": self.language}


class KeyAuth(httpx.Auth):
    """Shows an API key, or a token that is asked for with each call."""

    def __init__(self, key: str | None, token: Token | None) -> None:
        if key is not None and token is not None:
            raise ValueError("give a key or a token, not both")
        self._key = key
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        """Add the header."""
        if self._key is not None:
            request.headers["x-api-key"] = self._key
        elif self._token is not None:
            token = self._token if isinstance(self._token, str) else self._token()
            request.headers["authorization"] = f"Bearer {token}"
        yield request


def path_of(*parts: str) -> str:
    """A path whose parts may hold anything."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def posted(path: str, body: msgspec.Struct | Mapping[str, Any], language: str | None = None) -> Sent:
    """A call that sends a JSON object."""
    return Sent("POST", path, encode(body), JSON, language)


def read(status: int, body: bytes, shape: type[T]) -> T:
    """What an answer says. Raises ProblemError, or Unreadable when it says nothing of the kind."""
    if status != 200:
        raise ProblemError(read_problem(status, body))
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"the answer cannot be read: {error}") from None


def read_problem(status: int, body: bytes) -> wire.Problem:
    """The problem document of an answer. Raises Unreadable."""
    try:
        return _problem.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreadable(f"status {status}, and no problem document with it") from None


def pause_after_error(error: httpx.TransportError, tried: int, retries: int) -> float | None:
    """Seconds to wait before a call is tried again that never reached the service; None: not again."""
    if tried >= retries or not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return None
    return min(_FIRST_PAUSE * 2.0**tried, _LONGEST_PAUSE)


def pause_after(status: int, headers: Mapping[str, str], tried: int, retries: int) -> float | None:
    """Seconds to wait before a call is tried again that the service asked to repeat later; None: not again."""
    asked = headers.get("retry-after", "")
    if status != _UNAVAILABLE or tried >= retries or not (asked.isascii() and asked.isdigit()):
        return None
    return min(float(asked), _LONGEST_PAUSE)
