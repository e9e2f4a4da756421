"""`deskpolicy test`, `deskpolicy new`, and watching: what they print, for people and programs, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest
from files_kit import edit
from typer.testing import CliRunner, Result

from cli import app

ROOT = Path(__file__).parents[2]
SECONDS = 30


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a new rulebook, `rules/desk`, in the working folder."""
    monkeypatch.chdir(tmp_path)
    assert run("new", "desk").exit_code == 0
    return tmp_path / "rules" / "desk"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="deskpolicy")


def fail_one(desk: Path) -> None:
    edit(desk / "scenarios.yaml", "expect: {priority: {level: P3}}", "expect: {priority: {level: P2}}")


# test


def test_what_passes_is_told_in_a_table_and_a_line(desk: Path) -> None:
    result = run("test")
    assert (result.exit_code, result.stderr) == (0, "")
    row = [cell.strip() for cell in result.stdout.splitlines()[4].strip("│").split("│")]
    assert row == ["desk", "1.0.0", "10", "0", "13 of 13 = 100%", "4 of 4 = 100%"]
    assert result.stdout.endswith("\n1 version, 10 scenarios: all passed\n")


def test_what_fails_is_told_in_full(desk: Path) -> None:
    fail_one(desk)
    result = run("test", "rules/desk")
    assert result.exit_code == 1
    assert result.stdout.startswith(
        "FAILED nothing is known of impact (desk 1.0.0)\n"
        "  rules/desk/scenarios.yaml:39\n"
        "  priority.level: wanted P2, got P3\n"
        "    by not-stated: Impact or urgency is not stated\n"
    )
    assert result.stdout.endswith("1 version, 10 scenarios: 1 failed\n")


def test_too_little_coverage_fails_and_names_what_is_missing(desk: Path) -> None:
    edit(desk / "1.0.0.yaml", "obligations:\n  rules:\n", "obligations:\n  rules:\n    - rule: never-tried\n"
         "      when: {ticket.status: waiting}\n      then: {do: wait}\n")  # fmt: skip
    result = run("test")
    assert result.exit_code == 1
    assert "rules/desk/1.0.0.yaml:79: obligations: never-tried\n" in result.stdout
    assert "13 of 14 = 92.8%, 100% asked for" in result.stdout
    assert result.stdout.endswith("all passed; too little is covered of desk 1.0.0\n")


def test_the_matrix_leads_from_clauses_over_rules_to_scenarios(desk: Path) -> None:
    text = run("test", "--matrix").stdout
    assert "clients-to-their-manager" in text
    assert "nothing to decide: how to write" in text
    markdown = run("test", "--matrix", "--format", "markdown").stdout
    asked = "Whoever was helped is asked how it went"
    assert f"| 4 | {asked} | obligations | ask-how-it-went | {asked[0].lower()}{asked[1:]} |\n" in markdown
    assert "| desk | 1.0.0 | 10 | 0 | 13 of 13 = 100% | 4 of 4 = 100% |\n" in markdown


def test_programs_get_json(desk: Path) -> None:
    fail_one(desk)
    result = run("test", "--format", "json", "--matrix")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["passed"], said["faults"]) == (1, False, [])
    (book,) = said["rulebooks"]
    assert book["scenarios"] == {"total": 10, "passed": 9, "failed": 1}
    assert book["coverage"]["rules"] == {"covered": 13, "total": 13, "percent": 100.0, "minimum": 100}
    (failure,) = book["failures"]
    assert (failure["scenario"], failure["file"], failure["line"]) == (
        "nothing is known of impact",
        "rules/desk/scenarios.yaml",
        39,
    )
    matrix = {row["clause"]: row for row in book["matrix"]}
    assert matrix["4"]["stages"] == [
        {
            "stage": "obligations",
            "rules": ["ask-how-it-went"],
            "scenarios": ["whoever was helped is asked how it went"],
        }
    ]
    assert matrix["5"]["no_decision"] == {"en": "how to write, not what to decide"}
    assert "matrix" not in json.loads(run("test", "--format", "json").stdout)["rulebooks"][0]


