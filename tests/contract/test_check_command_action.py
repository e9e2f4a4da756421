"""The composite GitHub Action: its structure, and its shell steps run as a runner would, save for the install."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner

from cli import app

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SECONDS = 120
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""How GitHub's runner starts `shell: bash`."""
PYTHON = """\
#!/bin/sh
echo "python $*" >> "$RUNNER_TEMP/calls"
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin"
  cp "$0" "$3/bin/python"
  printf '#!/bin/sh\\nexec "{python}" -m cli "$@"\\n' > "$3/bin/deskpolicy"
  chmod +x "$3/bin/deskpolicy"
fi
"""
"""What stands in for Python: an environment that it makes has the deskpolicy of these tests."""


class Runner:
    """Runs the steps of the action in a workspace."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self.temporary = folder / "runner temp"
        self.log = ""
        for place in (self.workspace, self.temporary, folder / "bin"):
            place.mkdir()
        python = folder / "bin" / "python"
        python.write_text(PYTHON.replace("{python}", sys.executable))
        python.chmod(0o755)
        self.path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def run(self, **given: str) -> tuple[int, dict[str, str]]:
        """The exit code of the action with these inputs (`-` as `_`), and its outputs."""
        inputs = {name: entry["default"] for name, entry in ACTION["inputs"].items()}
        inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        known = {"github.action_path": "/the action's folder", **{f"inputs.{k}": v for k, v in inputs.items()}}
        code, number = 0, 0
        for number, step in enumerate(STEPS):
            if "run" in step and self._is_wanted(step.get("if", "true"), known):
                code, outputs = self._step(step, number, known)
                known |= {f"steps.{step.get('id')}.outputs.{name}": value for name, value in outputs.items()}
                if code:
                    break
        assert number == len(STEPS) - 1, self.log
        return code, {name: _filled(entry["value"], known) for name, entry in ACTION["outputs"].items()}

    def _is_wanted(self, condition: str, known: Mapping[str, str]) -> bool:
        if condition == "true":
            return True
        found = re.fullmatch(r"([\w.-]+) != ''", condition)
        assert found, f"a condition that is not understood here: {condition}"
        return known[found[1]] != ""

    def _step(self, step: Mapping[str, Any], number: int, known: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        output = self.temporary / f"output-{number}"
        output.touch()
        script = self.temporary / f"step-{number}.sh"
        script.write_text(step["run"], encoding="utf-8")
        environment = {
            "PATH": self.path, "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8",
            "GITHUB_WORKSPACE": str(self.workspace), "GITHUB_OUTPUT": str(output), "RUNNER_TEMP": str(self.temporary),
            **{name: _filled(value, known) for name, value in step.get("env", {}).items()},
        }  # fmt: skip
        done = subprocess.run([*SHELL, str(script)], cwd=self.workspace, env=environment, capture_output=True,
                              text=True, encoding="utf-8", timeout=SECONDS, check=False)  # fmt: skip
        self.log += done.stdout + done.stderr
        lines = output.read_text(encoding="utf-8").splitlines()
        return done.returncode, dict(line.split("=", 1) for line in lines)


def _filled(text: str, known: Mapping[str, str]) -> str:
    """A text with its expressions written out; an output that no step gave is empty, as on GitHub."""
    return EXPRESSION.sub(lambda found: known.get(found[1], ""), text)


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A workspace with a new rulebook and its scenarios."""
    runner = Runner(tmp_path)
    monkeypatch.chdir(runner.workspace)
    assert CliRunner().invoke(app, ["new", "desk"]).exit_code == 0
    return runner


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_action_has_the_keys_that_github_knows() -> None:
    assert ACTION.keys() <= {"name", "description", "author", "branding", "inputs", "outputs", "runs"}
    assert ACTION["name"]
    assert ACTION["description"]
    for entry in ACTION["inputs"].values():
        assert entry.keys() <= {"description", "required", "default", "deprecationMessage"}
        assert isinstance(entry["default"], str)
    for entry in ACTION["outputs"].values():
        assert entry.keys() == {"description", "value"}
    assert ACTION["runs"].keys() == {"using", "steps"}
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert ("run" in step) != ("uses" in step)
        assert step.keys() <= {"name", "id", "if", "uses", "with"} | {"run", "shell", "env", "working-directory"}
        assert step.get("shell") == ("bash" if "run" in step else None)


def test_every_expression_names_an_input_or_an_earlier_step() -> None:
    known = {f"inputs.{name}" for name in ACTION["inputs"]} | {"github.action_path"}
    for step in STEPS:
        named = EXPRESSION.findall(json.dumps([step.get("env"), step.get("with")]))
        named += re.findall(r"[a-z]+\.[\w.-]+", step.get("if", ""))
        assert set(named) <= known
        known.add(f"steps.{step.get('id')}.outputs.code")
    values = json.dumps([entry["value"] for entry in ACTION["outputs"].values()])
    assert set(EXPRESSION.findall(values)) <= known
    assert {name for name in ACTION["inputs"] if f"inputs.{name}" not in json.dumps(ACTION["runs"])} == set()


