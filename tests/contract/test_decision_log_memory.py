"""Memory under the decision log stays as it is, decision after decision, whatever becomes of the sink."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "load" / "million_decisions.py"


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--hang"], ["--to", "parquet"]], ids=["file", "hang", "parquet"])
def test_memory_does_not_grow_with_decisions(options: list[str]) -> None:
    """The load script, shortened: once the line has been full, a third as many decisions again need no more memory."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is read from /proc")
    command = [sys.executable, str(SCRIPT), "--decisions", "20000", "--buffer", "500", "--format", "json", *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    said = json.loads(ended.stdout)
    figures, rows = said["figures"], said["rows"]
    assert figures["written"] + sum(count for name, count in figures.items() if name.startswith("lost_")) == 20_000
    assert rows[-1]["mebibytes"] < rows[len(rows) // 2]["mebibytes"] + 4
