"""Access on a real port: two workers with keys, a provider that changes its keys, and what refuses to start."""

import http.client
import importlib.util
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from live_service import SECONDS, Live, live_service

from api import fingerprint, fresh_key

ROOT = Path(__file__).parents[2]
ACCEPTANCE = ROOT.parent / "shared" / "acceptance"
FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
admission:
  otherwise: {then: {outcome: accept}}
"""
REQUEST = json.dumps({"rulebook": "front-desk"}).encode()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with one rulebook."""
    desk = tmp_path / "rules" / "front-desk"
    desk.mkdir(parents=True)
    (desk / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    return desk.parent


def ask(live: Live, body: bytes = REQUEST, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(live.host, live.port, timeout=SECONDS)
    with closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", "/v1/decide", body, {"Content-Type": "application/json", **named})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def acceptance_runner() -> ModuleType:
    """`run.py` of the acceptance scenarios, for its comparison; it cannot send a key itself."""
    spec = importlib.util.spec_from_file_location("acceptance_run", ACCEPTANCE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.skipif(not ACCEPTANCE.is_dir(), reason="the acceptance scenarios are not beside this checkout")
def test_every_acceptance_scenario_with_a_key_against_two_workers(tmp_path: Path, record_property: Any) -> None:
    runner, key = acceptance_runner(), fresh_key()
    access = {"required": True, "keys": [{"id": "helpdesk", "sha256": fingerprint(key), "scopes": ["decide"]}]}
    count, faults = 0, []
    with live_service(tmp_path, {"rules": str(ROOT / "rules"), "access": access}, "--workers", "2") as live:
        for file in sorted(ACCEPTANCE.glob("*.yaml")):
            for case in yaml.safe_load(file.read_text(encoding="utf-8")):
                count += 1
                body = json.dumps(case["request"], default=str).encode()
                assert ask(live, body)[0] == 401
                expected = dict(case["expect"])
                wanted = expected.pop("$status", 200)
                status, answer = ask(live, body, X_API_Key=key)
                if status != wanted or list(runner.differs(expected, answer)):
                    faults.append(f"{file.name}: {case['name']}")
    assert faults == []
    assert count >= 50
    record_property("compared", f"{count} acceptance scenarios with a key")


def test_keys_are_exchanged_in_the_file_while_two_workers_answer(rules: Path, tmp_path: Path) -> None:
    file, old, new = tmp_path / "keys.yaml", fresh_key(), fresh_key()

    def write(key: str) -> None:
        file.write_text(json.dumps([{"id": "helpdesk", "sha256": fingerprint(key)}]), encoding="utf-8")

    write(old)
    settings = {"rules": str(rules), "access": {"keys_file": str(file)}}
    with live_service(tmp_path, settings, "--workers", "2") as live:

        def statuses(key: str) -> set[int]:
            return {ask(live, Authorization=f"Bearer {key}")[0] for _ in range(16)}

        assert statuses(old) == {200}
        write(new)
        deadline = time.monotonic() + SECONDS
        # Each worker reads the file in its own time, and all calls of a moment may meet the same one.
        while (statuses(old), statuses(new)) != ({401}, {200}):
            assert time.monotonic() < deadline


class Signer:
    """A private key with a name, and tokens signed with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public(self) -> dict[str, Any]:
        """The public key, as providers publish it."""
        return {**RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True), "kid": self.name, "use": "sig"}

    def token(self, issuer: str, **more: Any) -> str:
        """A token for the desk."""
        claims = {"iss": issuer, "aud": "desk", "sub": "ana", "exp": int(time.time()) + 60, "scope": "decide", **more}
        return jwt.encode(claims, self._private, "RS256", {"kid": self.name})


@contextmanager
def provider(signer: Signer) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An OpenID provider on this machine: its address, and its keys, which may be changed."""
    keys = [signer.public]

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = {"keys": keys} if self.path == "/jwks" else {"issuer": issuer, "jwks_uri": f"{issuer}/jwks"}
            body = json.dumps(page).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield issuer, keys
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS)


@pytest.mark.slow
def test_tokens_of_a_provider_are_taken_also_after_it_changed_its_keys(rules: Path, tmp_path: Path) -> None:
    first, second = Signer("first"), Signer("second")
    with provider(first) as (issuer, keys):
        trusted = {"issuer": issuer, "audience": "desk", "keys_for": 1}
        with live_service(tmp_path, {"rules": str(rules), "access": {"issuers": [trusted]}}) as live:
            assert ask(live)[0] == 401
            for _ in range(2):
                assert ask(live, Authorization=f"Bearer {first.token(issuer)}")[0] == 200
            status, refused = ask(live, Authorization=f"Bearer {first.token(issuer, scope='email')}")
            assert (status, refused["type"]) == (403, "/problems/forbidden")
            assert ask(live, Authorization=f"Bearer {second.token(issuer)}")[0] == 401
            assert ask(live, Authorization=f"Bearer {first.token(issuer, aud='other')}")[0] == 401
            keys[:] = [second.public]
            deadline = time.monotonic() + SECONDS
            while ask(live, Authorization=f"Bearer {second.token(issuer)}")[0] != 200:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            assert ask(live, Authorization=f"Bearer {first.token(issuer)}")[0] == 401


def test_a_provider_that_cannot_be_reached_is_no_fault_of_the_caller(rules: Path, tmp_path: Path) -> None:
    signer = Signer("first")
    with provider(signer) as (issuer, _):
        pass  # it is gone before the service asks for its keys
    settings = {"rules": str(rules), "access": {"issuers": [{"issuer": issuer, "audience": "desk"}]}}
    with live_service(tmp_path, settings) as live:
        status, problem = ask(live, Authorization=f"Bearer {signer.token(issuer)}")
        assert (status, problem["type"]) == (503, "/problems/provider-unreachable")
        assert ask(live, Authorization=f"Bearer {signer.token('https://other.example')}")[0] == 401


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_does_not_start_open_to_all_without_being_told_so(rules: Path, workers: str) -> None:
    command = [sys.executable, "-m", "cli", "serve", "--rules", str(rules), "--port", "0", "--workers", workers]
    ended = subprocess.run(
        [*command, "--host", "0.0.0.0"], check=False, capture_output=True, text=True, timeout=SECONDS
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert "deskpolicy key" in ended.stderr
    assert "required: false" in ended.stderr


def test_a_server_that_listens_elsewhere_by_itself_finds_the_service_closed(rules: Path) -> None:
    """`uvicorn --host 0.0.0.0` does not tell the service where it listens; calls to another address do."""
    from called_service import call

    from api import Settings, Shelf, build_service
    from engine import Catalogue

    service = build_service(Shelf(Catalogue.load(rules)), Settings())
    assert call(service, "GET", "/v1/rulebooks", server=("127.0.0.1", 80)).status == 200
    assert call(service, "GET", "/v1/rulebooks", server=("::ffff:127.0.0.1", 80)).status == 200
    assert call(service, "GET", "/v1/rulebooks", server=("::ffff:10.1.2.3", 80)).status == 401
    assert call(service, "GET", "/v1/rulebooks", server=("10.1.2.3", 80)).status == 401
    assert call(service, "GET", "/healthz", server=("10.1.2.3", 80)).status == 200


def test_the_key_command_makes_keys_that_the_service_takes(rules: Path, tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "cli", "key", "helpdesk", "--scope", "decide", "--expires", "2099-01-01T00:00:00Z"],
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    key, entry = made.stdout.splitlines()[0], made.stdout.splitlines()[-1]
    assert key not in entry
    assert yaml.safe_load(entry)[0]["scopes"] == ["decide"]
    file = tmp_path / "keys.yaml"
    file.write_text(entry, encoding="utf-8")
    with live_service(tmp_path, {"rules": str(rules), "access": {"keys_file": str(file)}}) as live:
        assert ask(live, Authorization=f"Bearer {key}")[0] == 200
        assert ask(live)[0] == 401


@pytest.mark.parametrize(
    "wrong",
    [
        ["a b"],
        ["x" * 65],
        ["desk", "--scope", "everything"],
        ["desk", "--expires", "tomorrow"],
        ["desk", "--expires", "2099-01-01"],
    ],
)
def test_the_key_command_tells_wrong_use_in_one_line(wrong: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "key", *wrong], check=False, capture_output=True, text=True, timeout=SECONDS
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
