"""The OpenAPI document: whole, true to what the service takes, and true to what it answers."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from api import Service, create_app
from engine import Catalogue

README = Path(__file__).parents[2] / "README.md"
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


def call(service: Service, method: str, path: str, **options: Any) -> httpx.Response:
    async def once() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://desk") as client:
            return await client.request(method, path, **options)

    return asyncio.run(once())


@pytest.fixture(scope="module")
def document(service: Service) -> dict[str, Any]:
    """The OpenAPI document as the service gives it."""
    found = call(service, "GET", "/openapi.json").json()
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


def test_every_documented_operation_answers_as_documented(service: Service, document: dict[str, Any]) -> None:
    operations = [(path, method) for path, operations in document["paths"].items() for method in operations]
    assert ("/v1/decide", "post") in operations
    for path, method in operations:
        real = path.replace("{id}", "internal-it").replace("{version}", "1.0.0")
        response = call(service, method.upper(), real, json=REQUEST if method == "post" else None)
        schema = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert response.status_code == 200
        validator(document, schema["$ref"].rsplit("/", 1)[1]).validate(response.json())


def test_decide_declares_its_problems(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/decide"]["post"]["responses"]
    assert set(responses) == {"200", "400", "404", "409", "413", "415", "422", "default"}
    assert all("application/problem+json" in responses[status]["content"] for status in responses if status != "200")


def test_the_documented_request_is_what_the_service_takes(service: Service, document: dict[str, Any]) -> None:
    requests = validator(document, "Request")
    for spoilt in spoilt_requests():
        assert not requests.is_valid(spoilt), spoilt
        assert call(service, "POST", "/v1/decide", json=spoilt).status_code == 422, spoilt
    for fitting in fitting_requests():
        requests.validate(fitting)
        response = call(service, "POST", "/v1/decide", json=fitting)
        assert response.status_code == 200, (fitting, response.text)
        validator(document, "Answer").validate(response.json())


def test_the_example_is_that_of_the_readme_and_its_answer_true(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    (request,), (answer,) = shapes["Request"]["examples"], shapes["Answer"]["examples"]
    written = re.search(r"-d '(\{.*?\n\})'", README.read_text(encoding="utf-8"), re.DOTALL)
    assert written
    assert json.loads(written[1]) == request
    validator(document, "Request").validate(request)
    validator(document, "Answer").validate(answer)
    decided = Catalogue.load(RULES).decide(request)
    assert {**decided, "rulebook": None} == {**answer, "rulebook": None}


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
        {**REQUEST, "ticket": {"messages": [{"at": AT, "from": "robot"}]}},
        {**REQUEST, "ticket": {"messages": [{"at": AT}]}},
        {**REQUEST, "ticket": {"messages": [{"at": AT, "from": "agent", "nonsense": 1}]}},
        {**REQUEST, "ticket": {"states": [{"at": AT}]}},
        {**REQUEST, "ticket": {"states": [{"at": AT, "state": ""}]}},
        {**REQUEST, "ticket": {"states": [{"at": AT, "state": "open", "nonsense": 1}]}},
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
    absent = [
        {**REQUEST, "ticket": {**REQUEST["ticket"], name: None}}
        for name in ("channel", "tags", "line", "waits", "messages", "states")
    ]
    return [
        REQUEST,
        {"rulebook": "internal-it"},
        {"rulebook": "internal-it", "version": "1.0.0"},
        {"rulebook": "internal-it", **{part: {} for part in parts}, "roster": []},
        {**REQUEST, "ticket": {"waits": [{"from": AT}, {"from": AT, "until": AT}], "tags": ["a"], "line": 2}},
        {
            **REQUEST,
            "ticket": {"messages": [{"at": AT, "from": "agent", "channel": "email"}, {"at": AT, "from": "requester"}]},
        },
        {**REQUEST, "ticket": {"states": [{"at": AT, "state": "pending reminder"}], "messages": [], "created_at": AT}},
        {**REQUEST, "ask": {"disclose": ["support_channels"], "to": "client", "do": ["request_information"]}},
        *absent,
    ]
