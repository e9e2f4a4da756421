"""Heads known by heart: what is kept, what is found again, and what never is."""

import pytest
from starlette.types import Scope

from api.heads import LONGEST_HEAD, MOST_HEADS, Heads

HEAD = b"POST /v1/decide HTTP/1.1\r\nHost: desk\r\nContent-Length: 2\r\n\r\n"
HEADERS = [(b"host", b"desk"), (b"content-length", b"2")]


def scope(*more: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "method": "POST", "path": "/v1/decide", "headers": [*HEADERS, *more]}


def test_a_head_is_found_with_any_body_of_its_length() -> None:
    heads = Heads()
    heads.learn(HEAD + b"{}", scope(), 2)
    found = heads.find(HEAD + b"[]")
    assert found is not None
    known, body = found
    assert (known.scope["method"], known.scope["path"], known.scope["headers"]) == ("POST", "/v1/decide", HEADERS)
    assert body == b"[]"


@pytest.mark.parametrize(
    "data",
    [HEAD + b"{", HEAD + b"{} ", HEAD + b"{}" + HEAD + b"{}", HEAD.replace(b"desk", b"dusk") + b"{}", b"", HEAD[:-1]],
)
def test_more_or_less_than_one_call_is_left_to_the_parser(data: bytes) -> None:
    heads = Heads()
    heads.learn(HEAD + b"{}", scope(), 2)
    assert heads.find(data) is None


@pytest.mark.parametrize("name", [b"authorization", b"x-api-key", b"x-request-id", b"traceparent"])
def test_a_head_that_says_who_calls_or_names_its_call_is_not_kept(name: bytes) -> None:
    heads = Heads()
    heads.learn(HEAD + b"{}", scope((name, b"secret")), 2)
    assert heads.find(HEAD + b"{}") is None


def test_a_head_that_ends_elsewhere_than_the_parser_found_is_not_kept() -> None:
    heads = Heads()
    heads.learn(HEAD + b"{}", scope(), 1)
    heads.learn(HEAD[:-4] + b"\n\n" + b"{}\r\n\r\n", scope(), 6)
    assert heads.find(HEAD + b"{}") is None
    assert heads.find(HEAD[:-4] + b"\n\n" + b"{}\r\n\r\n") is None


def test_few_and_short_heads_are_kept() -> None:
    heads = Heads()
    for place in range(2 * MOST_HEADS):
        heads.learn(HEAD.replace(b"desk", b"desk-%d" % place) + b"{}", scope(), 2)
    assert heads.count <= MOST_HEADS
    assert heads.find(HEAD.replace(b"desk", b"desk-%d" % (2 * MOST_HEADS - 1)) + b"{}") is not None
    long = HEAD.replace(b"desk", b"d" * LONGEST_HEAD) + b"{}"
    heads.learn(long, scope(), 2)
    assert heads.find(long) is None
