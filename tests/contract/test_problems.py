"""Problem documents: one for everything that the service refuses or fails at, and what each of them says."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import service_kit

from api import Service, app_over, create_app
from api.problems import KINDS, ProblemKind
from engine import Catalogue

FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2030-01-01, until: 2031-01-01}
facts:
  ticket.urgency: {ordered: [low, high]}
admission:
  otherwise: {then: {outcome: accept}}
"""
REQUEST: dict[str, Any] = {"rulebook": "front-desk", "version": "1.0.0", "at": "2026-11-23T09:30:00Z"}
LIMIT = 2000
JSON = {"content-type": "application/json"}

Call = Callable[..., httpx.Response]


def calls(service: Service) -> Call:
    return partial(service_kit.call, service)


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Calls a service that takes bodies of 2,000 bytes, over a rulebook in force in 2030 only."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "front-desk").mkdir()
    (folder / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    return calls(create_app(folder, body_limit=LIMIT))


def problem(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem document of a response, held to its status, its type and RFC 9457."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = cast(dict[str, Any], response.json())
    assert (document["status"], document["type"]) == (status, f"/problems/{kind}")
    assert document["title"]
    assert document["detail"]
    assert set(document) <= {"type", "title", "status", "detail", "instance", "errors"}
    return document


def decide(call: Call, body: bytes, **headers: str) -> httpx.Response:
    return call("POST", "/v1/decide", content=body, headers={**JSON, **headers})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"{", "the text ends at byte 1, too early"),
        (b'{"rulebook": desk}', "invalid character at byte 13"),
        (b'{"rulebook": NaN}', "byte 13"),
        (b'{"a": Infinity}', "byte 6"),
        (b"{'rulebook': 1}", "byte 1"),
        (b'{"a": 01}', "byte 7"),
        (b'{"a": 1,}', "byte 8"),
        (b"{} {}", "trailing characters"),
        (b"\xef\xbb\xbf{}", "byte 0"),
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        ('{"a": "é"}'.encode("latin-1"), "byte 7 is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "byte 0 is not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "byte 7 is not UTF-8"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair at byte 7"),
        (b'{"a": "\\udc00"}', "surrogate"),
        (b'{"a": "\t"}', "byte 7"),
        (b"[" * 1900, ""),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(call: Call, body: bytes, said: str) -> None:
    assert said in problem(decide(call, body), 400, "not-json")["detail"]


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"front-desk"', b"true", b"1.5"])
def test_json_that_is_no_object_does_not_fit(call: Call, body: bytes) -> None:
    document = problem(decide(call, body), 422, "does-not-fit")
    assert document["errors"][0]["pointer"] == ""


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b'{"rulebook": "front-desk", "rulebook": "other"}', ["/rulebook"]),
        (b'{"ticket" : {"id": 1, "id"\t: 2}}', ["/ticket/id"]),
        (b'{"a": [{}, {"b\\u0062": 1, "bb": 2}]}', ["/a/1/bb"]),
        (b'{"a/b~": 1, "a/b~": 1, "c": ":", "c": ":"}', ["/a~1b~0", "/c"]),
        (b'{"a": "\\u003ax", "b": 1, "b": 2}', ["/b"]),
        (b'{"": 1, "": 2}', ["/"]),
    ],
)
def test_a_name_written_twice_is_refused(call: Call, body: bytes, pointers: list[str]) -> None:
    document = problem(decide(call, body), 422, "does-not-fit")
    assert [error["pointer"] for error in document["errors"]] == pointers


def test_of_many_names_written_twice_a_hundred_are_told(call: Call) -> None:
    body = b'{"roster": [' + b",".join([b'{"a":1,"a":2}'] * 130) + b"]}"
    assert len(problem(decide(call, body), 422, "does-not-fit")["errors"]) == 100


def test_texts_that_look_like_names_are_none(call: Call) -> None:
    ticket = {"subject": '": ":', "text": ': {"id": 1, "id": 2}', "id": ":"}
    assert decide(call, json.dumps({**REQUEST, "ticket": ticket}).encode()).status_code == 200


@pytest.mark.parametrize("body", [b'{"a": 1e999}', b'{"a": -1e999}', b'{"a": ' + b"9" * 1500 + b"}"])
def test_a_number_beyond_reason_does_not_fit(call: Call, body: bytes) -> None:
    problem(decide(call, body), 422, "does-not-fit")


def test_deep_nesting_does_not_fit(call: Call) -> None:
    document = problem(decide(call, b'{"a":' + b"[" * 40 + b"]" * 40 + b"}"), 422, "does-not-fit")
    assert "32 levels" in document["detail"]


def test_every_fault_has_a_pointer_and_a_misspelt_name_its_nearest(call: Call) -> None:
    request = {**REQUEST, "tickett": {}, "ticket": {"urgency": "hihg", "reopened": -1}}
    errors = problem(decide(call, json.dumps(request).encode()), 422, "does-not-fit")["errors"]
    found = {error["pointer"]: error for error in errors}
    assert set(found) == {"/tickett", "/ticket/urgency", "/ticket/reopened"}
    assert found["/tickett"]["nearest"] == "ticket"
    assert found["/ticket/urgency"]["nearest"] == "high"
    assert all(error["message"] for error in errors)


