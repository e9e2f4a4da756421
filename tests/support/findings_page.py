"""The reference page of all findings, made from their registry and the golden cases."""

from __future__ import annotations

from pathlib import Path

from engine import CODES, FINDING_CODES, SCENARIO_CODES, SUPPRESSIBLE, CheckReport, apply_suppressions, check_meaning

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "golden" / "findings"
PAGE = ROOT / "docs" / "reference" / "findings.md"
_HEAD = Path(__file__).with_name("findings_page.md")


def found_in(path: Path) -> CheckReport:
    """The report on a rulebook, its findings included and its suppressions applied."""
    known = {*CODES, *SCENARIO_CODES, *FINDING_CODES}
    return apply_suppressions(check_meaning([path]), known, SUPPRESSIBLE | FINDING_CODES.keys())


def page() -> str:
    """The text of the page."""
    return _HEAD.read_text(encoding="utf-8") + "".join(map(_entry, FINDING_CODES))


def _entry(code: str) -> str:
    meaning, case = FINDING_CODES[code], CASES / code
    rulebook = (case / "rulebook.yaml").read_text(encoding="utf-8")
    found = (case / "expected.txt").read_text(encoding="utf-8")
    return f"\n## {code}\n\n{meaning[0].upper()}{meaning[1:]}.\n\n```yaml\n{rulebook}```\n\n```text\n{found}```\n"
