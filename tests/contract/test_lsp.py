"""`deskpolicy lsp` in a session with a language client: what an editor sees while rulebooks are being written."""

import json
import os
import pty
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsp_kit import SECONDS, Editor, cursor, editing, place_of
from lsprotocol import types
from typer.testing import CliRunner

from cli import app
from cli.lsp.documents import LARGE
from cli.lsp.wire import Ruler, diagnostic
from engine import CODES, FINDING_CODES, PROOF_CODES, SCENARIO_CODES, Diagnostic, Span

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
COMMAND = (sys.executable, "-m", "cli", "lsp")
BOOKS = ("connect-support", "end-user-support", "internal-it", "service-desk-sop", "shift-lead-desk")


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    with editing() as editor:
        yield editor
    assert editor.exit_code == 0
    assert editor.errors == b""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The folder of a rulebook."""
    return Path(shutil.copytree(RULES / "connect-support", tmp_path / "rules" / "connect-support"))


def as_checked(folder: Path, file: Path) -> list[tuple[str, int, int, int, int]]:
    """What `deskpolicy check` says of a saved file: codes and places, from 0, in characters."""
    told = json.loads(CliRunner().invoke(app, ["check", str(folder), "--format", "json"]).stdout)
    found = (d for d in told if d["file"] == file.as_posix() and "suppressed" not in d)
    return [(d["code"], d["line"] - 1, d["column"] - 1, d["end_line"] - 1, d["end_column"] - 1) for d in found]


def errors_of(diagnostics: list[types.Diagnostic]) -> list[types.Diagnostic]:
    """Those that are no mere warnings."""
    return [d for d in diagnostics if d.severity == types.DiagnosticSeverity.Error]


def as_shown(diagnostics: list[types.Diagnostic]) -> list[tuple[str, int, int, int, int]]:
    return [
        (str(d.code), d.range.start.line, d.range.start.character, d.range.end.line, d.range.end.character)
        for d in diagnostics
    ]


@pytest.mark.parametrize("book", BOOKS)
def test_a_sound_rulebook_has_no_faults(editor: Editor, tmp_path: Path, book: str) -> None:
    folder = Path(shutil.copytree(RULES / book, tmp_path / "rules" / book))
    editor.open(folder / "1.0.0.yaml")
    path = folder / "1.0.0.yaml"
    checked = as_checked(folder, path)
    shown = editor.diagnostics(path, 1, fits=lambda found: as_shown(found) == checked)
    assert errors_of(shown) == []


def test_a_fault_is_told_while_it_is_typed_and_goes_when_it_is_mended(editor: Editor, desk: Path) -> None:
    path = desk / "1.0.0.yaml"
    text = editor.open(path)
    assert errors_of(editor.diagnostics(path, 1)) == []
    line, column = place_of(text, "feedback-form}")
    editor.type(path, 2, (line, column + 4), (line, column + 5), "")
    (fault,) = editor.diagnostics(path, 2)
    assert (fault.code, fault.severity, fault.source) == ("unknown-value", types.DiagnosticSeverity.Error, "deskpolicy")
    assert fault.message.startswith("unknown value `feedack-form`; did you mean `feedback-form`?\nhelp: ")
    assert (fault.range.start.line, fault.range.start.character) == (line, column)
    assert fault.range.end.character == column + len("feedack-form")
    assert fault.code_description is not None
    assert fault.code_description.href.endswith("docs/reference/diagnostics.md#unknown-value")
    editor.type(path, 3, (line, column + 4), (line, column + 4), "b")
    assert errors_of(editor.diagnostics(path, 3)) == []


FAULTS = {
    "a name": ("ticket.fields.load: anomalous", "ticket.fields.laod: anomalous"),
    "an open bracket": ("when: {ticket.channel: partner-line}", "when: {ticket.channel: partner-line"),
    "a tab": ("  main-line", "\tmain-line"),
    "a clause": ('cites: ["3.17"]', 'cites: ["3.71"]'),
    "a place": ("version: 1.0.0", "version: 1.0.1"),
    "a schema": ("cites: [", "sites: ["),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_what_is_told_is_what_check_tells_of_the_saved_file(editor: Editor, desk: Path, kind: str) -> None:
    path = desk / "1.0.0.yaml"
    text = editor.open(path)
    editor.write(path, 2, text.replace(*FAULTS[kind], 1))
    editor.diagnostics(path, 2)  # of what is typed, before it is saved
    path.write_text(text.replace(*FAULTS[kind], 1), encoding="utf-8")
    checked = as_checked(desk, path)
    assert checked
    editor.diagnostics(path, 2, fits=lambda found: as_shown(found) == checked)


def test_faults_across_files_follow_what_is_typed_in_either(editor: Editor, desk: Path) -> None:
    clauses, rulebook = desk / "clauses.yaml", desk / "1.0.0.yaml"
    text = editor.open(clauses)
    assert errors_of(editor.diagnostics(clauses, 1)) == []
    before = len(editor.published)
    editor.write(clauses, 2, text.replace('"3.17":', '"3.18":'))
    assert "uncited-clause" in {d.code for d in editor.diagnostics(clauses, 2)}
    (fault,) = errors_of(editor.diagnostics(rulebook, None, after=before))  # not open, so without a version
    assert fault.code == "unknown-clause"
    before = len(editor.published)
    editor.write(clauses, 3, text)
    assert errors_of(editor.diagnostics(rulebook, None, after=before)) == []


def test_what_was_told_goes_when_the_file_is_closed(editor: Editor, desk: Path) -> None:
    path = desk / "1.0.0.yaml"
    text = editor.open(path, (desk / "1.0.0.yaml").read_text(encoding="utf-8") + "nonsense: 1\n")
    assert text.endswith("nonsense: 1\n")
    assert len(errors_of(editor.diagnostics(path, 1))) == 1
    before = len(editor.published)
    editor.close(path)
    assert editor.diagnostics(path, None, after=before) == []


def test_while_typing_goes_on_only_the_last_text_is_told(editor: Editor, desk: Path) -> None:
    path = desk / "1.0.0.yaml"
    text = editor.open(path)
    editor.diagnostics(path, 1)
    for version in range(2, 40):
        editor.write(path, version, f"{text}\nstray-{version}: 1\n")
    (fault,) = editor.diagnostics(path, 39)
    assert "stray-39" in fault.message
    told = [p.version for p in editor.published if p.uri == path.as_uri()]
    assert len(told) < 20


def test_files_of_others_are_left_alone(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "docker-compose.yaml"
    editor.open(path, "services: {web: {image: [x}}\n")
    assert editor.diagnostics(path, 1) == []
    assert editor.complete(path, 0, 3) == []
    assert editor.hover(path, 0, 3) == ""


BROKEN = """\
rulebook: desk
version: 1.0.0
facts:
  ticket.urgency: {ordered: [low, high], says: Who waits}
