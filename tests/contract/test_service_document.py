"""The OpenAPI document: whole, true to what the service takes, and true to what it answers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from service_kit import call

from api import Service, Settings, Shelf, build_service, create_app, now
from api.access import fingerprint, fresh_key
from api.document import wire_schemas
from api.examples import EVALUATION
from api.settings import Access, ApiKey, Limits
from engine import Catalogue

README = Path(__file__).parents[2] / "README.md"
RULES = Path(__file__).parents[2] / "rules"
WIRE = Path(__file__).parents[2] / "schemas" / "wire.schema.json"
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
    for kind in ("schemas", "headers"):
        referred = set(re.findall(rf'#/components/{kind}/([^"]+)', json.dumps(document)))
        assert referred <= set(document["components"][kind])


def test_every_link_leads_to_an_operation(document: dict[str, Any]) -> None:
    operations = [one for path in document["paths"].values() for one in path.values()]
    ids = [one["operationId"] for one in operations]
    assert len(set(ids)) == len(ids)
    links = [link for one in operations for link in one["responses"]["200"].get("links", {}).values()]
    assert links
    assert {link["operationId"] for link in links} <= set(ids)


def test_every_documented_operation_answers_as_documented(service: Service, document: dict[str, Any]) -> None:
    asked = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation["responses"]["200"]["content"].get("application/json")
            if content is None:
                continue
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            sent = EVALUATION if body and "Access" in body["$ref"] else REQUEST if body else None
            real = path.replace("{id}", "internal-it").replace("{version}", "1.0.0")
            response = call(service, method.upper(), real, json=sent)
            assert response.status_code == 200, (method, path, response.text)
            schema = {**content["schema"], "components": document["components"]}
            Draft202012Validator(schema).validate(response.json())
            asked += 1
    assert asked >= 8


def test_decide_declares_its_problems(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/decide"]["post"]["responses"]
    assert set(responses) >= {"200", "400", "404", "409", "413", "415", "422", "default"}
    assert all("application/problem+json" in responses[status]["content"] for status in responses if status != "200")


def test_every_answer_names_its_call(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            assert all("X-Request-Id" in response["headers"] for response in operation["responses"].values())


def test_the_document_says_what_each_rulebook_takes(service: Service, document: dict[str, Any]) -> None:
    requests = validator(document, "Request")
    known = {"rulebook": "end-user-support", "at": AT, "ticket": {"channel": "phone"}}
    for request, fits in (
        (known, True),
        ({**known, "version": "1.0.0"}, True),
        ({**known, "version": "1.0.1"}, False),
        ({**known, "rulebook": "nowhere"}, False),
        ({**known, "ticket": {"channel": "hm"}}, False),  # a channel of another rulebook
        ({**known, "ticket": {"fields": {"solution_priority": "low"}}}, True),
        ({**known, "ticket": {"fields": {"nature": "change"}}}, False),  # a fact of another rulebook
        ({**known, "ask": {"disclose": ["public_documentation"]}}, True),
        ({**known, "ask": {"disclose": ["delivery_date"]}}, False),
        ({**known, "ask": {"do": ["reassign"]}}, False),
        ({**known, "at": "2070-01-01T00:00:00Z"}, False),
    ):
        assert requests.is_valid(request) is fits, request
        assert (call(service, "POST", "/v1/decide", json=request).status_code == 200) is fits, request


def test_a_version_tells_the_schema_of_its_requests(service: Service, document: dict[str, Any]) -> None:
    response = call(service, "GET", "/v1/rulebooks/internal-it/1.0.0/schema")
    assert response.headers["content-type"] == "application/schema+json"
    schema = response.json()
    assert schema.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    assert schema == document["components"]["schemas"]["Request.internal-it.1.0.0"]
    Draft202012Validator(schema).validate(REQUEST)
    tag = response.headers["etag"]
    again = call(service, "GET", "/v1/rulebooks/internal-it/1.0.0/schema", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert call(service, "GET", "/v1/rulebooks/internal-it/9.9.9/schema").status_code == 404


def test_the_page_for_readers_loads_nothing_from_elsewhere(service: Service) -> None:
    page = call(service, "GET", "/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "//" not in re.sub(r"<!--.*?-->", "", page.text, flags=re.DOTALL).replace("// ", "")
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(parts) >= 3
    for part in parts:
        response = call(service, "GET", f"/{part}")
        assert (response.status_code, len(response.content) > 100) == (200, True), part
    assert call(service, "GET", "/docs/other.js").json()["type"] == "/problems/no-such-route"


def one_rulebook(tmp_path: Path, channels: str) -> Catalogue:
    text = f"rulebook: desk\nversion: 1.0.0\nin_force: {{from: 2020-01-01}}\nfacts: {{ticket.channel: {channels}}}\n"
    file = tmp_path / "1.0.0.yaml"
    file.write_text(text + "admission: {otherwise: {then: {outcome: accept}}}\n", encoding="utf-8")
    return Catalogue.of_files([file], clock=now)


def test_the_document_follows_the_rulebooks(tmp_path: Path) -> None:
    shelf = Shelf(one_rulebook(tmp_path, "[mail, phone]"))
    service = build_service(shelf, Settings())

    def channels() -> list[str | None]:
        found = call(service, "GET", "/openapi.json").json()["components"]["schemas"]["Request.desk.1.0.0"]
        values: list[str | None] = found["properties"]["ticket"]["properties"]["channel"]["enum"]
        return values

    assert channels() == ["mail", "phone", None]
    shelf.put(one_rulebook(tmp_path, "[mail, letter]"))
    assert channels() == ["mail", "letter", None]


def test_without_rulebooks_it_says_what_holds_for_any() -> None:
    service = build_service(Shelf(Catalogue([], clock=now)), Settings())
    request = call(service, "GET", "/openapi.json").json()["components"]["schemas"]["Request"]
    assert request["additionalProperties"] is False
    assert request["required"] == ["rulebook"]


def test_only_who_may_read_rulebooks_is_told_what_they_hold() -> None:
    reader, decider = fresh_key(), fresh_key()
    keys = (ApiKey(id="reader", sha256=fingerprint(reader), scopes=("rulebooks",)),
            ApiKey(id="decider", sha256=fingerprint(decider), scopes=("decide",)))  # fmt: skip
    settings = Settings(access=Access(required=True, keys=keys))
    service = build_service(Shelf(Catalogue.load(RULES, clock=now)), settings)
    open_to_all = call(service, "GET", "/openapi.json")
    assert open_to_all.status_code == 200
    assert not [name for name in open_to_all.json()["components"]["schemas"] if name.startswith("Request.")]
    assert "solution_priority" not in open_to_all.text
    assert "delivery_date" not in open_to_all.text
    assert call(service, "GET", "/v1/openapi.json").status_code == 401
    assert call(service, "GET", "/v1/openapi.json", headers={"x-api-key": decider}).status_code == 403
    whole = call(service, "GET", "/v1/openapi.json", headers={"x-api-key": reader})
    assert "Request.shift-lead-desk.1.0.0" in whole.json()["components"]["schemas"]


def test_the_shapes_on_the_wire_have_not_drifted(regenerate: bool) -> None:
    made = json.dumps(wire_schemas(), indent=2, ensure_ascii=False) + "\n"
    if regenerate:
        WIRE.write_text(made, encoding="utf-8")
    assert WIRE.read_text(encoding="utf-8") == made, "a change of the wire: `pytest --regenerate` on this file takes it"


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


def test_a_roster_is_bounded_as_the_settings_say() -> None:
    settings = Settings(rules=str(RULES), limits=Limits(roster=3))
    small = build_service(Shelf(Catalogue.load(RULES, clock=now)), settings)
    members = [{"id": str(number)} for number in range(4)]
    for path in ("/openapi.json", "/v1/openapi.json"):
        found = call(small, "GET", path).json()
        fits = validator(found, "Request").is_valid
        assert (fits({**REQUEST, "roster": members[:3]}), fits({**REQUEST, "roster": members})) == (True, False), path
    schema = call(small, "GET", "/v1/rulebooks/internal-it/1.0.0/schema").json()
    assert schema["properties"]["roster"]["maxItems"] == 3
    assert call(small, "POST", "/v1/decide", json={**REQUEST, "roster": members}).status_code == 422
