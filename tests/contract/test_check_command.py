"""`deskpolicy check`: what programs and code hosts are told, what is suppressed, and what makes it fail."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import app

BOOK = """\
rulebook: desk
version: 1.0.0
title: {ru: "Служба 📞 поддержки", en: Desk}
admission:
  otherwise: {then: {outcome: accept}}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rulebook without faults, in the working folder's `rules`."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "rules" / "desk" / "1.0.0.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(BOOK, encoding="utf-8")
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], prog_name="deskpolicy")


def add(desk: Path, text: str) -> None:
    desk.write_text(desk.read_text(encoding="utf-8") + text, encoding="utf-8")


def change_the_holidays() -> None:
    """Make it seem that the holidays of the released version came out otherwise when it was released."""
    assert CliRunner().invoke(app, ["lock"]).exit_code == 0
    lock = Path("rules/rulebooks.lock")
    digest = json.loads(lock.read_text())["desk"]["1.0.0"]["digest"]
    lock.write_text(lock.read_text().replace(f'"digest": "{digest}"', '"digest": "sha256:of-other-holidays"'))


def sarif_of(result: Result) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    (sarif,) = json.loads(result.stdout)["runs"]
    return sarif, sarif["results"]


def test_a_warning_leaves_it_at_0_unless_warnings_are_to_fail(desk: Path) -> None:
    change_the_holidays()
    assert run().exit_code == run("--fail-on", "error").exit_code == 0
    result = run("--fail-on", "warning")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "1 rulebook, 1 file: 1 warning")


def test_an_error_fails_either_way(desk: Path) -> None:
    add(desk, "x: 1\n")
    assert run().exit_code == run("--fail-on", "warning").exit_code == 1


def test_nothing_found_fails_in_neither_way(desk: Path) -> None:
    assert run("--fail-on", "warning").exit_code == 0


def test_what_is_suppressed_is_counted_and_fails_nothing(desk: Path) -> None:
    change_the_holidays()
    add(desk, "suppress: [{code: resolved-data-changed, because: {ru: Праздники проверены, en: Looked at}}]\n")
    result = run("--fail-on", "warning")
    assert (result.exit_code, result.stdout) == (0, "1 rulebook, 1 file: no faults, 1 suppressed\n")
    (record,) = json.loads(run("--format", "json").stdout)
    assert record["suppressed"] == {"because": {"en": "Looked at", "ru": "Праздники проверены"}, "line": 6}
    _, (result_,) = sarif_of(run("--format", "sarif"))
    (why,) = result_["suppressions"]
    assert (why["kind"], why["justification"]) == ("inSource", "Looked at")
    assert run("--format", "github").stdout == "1 rulebook, 1 file: no faults, 1 suppressed\n"


def test_a_suppression_without_effect_and_one_that_is_refused(desk: Path) -> None:
    add(desk, "suppress: [{code: resolved-data-changed, because: Looked at}]\n")
    result = run()
    assert (result.exit_code, "[unused-suppression]" in result.stdout) == (0, True)
    desk.write_text(BOOK + "suppress: [{code: no-scenarios, because: Later}]\n", encoding="utf-8")
    result = run()
    assert (result.exit_code, "[not-suppressible]" in result.stdout) == (1, True)


def test_sarif_tells_the_places_of_a_cyrillic_file(desk: Path) -> None:
    folder = desk.parents[1] / "служба"
    folder.mkdir()
    (folder / "1.0.0.yaml").write_text(BOOK.replace("Desk}", "Desk, фр: Bureau}"), encoding="utf-8")
    result = run("rules/desk/../служба/1.0.0.yaml", "--format", "sarif")
    sarif, (fault,) = sarif_of(result)
    assert result.exit_code == 1
    (place,) = [place["physicalLocation"] for place in fault["locations"]]
    assert place["artifactLocation"]["uri"] == "rules/%D1%81%D0%BB%D1%83%D0%B6%D0%B1%D0%B0/1.0.0.yaml"
    region = place["region"]
    line = BOOK.replace("Desk}", "Desk, фр: Bureau}").split("\n")[region["startLine"] - 1]
    assert sarif["columnKind"] == "unicodeCodePoints"
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "фр"
    assert [rule["id"] for rule in sarif["tool"]["driver"]["rules"]] == [fault["ruleId"]] == ["unknown-language"]


def test_sarif_addresses_do_not_depend_on_how_the_path_was_given(desk: Path) -> None:
    add(desk, "x: 1\n")
    addresses = {
        sarif_of(run(path, "--format", "sarif"))[1][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for path in ("rules", "./rules", desk.as_posix(), "rules/../rules/desk")
    }
    assert addresses == {"rules/desk/1.0.0.yaml"}


def test_sarif_of_a_file_elsewhere_is_absolute(
    desk: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desk, "x: 1\n")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    _, (fault,) = sarif_of(run(desk.as_posix(), "--format", "sarif"))
    artifact = fault["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": desk.as_uri()}


def test_sarif_is_written_beside_any_format(desk: Path) -> None:
    add(desk, "x: 1\n")
    result = run("--sarif", "out.sarif")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "1 rulebook, 1 file: 1 error")
    assert Path("out.sarif").read_text(encoding="utf-8") == run("--format", "sarif").stdout
    refused = run("--sarif", "nowhere/out.sarif")
    assert (refused.exit_code, refused.stderr) == (2, "deskpolicy: nowhere/out.sarif: no such file or directory\n")


def test_workflow_commands_name_the_place_and_escape_the_text(desk: Path) -> None:
    odd = desk.parent.parent / "a,b:100%"
    odd.mkdir()
    (odd / "1.0.0.yaml").write_text(BOOK.replace("desk\n", "100%\n").replace(" en:", " e1:"), encoding="utf-8")
    result = run("rules/a,b:100%/1.0.0.yaml", "--format", "github")
    first, second, summary = result.stdout.splitlines()
    place, said = first.removeprefix("::error ").split("::", 1)
    assert place.split(",") == [
        "file=rules/a%2Cb%3A100%25/1.0.0.yaml", "line=1", "endLine=1", "col=11", "endColumn=14", "title=wrong-value",
    ]  # fmt: skip
    assert "`100%25`" in said
    assert second.endswith("%0Ahelp: codes are those of ISO 639, such as `en`, `ru`, `pl`")
    assert summary == "1 rulebook, 1 file: 2 errors"


def test_assumptions_are_for_people_and_programs_only(desk: Path) -> None:
    result = run("--assumptions", "--format", "sarif")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "deskpolicy: --assumptions are told as text or json, not as sarif\n"
