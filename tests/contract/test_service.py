"""The service, called in-process: what it answers, in which language, with which headers, and whatever comes in."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Message

from api import Service, create_app
from engine import Catalogue

FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
language: en
title: {en: Front desk, ru: Стойка}
facts:
  ticket.channel: [mail, phone]
  ticket.urgency: {ordered: [low, high]}
  ticket.fields.mass_problem: truth
  ticket.fields.count: count
admission:
  otherwise: {then: {outcome: accept}, because: {en: Ours, ru: Наше}}
priority:
  levels: [P1, P2]
  rules:
    - {rule: outage, when: {ticket.fields.mass_problem: true}, then: {level: P1}, cites: ["1.6"]}
    - {rule: urgent, when: {ticket.urgency: high}, then: {level: P1}}
  otherwise: {then: {level: P2}}
sla:
  table:
    when: [priority]
    then: [first_response, calendar]
    rows:
      - [P1, 15m, always]
      - [P2, 4h, always]
assignment:
  rules:
    - rule: in-turn
      then: {group: first-line, choose: round_robin, among: {online: true}}
disclosures:
  rules:
    - rule: no-dates
      deny: [delivery_date]
      say: {en: The team decides this, ru: Это решает команда, pl: O tym decyduje zespół}
permissions:
  rules:
    - {rule: all-reassign, permit: [reassign]}
obligations:
  rules:
    - {rule: call-back, when: {ticket.channel: phone}, then: {do: call_back, with: {times: "{ticket.fields.count}"}}}
"""
AT = "2026-11-23T09:30:00+03:00"
REQUEST: dict[str, Any] = {
    "rulebook": "front-desk",
    "at": AT,
    "ticket": {"id": "T1", "channel": "phone", "urgency": "high", "created_at": AT, "fields": {"count": 2}},
    "requester": {"relation": "client"},
    "agent": {"id": "ana"},
    "roster": [{"id": "ana", "online": True}, {"id": "bo", "online": False}],
}