def test_the_page_names_inputs_and_hooks_that_there_are() -> None:
    page = (ROOT / "docs" / "how-to" / "check-in-ci.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)]
    config, arguments, workflow, replay = blocks
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {hook["id"] for hook in [*config["repos"][0]["hooks"], *arguments]} == hooks
    steps = [*workflow["jobs"]["rulebooks"]["steps"], *replay]
    given = [step["with"] for step in steps if step["uses"].startswith("your-organisation/deskpolicy@")]
    assert len(given) == 2
    assert all(inputs.keys() <= ACTION["inputs"].keys() for inputs in given)
    told = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| `.*$", page, re.MULTILINE))))
    assert ACTION["inputs"].keys() | ACTION["outputs"].keys() <= told


def test_no_input_is_written_into_a_script() -> None:
    assert not any("${{" in step.get("run", "") for step in STEPS)


def test_good_rulebooks_pass_and_leave_their_files(runner: Runner) -> None:
    code, outputs = runner.run()
    assert (code, runner.log.count("no faults")) == (0, 1), runner.log
    assert outputs == {
        "check": "0", "test": "0", "replay": "",
        "sarif-file": "deskpolicy.sarif", "junit-file": "deskpolicy-junit.xml",
    }  # fmt: skip
    sarif = json.loads((runner.workspace / "deskpolicy.sarif").read_text(encoding="utf-8"))
    assert sarif["runs"][0]["results"] == []
    suites = ElementTree.parse(runner.workspace / "deskpolicy-junit.xml").getroot()
    assert suites.tag == "testsuites"
    install = (runner.temporary / "calls").read_text()
    assert f"python -m venv {runner.temporary}/deskpolicy\n" in install
    assert "-c /the action's folder/.ci/constraints.txt /the action's folder\n" in install


def test_a_fault_and_a_failing_scenario_are_both_told_before_it_fails(runner: Runner) -> None:
    rules = runner.workspace / "rules"
    rules.rename(runner.workspace / "the rules")
    edit(runner.workspace / "the rules" / "desk" / "scenarios.yaml", "{level: P3}", "{level: P2}")
    shutil.copytree(runner.workspace / "the rules" / "desk", runner.workspace / "the rules" / "other")
    code, outputs = runner.run(rules="the rules", sarif_file="out put.sarif", junit_file="j.xml")
    assert (code, outputs["check"], outputs["test"]) == (1, "1", "1")
    assert "::error file=the rules/other/1.0.0.yaml,line=" in runner.log
    assert "FAILED " in runner.log
    assert "deskpolicy check ended with 1\ndeskpolicy test ended with 1\n" in runner.log
    results = json.loads((runner.workspace / "out put.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert {result["ruleId"] for result in results} == {"wrong-place"}
    assert (runner.workspace / "j.xml").exists()


@pytest.mark.slow
def test_warnings_fail_only_when_they_are_asked_to(runner: Runner) -> None:
    book = runner.workspace / "rules" / "desk" / "1.0.0.yaml"
    edit(book, "version: 1.0.0\n", "version: 1.0.0\nsuppress: [{code: resolved-data-changed, because: Looked at}]\n")
    assert runner.run()[0] == 0
    assert "::warning file=rules/desk/1.0.0.yaml,line=8," in runner.log
    assert runner.run(fail_on="warning")[0] == 1


def test_what_looks_like_shell_in_an_input_is_only_a_name(runner: Runner) -> None:
    code, outputs = runner.run(rules="$(touch broken); `touch broken`")
    assert (code, outputs["check"], outputs["test"]) == (1, "2", "2")
    assert not (runner.workspace / "broken").exists()


MAPPING = """\
mapping: small
history: {rows: ticket, expect: {rows: 2, tickets: 2}}
ticket: id
instants: {format: "%d/%m/%Y %H:%M", zone: UTC, opened: opened}
facts:
  ticket.impact: {column: impact, values: {1 - High: high, 2 - Low: low}}
"""
BOOK = """\
rulebook: small-desk
version: 1.0.0
in_force: {from: 2016-01-01}
facts: {ticket.impact: [low, high]}
admission: {otherwise: {then: {outcome: accept}}}
priority:
  rules:
    - {rule: high, when: {ticket.impact: high}, then: {level: P1}}
    - {rule: low, when: {ticket.impact: low}, then: {level: P2}}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "ends_with"), [("any", "0"), ("none", "1")])
def test_a_change_is_held_to_the_guardrails_of_a_replay(tmp_path: Path, limit: str, ends_with: str) -> None:
    runner = Runner(tmp_path)
    space = runner.workspace
    (space / "rules" / "small-desk").mkdir(parents=True)
    (space / "rules" / "small-desk" / "1.0.0.yaml").write_text(BOOK)
    changed = BOOK.replace("version: 1.0.0", "version: 1.1.0").replace("in_force: {from: 2016-01-01}\n", "")
    (space / "rules" / "small-desk" / "1.1.0.yaml").write_text(changed.replace("level: P2", "level: P1"))
    (space / "small.map.yaml").write_text(MAPPING)
    (space / "history.csv").write_text("id,opened,impact\nT1,1/2/2016 09:00,1 - High\nT2,2/2/2016 09:00,2 - Low\n")
    rails = "guardrails: {flips.priority: none}\n" if limit == "none" else ""
    (space / "rails.yaml").write_text(rails)
    code, outputs = runner.run(
        history="history.csv", map="small.map.yaml", baseline="small-desk@1.0.0", candidate="small-desk@1.1.0",
        guardrails="rails.yaml" if rails else "", replay_folder="what if",
    )  # fmt: skip
    assert outputs["replay"] == ends_with, runner.log
    assert (space / "what if" / "report.html").exists()
    assert code == 1  # the rulebook has no scenarios, which the test tells
