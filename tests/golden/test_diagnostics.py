"""Golden cases: for each folder of `diagnostics/` the report on the rulebook in it, as a process owner reads it.

A case is named after the code that it brings out, with a variant behind it. `pytest tests/golden --regenerate` writes
the reports anew; read the difference afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from diagnostics_page import CASES, PAGE, code_of, page, report_on
from files_kit import same_as_on_file

from engine import CODES, CheckReport, check_paths, lock_path, read_source, render_report

SEVERAL = {"several-at-once", "no-cascade-from-a-fact", "syntax"}
"""Cases that are meant to bring out more than one diagnostic."""

TELLS = ("did you mean", "such as", "must be", "known are")
"""Words by which a message itself tells what to write."""

ALL = sorted(path.name for path in CASES.iterdir())


@pytest.mark.parametrize("case", ALL)
def test_report(case: str, regenerate: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)
    same_as_on_file(render_report(report_on()), CASES / case / "expected.txt", regenerate)


@pytest.mark.parametrize("case", ALL)
def test_one_slip_is_told_once(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)
    codes = [diagnostic.code for diagnostic in report_on().diagnostics]
    if case in SEVERAL:
        assert len(codes) > 1
        assert len(codes) == len(set(codes)) or case == "several-at-once"
    else:
        assert codes == [code_of(case) or codes[0]]


@pytest.mark.parametrize("case", ALL)
def test_every_diagnostic_says_what_to_do(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)
    for diagnostic in report_on().diagnostics:
        assert diagnostic.help or any(words in diagnostic.message for words in TELLS), diagnostic.message
        assert diagnostic.message[0].islower() or not diagnostic.message[0].isalpha()
        assert "\n" not in diagnostic.message


WITHOUT_CASE = {
    "not-utf8": "a file that is not UTF-8 is no text that a person could read here",
    "control-character": "editors do not show such a character, and may not keep it",
    "too-large": "the file would have 16 MiB",
    "too-long": "the text would have 100,000 characters",
    "too-many-faults": "the file would have more than a thousand faults",
    "resolved-data-changed": "the lock would hold the digest of this very version of the engine",
}
"""Codes that no folder can show, and why; each has a test below."""


def test_every_code_has_a_case() -> None:
    bare = {case for case in ALL if case in CODES}
    assert bare | WITHOUT_CASE.keys() == CODES.keys()
    assert not bare & WITHOUT_CASE.keys()


def _codes(raw: bytes) -> set[str]:
    return {fault.code for fault in read_source("rulebook.yaml", raw)[1]}


UNSHOWN: dict[str, Callable[[], bytes]] = {
    "not-utf8": lambda: "title: Служба\n".encode("koi8-r"),
    "control-character": lambda: b"title: a \x07 bell\n",
    "too-large": lambda: b"title: desk\n" + b"#" * (16 << 20),
    "too-long": lambda: b"title: " + b"x" * 100_001 + b"\n",
    "too-many-faults": lambda: b"title: desk\n" * 1_100,
}


@pytest.mark.parametrize("code", UNSHOWN)
def test_code_that_no_folder_shows(code: str) -> None:
    assert code in _codes(UNSHOWN[code]())


def test_data_that_changed_after_the_release(tmp_path: Path) -> None:
    file = tmp_path / "desk" / "1.0.0.yaml"
    file.parent.mkdir()
    file.write_text("rulebook: desk\nversion: 1.0.0\nadmission: {otherwise: {then: {outcome: accept}}}\n")
    lock_path(tmp_path)
    lock = tmp_path / "rulebooks.lock"
    text = lock.read_text()
    digest = text.split('"digest": "')[1].split('"')[0]
    lock.write_text(text.replace(f'"digest": "{digest}"', '"digest": "sha256:of-other-holidays"'))
    report = check_paths([tmp_path])
    assert [(fault.code, fault.severity) for fault in report.diagnostics] == [("resolved-data-changed", "warning")]
    assert lock_path(tmp_path) == ["desk 1.0.0"]
    assert check_paths([tmp_path]).diagnostics == []


def test_the_unshown_codes_are_all_tested() -> None:
    assert {*UNSHOWN, "resolved-data-changed"} == WITHOUT_CASE.keys()


def test_the_reference_is_in_step(regenerate: bool) -> None:
    if regenerate:
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "run `pytest tests/golden/test_diagnostics.py --regenerate`"


def test_an_empty_report_is_empty() -> None:
    assert render_report(CheckReport([], [], {})) == ""
