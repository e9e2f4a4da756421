"""docs/how-to/integrate-a-helpdesk.md: its curl, its Python and its JavaScript run, and say what the page says."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_service import live_service

from api.access import fingerprint, fresh_key

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "integrate-a-helpdesk.md").read_text(encoding="utf-8")
SECONDS = 30


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


WEBHOOK, CHANGE = (json.loads(block) for block in blocks("json"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where a service is that asks who calls, and a key for it."""
    key = fresh_key()
    access = {"required": True, "keys": [{"id": "helpdesk", "sha256": fingerprint(key), "scopes": ["decide"]}]}
    with live_service(tmp_path_factory.mktemp("service"), {"rules": str(ROOT / "rules"), "access": access}) as live:
        path = {"PYTHONPATH": str(ROOT / "clients" / "python")}
        yield {**os.environ, **path, "DESKPOLICY": live.address, "DESKPOLICY_KEY": key}


def run(command: list[str], environment: dict[str, str], sent: Any = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment, input=json.dumps(sent), capture_output=True, text=True, timeout=SECONDS, check=False
    )


def python(tmp_path: Path) -> list[str]:
    (block,) = blocks("python")
    (tmp_path / "webhook.py").write_text(block, encoding="utf-8")
    return [sys.executable, str(tmp_path / "webhook.py")]


def node(tmp_path: Path) -> list[str]:
    (block,) = blocks("js")
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    if int(version.removeprefix("v").split(".")[0]) < 18:
        pytest.skip(f"node {version.strip()} is older than 18")
    (tmp_path / "webhook.js").write_text(block, encoding="utf-8")
    return [program, str(tmp_path / "webhook.js")]


def test_curl_gets_the_decision_that_the_page_speaks_of(environment: dict[str, str]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (block,) = blocks("sh")
    done = run(["sh", "-c", block], environment)
    assert done.returncode == 0, done.stderr
    decision = json.loads(done.stdout)["decision"]
    assert decision["priority"]["level"] == CHANGE["deskpolicy_priority"]
    assert decision["sla"]["next_due"] == CHANGE["deskpolicy_due"]


@pytest.mark.parametrize("program", [python, node])
def test_the_webhook_becomes_the_change_that_the_page_shows(
    environment: dict[str, str], tmp_path: Path, program: Any
) -> None:
    done = run(program(tmp_path), environment, WEBHOOK)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == CHANGE


@pytest.mark.parametrize("program", [python, node])
def test_a_fault_of_the_mapping_is_told_at_its_place(environment: dict[str, str], tmp_path: Path, program: Any) -> None:
    webhook = {**WEBHOOK, "ticket": {**WEBHOOK["ticket"], "state": {"name": "opne"}}}
    done = run(program(tmp_path), environment, webhook)
    assert done.returncode == 1
    assert "/ticket/status: unknown value `opne`; did you mean `open`?" in done.stderr


@pytest.mark.parametrize("program", [python, node])
def test_a_service_that_is_not_there_is_told(environment: dict[str, str], tmp_path: Path, program: Any) -> None:
    done = run(program(tmp_path), {**environment, "DESKPOLICY": "http://127.0.0.1:9"}, WEBHOOK)
    assert done.returncode == 1
    assert done.stderr
    assert not done.stdout
