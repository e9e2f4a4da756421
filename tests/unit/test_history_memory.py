"""Histories larger than what is held of them: memory stays bounded in every form."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from simulations import open_history
from simulations.histories import table as tables

ROOT = Path(__file__).parents[2]
ROWS, TEXT = 200_000, "x" * 2_000
PROGRAM = """\
import resource, sys
import polars, lxml.etree, fsspec
from simulations import open_history
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = 0
for table in open_history(sys.argv[1]).tables([sys.argv[2]], ()):
    rows += table.frame.height
print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "jsonl", "xes"])
def test_a_history_of_400_megabytes_is_read_in_bounded_memory(tmp_path: Path, form: str) -> None:
    # Slow: 200,000 rows of 2,000 characters in each form; read whole they would take more than 400 MB.
    row, head, end = {
        "csv": (f"7,{TEXT}\n", "id,text\n", ""),
        "jsonl": (f'{{"id": 7, "text": "{TEXT}"}}\n', "", ""),
        "xes": (f'<event><string key="text" value="{TEXT}"/></event>\n', "<log><trace>", "</trace></log>"),
    }[form]
    with gzip.open(tmp_path / "h", "wt", compresslevel=1) as file:
        file.write(head)
        for _ in range(ROWS // 1_000):
            file.write(row * 1_000)
        file.write(end)
    column = "event:text" if form == "xes" else "text"
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "h"), column],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    rows, megabytes = map(int, run.stdout.split())
    assert rows == ROWS
    assert megabytes < 250


def test_a_piece_ends_early_when_its_rows_are_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH_CHARACTERS", 1_000)
    (tmp_path / "h.csv").write_text("id,text\n" + "".join(f"{n},{'x' * 100}\n" for n in range(95)))
    heights = [table.frame.height for table in open_history(tmp_path / "h.csv").tables(["id"], ())]
    assert sum(heights) == 95
    assert max(heights) <= 10
