"""Who may call: keys, their scopes, what is open to anybody, and what those are told who may not."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from called_service import Answered, call

from api import AccessFault, ApiKey, Service, Settings, Shelf, build_service, fingerprint, fresh_key
from api.access import open_gate
from api.call import Call
from api.settings import Access, Issuer, Limits, Listen
from engine import Catalogue

FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
admission:
  otherwise: {then: {outcome: accept}}
"""
KEYS = {scope: fresh_key() for scope in ("decide", "rulebooks", "metrics", "admin")}
REQUEST = json.dumps({"rulebook": "front-desk", "at": "2026-11-23T09:30:00Z"}).encode()
JSON = {"content-type": "application/json"}
OPEN = {
    "/problems/{name}",
    "/problems/not-json",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/.well-known/authzen-configuration",
}


def past() -> str:
    return (datetime.now(UTC) - timedelta(seconds=1)).isoformat()


def entry(key: str, name: str, **more: Any) -> ApiKey:
    return msgspec.convert({"id": name, "sha256": fingerprint(key), **more}, ApiKey)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "front-desk").mkdir()
    (folder / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    return Catalogue.load(folder)


def guarded(catalogue: Catalogue, access: Access, **more: Any) -> Service:
    return build_service(Shelf(catalogue), Settings(access=access, **more))


@pytest.fixture(scope="module")
def service(catalogue: Catalogue) -> Service:
    """A service with a key for each scope, and one that has expired."""
    keys = tuple(entry(key, scope, scopes=[scope]) for scope, key in KEYS.items())
    return guarded(catalogue, Access(required=True, keys=keys))


def bearer(key: str) -> dict[str, str]:
    return {**JSON, "authorization": f"Bearer {key}"}


def decide(service: Service, headers: Any) -> Answered:
    return call(service, "POST", "/v1/decide", headers, REQUEST)


def is_refused(answered: Answered, error: str | None = "invalid_token") -> bool:
    challenge = 'Bearer realm="deskpolicy"' + (f', error="{error}"' if error else "")
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.document()["type"] == "/problems/unknown-caller"
    return answered.status == 401 and answered.headers["www-authenticate"] == challenge


def test_a_key_is_shown_in_either_header(service: Service) -> None:
    assert decide(service, bearer(KEYS["decide"])).status == 200
    assert decide(service, {**JSON, "x-api-key": KEYS["decide"]}).status == 200
    assert decide(service, {**JSON, "authorization": f"bearer   {KEYS['decide']} "}).status == 200
    for _ in range(2):  # the second time it is remembered
        assert decide(service, bearer(KEYS["decide"])).document()["rulebook"]["id"] == "front-desk"


def test_who_shows_nothing_is_asked_to(service: Service) -> None:
    assert is_refused(decide(service, JSON), None)
    assert is_refused(decide(service, {**JSON, "authorization": "Basic ZGVzazpwb2xpY3k="}), None)


def test_what_is_unknown_expired_or_malformed_is_refused_alike(catalogue: Catalogue) -> None:
    known, expired = fresh_key(), fresh_key()
    keys = (entry(known, "known"), entry(expired, "expired", expires=past()))
    service = guarded(catalogue, Access(keys=keys))
    assert decide(service, bearer(known)).status == 200
    typo = known[:-1] + ("A" if known[-1] != "A" else "B")
    wrong = [fresh_key(), expired, typo, known[:-1], known + "A", known.upper(), "dpk_", "", "x", "a.b.c", "dpk_" + "é"]
    answers = [decide(service, bearer(key)) for key in wrong]
    assert all(is_refused(answer) for answer in answers)
    assert len({answer.body for answer in answers}) == 1
    assert decide(service, {**JSON, "x-api-key": f"Bearer {known}"}).status == 401


def test_a_key_is_refused_from_the_instant_on_that_it_expires_though_it_was_remembered(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr("api.access.gate.time", lambda: now)
    key = fresh_key()
    expires = datetime.fromtimestamp(now + 10, UTC).isoformat()
    service = guarded(catalogue, Access(keys=(entry(key, "brief", expires=expires),)))
    assert decide(service, bearer(key)).status == 200
    now += 9.9
    assert decide(service, bearer(key)).status == 200
    now += 0.1
    assert is_refused(decide(service, bearer(key)))


def test_two_keys_in_one_call_are_refused(service: Service) -> None:
    both = {**bearer(KEYS["decide"]), "x-api-key": KEYS["decide"]}
    assert is_refused(decide(service, both), "invalid_request")
    twice = [(b"content-type", b"application/json"), *[(b"authorization", f"Bearer {KEYS['decide']}".encode())] * 2]
    assert decide(service, twice).status == 401


def test_a_scope_that_is_lacking_is_named(service: Service) -> None:
    answered = decide(service, bearer(KEYS["metrics"]))
    assert answered.status == 403
    assert answered.document()["type"] == "/problems/forbidden"
    assert "`decide`" in answered.document()["detail"]
    assert answered.headers["www-authenticate"].endswith('error="insufficient_scope", scope="decide"')


def test_admin_includes_all_others(service: Service) -> None:
    assert decide(service, bearer(KEYS["admin"])).status == 200
    assert call(service, "GET", "/v1/rulebooks", bearer(KEYS["admin"])).status == 200


def operations(service: Service) -> list[tuple[str, str]]:
    """Every operation of the OpenAPI document, and paths that no document lists."""
    document = call(service, "GET", "/openapi.json").document()
    named = {"{name}": "not-json", "{id}": "front-desk", "{version}": "1.0.0"}
    found = []
    for path, methods in document["paths"].items():
        for name, value in named.items():
            path = path.replace(name, value)
        found += [(method.upper(), path) for method in methods]
    return [*found, ("GET", "/metrics"), ("GET", "/nowhere"), ("POST", "/v1/admin/reload"), ("GET", "/v1/openapi.json")]


def test_every_route_but_the_open_ones_asks_who_calls_and_for_the_right_scope(service: Service) -> None:
    listed = operations(service)
    assert len(listed) > 8
    for method, path in listed:
        body = {"body": REQUEST} if method == "POST" else {}
        if path in OPEN:
            assert call(service, method, path, JSON, **body).status in (200, 204), path
            continue
        assert is_refused(call(service, method, path, JSON, **body), None), path
        statuses = {scope: call(service, method, path, bearer(key), **body).status for scope, key in KEYS.items()}
        let_in = {scope for scope, status in statuses.items() if status not in (401, 403)}
        assert "admin" in let_in, path
        assert len(let_in) <= 2, (path, statuses)
        assert {401} & set(statuses.values()) == set()


def test_head_and_options_are_no_way_round(service: Service) -> None:
    for method in ("HEAD", "OPTIONS", "PUT", "TRACE"):
        assert call(service, method, "/v1/rulebooks").status == 401
    assert call(service, "HEAD", "/v1/rulebooks").body == b""
    for path in ("/v1/rulebooks/", "//v1/rulebooks", "/v1/RULEBOOKS", "/docs/../v1/rulebooks", "/problems/../metrics"):
        assert call(service, "GET", path).status in (401, 404)
        assert b"front-desk" not in call(service, "GET", path).body


def test_the_document_tells_what_is_asked(service: Service, catalogue: Catalogue) -> None:
    document = call(service, "GET", "/openapi.json").document()
    assert set(document["components"]["securitySchemes"]) == {"bearer", "apiKey"}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) == (path not in OPEN), path
            assert ({"401", "403", "503"} <= set(operation["responses"])) == (path not in OPEN), path
    assert document["paths"]["/v1/decide"]["post"]["security"] == [{"bearer": ["decide"]}, {"apiKey": ["decide"]}]
    unguarded = call(guarded(catalogue, Access(required=False)), "GET", "/openapi.json").document()
    assert "securitySchemes" not in unguarded["components"]
    assert "401" not in unguarded["paths"]["/v1/decide"]["post"]["responses"]


@pytest.mark.parametrize(
    ("host", "access", "asked"),
    [
        ("127.0.0.1", Access(), False),
        ("::1", Access(), False),
        ("localhost", Access(), False),
        ("127.0.0.1", Access(required=True, keys=(entry(KEYS["decide"], "a"),)), True),
        ("127.0.0.1", Access(keys=(entry(KEYS["decide"], "a"),)), True),
        ("127.0.0.1", Access(required=False, keys=(entry(KEYS["decide"], "a"),)), False),
        ("127.0.0.1", Access(issuers=(Issuer(issuer="https://id.example", audience="desk"),)), True),
        ("0.0.0.0", Access(required=False), False),
        ("0.0.0.0", Access(keys=(entry(KEYS["decide"], "a"),)), True),
        ("::", Access(keys=(entry(KEYS["decide"], "a"),)), True),
    ],
)
def test_it_asks_unless_it_listens_on_loopback_or_is_told_not_to(
    catalogue: Catalogue, host: str, access: Access, asked: bool
) -> None:
    service = guarded(catalogue, access, listen=Listen(host=host))
    assert (decide(service, JSON).status == 401) == asked


@pytest.mark.parametrize(
    ("host", "access", "told"),
    [
        ("0.0.0.0", Access(), "deskpolicy key"),
        ("", Access(), "deskpolicy key"),
        ("10.0.0.1", Access(), "required: false"),
        ("desk.example", Access(), "deskpolicy key"),
        ("127.0.0.1", Access(required=True), "deskpolicy key"),
        ("127.0.0.1", Access(keys_file="nowhere.yaml"), "nowhere.yaml"),
        ("127.0.0.1", Access(keys=(ApiKey(id="a", sha256="0" * 64, expires="2026-13-01T00:00:00Z"),)), "instant"),
        ("127.0.0.1", Access(issuers=(Issuer(issuer="http://id.example", audience="desk"),)), "https"),
        (
            "127.0.0.1",
            Access(issuers=(Issuer(issuer="https://id.example", audience="desk", algorithms=("HS256",)),)),
            "HS256",
        ),
        ("127.0.0.1", Access(issuers=(Issuer(issuer="https://i.d", audience="d", algorithms=("none",)),)), "none"),
    ],
)
def test_it_does_not_start_where_nobody_could_call_or_anybody(
    catalogue: Catalogue, host: str, access: Access, told: str
) -> None:
    with pytest.raises(AccessFault, match=told):
        guarded(catalogue, access, listen=Listen(host=host))


def written(path: Path, *keys: tuple[str, str]) -> None:
    """Write the keys file, so that its time stamp differs from the one before."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(json.dumps([{"id": name, "sha256": fingerprint(key)} for name, key in keys]), encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


def test_the_keys_file_is_read_again_when_it_changes_and_a_broken_one_keeps_the_keys(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 100.0
    monkeypatch.setattr("api.access.keys_file.monotonic", lambda: now)
    file, old, new = tmp_path / "keys.yaml", fresh_key(), fresh_key()
    written(file, ("old", old))
    service = guarded(catalogue, Access(keys_file=str(file)))
    assert [decide(service, bearer(key)).status for key in (old, new)] == [200, 401]
    written(file, ("new", new))
    assert [decide(service, bearer(key)).status for key in (old, new)] == [200, 401]  # it looks once a second
    now += 1.1
    assert [decide(service, bearer(key)).status for key in (old, new)] == [401, 200]
    for broken in (f"- {{id: x, sha256: {old}}}\n", "- [", "", "{}"):
        file.write_text(broken, encoding="utf-8")
        now += 1.1
        assert [decide(service, bearer(key)).status for key in (old, new)] == [401, 200]
    file.unlink()
    now += 1.1
    assert [decide(service, bearer(key)).status for key in (old, new)] == [401, 200]
    written(file, ("old", old))
    now += 1.1
    assert [decide(service, bearer(key)).status for key in (old, new)] == [200, 401]
    assert old not in caplog.text


def test_only_so_many_keys_and_tokens_are_remembered_and_all_are_taken(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.access.gate.MOST_REMEMBERED", 2)
    keys = [fresh_key() for _ in range(4)]
    gate = open_gate(Settings(access=Access(keys=tuple(entry(key, f"k{i}") for i, key in enumerate(keys)))))
    assert gate is not None
    for key in keys * 3:
        asked = Call({"method": "POST", "path": "/", "headers": [(b"x-api-key", key.encode())]})
        known = gate.known(asked)
        assert (known or asyncio.run(gate.admit(asked))).id == f"k{keys.index(key)}"
        assert len(gate._remembered) <= 2
    assert not any(key.encode() in bytes(kept) for kept in gate._remembered for key in keys)


def test_calls_beyond_the_limit_are_told_to_come_again(catalogue: Catalogue) -> None:
    service = guarded(catalogue, Access(required=False), limits=Limits(calls=1))
    service.door.in_hand = 1
    answered = decide(service, JSON)
    assert (answered.status, answered.document()["type"]) == (503, "/problems/overloaded")
    assert int(answered.headers["retry-after"]) >= 1
    assert call(service, "GET", "/healthz").status == 200
    service.door.in_hand = 0
    assert decide(service, JSON).status == 200