def test_a_rulebook_or_version_that_does_not_exist(call: Call) -> None:
    for change in ({"rulebook": "front-desc"}, {"version": "9.9.9"}):
        problem(decide(call, json.dumps({**REQUEST, **change}).encode()), 404, "no-such-rulebook")
    for path in ("/v1/rulebooks/front-desc", "/v1/rulebooks/front-desk/9.9.9", "/v1/rulebooks/%00/%ff"):
        problem(call("GET", path), 404, "no-such-rulebook")


def test_an_instant_at_which_no_version_is_in_force(call: Call) -> None:
    request = {"rulebook": "front-desk", "at": "2031-01-01T00:00:00Z"}
    problem(decide(call, json.dumps(request).encode()), 409, "not-in-force")
    inside = {"rulebook": "front-desk", "at": "2030-12-31T23:59:59Z"}
    assert decide(call, json.dumps(inside).encode()).status_code == 200


def test_a_body_may_have_as_many_bytes_as_the_limit_and_no_more(call: Call) -> None:
    body = json.dumps(REQUEST).encode()
    assert decide(call, body + b" " * (LIMIT - len(body))).status_code == 200
    problem(decide(call, body + b" " * (LIMIT - len(body) + 1)), 413, "too-large")


def test_a_body_without_a_length_is_limited_too(call: Call) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(LIMIT // 100 + 1):
            yield b" " * 100

    problem(call("POST", "/v1/decide", content=chunks(), headers=JSON), 413, "too-large")


@pytest.mark.parametrize("length", ["1", "-5", "many", "9" * 30, ""])
def test_a_length_that_lies_changes_nothing(call: Call, length: str) -> None:
    response = decide(call, b" " * (LIMIT + 1), **{"content-length": length})
    problem(response, 413, "too-large")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8" ; version=1',
        "application/json;",
        "application/vnd.desk+json",
    ],
)
def test_content_types_that_are_json(call: Call, content_type: str) -> None:
    assert decide(call, json.dumps(REQUEST).encode(), **{"content-type": content_type}).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json; charset=latin-1",
        "application/json; charset",
        "application/json charset=utf-8",
        "application/x-ndjson",
    ],
)
def test_content_types_that_are_not_json_in_utf8(call: Call, content_type: str) -> None:
    response = decide(call, json.dumps(REQUEST).encode(), **{"content-type": content_type})
    problem(response, 415, "unsupported-media-type")
    assert response.headers["accept"] == "application/json"


def test_a_body_needs_a_content_type_and_must_not_be_compressed(call: Call) -> None:
    problem(call("POST", "/v1/decide", content=b"{}"), 415, "unsupported-media-type")
    problem(decide(call, b"{}", **{"content-encoding": "gzip"}), 415, "unsupported-media-type")
    assert decide(call, json.dumps(REQUEST).encode(), **{"content-encoding": "identity"}).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/v1/decide/"), ("GET", "/v1"), ("BREW", "/pot")])
def test_routes_that_do_not_exist(call: Call, method: str, path: str) -> None:
    problem(call(method, path), 404, "no-such-route")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/decide", "POST"), ("DELETE", "/v1/rulebooks", "GET, HEAD"), ("POST", "/healthz", "GET, HEAD")],
)
def test_methods_that_a_route_does_not_take(call: Call, method: str, path: str, allowed: str) -> None:
    response = call(method, path)
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == allowed


class Broken(Catalogue):
    """A catalogue that fails at whatever it is asked once the service is made."""

    def __init__(self) -> None:
        self.is_made = False

    def decide_json(self, *_: Any, **__: Any) -> bytes:
        raise RuntimeError("the secret of the house")

    def summaries(self) -> list[dict[str, Any]]:
        if not self.is_made:
            self.is_made = True
            return []
        raise RuntimeError("the secret of the house")


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/decide"), ("GET", "/v1/rulebooks")])
def test_an_error_that_nobody_foresaw_is_logged_and_not_told(
    method: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "deskpolicy.api"):
        response = calls(app_over(Broken()))(method, path, json=REQUEST if method == "POST" else None)
    document = problem(response, 500, "unexpected")
    assert "secret" not in response.text
    (record,) = caplog.records
    assert document["instance"] in record.getMessage()
    assert record.exc_info
    kind, error, traceback = record.exc_info
    assert kind is not None
    assert kind.__name__ == "RuntimeError"
    assert traceback is not None
    assert "secret" not in str(error)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_type_of_a_problem_leads_to_an_explanation_and_stands_in_the_reference(
    call: Call, kind: ProblemKind
) -> None:
    page = call("GET", kind.type)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    assert kind.advice in page.text
    reference = Path(__file__).parents[2].joinpath("docs", "reference", "http.md").read_text(encoding="utf-8")
    assert f"| {kind.status} | `{kind.type}` |" in reference


def test_no_other_kind_of_problem_is_explained(call: Call) -> None:
    problem(call("GET", "/problems/of-mine"), 404, "no-such-route")
