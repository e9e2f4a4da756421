"""Golden cases of invariants: for each folder of `invariants/` what `deskpolicy prove` says of the rulebook in it.

A case is named after a verdict or the code of a fault, with a variant behind it. `pytest tests/golden --regenerate`
writes what is said anew; read the difference afterwards.
"""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pytest
from files_kit import same_as_on_file
from typer.testing import CliRunner

from cli import app
from engine import CODES, PROOF_CODES, VERDICT_CODES, prove_paths

CASES = Path(__file__).parent / "invariants"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "invariants.md"
VERDICTS = ("proved", "witness", "unknown")
ALL = sorted(path.name for path in CASES.iterdir())


def named_after(case: str) -> str:
    """The verdict or the code that a case brings out."""
    words = list(accumulate(case.split("-"), "{}-{}".format))
    return next(name for name in reversed(words) if name in (*VERDICTS, *PROOF_CODES, *CODES))


@pytest.mark.parametrize("case", ALL)
def test_what_is_said(case: str, regenerate: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)
    same_as_on_file(CliRunner().invoke(app, ["prove"]).stdout, CASES / case / "expected.txt", regenerate)
    report = prove_paths([Path("rules")])
    codes = {fault.code for fault in report.faults.diagnostics}
    assert named_after(case) in codes if codes else {named_after(case)} == report.said
    assert all(fault.help or "did you mean" in fault.message for fault in report.faults.diagnostics)


def test_every_verdict_and_every_code_has_a_case() -> None:
    assert {*VERDICTS, *PROOF_CODES} <= {*ALL}


def test_every_code_stands_in_the_reference() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for code, meaning in {**PROOF_CODES, **VERDICT_CODES}.items():
        assert f"| `{code}` | {meaning} |" in page


@pytest.mark.parametrize("case", [*VERDICTS, "witness-of-two"])
def test_the_reference_shows_what_is_said(case: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"```text\n{(CASES / case / 'expected.txt').read_text(encoding='utf-8')}```\n" in page