def test_build_servers_get_junit(desk: Path) -> None:
    fail_one(desk)
    edit(desk / "scenarios.yaml", "rules: 100", "rules: 100, rulez: 1")
    assert run("test", "--junit", "report.xml").exit_code == 1
    suites = ElementTree.parse("report.xml").getroot()
    assert {key: suites.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "13", "failures": "1", "errors": "1",
    }  # fmt: skip
    (failure,) = suites.iter("failure")
    assert failure.get("message") == "priority.level: wanted P2, got P3"
    names = [case.get("name") for case in suites.iter("testcase")]
    assert names[-3:] == ["coverage of rules", "coverage of clauses", "rules/desk/scenarios.yaml:6: unknown-key"]
    assert run("test", "--junit", "no/such/folder.xml").exit_code == 2


def test_names_that_xml_cannot_hold_are_made_visible(desk: Path) -> None:
    edit(desk / "scenarios.yaml", "- scenario: nothing is known of impact", '- scenario: "a \\x01 <b> & \\"c\\""')
    assert run("test", "--junit", "report.xml").exit_code == 0
    names = [case.get("name") for case in ElementTree.parse("report.xml").iter("testcase")]
    assert 'a \ufffd <b> & "c"' in names


def test_faults_of_files_are_told_and_fail(desk: Path) -> None:
    edit(desk / "clauses.yaml", "[obligations]", "[obligation]")
    result = run("test")
    assert result.exit_code == 1
    assert result.stdout.startswith("rules/desk/clauses.yaml:9:")
    assert result.stdout.endswith("; 1 fault in files\n")
    assert run("check").exit_code == 1
    assert run("check", "rules/desk/clauses.yaml").exit_code == 1
    assert run("check", "rules/desk/scenarios.yaml").exit_code == 0


def test_wrong_use_ends_with_2(desk: Path) -> None:
    for arguments in (("test", "nowhere"), ("test", "--format", "xml"), ("new",), ("new", "A Desk"), ("new", "desk")):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, ""), arguments
        assert result.stderr.count("\n") == 1


# new


def test_a_new_rulebook_checks_and_passes_in_every_language(desk: Path) -> None:
    for language in ("ru", "pl", "de"):
        assert run("new", f"desk-{language}", "--language", language, "--rules", "other").exit_code == 0
    assert run("check", "other").stdout == "3 rulebooks, 9 files: no faults\n"
    assert run("test", "other").exit_code == 0


def test_nothing_is_overwritten(desk: Path) -> None:
    before = {file.name: file.read_bytes() for file in desk.iterdir()}
    assert "nothing is overwritten" in run("new", "desk", "--language", "ru").stderr
    assert {file.name: file.read_bytes() for file in desk.iterdir()} == before
    assert "no code of a language" in run("new", "other-desk", "--language", "english").stderr
    assert not (desk.parent / "other-desk").exists()


def test_the_schemas_that_its_files_name_can_be_had(desk: Path) -> None:
    hint = next(line for line in run("new", "other").stdout.splitlines() if "deskpolicy schemas" in line)
    assert not Path("schemas").exists()
    written = run(*hint.partition("deskpolicy ")[2].split())
    assert written.exit_code == 0
    for file in desk.iterdir():
        named = file.read_text(encoding="utf-8").partition("$schema=")[2].split()[0]
        schema = json.loads((desk / named).read_text(encoding="utf-8"))
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert f"wrote {Path('schemas', Path(named).name)}\n" in written.stdout
    assert "deskpolicy schemas" not in run("new", "third").stdout
    assert "deskpolicy schemas elsewhere/schemas\n" in run("new", "desk", "--rules", "elsewhere/rules").stdout


def test_schemas_replace_older_ones_and_say_where_they_cannot_stand(desk: Path) -> None:
    Path("older").mkdir()
    Path("older/rulebook.schema.json").write_text("{}")
    assert run("schemas", "older").exit_code == 0
    assert len(Path("older/rulebook.schema.json").read_text(encoding="utf-8")) > 1_000
    assert not [file for file in Path("older").iterdir() if file.name.startswith(".")]
    Path("a-file").touch()
    refused = run("schemas", "a-file")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == "deskpolicy: a-file: file exists\n"


# check


