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
from files_kit import edit
from typer.testing import CliRunner

from cli import app

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SECONDS = 120
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
BASE = "github.event.pull_request.base.sha"
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
        self.base = ""
        """The target of a pull request; empty: none is built."""
        for place in (self.workspace, self.temporary, folder / "bin"):
            place.mkdir()
        python = folder / "bin" / "python"
        python.write_text(PYTHON.replace("{python}", sys.executable))
        python.chmod(0o755)
        self.path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def run(self, only: str = "", **given: str) -> tuple[int, dict[str, str]]:
        """The exit code of the action with these inputs (`-` as `_`), and its outputs.

        `only` is the id of a step: of those with one, it alone is run, and all was well with the check and the test.
        """
        known = {"github.action_path": str(ROOT), BASE: self.base}
        inputs = {name: _filled(entry["default"], known) for name, entry in ACTION["inputs"].items()}
        inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        known |= {f"inputs.{name}": value for name, value in inputs.items()}
        code, number = 0, 0
        for number, step in enumerate(STEPS):
            if only and step.get("id", only) != only:
                known[f"steps.{step['id']}.outputs.code"] = "0"
            elif "run" in step and self._is_wanted(step.get("if", "true"), known):
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
        output.write_text("")
        script = self.temporary / f"step-{number}.sh"
        script.write_text(step["run"], encoding="utf-8")
        environment = {
            "PATH": self.path, "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8",
            "GITHUB_WORKSPACE": str(self.workspace), "GITHUB_OUTPUT": str(output), "RUNNER_TEMP": str(self.temporary),
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary.md"), "GIT_CONFIG_GLOBAL": os.devnull,
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
    assert {*EXPRESSION.findall(json.dumps([entry["default"] for entry in ACTION["inputs"].values()]))} == {BASE}
    for step in STEPS:
        named = EXPRESSION.findall(json.dumps([step.get("env"), step.get("with")]))
        named += re.findall(r"[a-z]+\.[\w.-]+", step.get("if", ""))
        assert set(named) <= known
        given = re.findall(r'echo "([a-z]+)=[^"]*" >> "\$GITHUB_OUTPUT"', step.get("run", ""))
        known |= {f"steps.{step.get('id')}.outputs.{name}" for name in given}
    values = json.dumps([entry["value"] for entry in ACTION["outputs"].values()])
    assert set(EXPRESSION.findall(values)) <= known
    assert {name for name in ACTION["inputs"] if f"inputs.{name}" not in json.dumps(ACTION["runs"])} == set()


def test_the_page_names_inputs_and_hooks_that_there_are() -> None:
    page = (ROOT / "docs" / "how-to" / "check-in-ci.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)]
    config, arguments, workflow, review, replay = blocks
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {hook["id"] for hook in [*config["repos"][0]["hooks"], *arguments]} == hooks
    steps = [*workflow["jobs"]["rulebooks"]["steps"], *review, *replay]
    given = [step["with"] for step in steps if step["uses"].startswith("your-organisation/deskpolicy@")]
    assert len(given) == 3
    assert all(inputs.keys() <= ACTION["inputs"].keys() for inputs in given)
    told = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| `.*$", page, re.MULTILINE))))
    assert ACTION["inputs"].keys() | ACTION["outputs"].keys() <= told


def test_no_input_is_written_into_a_script() -> None:
    assert not any("${{" in step.get("run", "") for step in STEPS)


def test_good_rulebooks_pass_and_leave_their_files(runner: Runner) -> None:
    code, outputs = runner.run()
    assert (code, runner.log.count("no faults")) == (0, 1), runner.log
    assert outputs == {
        "check": "0", "prove": "", "test": "0", "diff": "", "replay": "", "diff-folder": "",
        "sarif-file": "deskpolicy.sarif", "junit-file": "deskpolicy-junit.xml",
        "prove-sarif-file": "deskpolicy-prove.sarif", "prove-junit-file": "deskpolicy-prove-junit.xml",
    }  # fmt: skip
    sarif = json.loads((runner.workspace / "deskpolicy.sarif").read_text(encoding="utf-8"))
    assert sarif["runs"][0]["results"] == []
    suites = ElementTree.parse(runner.workspace / "deskpolicy-junit.xml").getroot()
    assert suites.tag == "testsuites"
    install = (runner.temporary / "calls").read_text()
    assert f"python -m venv {runner.temporary}/deskpolicy\n" in install
    assert f"-c {ROOT}/.ci/constraints.txt {ROOT}\n" in install
    assert "no invariants lie in rules: nothing is proved\n" in runner.log


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


@pytest.mark.slow
def test_what_goes_against_an_invariant_fails_it(runner: Runner) -> None:
    invariants = runner.workspace / "rules" / "invariants.yaml"
    invariants.write_text("invariants: [{invariant: no lowest, never: {priority: P3}}]\n")
    code, outputs = runner.run(only="prove")
    assert (code, outputs["check"], outputs["prove"]) == (1, "0", "1")
    assert "::error file=rules/invariants.yaml,line=1," in runner.log
    assert "deskpolicy prove ended with 1\n" in runner.log
    results = json.loads((runner.workspace / outputs["prove-sarif-file"]).read_text())["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["refuted-invariant"]
    assert ElementTree.parse(runner.workspace / outputs["prove-junit-file"]).getroot().get("failures") == "1"


def git(folder: Path, *arguments: str) -> str:
    """What git prints, without anybody's configuration."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_{what}": "tests@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }  # fmt: skip
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=SECONDS, check=True)  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def request_to_merge(runner: Runner) -> Runner:
    """The same workspace as a commit, of which a pull request is being built."""
    git(runner.workspace, "init", "--quiet", "--initial-branch=main")
    git(runner.workspace, "add", "rules")
    git(runner.workspace, "commit", "--quiet", "-m", "as it was")
    runner.base = git(runner.workspace, "rev-parse", "HEAD")
    return runner


def changed(runner: Runner, old: str, new: str, version: str = "1.0.0") -> None:
    """Change a version of the rulebook, or add a draft of another."""
    first = runner.workspace / "rules" / "desk" / "1.0.0.yaml"
    text = first.read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1).replace("version: 1.0.0", f"version: {version}")
    if version != "1.0.0":
        text = re.sub(r"^in_force:.*\n", "", text, flags=re.MULTILINE)
    (first.parent / f"{version}.yaml").write_text(text, encoding="utf-8")


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@needs_git
def test_a_pull_request_gets_the_decisions_that_its_change_changes(request_to_merge: Runner) -> None:
    runner = request_to_merge
    changed(runner, "1h, 8h, office", "1h, 6h, office")
    code, outputs = runner.run(only="diff", diff_folder="the diff")
    assert (code, outputs["diff"], outputs["diff-folder"]) == (0, "1", "the diff"), runner.log
    told = (runner.temporary / "summary.md").read_text(encoding="utf-8")
    assert told.startswith("## desk 1.0.0 → desk 1.0.0\n")
    assert "resolution 8h → 6h" in told
    assert "(the diff/base/desk/1.0.0.yaml:" in told
    page = (runner.workspace / "the diff" / "desk-1.0.0.html").read_text(encoding="utf-8")
    assert "resolution 8h → 6h" in page
    assert (runner.workspace / "the diff" / "summary.md").read_text(encoding="utf-8") == told


@needs_git
@pytest.mark.slow
def test_a_new_version_is_compared_with_the_one_before_it_and_can_be_held_to_it(request_to_merge: Runner) -> None:
    runner = request_to_merge
    for version in ("1.9.0", "1.11.0"):
        changed(runner, "title:", "title:", version)
    git(runner.workspace, "add", "rules")
    git(runner.workspace, "commit", "--quiet", "-m", "more")
    runner.base = git(runner.workspace, "rev-parse", "HEAD")
    changed(runner, "title:", "title:", "1.10.0")
    git(runner.workspace, "add", "rules")
    assert runner.run(only="diff", fail_on_change="true")[1]["diff"] == "0", runner.log
    told = (runner.temporary / "summary.md").read_text(encoding="utf-8")
    assert told.startswith("## desk 1.9.0 → desk 1.10.0\n\n**no decision changes: proved over all requests**")
    changed(runner, "1h, 8h, office", "1h, 6h, office", "1.10.0")
    code, outputs = runner.run(only="diff", fail_on_change="true")
    assert (code, outputs["diff"]) == (1, "1")
    assert "deskpolicy diff ended with 1\n" in runner.log
    assert "(rules/desk/1.9.0.yaml:" in (runner.workspace / "deskpolicy-diff" / "summary.md").read_text()


@needs_git
@pytest.mark.slow
def test_what_cannot_be_compared_is_told_and_fails(request_to_merge: Runner) -> None:
    runner = request_to_merge
    changed(runner, "1h, 8h, office", "1h, [8h, office")
    code, outputs = runner.run(only="diff")
    assert (code, outputs["diff"]) == (1, "2")
    summary = runner.temporary / "summary.md"
    assert "**desk/1.0.0.yaml cannot be compared with desk/1.0.0.yaml: the log tells why.**" in summary.read_text()
    summary.unlink()
    code, outputs = runner.run(only="diff", base="0" * 40)
    assert (code, outputs["diff"]) == (1, "2")
    assert "The rulebooks cannot be compared with 000" in summary.read_text()


@needs_git
@pytest.mark.slow
def test_a_shallow_clone_fetches_the_commit_that_it_is_compared_with(request_to_merge: Runner) -> None:
    runner = request_to_merge
    origin = runner.workspace.rename(runner.workspace.with_name("origin"))
    changed_file = origin / "rules" / "desk" / "1.0.0.yaml"
    edit(changed_file, "1h, 8h, office", "1h, 6h, office")
    shutil.copytree(changed_file.parent, origin / "rules" / "other")
    for file in (origin / "rules" / "other").glob("*.yaml"):
        file.write_text(file.read_text(encoding="utf-8").replace("desk", "other"), encoding="utf-8")
    git(origin, "add", "rules")
    git(origin, "commit", "--quiet", "-m", "changed")
    git(origin.parent, "clone", "--quiet", "--depth=1", origin.as_uri(), "workspace")
    assert runner.run(only="diff")[1]["diff"] == "1", runner.log
    told = (runner.temporary / "summary.md").read_text(encoding="utf-8")
    assert "resolution 8h → 6h" in told
    assert "**other/1.0.0.yaml is new, and no version comes before it.**" in told
    git(runner.workspace, "rm", "--quiet", "-r", "rules/desk")
    (runner.temporary / "summary.md").unlink()
    runner.run(only="diff")
    assert "**desk/1.0.0.yaml is gone.**" in (runner.temporary / "summary.md").read_text(encoding="utf-8")


@needs_git
@pytest.mark.slow
def test_where_no_version_was_changed_that_is_told(request_to_merge: Runner) -> None:
    edit(request_to_merge.workspace / "rules" / "desk" / "clauses.yaml", "plain", "plain, and short")
    code, outputs = request_to_merge.run(only="diff", fail_on_change="true")
    assert (code, outputs["diff"]) == (0, "0"), request_to_merge.log
    assert (request_to_merge.temporary / "summary.md").read_text() == "No version of a rulebook was changed.\n\n"


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
