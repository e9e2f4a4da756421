"""Golden cases of findings: for each folder of `findings/` what is found in the rulebook in it, as its owner reads it.

A case is named after the code that it brings out; its twin `silent-…` is nearly the same rulebook without the finding.
`pytest tests/golden --regenerate` writes what is found anew; read the difference afterwards.
"""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pytest
from files_kit import same_as_on_file
from findings_page import CASES, PAGE, found_in, page

from engine import FINDING_CODES, render_report

ALL = sorted(path.name for path in CASES.iterdir())
SILENT = [case for case in ALL if case.startswith("silent-")]
TELLING = [case for case in ALL if case not in SILENT]


def code_of(case: str) -> str:
    """The code after which a case is named."""
    words = accumulate(case.split("-"), "{}-{}".format)
    return max((name for name in words if name in FINDING_CODES), key=len)


@pytest.mark.parametrize("case", TELLING)
def test_finding(case: str, regenerate: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)
    report = found_in(Path("rulebook.yaml"))
    same_as_on_file(render_report(report), CASES / case / "expected.txt", regenerate)
    assert {(finding.code, finding.severity) for finding in report.diagnostics} == {(code_of(case), "warning")}


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)
    assert render_report(found_in(Path("rulebook.yaml"))) == ""


def test_every_code_has_a_case_and_a_silent_twin() -> None:
    assert {case for case in TELLING if case in FINDING_CODES} == FINDING_CODES.keys()
    assert {f"silent-{code}" for code in FINDING_CODES} <= {*SILENT}


@pytest.mark.parametrize("case", TELLING)
def test_every_finding_says_what_to_do(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)
    for finding in found_in(Path("rulebook.yaml")).diagnostics:
        assert finding.help
        assert "\n" not in finding.message
        assert finding.message[0].islower() or finding.message[0] == "`"


def test_the_reference_is_in_step(regenerate: bool) -> None:
    if regenerate:
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "run `pytest tests/golden/test_findings.py --regenerate`"