calendars:
  office: {zone: UTC, hours: {mon-fri: "09:00-17:00"}}
derive:
  by_day: {open: office}
admission: {otherwise: {then: {outcome: accept}}}
priority:
  rules:
    - rule: urgent
      when: {│
"""


def ask(editor: Editor, path: Path, text: str) -> tuple[Path, int, int]:
    """Open a text with a cursor in it."""
    plain, line, column = cursor(text)
    editor.open(path, plain)
    return path, line, column


def test_facts_are_completed_where_the_file_does_not_parse(editor: Editor, tmp_path: Path) -> None:
    path, line, column = ask(editor, tmp_path / "1.0.0.yaml", BROKEN)
    items = {item.label: item for item in editor.complete(path, line, column)}
    assert {"ticket.urgency", "by_day", "admission", "requester.relation"} <= items.keys()
    assert "priority" not in items  # what this stage decides is not known to its own rules
    edit = items["by_day"].text_edit
    assert isinstance(edit, types.TextEdit)
    assert edit.new_text == "by_day: "
    editor.type(path, 2, (line, column), (line, column), "ticket.urgency: ")
    values = [item.label for item in editor.complete(path, line, column + len("ticket.urgency: "))]
    assert values == ["low", "high", "any"]
    editor.type(path, 3, (line, column), (line, column + len("ticket.urgency: ")), "ticket.urgency: {at")
    tests = [item.label for item in editor.complete(path, line, column + len("ticket.urgency: {at"))]
    assert "at_least" in tests
    assert "contains" not in tests


def test_what_words_mean_and_where_they_are_declared(editor: Editor, desk: Path) -> None:
    path = desk / "1.0.0.yaml"
    text = editor.open(path)
    line, column = place_of(text, "specialists_at_work: false")
    told = editor.hover(path, line, column + 3)
    assert "**`specialists_at_work`** — true or false" in told
    assert "open: specialists" in told
    found = editor.define(path, line, column + 3)
    assert found is not None
    assert found.uri == path.as_uri()
    declared = place_of(text, "specialists_at_work: {open")
    assert (found.range.start.line, found.range.start.character) == declared
    line, column = place_of(text, "specialists}\n  created")
    found = editor.define(path, line, column)
    assert found is not None
    assert (found.range.start.line, found.range.start.character) == place_of(text, "specialists: {zone")
    line, column = place_of(text, '3.17"]')
    assert "through the form on the website" in editor.hover(path, line, column + 1)
    found = editor.define(path, line, column)
    assert found is not None
    assert found.uri == (desk / "clauses.yaml").as_uri()


def test_invariants_of_the_root_know_the_rulebooks_below(editor: Editor, desk: Path) -> None:
    shutil.copytree(RULES / "internal-it", desk.parent / "internal-it")
    text = "invariants:\n  - invariant: a\n    for: [│]\n    never: {priority: P1, when: {urgency: low}}\n"
    path, line, column = ask(editor, desk.parent / "invariants.yaml", text)
    assert [item.label for item in editor.complete(path, line, column)] == ["connect-support", "internal-it"]
    line, column = place_of(cursor(text)[0], "low")
    assert {"low", "critical"} <= {item.label for item in editor.complete(path, line, column)}
    assert "`ticket.urgency` — " in editor.hover(path, line, column - 3).replace("**", "")
    found = editor.define(path, line, column - 3)
    assert found is not None
    assert found.uri == (desk.parent / "internal-it" / "1.0.0.yaml").as_uri()
    (fault,) = editor.diagnostics(path, 1)
    assert fault.code == "empty-value"  # nothing is in the list yet


def test_invariants_follow_what_is_typed_in_the_rulebook_and_keep_their_own_faults(editor: Editor, desk: Path) -> None:
    rulebook = desk / "1.0.0.yaml"
    text = editor.open(rulebook)
    editor.diagnostics(rulebook, 1)
    claims = "invariants:\n  - {invariant: a, never: {ticket.fields.load: normal}}\n"
    paths = (desk / "invariants.yaml", desk.parent / "invariants.yaml")
    for path in paths:
        editor.open(path, claims)
        assert editor.diagnostics(path, 1) == []
    before = len(editor.published)
    editor.write(rulebook, 2, text.replace("ticket.fields.load", "ticket.fields.weight"))
    for path in paths:
        (fault,) = editor.diagnostics(path, 1, after=before, fits=bool)
        assert "did you mean" in fault.message or "is called" in fault.message
    editor.write(rulebook, 3, text)
    editor.diagnostics(rulebook, 3)
    for path in paths:
        editor.write(path, 2, claims.replace("never", "nevr"))
        assert len(editor.diagnostics(path, 2, fits=bool)) > 0
    before = len(editor.published)
    editor.write(rulebook, 4, text + "nonsense: 1\n")
    assert "nonsense" in str(errors_of(editor.diagnostics(rulebook, 4)))
    for path in paths:
        assert len(editor.diagnostics(path, 2, after=before)) > 0
        assert all(told.diagnostics for told in editor.published[before:] if told.uri == path.as_uri())


def test_findings_that_can_be_suppressed_are_offered(editor: Editor, tmp_path: Path) -> None:
    path, line, column = ask(editor, tmp_path / "2.0.0.yaml", "rulebook: desk\nsuppress: [{code: │")
    assert {"gap", "never-fires"} <= {item.label for item in editor.complete(path, line, column)}


def test_rules_named_in_scenarios_lead_to_the_rulebook(editor: Editor, desk: Path) -> None:
    path = desk / "scenarios.yaml"
    text = editor.open(path)
    line, column = place_of(text, "channel-not-stated")
    assert "it is registered all the same" in editor.hover(path, line, column)
    found = editor.define(path, line, column)
    assert found is not None
    assert found.uri == (desk / "1.0.0.yaml").as_uri()


def test_the_nearest_name_is_offered_as_a_correction(editor: Editor, desk: Path) -> None:
    path = desk / "1.0.0.yaml"
    text = editor.open(path, (desk / "1.0.0.yaml").read_text(encoding="utf-8").replace("'3.4'", "3.4"))
    editor.write(path, 2, text.replace('cites: ["3.17"]', 'cites: ["3.171"]'))
    faults = editor.diagnostics(path, 2)
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(path.as_uri()), faults[0].range, types.CodeActionContext(faults)
    )
    (action,) = editor.run(editor.client.text_document_code_action_async(params)) or ()
    assert isinstance(action, types.CodeAction)
    assert action.edit is not None
    assert action.edit.changes is not None
    (edit,) = action.edit.changes[path.as_uri()]
    editor.type(path, 3, _pair(edit.range.start), _pair(edit.range.end), edit.new_text)
    assert errors_of(editor.diagnostics(path, 3)) == []


def _pair(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def test_the_outline_lists_stages_with_their_rules(editor: Editor, desk: Path) -> None:
    path = desk / "1.0.0.yaml"
    editor.open(path)
    params = types.DocumentSymbolParams(types.TextDocumentIdentifier(path.as_uri()))
    entries = {e.name: e for e in editor.run(editor.client.text_document_document_symbol_async(params)) or ()}
    stage = entries["escalation"]
    assert isinstance(stage, types.DocumentSymbol)
    assert [rule.name for rule in stage.children or ()] == ["business-scenarios-to-the-manager", "stays-with-the-line"]


def test_large_tables_are_completed_by_what_was_read_last(editor: Editor, tmp_path: Path) -> None:
    rows = "\n".join(f"      - [s{i % 50}, P{1 + i % 4}]  # {'.' * 20}" for i in range(2_000))
    services = ", ".join(f"s{i}" for i in range(50))
    text = (
        f"rulebook: large\nversion: 1.0.0\nfacts:\n  ticket.service: [{services}]\n"
        f"priority:\n  levels: [P1, P2, P3, P4]\n  table:\n    when: [ticket.service]\n    then: [level]\n    rows:\n"
        f"{rows}\n"
    )
    assert len(text) > LARGE
    path = tmp_path / "large.yaml"
    editor.open(path, text)
    line = len(text.split("\n")) - 2
    assert "s49" in [item.label for item in editor.complete(path, line, 9)]
    editor.write(path, 2, text.replace("[s0, s1,", "[s0, s50, s1,", 1))
    editor.diagnostics(path, 2)
    until = time.monotonic() + SECONDS
    while "s50" not in [item.label for item in editor.complete(path, line, 9)]:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_mappings_of_histories_are_checked_too(editor: Editor, tmp_path: Path) -> None:
    mapping = RULES / "itil-incident-desk" / "servicenow-history.map.yaml"
    path = tmp_path / "history.map.yaml"
    editor.open(path, mapping.read_text(encoding="utf-8").replace("instants:", "instanst:"))
    assert "unknown-key" in {d.code for d in editor.diagnostics(path, 1)}


def check_columns(editor: Editor, path: Path) -> None:
    """A fault behind Cyrillic letters and signs beyond the basic plane: shown, mended, explained at its columns."""
    text = (
        "rulebook: desk\nversion: 1.0.0\n"
        'admission: {rules: [{rule: приём-😀, then: {outcome: accept}, because: "Да 😀", sites: [a]}],'
        " otherwise: {then: {outcome: accept}}}\n"
    )
    line, column = place_of(text, "sites")
    before = text.split("\n")[line][:column]
    units = {"utf-8": len(before.encode()), "utf-16": len(before.encode("utf-16-le")) // 2, "utf-32": len(before)}
    start = units[editor.encoding]
    editor.open(path, text)
    (fault,) = editor.diagnostics(path, 1)
    assert fault.code == "unknown-key"
    assert (fault.range.start.line, fault.range.start.character) == (line, start)
    assert fault.range.end.character == start + len("sites")
    editor.type(path, 2, (line, start), (line, start + 1), "c")
    assert errors_of(editor.diagnostics(path, 2)) == []
    assert "clause" in editor.hover(path, line, start + 2)


@pytest.mark.parametrize("code", [*CODES, *FINDING_CODES, *SCENARIO_CODES, *PROOF_CODES])
def test_every_code_leads_to_a_page_that_tells_of_it(code: str) -> None:
    told = diagnostic(Diagnostic(code, "it", "a.yaml", Span(1, 1, 1, 2)), Ruler(["a"], "utf-8"), ())
    assert told.code_description is not None
    address, _, place = told.code_description.href.partition("#")
    page = Path(address.removeprefix("file://")).read_text(encoding="utf-8")
    heads = {line.lstrip("# ").lower() for line in page.splitlines() if line.startswith("## ")}
    assert place in heads
    assert place == code or f"| `{code}` |" in page


def test_columns_count_units_of_utf_16(editor: Editor, tmp_path: Path) -> None:
    assert editor.encoding == "utf-16"
    check_columns(editor, tmp_path / "desk.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-32"])
def test_columns_count_units_of_the_encoding_that_the_editor_prefers(encoding: str, tmp_path: Path) -> None:
    with editing([types.PositionEncodingKind(encoding)]) as editor:
        assert editor.encoding == encoding
        check_columns(editor, tmp_path / "desk.yaml")


def test_findings_of_meaning_come_with_the_other_places_that_they_are_about(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    check_columns(editor, path)
    mended = editor.diagnostics(path, 2, fits=lambda found: any("never fires" in d.message for d in found))
    finding = next(d for d in mended if "never fires" in d.message)
    assert finding.severity == types.DiagnosticSeverity.Warning
    assert finding.related_information is not None
    assert [near.location.uri for near in finding.related_information] == [path.as_uri()]


def test_the_server_ends_when_its_editor_is_gone() -> None:
    server = subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = server.communicate(b"", timeout=SECONDS)
    assert (server.returncode, output, errors) == (0, b"", b"")


def test_somebody_at_a_terminal_is_told_who_starts_it() -> None:
    ours, theirs = pty.openpty()
    try:
        ended = subprocess.run(
            COMMAND,
            cwd=ROOT,
            stdin=theirs,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert ended.returncode == 2
    assert b"started by an editor" in ended.stderr


@pytest.mark.slow
def test_a_port_of_this_machine_serves_for_looking_inside() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = subprocess.Popen([*COMMAND, "--tcp", str(port)], cwd=ROOT, stderr=subprocess.PIPE)
    try:
        params = {"capabilities": {}, "processId": None, "rootUri": None}
        message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
        with _connected(port) as line:
            line.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(message), message))
            assert b"Content-Length" in line.recv(1000)
    finally:
        server.terminate()
        server.communicate(timeout=SECONDS)


def _connected(port: int) -> socket.socket:
    until = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_the_command_is_listed_and_documented() -> None:
    assert "lsp" in {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    page = (ROOT / "docs" / "how-to" / "edit-rulebooks-in-an-editor.md").read_text(encoding="utf-8")
    for needed in ("vim.lsp.config", "vim.lsp.enable", "rulebook.schema.json", "deskpolicy lsp"):
        assert needed in page
