"""`--engine rete`: the commands and the service with the second engine, and without it."""

import http.client
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.serving import app_from_environment
from cli import app
from engine import EngineUnavailable
from engine.rete.core import load_core

RULES = Path(__file__).parents[2] / "rules"
SECONDS = 30
REQUEST = {
    "rulebook": "internal-it",
    "at": "2026-11-23T09:30:00+03:00",
    "ticket": {"channel": "hm", "urgency": "high", "fields": {"nature": "how_to"}},
    "requester": {"relation": "employee"},
}
HINT = "the engine `rete` needs durable-rules, which cannot be imported here: install the extra `rete`"


def has_rete() -> bool:
    try:
        load_core()
    except EngineUnavailable:
        return False
    return True


needs_rete = pytest.mark.skipif(not has_rete(), reason="durable-rules cannot be imported under this Python")


@pytest.fixture
def request_file(tmp_path: Path) -> str:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(REQUEST), encoding="utf-8")
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--rules", str(RULES)], prog_name="deskpolicy")


def without_durable_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)


@needs_rete
def test_decide_prints_the_same_bytes(request_file: str) -> None:
    for options in ((), ("--explain",)):
        first, second = (run("decide", request_file, "--engine", engine, *options) for engine in ("bitmap", "rete"))
        assert first.exit_code == second.exit_code == 0
        assert first.stdout_bytes == second.stdout_bytes != b""


@pytest.mark.parametrize("command", ["decide", "serve"])
def test_without_durable_rules_one_line_says_what_to_do(
    command: str, request_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_durable_rules(monkeypatch)
    ended = run(*(["decide", request_file] if command == "decide" else ["serve", "--port", "0"]), "--engine", "rete")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"deskpolicy: {HINT}")
    assert ended.stderr.count("\n") == 1


def test_the_first_engine_does_without_durable_rules(request_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without_durable_rules(monkeypatch)
    assert run("decide", request_file).exit_code == 0


@pytest.mark.parametrize(("engine", "said"), [("rete", HINT), ("ret", "there is no engine `ret`")])
def test_a_worker_without_its_engine_does_not_start(
    engine: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_durable_rules(monkeypatch)
    monkeypatch.setenv("DESKPOLICY_RULES", str(RULES))
    monkeypatch.setenv("DESKPOLICY_ENGINE", engine)
    with pytest.raises(SystemExit):
        app_from_environment()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"deskpolicy: {said}")


@needs_rete
@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_service_answers_with_the_same_bytes(workers: str, request_file: str) -> None:
    wanted = run("decide", request_file).stdout_bytes.rstrip(b"\n")
    command = [sys.executable, "-W", "error", "-m", "cli", "serve", "--rules", str(RULES), "--port", "0",
               "--workers", workers, "--engine", "rete"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().split("http://127.0.0.1:")[1].split(" ")[0]
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
            connection.request("POST", "/v1/decide", json.dumps(REQUEST), {"Content-Type": "application/json"})
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, wanted)
            connection.close()
        finally:
            process.terminate()
            process.wait(SECONDS)
