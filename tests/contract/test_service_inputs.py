"""Whatever comes in, an answer goes out, and none of them blames the service."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message

from api import Service, create_app

RULES = Path(__file__).parents[2] / "rules"
AT = "2026-11-23T09:30:00+03:00"
REQUEST: dict[str, Any] = {
    "rulebook": "internal-it",
    "at": AT,
    "ticket": {"id": "T1", "channel": "hm", "category": "product_service", "urgency": "high", "created_at": AT},
    "requester": {"relation": "employee", "role": "employee"},
    "agent": {"id": "ana"},
    "roster": [{"id": "ana", "online": True, "in_distribution": True}, {"id": "bo", "online": False}],
}


@pytest.fixture(scope="module")
def service() -> Service:
    """The service over the rulebooks of this project."""
    return create_app(RULES)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON_VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner), max_leaves=5
)
NAMES = st.sampled_from(
    [
        "rulebook",
        "version",
        "at",
        "ticket",
        "requester",
        "agent",
        "roster",
        "ask",
        "explain",
        "language",
        "tags",
        "line",
    ]
) | st.sampled_from(
    ["id", "channel", "urgency", "fields", "waits", "from", "until", "disclose", "to", "do", "skills", "online"]
)
WORDS = st.sampled_from(["internal-it", "1.0.0", AT, "hm", "high", "support_channels", "client", "ru", "\ud800", "\0"])
PLAIN = WORDS | SCALARS
PARTS = st.dictionaries(NAMES, PLAIN | st.lists(PLAIN, max_size=2), max_size=3)
CHANGES = st.dictionaries(NAMES, PLAIN | PARTS | st.lists(PLAIN | PARTS, max_size=3), min_size=1, max_size=3)


def post(service: Service, body: bytes, accept_language: bytes = b"en") -> tuple[int, Any]:
    """Status and JSON of a decision, past every client library, which would refuse to send some of what follows."""
    sent: list[Message] = []
    headers = [(b"content-type", b"application/json"), (b"accept-language", accept_language)]
    scope = {"type": "http", "method": "POST", "path": "/v1/decide", "headers": headers}

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(service(scope, receive, send))
    start, rest = sent
    return start["status"], json.loads(rest["body"])


def answers(service: Service, body: bytes) -> None:
    status, document = post(service, body)
    assert status in (200, 400, 404, 409, 422), (body, document)
    assert status == 200 or document["status"] == status


@settings(max_examples=1000, deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_get_an_answer(service: Service, body: bytes) -> None:
    answers(service, body)


@settings(max_examples=700, deadline=None)
@given(value=JSON_VALUES)
def test_any_json_gets_an_answer(service: Service, value: Any) -> None:
    answers(service, json.dumps(value).encode())


@settings(max_examples=1000, deadline=None)
@given(
    changes=CHANGES,
    part=st.sampled_from(["", "ticket", "agent", "requester"]),
)
def test_any_change_of_a_request_gets_an_answer(service: Service, changes: dict[str, Any], part: str) -> None:
    request = {**REQUEST, part: {**REQUEST[part], **changes}} if part else {**REQUEST, **changes}
    answers(service, json.dumps(request).encode())


@settings(max_examples=500, deadline=None)
@given(header=st.binary(max_size=60))
def test_any_accept_language_is_read_or_ignored(service: Service, header: bytes) -> None:
    assert post(service, json.dumps(REQUEST).encode(), header)[0] == 200
