"""Memory under the decision log stays as it is, decision after decision, whatever becomes of the sink."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "load" / "million_decisions.py"
DECISIONS = 20_000
LINE = 2_000
"""Decisions that may wait; the script makes as many more at first, to fill the line."""
GROWTH = 8.0
"""MiB; the records of the second half weigh three times as much."""


def measured(*options: str) -> Any:
    """The load script, shortened; files are small, so that each half of the decisions fills many of them."""
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is read from /proc")
    command = [
        sys.executable,
        str(SCRIPT),
        "--decisions",
        str(DECISIONS),
        "--buffer",
        str(LINE),
        "--format",
        "json",
        *options,
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("to", ["file", "parquet"])
def test_memory_does_not_grow_with_decisions_and_none_is_lost(to: str) -> None:
    said = measured("--to", to, "--rotate", "1000000")
    assert said["figures"]["written"] == DECISIONS + LINE
    assert said["growth"] < GROWTH, said["rows"]


@pytest.mark.slow
def test_memory_does_not_grow_behind_a_sink_that_hangs() -> None:
    said = measured("--hang")
    figures = said["figures"]
    assert figures["written"] == 0
    assert sum(count for name, count in figures.items() if name.startswith("lost_")) == DECISIONS + LINE
    assert said["growth"] < GROWTH, said["rows"]


@pytest.mark.slow
def test_the_measure_tells_what_grows() -> None:
    assert measured("--keep")["growth"] > GROWTH
