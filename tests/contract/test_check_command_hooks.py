"""The hooks for pre-commit, run by pre-commit itself in a repository of rulebooks.

The hooks are taken from `.pre-commit-hooks.yaml` as they are, save that they run the deskpolicy of this environment:
installing one for each test would need a network.
"""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from files_kit import edit
from typer.testing import CliRunner

from cli import app

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("pre_commit") is None, reason="pre-commit is not installed"),
    pytest.mark.skipif(os.system("git --version >/dev/null 2>&1") != 0, reason="git is not installed"),
]

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
INVARIANTS = "invariants: [{invariant: not all is urgent, never: {priority: P1, when: {ticket.impact: low}}}]\n"
SECONDS = 120


def hooks() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return listed


class Repository:
    """A repository of rulebooks with the hooks configured."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
            "PRE_COMMIT_HOME": str(folder.parent / "pre-commit-home"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
        }
        self.run("git", "init", "--quiet", ".")
        command = f"{shlex.quote(sys.executable)} -m cli"
        local = [{**hook, "language": "system", "entry": hook["entry"].replace("deskpolicy", command, 1),
                  "args": list(arguments)} for hook in hooks()]  # fmt: skip
        config = {"repos": [{"repo": "local", "hooks": local}]}
        (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True,
                              timeout=SECONDS, check=False)  # fmt: skip

    def commits(self, *files: str) -> tuple[int, str, str]:
        """Stage these files, and run the hooks as at a commit: the exit code, and the last words on each hook."""
        assert self.run("git", "add", "--all", *files).returncode == 0
        done = self.run(sys.executable, "-m", "pre_commit", "run", "--color", "never")
        found = re.findall(r"^(\w+) (?:rulebooks|invariants)\.+.*?(Passed|Failed|Skipped)$", done.stdout, re.MULTILINE)
        verdicts = dict(found)
        assert verdicts.keys() == {"check", "prove", "test"}, done.stdout + done.stderr
        return done.returncode, " ".join(verdicts[name] for name in ("check", "prove", "test")), done.stdout


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a new rulebook with its scenarios, in a repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert CliRunner().invoke(app, ["new", "desk"]).exit_code == 0
    (folder / "rules" / "invariants.yaml").write_text(INVARIANTS, encoding="utf-8")
    return folder


def test_the_manifest_is_one_for_pre_commit() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_good_rulebooks_pass_and_other_files_ask_for_nothing(desk: Path) -> None:
    repository = Repository(desk)
    (desk / "notes.txt").write_text("nothing of ours\n")
    assert repository.commits("notes.txt")[:2] == (0, "Skipped Skipped Skipped")
    assert repository.commits(".")[:2] == (0, "Passed Passed Passed")


def test_a_faulty_rulebook_is_told_by_the_check(desk: Path) -> None:
    edit(desk / "rules" / "desk" / "1.0.0.yaml", "ticket.impact", "ticket.impakt")
    code, verdicts, said = Repository(desk).commits(".")
    assert (code, verdicts.split()[0]) == (1, "Failed")
    assert "rules/desk/1.0.0.yaml:" in said
    assert "did you mean `ticket.impact`?" in said


@pytest.mark.slow
def test_a_request_against_an_invariant_is_told_by_the_proof(desk: Path) -> None:
    edit(desk / "rules" / "invariants.yaml", "impact: low", "impact: high")
    code, verdicts, said = Repository(desk).commits(".")
    assert (code, verdicts) == (1, "Passed Failed Passed")
    assert "refuted by a request" in said


@pytest.mark.slow
def test_a_failing_scenario_is_told_by_the_test_alone(desk: Path) -> None:
    edit(desk / "rules" / "desk" / "scenarios.yaml", "{level: P3}", "{level: P2}")
    code, verdicts, said = Repository(desk).commits("rules/desk/scenarios.yaml")
    assert (code, verdicts) == (1, "Passed Passed Failed")
    assert "FAILED " in said


@pytest.mark.slow
def test_one_version_is_checked_with_its_neighbours_and_the_lock(desk: Path) -> None:
    first = desk / "rules" / "desk" / "1.0.0.yaml"
    edit(first, "version: 1.0.0\n", "version: 1.0.0\nin_force: {from: 2026-01-01}\n")
    repository = Repository(desk)
    assert repository.run(sys.executable, "-m", "cli", "lock").returncode == 0
    assert repository.commits(".")[0] == 0
    assert repository.run("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x",
                          "--no-verify").returncode == 0  # fmt: skip
    second = first.with_name("1.1.0.yaml")
    second.write_text(first.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 1.1.0"), encoding="utf-8")
    code, _, said = repository.commits("rules/desk/1.1.0.yaml")
    assert (code, "version 1.0.0 comes into force at the same instant" in said) == (1, True)
    second.unlink()
    edit(first, "2026-01-01", "2026-01-02")
    code, _, said = repository.commits(".")
    assert (code, "[released-version-changed]" in said) == (1, True)


@pytest.mark.slow
def test_another_folder_is_named_as_an_argument(desk: Path) -> None:
    (desk / "rules").rename(desk / "handbook")
    repository = Repository(desk, "handbook")
    assert repository.commits(".")[:2] == (0, "Passed Passed Passed")


def test_the_hooks_run_for_rulebooks_and_what_lies_beside_them_only() -> None:
    wanted = ["rules/desk/1.0.0.yaml", "a/b/desk/10.2.3.yml", "rules/desk/clauses.yaml", "rules/desk/scenarios.yaml",
              "desk/1.0.0.scenarios.yaml", "rules/invariants.yaml", "rules/rulebooks.lock", "1.0.0.yaml"]  # fmt: skip
    others = ["compose.yaml", "rules/desk/1.0.yaml", "rules/desk/01.0.0.yaml", "poetry.lock", "1.0.0.yaml.bak",
              "rules/desk/history.map.yaml", "my-clauses.yaml"]  # fmt: skip
    for hook in hooks():
        assert all(re.search(hook["files"], file) for file in wanted)
        assert not any(re.search(hook["files"], file) for file in others)
