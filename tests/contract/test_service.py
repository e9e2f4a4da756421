"""The service, called in-process: what it answers, in which language, with which headers."""

import asyncio
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import service_kit
from starlette.applications import Starlette
from starlette.routing import Mount

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
    return partial(service_kit.call, service)


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


def test_a_version_names_what_its_decisions_can_hold(call: Call) -> None:
    shown = call("GET", "/v1/rulebooks/front-desk/1.0.0").json()
    held = {name: shown[name] for name in ("kinds", "levels", "targets", "obligations")}
    assert held == {"kinds": [], "levels": ["P1", "P2"], "targets": ["first_response"], "obligations": ["call_back"]}


def test_a_version_that_did_not_change_is_not_sent_again(call: Call) -> None:
    tag = call("GET", "/v1/rulebooks/front-desk/1.0.0").headers["etag"]
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
    ready = call("GET", "/readyz").json()
    assert ready == {"status": "ready", "rulebooks": 1, "generation": 1, "digest": ready["digest"]}
    assert re.fullmatch("sha256:[0-9a-f]{64}", ready["digest"])


@pytest.mark.parametrize("path", ["/healthz", "/v1/rulebooks", "/openapi.json", "/docs", "/nowhere"])
def test_head_is_get_without_the_body(call: Call, path: str) -> None:
    get, head = call("GET", path), call("HEAD", path)
    assert head.content == b""
    assert head.headers.pop("x-request-id") != get.headers.pop("x-request-id")
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


def test_the_service_can_be_mounted_under_a_path(service: Service) -> None:
    outer = Starlette(routes=[Mount("/desk", service)])

    async def once() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://x") as client:
            return await client.post("/desk/v1/decide", json=REQUEST)

    assert asyncio.run(once()).json()["decision"]["priority"]["level"] == "P1"
