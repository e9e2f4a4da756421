"""The reference page of all diagnostics, made from their registry and the golden cases."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

from engine import CODES, SCENARIO_CODES, CheckReport, apply_suppressions, check_paths

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "golden" / "diagnostics"
PAGE = ROOT / "docs" / "reference" / "diagnostics.md"
LONGEST = 30
"""Lines of an example that the page shows."""

_HEAD = """# Diagnostics

<!-- Made from the registry and tests/golden/diagnostics; change those, then run
     `pytest tests/golden/test_diagnostics.py --regenerate`. -->

`deskpolicy check` tells every fault of a rulebook at once: where it stands, what was found, and what to do. Each kind
of fault has a code, in brackets at the end of its first line; codes do not change. Below, each code with its meaning,
a rulebook that has the fault, and what is said of it.
"""


def report_on() -> CheckReport:
    """The report on the case that is the working directory: a folder of rulebooks, or a single one."""
    report = check_paths([Path("rules") if Path("rules").is_dir() else Path("rulebook.yaml")])
    return apply_suppressions(report, {*CODES, *SCENARIO_CODES})


def code_of(case: str) -> str | None:
    """The code after which a case is named; None for cases of several faults."""
    words = list(accumulate(case.split("-"), "{}-{}".format))
    return next((name for name in reversed(words) if name in CODES), None)


def page() -> str:
    """The text of the page."""
    return _HEAD + "".join(_entry(code) for code in sorted(CODES))


def _entry(code: str) -> str:
    meaning = CODES[code]
    lines = [f"\n## {code}\n", f"\n{meaning[0].upper()}{meaning[1:]}.\n"]
    case = CASES / code
    if case.is_dir():
        lines += _example(case)
        lines.append(f"\n```text\n{(case / 'expected.txt').read_text(encoding='utf-8')}```\n")
    return "".join(lines)


def _example(case: Path) -> list[str]:
    files = sorted(path for path in case.rglob("*") if path.is_file() and path.name != "expected.txt")
    shown = []
    for path in files:
        name, text = path.relative_to(case).as_posix(), path.read_text(encoding="utf-8")
        label = f"\n`{name}`:\n" if name != "rulebook.yaml" else ""
        if text.count("\n") <= LONGEST:
            kind = {".yaml": "yaml", ".yml": "yaml", ".lock": "json"}.get(path.suffix, "text")
            shown.append(f"{label}\n```{kind}\n{text}```\n")
    return shown