Call = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one rulebook, its next version a draft."""
    folder = tmp_path_factory.mktemp("rules")
    desk = folder / "front-desk"
    desk.mkdir()
    (desk / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    draft = FRONT_DESK.replace("version: 1.0.0\nin_force: {from: 2024-01-01}", "version: 2.0.0")
    (desk / "2.0.0.yaml").write_text(draft, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def service(rules: Path) -> Service:
    """The service over that folder."""
    return create_app(rules)


@pytest.fixture(scope="module")
def call(service: Service) -> Call:
    """Calls the service: `call("GET", "/healthz")`."""

    def send(method: str, path: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(service)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
                return await client.request(method, path, **options)

        return asyncio.run(once())

    return send


def test_it_decides(call: Call) -> None:
    response = call("POST", "/v1/decide", json=REQUEST)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert answer["rulebook"]["id"] == "front-desk"
    assert answer["at"] == "2026-11-23T06:30:00Z"
    assert answer["decision"]["priority"] == {"level": "P1", "by": "urgent"}
    assert answer["decision"]["assignment"]["agent"] == "ana"
    assert answer["decision"]["obligations"] == [{"do": "call_back", "with": {"times": 2}, "by": "call-back"}]
    assert "trace" not in answer


def test_the_same_request_gives_the_same_bytes_as_the_python_door(call: Call, rules: Path) -> None:
    first, second = (call("POST", "/v1/decide", json=REQUEST).content for _ in range(2))
    assert first == second
    assert json.loads(first) == Catalogue.load(rules).decide(REQUEST)


def test_without_an_instant_it_decides_for_now(call: Call) -> None:
    answer = call("POST", "/v1/decide", json={"rulebook": "front-desk"}).json()
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", answer["at"])


def test_explain_adds_the_trace(call: Call) -> None:
    answer = call("POST", "/v1/decide", json={**REQUEST, "explain": True}).json()
    assert {"admission", "priority", "disclosures"} <= {entry["stage"] for entry in answer["trace"]}


@pytest.mark.parametrize(
    ("header", "language", "said"),
    [
        (None, None, "The team decides this"),
        ("ru", None, "Это решает команда"),
        ("pl-PL, en;q=0.5", None, "O tym decyduje zespół"),
        ("en;q=0.2, ru;q=0.9", None, "Это решает команда"),
        ("fr, ru;q=0.1", None, "Это решает команда"),
        ("*", None, "The team decides this"),
        ("ru;q=0", None, "The team decides this"),
        ("ru;q=high", None, "The team decides this"),
        ("ru;;", None, "The team decides this"),
        ("ru" * 1000, None, "The team decides this"),
        ("ru", "pl", "O tym decyduje zespół"),
    ],
)
def test_the_language_is_that_of_the_request_then_of_the_header(
    call: Call, header: str | None, language: str | None, said: str
) -> None:
    request = REQUEST if language is None else {**REQUEST, "language": language}
    headers = {} if header is None else {"accept-language": header}
    answer = call("POST", "/v1/decide", json=request, headers=headers).json()
    assert answer["decision"]["disclosures"]["delivery_date"]["say"] == said


def test_it_lists_its_rulebooks(call: Call) -> None:
    (rulebook,) = call("GET", "/v1/rulebooks").json()["rulebooks"]
    assert rulebook["id"] == "front-desk"
    assert [version["version"] for version in rulebook["versions"]] == ["1.0.0", "2.0.0"]
    assert rulebook["versions"][1]["in_force"] is None
    assert call("GET", "/v1/rulebooks/front-desk").json()["id"] == "front-desk"


def test_a_version_has_its_digest_as_its_tag(call: Call) -> None:
    shown = call("GET", "/v1/rulebooks/front-desk/1.0.0")
    tag = shown.headers["etag"]
    assert tag == f'"{shown.json()["digest"]}"'
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        unchanged = call("GET", "/v1/rulebooks/front-desk/1.0.0", headers={"if-none-match": condition})
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    changed = call("GET", "/v1/rulebooks/front-desk/2.0.0", headers={"if-none-match": tag})
    assert changed.status_code == 200


@pytest.mark.parametrize("path", ["/v1/rulebooks", "/v1/rulebooks/front-desk"])
def test_lists_are_tagged_too(call: Call, path: str) -> None:
    tag = call("GET", path).headers["etag"]
    assert call("GET", path, headers={"if-none-match": tag}).status_code == 304


def test_it_tells_how_it_is(call: Call) -> None:
    assert call("GET", "/healthz").json() == {"status": "ok"}
    assert call("GET", "/readyz").json() == {"status": "ready", "rulebooks": 1}


@pytest.mark.parametrize("path", ["/healthz", "/v1/rulebooks", "/openapi.json", "/docs", "/nowhere"])
def test_head_is_get_without_the_body(call: Call, path: str) -> None:
    get, head = call("GET", path), call("HEAD", path)
    assert head.content == b""
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


def test_the_service_can_be_mounted_under_a_path(service: Service) -> None:
    outer = Starlette(routes=[Mount("/desk", service)])

    async def once() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://x") as client:
            return await client.post("/desk/v1/decide", json=REQUEST)

    assert asyncio.run(once()).json()["decision"]["priority"]["level"] == "P1"


# The OpenAPI document


@pytest.fixture(scope="module")
def document(call: Call) -> dict[str, Any]:
    """The OpenAPI document as the service gives it."""
    found = call("GET", "/openapi.json").json()
    assert isinstance(found, dict)
    return found


def validator(document: dict[str, Any], shape: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{shape}", "components": document["components"]})


def test_the_document_is_openapi_3_1_without_loose_ends(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    for shape in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)
    referred = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert referred <= set(document["components"]["schemas"])


def test_every_documented_operation_answers_as_documented(call: Call, document: dict[str, Any]) -> None:
    operations = [(path, method) for path, operations in document["paths"].items() for method in operations]
    assert ("/v1/decide", "post") in operations
    for path, method in operations:
        real = path.replace("{id}", "front-desk").replace("{version}", "1.0.0")
        response = call(method.upper(), real, json=REQUEST if method == "post" else None)
        schema = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert response.status_code == 200
        validator(document, schema["$ref"].rsplit("/", 1)[1]).validate(response.json())


def test_decide_declares_its_problems(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/decide"]["post"]["responses"]
    assert set(responses) == {"200", "400", "404", "409", "413", "415", "422", "default"}
    assert all("application/problem+json" in responses[status]["content"] for status in responses if status != "200")


def test_the_documented_request_is_what_the_service_takes(call: Call, document: dict[str, Any]) -> None:
    requests = validator(document, "Request")
    for spoilt in spoilt_requests():
        assert not requests.is_valid(spoilt), spoilt
        assert call("POST", "/v1/decide", json=spoilt).status_code == 422, spoilt
    for fitting in fitting_requests():
        requests.validate(fitting)
        response = call("POST", "/v1/decide", json=fitting)
        assert response.status_code == 200, (fitting, response.text)
        validator(document, "Answer").validate(response.json())


def spoilt_requests() -> list[dict[str, Any]]:
    """Requests that the service refuses: names that no part has, values of another type."""
    unknown = [{**REQUEST, part: {**REQUEST[part], "nonsense": 1}} for part in ("ticket", "requester", "agent")]
    return [
        {**REQUEST, "nonsense": 1},
        *unknown,
        {**REQUEST, "roster": [{"id": "ana", "nonsense": 1}]},
        {**REQUEST, "roster": [{"online": True}]},
        {**REQUEST, "ask": {"nonsense": []}},
        {**REQUEST, "ticket": {"waits": [{"from": AT, "nonsense": 1}]}},
        {**REQUEST, "ticket": {"waits": [{"until": AT}]}},
        {**REQUEST, "ticket": {"line": 4}},
        {**REQUEST, "ticket": {"reopened": -1}},
        {**REQUEST, "ticket": {"status": "lost"}},
        {**REQUEST, "ticket": []},
        {**REQUEST, "explain": "yes"},
        {"ticket": {}},
    ]


def fitting_requests() -> list[dict[str, Any]]:
    """Requests that the service takes: parts left out, parts empty, facts that are null."""
    parts = ("ticket", "requester", "agent", "ask")
    absent = [{**REQUEST, "ticket": {**REQUEST["ticket"], name: None}} for name in ("channel", "tags", "line", "waits")]
    return [
        REQUEST,
        {"rulebook": "front-desk"},
        {"rulebook": "front-desk", "version": "2.0.0"},
        {"rulebook": "front-desk", **{part: {} for part in parts}, "roster": []},
        {**REQUEST, "ticket": {"waits": [{"from": AT}, {"from": AT, "until": AT}], "tags": ["a"], "line": 2}},
        {**REQUEST, "ask": {"disclose": ["delivery_date"], "to": "client", "do": ["reassign"]}},
        *absent,
    ]


# Whatever comes in


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
WORDS = st.sampled_from(["front-desk", "1.0.0", AT, "phone", "high", "delivery_date", "client", "ru", "\ud800", "\0"])
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