def test_assumptions_are_listed(desk: Path) -> None:
    edit(desk / "1.0.0.yaml", 'hours: {mon-fri: "09:00-17:00"}', 'hours: {mon-fri: "09:00-17:00"}, assumed: true')
    told = run("check", "--assumptions").stdout
    assert "rules/desk/1.0.0.yaml:13: calendar: office\n" in told
    assert "rules/desk/1.0.0.yaml:48: priority: not-stated: Impact or urgency is not stated\n" in told
    said = json.loads(run("check", "--assumptions", "--format", "json").stdout)
    assert said["diagnostics"] == []
    assert {found["name"] for found in said["assumptions"]} >= {"office", "not-stated"}
    assert run("check", "--format", "json").stdout == "[]\n"


def test_what_of_a_rule_is_assumed_is_named(desk: Path) -> None:
    before = (desk / "1.0.0.yaml").read_text(encoding="utf-8")
    assert before.count("    assumed: true") >= 1
    line = next(line for line in before.splitlines() if "then: [" in line)
    results = line.split("[", 1)[1].split("]")[0].split(", ")
    (desk / "1.0.0.yaml").write_text(before.replace(line, f"{line}\n    assumed: [{results[0]}]"), encoding="utf-8")
    said = json.loads(run("check", "--assumptions", "--format", "json").stdout)
    assert [found["name"] for found in said["assumptions"] if found["results"] == results[:1]]
    assert f", {results[0]}" in run("check", "--assumptions").stdout


# watching


def wait_for(file: Path, text: str, times: int) -> None:
    deadline = time.monotonic() + SECONDS
    while file.read_text(encoding="utf-8").count(text) < times:
        assert time.monotonic() < deadline, file.read_text(encoding="utf-8")
        time.sleep(0.05)


def heed_interrupts() -> None:
    """Take Ctrl-C also where the tests run in the background, and whatever they start is told to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def watching(folder: Path, *arguments: str) -> Iterator[tuple[Path, Path]]:
    """A command that watches, from its first answer on, interrupted at the end; what it prints, and its errors."""
    told, errors = folder / "told.txt", folder / "errors.txt"
    whole = [sys.executable, "-W", "error", "-m", "cli", *arguments, "--watch"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with told.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            whole, cwd=folder, env=environment, stdout=out, stderr=err, preexec_fn=heed_interrupts
        )
        try:
            wait_for(errors, "watching", 1)
            yield told, errors
            process.send_signal(signal.SIGINT)
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
            process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "name", "old", "new", "said"),
    [
        (("prove", "rules/desk"), "invariants.yaml", "P9", "P1", "refuted by a request"),
        (("check", "rules/desk"), "rulebooks.lock", "{}", "broken", "[broken-lock]"),
    ],
)
def test_the_root_above_a_rulebook_is_watched_too(
    desk: Path, arguments: tuple[str, ...], name: str, old: str, new: str, said: str
) -> None:
    file = desk.parent / name
    texts = {"invariants.yaml": "invariants: [{invariant: none, never: {priority: P9}}]\n", "rulebooks.lock": "{}\n"}
    file.write_text(texts[name], encoding="utf-8")
    with watching(desk.parents[1], *arguments) as (told, errors):
        whole = file.with_suffix(".new")
        whole.write_text(texts[name].replace(old, new), encoding="utf-8")
        whole.replace(file)  # as editors save
        wait_for(told, said, 1)
        wait_for(errors, "watching", 2)


@pytest.mark.parametrize("command", ["test", "check"])
def test_watching_answers_each_save_until_interrupted(desk: Path, command: str) -> None:
    with watching(desk.parents[1], command, "rules") as (told, errors):
        wait_for(errors, "watching", 1)
        edit(desk / "scenarios.yaml", "level: P3", "level: P9")
        wait_for(told, "no rule gives `P9`", 1)
        wait_for(errors, "watching", 2)
        edit(desk / "scenarios.yaml", "level: P9", "level: P3")
        wait_for(errors, "watching", 3)
    assert "\x1b" not in told.read_text(encoding="utf-8")
    assert set(errors.read_text(encoding="utf-8").splitlines()) == {
        "watching; save a file to run it again, Ctrl-C ends it"
    }
