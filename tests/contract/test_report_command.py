"""`deskpolicy report`, and the report that `deskpolicy replay --out` writes."""

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from lxml import html
from typer.testing import CliRunner, Result

from cli import app
from simulations.report import report_html

ROOT = Path(__file__).parents[2]
BROWSER = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
HISTORY = """\
id,opened,updated,impact,urgency,resolved
<b>T1</b>,2016-02-01T09:00:00Z,2016-02-01T12:00:00Z,medium,medium,2016-02-02T09:00:00Z
T2,2016-02-02T09:00:00Z,2016-02-02T10:00:00Z,low,low,2016-02-02T10:00:00Z
"""
MAPPING = """\
mapping: small
history: {rows: ticket}
ticket: id
instants: {format: rfc3339, zone: UTC, opened: opened, event_at: updated}
facts:
  ticket.impact: impact
  ticket.urgency: urgency
  ticket.resolved_at: {column: resolved, type: instant}
  requester.relation: {is: employee}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="deskpolicy")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a finished replay with a candidate, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "history.csv").write_text(HISTORY)
    (tmp_path / "small.map.yaml").write_text(MAPPING)
    sides = ("--baseline", "itil-incident-desk", "--set", "priority.matrix.medium.medium=P2")
    done = run(
        "replay", "history.csv", "--map", "small.map.yaml", "--rules", str(ROOT / "rules"), *sides, "--out", "out"
    )
    assert done.exit_code == 0, done.output
    return tmp_path / "out"


def test_a_replay_writes_the_report(results: Path) -> None:
    page = (results / "report.html").read_bytes()
    assert page == report_html((results / "summary.json").read_bytes())
    said = html.document_fromstring(page.decode()).text_content()
    assert "1 of 2 tickets (50.00%) would have been decided otherwise" in " ".join(said.split())
    assert "Ticket <b>T1</b>" in said
    assert b"<b>T1" not in page


def test_it_is_made_anew_from_the_summary_alone(results: Path) -> None:
    page = (results / "report.html").read_bytes()
    for path in results.iterdir():
        if path.name != "summary.json":
            path.unlink()
    result = run("report", "out")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "out/report.html\n", "")
    assert (results / "report.html").read_bytes() == page
    assert sorted(path.name for path in results.iterdir()) == ["report.html", "summary.json"]


@pytest.mark.parametrize(
    ("language", "name", "said"), [("ru", "отчёт.html", "1 заявка"), ("pl", "raport-zgłoszeń.html", "1 zgłoszenie")]
)
def test_it_is_written_in_another_language_and_elsewhere(results: Path, language: str, name: str, said: str) -> None:
    result = run("report", "out", "--language", language, "--out", name)
    assert (result.exit_code, result.stdout) == (0, f"{name}\n")
    tree = html.document_fromstring(Path(name).read_text(encoding="utf-8"))
    assert tree.get("lang") == language
    assert said in tree.text_content().replace("\u00a0", " ")
    assert html.document_fromstring((results / "report.html").read_text(encoding="utf-8")).get("lang") == "en"


def test_a_replay_in_a_language_has_its_reasons_in_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("history.csv").write_text("number,what,opened\nT1,event,2026-03-02T10:00:00Z\n")
    Path("desk.map.yaml").write_text(
        "{mapping: desk, history: {rows: ticket}, ticket: number, "
        "instants: {format: rfc3339, zone: UTC, opened: opened}, "
        "facts: {ticket.category: {column: what, values: {event: scheduled_event}}}}"
    )
    start = ("replay", "history.csv", "--map", "desk.map.yaml", "--rules", str(ROOT / "rules"),
             "--baseline", "service-desk-sop")  # fmt: skip
    changed = (*start, "--set", "priority.table.rows.scheduled-event.level=P3", "--out")
    english, polish = "An event planned ahead", "To wydarzenie zaplanowane z wyprzedzeniem"
    for arguments, language, reason in (
        ((*changed, "out"), "en", english),
        ((*changed, "wynik", "--language", "pl"), "pl", polish),
    ):
        assert run(*arguments).exit_code == 0
        page = Path(arguments[arguments.index("--out") + 1], "report.html").read_text(encoding="utf-8")
        assert html.document_fromstring(page).get("lang") == language
        assert reason in page
    assert english in run(*start, "--open", "T1").stdout
    assert polish in run(*start, "--open", "T1", "--language", "pl").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere/summary.json: no such file or directory"),
        (["out", "--out", "nowhere/report.html"], "nowhere/.report.html.unfinished: no such file or directory"),
        (["broken"], "broken/summary.json: no summary of a replay: "),
    ],
)
def test_what_cannot_be_read_or_written_ends_it(results: Path, arguments: list[str], said: str) -> None:
    (results.parent / "broken").mkdir()
    (results.parent / "broken" / "summary.json").write_bytes(msgspec.json.encode({"history": 1}))
    result = run("report", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"deskpolicy: {said}")
    assert result.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_browser_runs_the_script_under_the_policy(results: Path) -> None:
    assert BROWSER is not None
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom")
    profile = f"--user-data-dir={results.parent / 'profile'}"
    address = (results / "report.html").as_uri()
    done = subprocess.run([BROWSER, *options, profile, address], capture_output=True, timeout=60, check=True)
    tree = html.document_fromstring(done.stdout.decode())
    assert tree.xpath("//table//th/button"), "the headings sort"
    assert tree.xpath("//label[@class='filter']/input"), "long tables are filtered"
    assert b"Content Security Policy" not in done.stderr
