"""The traceability page is what `deskpolicy test --matrix --format markdown` prints, under a head of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "traceability.md"


def test_the_page_is_in_step_with_the_rulebooks() -> None:
    command = [sys.executable, "-m", "cli", "test", "--matrix", "--format", "markdown"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    _, printed = PAGE.read_text(encoding="utf-8").split("\n\n\n", 1)
    assert printed.strip() == run.stdout.strip(), "`make traceability` brings the page up to date"
