"""Takes a request's body off the wire: its content type, its size, its bytes. Knows nothing of what they say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from starlette.types import Receive

from .answers import Header
from .problems import NOT_JSON, NOT_JSON_BY_TYPE, TOO_LARGE, Problem, Refusal

BODY_LIMIT: Final = 1024 * 1024
"""Bytes that the body of a request may have, unless the service is made with another limit."""

ROSTER_LIMIT: Final = 10_000
"""Agents that a roster may have, unless the service is made with a lower limit; the engine takes no more."""

_JSON_TYPE: Final = re.compile(rb"application/(?:[a-z0-9!#$&^_.+-]+\+)?json", re.IGNORECASE)
_PARAMETER: Final = re.compile(rb'[ \t]*;[ \t]*(?:([a-z0-9!#$%&\'*+.^_`|~-]+)=("[^"\\]*"|[^\s;"]+))?', re.IGNORECASE)
_UTF8: Final = (b"utf-8", b"utf8")


@dataclass(slots=True)
class BodyHeaders:
    """What the headers of a request say of its body, of the languages of the answer, and of who calls."""

    content_type: bytes | None = None
    content_encoding: bytes = b"identity"
    content_length: int | None = None
    accept_language: bytes = b""
    authorization: bytes | None = None
    api_key: bytes | None = None
    """The `X-API-Key`."""
    request_id: bytes | None = None
    traceparent: bytes | None = None

    @classmethod
    def read(cls, headers: Iterable[Header]) -> "BodyHeaders":
        """Pick them from ASGI headers, whose names are in lower case."""
        found = cls()
        for name, value in headers:
            if name == b"content-type":
                found.content_type = value
            elif name == b"content-length":
                found.content_length = int(value) if value.isdigit() and len(value) < 19 else None
            elif name == b"accept-language":
                found.accept_language = found.accept_language + b"," + value if found.accept_language else value
            elif name == b"content-encoding":
                found.content_encoding = value.strip().lower()
            elif name == b"authorization":
                found.authorization = value if found.authorization is None else b""  # two of them are none
            elif name == b"x-api-key":
                found.api_key = value if found.api_key is None else b""
            elif name == b"x-request-id":
                found.request_id = value
            elif name == b"traceparent":
                found.traceparent = value
        return found


def require_json(headers: BodyHeaders) -> None:
    """Refuse a body (415) that is not JSON in UTF-8 by its headers."""
    if headers.content_type != b"application/json":
        _require_json_type(headers.content_type)
    if headers.content_encoding not in (b"identity", b""):
        detail = "the body is compressed; send it as it is, without `Content-Encoding`"
        raise Refusal(Problem(NOT_JSON_BY_TYPE, detail, headers=[(b"accept-encoding", b"identity")]))


def roster_fault(roster: Any, limit: int) -> str | None:
    """What is wrong with a roster of more than `limit` agents. Whatever else is wrong with it, the engine tells."""
    if type(roster) is not list or len(roster) <= limit:
        return None
    return f"a roster may have {limit:,} agents at most, and this one has {len(roster):,}"


async def read_body(receive: Receive, announced: int | None, limit: int) -> bytes:
    """All bytes of the body. Refuses (413) as soon as more than `limit` are announced or have come."""
    if announced is not None:
        check_size(announced, limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(Problem(NOT_JSON, "the connection was closed before the body was complete"))
        chunk = message.get("body", b"")
        size += len(chunk)
        check_size(size, limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def check_size(size: int, limit: int) -> None:
    """Refuse (413) a body of more bytes than the limit."""
    if size > limit:
        raise Refusal(Problem(TOO_LARGE, f"a request may have {limit:,} bytes at most"))


def _require_json_type(content_type: bytes | None) -> None:
    if content_type is None:
        raise _not_json("the request has no `Content-Type`; send `application/json`")
    media_type, *_ = content_type.split(b";", 1)
    if not _JSON_TYPE.fullmatch(media_type.strip(b" \t")):
        raise _not_json("the content type is another than `application/json`")
    position, end = len(media_type), len(content_type.rstrip(b" \t"))
    while position < end:
        parameter = _PARAMETER.match(content_type, position)
        if parameter is None:
            raise _not_json("the parameters of the content type are malformed")
        position = parameter.end()
        name, value = parameter[1], parameter[2]
        if name and name.lower() == b"charset" and value.strip(b'"').lower() not in _UTF8:
            raise _not_json("JSON is sent in UTF-8, and the content type names another charset")


def _not_json(detail: str) -> Refusal:
    return Refusal(Problem(NOT_JSON_BY_TYPE, detail, headers=[(b"accept", b"application/json")]))
