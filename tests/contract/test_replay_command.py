"""`deskpolicy replay`: what it prints and writes, for people and for programs, and how it ends."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from history_kit import SMALL_DESK
from typer.testing import CliRunner, Result

from cli import app

ROOT = Path(__file__).parents[2]
RULEBOOK = (
    SMALL_DESK
    + """\
admission:
  otherwise: {then: {outcome: accept}}
priority:
  rules:
    - {rule: high, when: {ticket.impact: high}, then: {level: P1}}
    - {rule: low, when: {ticket.impact: low}, then: {level: P2}}
"""
)
MAPPING = """\
mapping: small
history: {rows: event, expect: {rows: 3, tickets: 2}}
ticket: id
instants: {format: "%d/%m/%Y %H:%M", zone: UTC, opened: opened, event_at: updated}
facts:
  ticket.impact: {column: impact, values: {1 - High: high, 2 - Low: low}}
recorded: {priority.level: {column: priority, values: {1: P1, 2: P2}}}
reported: {kept: {column: kept, share_of: "true"}}
"""
HISTORY = """\
id,opened,updated,impact,priority,kept
T1,1/2/2016 09:00,1/2/2016 09:05,1 - High,1,true
T1,1/2/2016 09:00,1/2/2016 12:00,1 - High,1,false
T2,2/2/2016 09:00,2/2/2016 10:00,2 - Low,2,true
"""
USUAL = ("history.csv", "--map", "small.map.yaml", "--baseline", "small-desk")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: `rules/` with one rulebook, a mapping and a history."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules" / "small-desk").mkdir(parents=True)
    (tmp_path / "rules" / "small-desk" / "1.0.0.yaml").write_text(RULEBOOK)
    (tmp_path / "small.map.yaml").write_text(MAPPING)
    (tmp_path / "history.csv").write_text(HISTORY)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["replay", *arguments], prog_name="deskpolicy")


def plain(output: str) -> str:
    """The output with every run of spaces as one, so that tables can be searched."""
    return " ".join(output.replace("│", " ").split())


def test_people_get_tables(desk: Path) -> None:
    result = run(*USUAL)
    assert result.exit_code == 0, result.output
    said = plain(result.stdout)
    assert "history.csv: 3 rows of 2 tickets, read through small" in said
    assert "baseline: small-desk, decided by 1.0.0" in said
    assert "tickets as at their opening 2 2 0" in said
    assert "events as they stood 3 3 0" in said
    assert "priority.level baseline events 3 of 3 = 100.00% 0" in said
    assert "recorded kept is true: tickets by their last row 1 of 2 = 50.00%; rows 2 of 3 = 66.66%" in said
    assert result.stderr == "", "no progress where there is no terminal"


def test_programs_get_json(desk: Path) -> None:
    result = run(*USUAL, "--format", "json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert said["size"] == {"rows": 3, "tickets": 2, "expected_rows": 3, "expected_tickets": 2}
    assert said["events"] == {"total": 3, "decided": 3, "set_aside": 0}
    assert said["sides"][0]["versions"].keys() == {"1.0.0"}
    assert said["flips"] is None
    assert said["sound"] is True


def test_a_folder_gets_the_decisions_and_the_summary(desk: Path) -> None:
    result = run(*USUAL, "--out", "results/first", "--format", "json")
    assert result.exit_code == 0
    folder = desk / "results" / "first"
    assert sorted(path.name for path in folder.iterdir()) == [
        "decisions.parquet", "report.html", "set_aside.csv", "summary.json",
    ]  # fmt: skip
    assert json.loads((folder / "summary.json").read_text()) == json.loads(result.stdout)
    assert pl.read_parquet(folder / "decisions.parquet").height == 7
    assert (folder / "set_aside.csv").read_text() == "row,ticket,decision,column,text,reason\n"


@pytest.mark.parametrize("candidate", ["small-desk@1.1.0", "draft.yaml"])
def test_a_candidate_is_a_version_or_a_file(desk: Path, candidate: str) -> None:
    newer = RULEBOOK.replace("version: 1.0.0", "version: 1.1.0").replace("in_force: {from: 2016-01-01}\n", "")
    newer = newer.replace("then: {level: P2}", "then: {level: P3}")
    (desk / "rules" / "small-desk" / "1.1.0.yaml").write_text(newer)
    (desk / "draft.yaml").write_text(newer)
    result = run(*USUAL, "--candidate", candidate)
    assert result.exit_code == 0, result.output
    said = plain(result.stdout)
    assert "candidate: small-desk@1.1.0, decided by 1.1.0" in said
    assert "priority.level candidate events 2 of 3 = 66.66% 0" in said
    assert "priority.level candidate events P2 P3 1" in said
    assert "priority level 1 1 1" in said
    assert "sla targets" not in said, "what does not change is not told"
    assert "any one or more of these 1 1 1" in said


def test_a_truncated_copy_is_noticed_and_decided_all_the_same(desk: Path) -> None:
    (desk / "history.csv").write_text(HISTORY[: HISTORY.index("T2,")])
    result = run(*USUAL)
    assert result.exit_code == 1
    assert "NOT THE WHOLE HISTORY: 2 rows where the mapping expects 3: 1 are missing" in result.stderr
    assert "NOT THE WHOLE HISTORY: 1 tickets where the mapping expects 2: 1 are missing" in result.stderr
    assert "2 of 2 = 100.00%" in result.stdout


def test_rows_set_aside_are_told_with_their_reason(desk: Path) -> None:
    (desk / "history.csv").write_text(HISTORY.replace("2 - Low", "[bold]"))
    result = run(*USUAL)
    assert result.exit_code == 1
    assert "events impact is not in the table of values [bold] 1 3" in plain(result.stdout)


def test_a_faulty_mapping_is_told_in_full(desk: Path) -> None:
    (desk / "small.map.yaml").write_text(
        MAPPING.replace("ticket: id", "ticket: idd").replace("zone: UTC", "zone: UCT+1")
    )
    result = run(*USUAL)
    assert result.exit_code == 1
    assert "small.map.yaml:3:9: the history has no column `idd`" in result.stderr
    assert "small.map.yaml:4:44: unknown zone `UCT+1`" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.csv", *USUAL[1:]), "none.csv: no such file or directory"),
        (("history.csv", "--map", "none.yaml", "--baseline", "small-desk"), "none.yaml: no such file or directory"),
        ((*USUAL[:-1], "small-dsk"), "did you mean `small-desk`?"),
        ((*USUAL[:-1], "small-desk@2.0.0"), "2.0.0"),
        ((*USUAL, "--candidate", "other"), "candidate: there is no rulebook `other`"),
        ((*USUAL, "--rules", "none"), "none: no such folder"),
        ((*USUAL, "--limit", "0"), "limit"),
        ((*USUAL, "--out", "history.csv"), "history.csv: file exists"),
        (USUAL[:3], "baseline"),
        ((*USUAL, "--set", "priority.rules.lwo.level=P1"), "leads nowhere at `lwo`"),
        ((*USUAL, "--set", "priority"), "write PATH=VALUE"),
        ((*USUAL, "--set", "a=b", "--candidate", "small-desk"), "give one of them"),
        ((*USUAL, "--set", "priority.rules.low.level=P1", "--write-candidate", "history.csv"), "is there already"),
        ((*USUAL, "--write-candidate", "new.yaml"), "give --set"),
        ((*USUAL, "--guardrail", "flips: none"), "guardrails compare with a candidate"),
        ((*USUAL, "--candidate", "small-desk", "--guardrail", "flips: some"), "is no limit of `flips`"),
        ((*USUAL, "--resume"), "give --out"),
        ((*USUAL, "--language", "ru"), "give --out or --open"),
        ((*USUAL, "--resume", "--out", "results"), "there is no replay to go on from"),
        ((*USUAL, "--open", "T9"), "no decision can be taken on a ticket `T9`"),
        ((*USUAL, "--open", "T1", "--out", "results"), "leave --out"),
        ((*USUAL, "--by", "ticket.impat"), "did you mean `ticket.impact`?"),
    ],
)
def test_wrong_use_is_one_line(desk: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def spawned(*arguments: str, desk: Path, stderr: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "TERM": "xterm"}
    return subprocess.Popen(
        [sys.executable, "-m", "cli", "replay", *arguments],
        cwd=desk,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )


CHANGE = ("--set", "priority.rules.low.level=P1")


def test_a_named_change_is_a_candidate_and_can_be_written_out(desk: Path) -> None:
    result = run(*USUAL, *CHANGE, "--write-candidate", "draft.yaml", "--format", "json")
    assert result.exit_code == 0, result.output
    side = json.loads(result.stdout)["sides"][1]
    change = {"path": "priority.rules.low.level", "before": "P2", "after": "P1", "line": 12}
    assert side["changes"] == [change]
    assert (desk / "draft.yaml").read_text() == RULEBOOK.replace("{level: P2}", "{level: P1}")
    again = run(*USUAL, "--candidate", "draft.yaml", "--format", "json")
    assert json.loads(again.stdout)["flips"] == json.loads(result.stdout)["flips"]


def test_a_change_that_makes_a_faulty_rulebook_is_told_with_its_place(desk: Path) -> None:
    levels = RULEBOOK.replace("priority:\n", "priority:\n  levels: [P1, P2]\n")
    (desk / "rules" / "small-desk" / "1.0.0.yaml").write_text(levels)
    result = run(*USUAL, "--set", "priority.rules.low.level=P7")
    assert result.exit_code == 1
    assert "rules/small-desk/1.0.0.yaml:13:" in result.stderr


def test_people_see_disclosures_first_then_flips_and_targets(desk: Path) -> None:
    said = plain(run(*USUAL, *CHANGE).stdout)
    order = ["disclosures: nothing newly permitted", "what the candidate changes", "from → to", "decided as recorded"]
    assert [said.index(title) for title in order] == sorted(said.index(title) for title in order)
    assert "priority P2 P1 1 1 1 low T2" in said
    assert "this is no forecast" in said


@pytest.mark.parametrize(
    ("guardrails", "code", "said"),
    [
        (["newly_permitted: none", "flips: at most 1"], 0, "flips: at most 1 1 tickets kept"),
        (["flips.priority: none"], 1, "flips.priority: none 1 tickets BROKEN"),
        (["breach_rate: at most 5%"], 3, "CANNOT BE TOLD"),
        (["breach_rate: at most 5%", "flips: none"], 1, "BROKEN"),
    ],
)
def test_guardrails_make_a_gate(desk: Path, guardrails: list[str], code: int, said: str) -> None:
    written = [part for line in guardrails for part in ("--guardrail", line)]
    result = run(*USUAL, *CHANGE, *written)
    assert result.exit_code == code, result.output
    assert said in plain(result.stdout)
    listed = "".join(f"  {line}\n" for line in guardrails)
    (desk / "limits.yaml").write_text(f"guardrails:\n{listed}")
    again = run(*USUAL, *CHANGE, "--guardrails", "limits.yaml")
    assert (again.exit_code, again.stdout) == (code, result.stdout)


def test_faulty_guardrails_are_told_with_their_place(desk: Path) -> None:
    (desk / "limits.yaml").write_text("guardrails:\n  flips: some\n")
    result = run(*USUAL, *CHANGE, "--guardrails", "limits.yaml")
    assert result.exit_code == 1
    assert "limits.yaml:2:10: `some` is no limit of `flips`; write `none` or `at most 20`" in result.stderr


def test_a_ticket_is_opened_with_both_decisions_and_traces(desk: Path) -> None:
    result = run(*USUAL, *CHANGE, "--open", "T2")
    assert result.exit_code == 0, result.output
    assert "ticket T2, opening at 2016-02-02T09:00:00Z (row 3); changes: priority" in result.stdout
    assert "  baseline 1.0.0 decides\n" in result.stdout
    assert "  candidate 1.0.0 decides\n" in result.stdout
    assert "priority: low: " in result.stdout
    said = json.loads(run(*USUAL, *CHANGE, "--open", "T2", "--format", "json").stdout)
    assert [moment["moment"] for moment in said] == ["opening", "event", "end"]
    assert [one["decision"]["priority"]["level"] for one in said[0]["decisions"]] == ["P2", "P1"]


def test_findings_are_broken_down_by_a_fact(desk: Path) -> None:
    assert "tickets by ticket.impact" in run(*USUAL, *CHANGE, "--by", "ticket.impact").stdout


def test_a_terminal_sees_progress_and_what_was_interrupted_goes_on(desk: Path) -> None:
    row = HISTORY.splitlines()[1]
    # Enough for the signal to come in time, after the first part.
    (desk / "history.csv").write_text(HISTORY + f"{row}\n" * 30_000)
    (desk / "small.map.yaml").write_text(MAPPING.replace(", expect: {rows: 3, tickets: 2}", ""))
    ours, theirs = pty.openpty()
    manifest = desk / "results" / "unfinished" / "manifest.json"
    with spawned(*USUAL, "--out", "results", desk=desk, stderr=theirs) as process:
        os.close(theirs)
        os.set_blocking(ours, False)
        seen = b""
        give_up = time.monotonic() + 60
        while not manifest.exists() and process.poll() is None and time.monotonic() < give_up:
            seen += read(ours)
        process.send_signal(signal.SIGINT)
        while process.poll() is None and time.monotonic() < give_up:
            seen += read(ours)
        seen += read(ours)
        stdout, _ = process.communicate(timeout=30)
    os.close(ours)
    assert b"deciding" in seen
    assert process.returncode == 130
    assert stdout == b""
    assert b"Traceback" not in seen, seen.decode()
    assert b"with --resume goes on from there" in seen
    kept = json.loads(manifest.read_bytes())["parts"]
    heights = [pl.read_parquet(manifest.parent / part["file"]).height for part in kept]
    # On a busy machine the signal may come when the last part, which holds the rest, is written too.
    assert heights[0] == 25_000
    assert heights == [part["decisions"] for part in kept]
    assert run(*USUAL, "--out", "results", "--resume").exit_code == 0
    assert run(*USUAL, "--out", "whole").exit_code == 0
    for name in ("decisions.parquet", "report.html", "set_aside.csv", "summary.json"):
        assert (desk / "results" / name).read_bytes() == (desk / "whole" / name).read_bytes()
    assert sorted(path.name for path in (desk / "results").iterdir()) == sorted(
        path.name for path in (desk / "whole").iterdir()
    )


def read(terminal: int) -> bytes:
    """What a terminal holds by now; Linux ends one that nobody writes to any more with an error."""
    time.sleep(0.02)
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
