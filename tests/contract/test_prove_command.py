"""`deskpolicy prove`: what it prints, for people and for programs, and how it ends."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from prove_kit import URGENT_FIRST, lay
from typer.testing import CliRunner, Result

from cli import app

BOOK = """\
facts:
  ticket.fields.a: {whole: {at_least: 50, at_most: 99}}
  ticket.fields.b: {whole: {at_least: 50, at_most: 99}}
  ticket.urgency: {ordered: [low, high]}
derive:
  total: {sum: [ticket.fields.a, ticket.fields.b]}
  same_owner: {same: [ticket.owner, ticket.parent_owner]}
admission:
  otherwise: {then: {outcome: accept}}
"""
BOOK += URGENT_FIRST
BOOK += """\
sla:
  rules:
    - {rule: slow, when: {priority: P1}, then: {resolution: 8h}}
    - {rule: quick, then: {resolution: 1h}}
"""
PROVED = "- {invariant: high is first, always: {priority: P1, when: {urgency: high}}}\n"
REFUTED = "- {invariant: low is first, always: {priority: P1, when: {urgency: low}}}\n"
LATER = "- {invariant: sooner, monotone: {urgency: resolution}}\n"
OPEN = """\
- {invariant: two people, never: {same_owner: true, when: {ticket.owner: {is: ana}, ticket.parent_owner: {is: bo}}}}
"""
IDLE = "- {invariant: idle, never: {priority: P1, when: {priority: P2, urgency: high}}}\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["prove", *arguments], prog_name="deskpolicy")


@pytest.mark.parametrize(
    ("invariants", "code", "summary"),
    [
        (PROVED, 0, "1 proved"),
        (PROVED + REFUTED, 1, "1 proved, 1 refuted by a request"),
        (PROVED + OPEN, 3, "1 proved, 1 undecided"),
        (PROVED + REFUTED + OPEN, 1, "1 proved, 1 refuted by a request, 1 undecided"),
    ],
)
def test_how_it_ends(desk: Path, invariants: str, code: int, summary: str) -> None:
    lay(desk, BOOK, invariants)
    result = run()
    assert (result.exit_code, result.stderr) == (code, "")
    assert result.stdout.splitlines()[-1] == summary


def test_what_is_proved_takes_a_line_and_what_is_refuted_is_shown(desk: Path) -> None:
    lay(desk, BOOK, PROVED + REFUTED)
    head, proved, refuted, *rest, _ = run().stdout.splitlines()
    assert head == "desk 1.0.0"
    assert proved == "  proved     high is first"
    assert refuted == "  witness    low is first"
    assert " ".join(line.strip() for line in rest[:2]) == (
        "rules/desk/invariants.yaml:3: against it goes every request in which `ticket.urgency` is `low`; such as "
    )
    assert rest[-1] == "      priority: `rest` (rules/desk/1.0.0.yaml:17)"


def test_the_scenario_in_it_can_be_pasted(desk: Path) -> None:
    folder = lay(desk, BOOK, REFUTED + LATER)
    lines = run().stdout.splitlines()
    pasted = [
        line for line in lines if line.startswith("      ") and not line.endswith(")") and "; such as" not in line
    ]
    text = "rulebook: desk\nscenarios:\n" + "".join(f"{line}\n" for line in pasted)
    (folder / "scenarios.yaml").write_text(text, encoding="utf-8")
    names = [one["scenario"] for one in yaml.safe_load(text)["scenarios"]]
    assert names == ["against: low is first", "against: sooner (the higher one)", "against: sooner (the lower one)"]
    tested = CliRunner().invoke(app, ["test", "--format", "json"])
    assert json.loads(tested.stdout)["rulebooks"][0]["scenarios"]["passed"] == len(names)
    assert (tested.exit_code, json.loads(tested.stdout)["passed"]) == (0, True), tested.stdout


def test_an_invariant_that_says_nothing_is_a_finding(desk: Path) -> None:
    lay(desk, BOOK, PROVED + IDLE)
    result = run()
    assert result.exit_code == 1
    assert "  proved     idle, since no request is as it says" in result.stdout
    assert "rules/desk/invariants.yaml:3:15: " in result.stdout
    assert "[never-applies]" in result.stdout


def test_where_nothing_is_proved_nothing_passes(desk: Path) -> None:
    folder = lay(desk, BOOK, PROVED)
    (folder / "invariants.yaml").unlink()
    result = run()
    assert (result.exit_code, result.stdout.startswith("no invariants lie here")) == (1, True)


def test_what_a_version_does_not_know_is_told(desk: Path) -> None:
    lay(desk, BOOK, PROVED)
    newer = BOOK.replace("ticket.urgency:", "ticket.fields.loud: truth\n  ticket.urgency:", 1)
    lay(desk, newer, PROVED + "- {invariant: loud, never: {loud: true, priority: {missing: true}}}\n", version="2.0.0")
    result = run()
    assert result.exit_code == 0
    assert "  not asked  loud: no fact or part of a decision is called `loud`" in result.stdout
    assert result.stdout.splitlines()[-1] == "3 proved, 1 not asked"


def test_a_larger_budget_finds_more(desk: Path) -> None:
    rows = "".join(f"    - {{rule: r{i}, when: {{total: {i}}}, then: {{level: P1}}}}\n" for i in range(101))
    book = BOOK.replace("    - {rule: rest", rows + "    - {rule: rest")
    lay(desk, book, "- {invariant: large, never: {total: {at_most: 100}}}\n")
    assert (run().exit_code, run("--budget", "5").exit_code) == (3, 1)
    assert run("--budget", "0").exit_code == 2


def test_json_says_it_all(desk: Path) -> None:
    lay(desk, BOOK, PROVED + LATER + OPEN)
    result = run("--format", "json")
    said: dict[str, Any] = json.loads(result.stdout)
    assert (result.exit_code, said["passed"], said["faults"], said["not_asked"]) == (1, False, [], [])
    proved, later, undecided = said["proofs"]
    assert (proved["verdict"], proved["shown"], proved["box"]) == ("proved", [], [])
    assert (undecided["verdict"], "`same_owner`" in undecided["why"]) == ("unknown", True)
    told = ("invariant", "kind", "rulebook", "version", "file", "line", "column", "end_line", "end_column", "certainty")
    assert {key: later[key] for key in told} == {
        "invariant": "sooner", "kind": "monotone", "rulebook": "desk", "version": "1.0.0",
        "file": "rules/desk/invariants.yaml", "line": 3, "column": 15, "end_line": 3, "end_column": 21,
        "certainty": "every",
    }  # fmt: skip
    assert later["box"] == [
        {"fact": "ticket.urgency", "request": 1, "is": [{"one_of": ["high"]}], "words": "is `high`"},
        {"fact": "ticket.urgency", "request": 2, "is": [{"one_of": ["low"]}], "words": "is `low`"},
    ]
    high, low = later["shown"]
    assert high["request"]["ticket"] == {"urgency": "high"}
    assert high["decision"]["sla"]["targets"]["resolution"]["within"] == "PT8H"
    assert low["rules"][-1] == {
        "stage": "sla",
        "part": None,
        "rule": "quick",
        "file": "rules/desk/1.0.0.yaml",
        "line": 21,
    }
    assert yaml.safe_load(low["scenario"])[0]["given"] == {"ticket": {"urgency": "low"}}


def test_sarif_has_a_result_at_each_invariant_that_is_not_proved(desk: Path) -> None:
    lay(desk, BOOK, PROVED + REFUTED + OPEN)
    result = run("--format", "sarif")
    (said,) = json.loads(result.stdout)["runs"]
    refuted, undecided = said["results"]
    assert (result.exit_code, refuted["ruleId"], refuted["level"]) == (1, "refuted-invariant", "error")
    place = refuted["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "rules/desk/invariants.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 15, "endLine": 3, "endColumn": 27}
    assert "every request in which `ticket.urgency` is `low`" in refuted["message"]["text"]
    assert yaml.safe_load(refuted["properties"]["witness"])[0]["given"] == {"ticket": {"urgency": "low"}}
    (rule,) = refuted["relatedLocations"]
    assert rule["physicalLocation"]["artifactLocation"]["uri"] == "rules/desk/1.0.0.yaml"
    assert rule["physicalLocation"]["region"]["startLine"] == 17
    assert (undecided["ruleId"], undecided["level"]) == ("undecided-invariant", "warning")
    assert "`same_owner`" in undecided["message"]["text"]
    assert [rule["id"] for rule in said["tool"]["driver"]["rules"]] == ["refuted-invariant", "undecided-invariant"]
    written = run("--sarif", "p.sarif")
    assert (written.exit_code, written.stdout) == (1, run().stdout)
    assert (desk / "p.sarif").read_text(encoding="utf-8") == result.stdout


def test_sarif_notes_what_was_not_asked_and_tells_where_nothing_is_proved(desk: Path) -> None:
    folder = lay(desk, BOOK, PROVED)
    newer = BOOK.replace("ticket.urgency:", "ticket.fields.loud: truth\n  ticket.urgency:", 1)
    lay(desk, newer, PROVED + "- {invariant: loud, never: {loud: true, priority: {missing: true}}}\n", version="2.0.0")
    (said,) = json.loads(run("--format", "sarif").stdout)["runs"]
    (note,) = said["invocations"][0]["toolExecutionNotifications"]
    assert (said["results"], note["level"]) == ([], "note")
    assert note["message"]["text"].startswith("not asked of desk 1.0.0: loud: no fact or part of a decision is called")
    assert note["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    (folder / "invariants.yaml").unlink()
    result = run("--format", "sarif")
    assert [one["ruleId"] for one in json.loads(result.stdout)["runs"][0]["results"]] == ["no-invariants"]
    assert result.exit_code == 1


def test_junit_has_a_case_for_each_invariant(desk: Path) -> None:
    lay(desk, BOOK, PROVED + REFUTED + OPEN + IDLE)
    result = run("--format", "junit")
    suites = ElementTree.fromstring(result.stdout)
    desk_suite, files = suites
    assert (desk_suite.get("name"), files.get("name")) == ("desk 1.0.0", "files")
    assert [(case.get("name"), [child.tag for child in case]) for case in desk_suite] == [
        ("high is first", []), ("low is first", ["failure"]), ("two people", ["error"]), ("idle", []),
    ]  # fmt: skip
    assert (desk_suite[1].get("file"), desk_suite[1].get("line")) == ("rules/desk/invariants.yaml", "3")
    assert "priority: `rest` (rules/desk/1.0.0.yaml:17)" in str(desk_suite[1][0].text)
    assert str(desk_suite[2][0].get("message")).startswith("undecided: ")
    assert [str(case.get("name")) for case in files] == ["rules/desk/invariants.yaml:5: never-applies"]
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("5", "1", "2")
    assert run("--junit", "p.xml").exit_code == 1
    assert (desk / "p.xml").read_text(encoding="utf-8") == result.stdout


@pytest.mark.parametrize("invariants", [PROVED, PROVED + REFUTED, PROVED + OPEN, PROVED + IDLE, None])
def test_junit_is_red_exactly_when_the_command_fails(desk: Path, invariants: str | None) -> None:
    folder = lay(desk, BOOK, invariants or PROVED)
    if invariants is None:
        (folder / "invariants.yaml").unlink()
    result = run("--format", "junit")
    suites = ElementTree.fromstring(result.stdout)
    assert (result.exit_code != 0) == ((suites.get("failures"), suites.get("errors")) != ("0", "0"))


def test_annotations_for_github_are_a_line_each(desk: Path) -> None:
    lay(desk, BOOK, PROVED + REFUTED + OPEN)
    refuted, undecided, summary = run("--format", "github").stdout.splitlines()
    assert refuted.startswith("::error file=rules/desk/invariants.yaml,line=3,")
    assert "%0Awitness:%0A- scenario: 'against: low is first'" in refuted
    assert undecided.startswith("::warning file=rules/desk/invariants.yaml,line=4,")
    assert summary == "1 proved, 1 refuted by a request, 1 undecided"


@pytest.mark.parametrize("option", ["--sarif", "--junit"])
def test_a_file_that_cannot_be_written_ends_it_with_2(desk: Path, option: str) -> None:
    lay(desk, BOOK, PROVED)
    result = run(option, "nowhere/file")
    assert (result.exit_code, result.stderr) == (2, "deskpolicy: nowhere/file: no such file or directory\n")


def test_faults_are_shown_with_their_place(desk: Path) -> None:
    folder = lay(desk, BOOK, "- {invariant: x, never: {priorty: P1}}\n")
    result = run()
    assert result.exit_code == 1
    assert "rules/desk/invariants.yaml:2:26: " in result.stdout
    assert "did you mean `priority`?" in result.stdout
    assert [fault["code"] for fault in json.loads(run("--format", "json").stdout)["faults"]] == ["unknown-fact"]
    checked = CliRunner().invoke(app, ["check"])
    assert (checked.exit_code, "did you mean `priority`?" in checked.stdout) == (1, True)
    (folder / "1.0.0.yaml").write_text("rulebook: desk\n")
    assert run().exit_code == 1
    assert json.loads(run("--format", "json").stdout)["faults"]


def test_check_does_not_ask_whether_they_hold(desk: Path) -> None:
    lay(desk, BOOK, REFUTED)
    checked = CliRunner().invoke(app, ["check"])
    assert checked.exit_code == 0
    assert "low is first" not in checked.stdout


@pytest.mark.parametrize("path", ["rules", "rules/desk", "rules/desk/1.0.0.yaml", "rules/desk/invariants.yaml"])
def test_paths(desk: Path, path: str) -> None:
    lay(desk, BOOK, PROVED)
    assert run(path).stdout.splitlines()[-1] == "1 proved"
    assert run(path, path).stdout.splitlines()[-1] == "1 proved"


def test_wrong_paths(desk: Path) -> None:
    lay(desk, BOOK, PROVED)
    result = run("nowhere")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "deskpolicy: nowhere: no such file or folder\n")
    (desk / "invariants.yaml").write_text("invariants:\n" + PROVED)
    assert run("invariants.yaml").exit_code == 1
