"""Secrets and what requesters write are planted everywhere: no log shows them, and no answer shows a secret."""

import http.client
import json
import logging
from contextlib import closing
from pathlib import Path
from typing import Any

import jwt
import pytest
from called_service import Answered, call
from live_service import SECONDS, Live, live_service

from api import ApiKey, Service, Settings, Shelf, build_service, fingerprint, fresh_key
from api.settings import Access, Issuer, Limits, Log
from api.telemetry.logs import JsonFormatter
from engine import Catalogue

FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
facts:
  ticket.channel: [mail, phone]
admission:
  otherwise: {then: {outcome: accept}}
"""
AT = "2026-11-23T09:30:00Z"
TEXT = "canary-of-a-requester"
HEADER = "canary-in-a-header"
QUERY = "canary-in-a-query"
KEY, WEAK_KEY, UNKNOWN_KEY = fresh_key(), fresh_key(), fresh_key()
TOKEN = jwt.encode({"iss": "https://id.example", "sub": "canary-in-a-token"}, "x" * 32, "HS256")
SECRETS = [KEY, WEAK_KEY, UNKNOWN_KEY, TOKEN, TOKEN.split(".")[1], "canary-in-a-token", HEADER, QUERY]
ACCESS = Access(
    keys=(
        ApiKey(id="helpdesk", sha256=fingerprint(KEY), scopes=("admin",)),
        ApiKey(id="figures", sha256=fingerprint(WEAK_KEY), scopes=("metrics",)),
    ),
    issuers=(Issuer(issuer="https://id.example", audience="desk"),),
)
GOOD = {"rulebook": "front-desk", "at": AT, "ticket": {"id": TEXT, "text": TEXT}, "requester": {"id": TEXT}}
BODIES = [
    json.dumps(GOOD).encode(),
    json.dumps({**GOOD, "ticket": {"channel": TEXT}}).encode(),
    json.dumps({**GOOD, TEXT: TEXT}).encode(),
    json.dumps({**GOOD, "rulebook": TEXT}).encode(),
    json.dumps({**GOOD, "at": TEXT}).encode(),
    json.dumps([TEXT]).encode(),
    f'{{"{TEXT}": {TEXT}'.encode(),
    f'{{"{TEXT}": 1, "{TEXT}": 2}}'.encode(),
    TEXT.encode() + b"\xff",
    json.dumps({**GOOD, "ticket": {"text": TEXT * 1000}}).encode(),
]
CREDENTIALS = [
    {},
    {"authorization": f"Bearer {KEY}"},
    {"x-api-key": KEY},
    {"authorization": f"Bearer {WEAK_KEY}"},
    {"authorization": f"Bearer {UNKNOWN_KEY}"},
    {"authorization": f"Bearer {KEY}", "x-api-key": UNKNOWN_KEY},
    {"authorization": f"Bearer {TOKEN}"},
    {"authorization": f"Basic {HEADER}"},
]
ROUTES = [
    ("POST", "/v1/decide", "application/json"),
    ("POST", "/v1/decide", f"text/{HEADER}"),
    ("POST", "/v1/decide/batch", "application/x-ndjson"),
    ("POST", "/access/v1/evaluation", "application/json"),
    ("GET", f"/v1/rulebooks/{TEXT}", "application/json"),
    ("GET", f"/{TEXT}", "application/json"),
    ("PUT", "/v1/decide", "application/json"),
]
HEADERS = {
    "accept-language": HEADER,
    "user-agent": HEADER,
    "cookie": f"session={HEADER}",
    "traceparent": HEADER,
    "x-request-id": f"{HEADER} with spaces",
    f"x-{HEADER}": HEADER,
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "front-desk").mkdir()
    (folder / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    return folder


def put(live: Live, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """One call: the status, and everything that came back."""
    connection = http.client.HTTPConnection(live.host, live.port, timeout=SECONDS)
    with closing(connection):
        connection.request(method, f"{path}?q={QUERY}", body, headers)
        response = connection.getresponse()
        return response.status, str(response.headers).encode() + response.read()


def shown(text: str, words: list[str]) -> list[str]:
    return [word for word in words if word in text]


def test_no_log_and_no_answer_of_a_real_service_shows_what_was_planted(rules: Path, tmp_path: Path) -> None:
    access = {
        "keys": [{"id": key.id, "sha256": key.sha256, "scopes": key.scopes} for key in ACCESS.keys],
        "issuers": [{"issuer": "https://id.example", "audience": "desk"}],
    }
    settings = {"rules": str(rules), "access": access, "limits": {"body": 5_000}, "log": {"calls": "all"}}
    statuses = set()
    with live_service(tmp_path, settings) as live:
        for credential in CREDENTIALS:
            for method, path, content_type in ROUTES:
                for body in BODIES if method == "POST" else [b""]:
                    headers = {**HEADERS, **credential, "content-type": content_type}
                    status, said = put(live, method, path, body, headers)
                    statuses.add(status)
                    assert shown(said.decode("utf-8", "replace"), SECRETS) == [], (method, path, said)
        broken = f"GET /{QUERY} HTTP/1.1\r\n{HEADER} {KEY}\r\n\r\n".encode()
        connection = http.client.HTTPConnection(live.host, live.port, timeout=SECONDS)
        with closing(connection):
            connection.connect()
            connection.sock.sendall(broken)
            assert b"400" in connection.sock.recv(65536)
    log = live.log.read_text(encoding="utf-8")
    assert statuses >= {200, 400, 401, 403, 404, 405, 413, 415, 422}
    assert log.count('"event":"call"') > 100
    assert '"caller":"helpdesk"' in log
    assert shown(log, [*SECRETS, TEXT]) == []


class Broken(Catalogue):
    """A catalogue whose errors quote the request, on several levels."""

    def __init__(self) -> None:
        pass

    def decide_json(self, request: Any, **_: Any) -> bytes:
        try:
            raise KeyError(str(request))
        except KeyError as error:
            problem = ValueError(f"cannot decide on {request}")
            problem.add_note(str(request))
            raise problem from error

    decide_as = decide_json  # type: ignore[assignment]

    def summaries(self) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Any:
    """All that was logged, as the service writes it."""
    form = JsonFormatter()
    caplog.set_level(logging.INFO)
    return lambda: "\n".join(form.format(record) for record in caplog.records)


def broken_service(*, texts: bool) -> Service:
    return build_service(
        Shelf(Broken()), Settings(access=ACCESS, log=Log(calls="none", texts=texts), limits=Limits(body=5_000))
    )


def ask(service: Service, path: str, content_type: str) -> Answered:
    headers = {**HEADERS, "content-type": content_type, "authorization": f"Bearer {KEY}"}
    return call(service, "POST", path, headers, BODIES[0])


def test_a_broken_engine_is_logged_with_its_traceback_and_without_what_it_quotes(written: Any) -> None:
    service = broken_service(texts=False)
    answers = [ask(service, "/v1/decide", "application/json"), ask(service, "/v1/decide/batch", "application/x-ndjson")]
    assert answers[0].status == 500
    instance = answers[0].document()["instance"]
    log = written()
    assert instance in log
    assert "ValueError" in log
    assert "KeyError" in log
    assert "in decide_json" in log
    assert shown(log, [*SECRETS, TEXT]) == []
    assert all(shown(answer.body.decode(), [*SECRETS, TEXT, "ValueError"]) == [] for answer in answers)


def test_texts_stand_in_the_log_where_they_are_asked_for_and_secrets_never(written: Any) -> None:
    try:
        assert ask(broken_service(texts=True), "/v1/decide", "application/json").status == 500
        assert TEXT in written()
        assert shown(written(), SECRETS) == []
    finally:
        broken_service(texts=False)


def test_watchers_and_observers_that_fail_are_logged_without_texts_and_change_nothing(
    rules: Path, written: Any
) -> None:
    service = build_service(Shelf(Catalogue.load(rules)), Settings(access=ACCESS, log=Log(calls="none")))

    def failing(*_: Any) -> None:
        raise RuntimeError(TEXT)

    service.door._watchers = (failing,)
    assert ask(service, "/v1/decide", "application/json").status == 200
    log = written()
    assert "RuntimeError" in log
    assert TEXT not in log


def test_a_fault_of_the_gate_itself_tells_nothing(rules: Path, written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service = build_service(Shelf(Catalogue.load(rules)), Settings(access=ACCESS, log=Log(calls="none")))

    def failing(_: bytes) -> None:
        raise RuntimeError(KEY)

    monkeypatch.setattr("api.access.keys.KeyRing.find", lambda _, shown: failing(shown))
    answered = ask(service, "/v1/decide", "application/json")
    assert answered.status == 500
    assert shown(written() + answered.body.decode(), SECRETS) == []
