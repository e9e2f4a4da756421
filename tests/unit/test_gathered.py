"""Rows gathered by ticket: the same whether they are held or spread on disk, and never more held than allowed."""

import os
import tempfile
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations import gathered
from simulations.gathered import Gathered

Row = tuple[str, int]


def latest(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("number").unique("ticket", keep="last")


def put_in(rows: list[Row], at_once: int) -> Gathered:
    found = Gathered(latest)
    for start in range(0, len(rows), at_once):
        frame = pl.DataFrame(
            rows[start : start + at_once], schema={"ticket": pl.String, "number": pl.Int64}, orient="row"
        )
        found.add(frame)
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text("ABCDEF\0é", max_size=3), st.integers(0, 5)), max_size=60),
    st.integers(1, 9),
    st.integers(1, 12),
)
def test_every_ticket_lies_in_one_part_with_what_is_left_of_it(rows: list[Row], at_once: int, held: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathered, "HELD", held)
        patch.setattr(gathered, "PARTS", 3)
        parts = [part.rows() for part in put_in(rows, at_once).parts()]
    greatest: dict[str, int] = defaultdict(int)
    for ticket, number in rows:
        greatest[ticket] = max(greatest[ticket], number)
    assert sorted(row for part in parts for row in part) == sorted(greatest.items())


def test_a_ticket_with_rows_without_end_is_held_as_what_is_left_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "HELD", 100)
    found = put_in([("one", number) for number in range(5_000)], 70)
    assert found._file is None
    assert [part.rows() for part in found.parts()] == [[("one", 4_999)]]


def test_tickets_are_spread_until_few_enough_are_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "HELD", 100)
    monkeypatch.setattr(gathered, "PARTS", 4)
    heights = [part.height for part in put_in([(f"T{number}", number) for number in range(5_000)], 70).parts()]
    assert sum(heights) == 5_000
    assert max(heights) <= 100


def test_long_rows_are_spread_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "HELD_BYTES", 10_000)
    found = put_in([(f"T{number}" * 300, number) for number in range(60)], 10)
    assert found._file is not None
    assert sum(part.height for part in found.parts()) == 60


def test_no_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "HELD", 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = put_in([(f"T{number}", number) for number in range(100)], 10)
    assert found._file is not None
    assert list(tmp_path.iterdir()) == []
    del found
    assert not [link for link in map(os.readlink, _open_files()) if link.startswith(str(tmp_path))]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "HELD", 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(OSError, match="No such file") as failed:
        put_in([(f"T{number}", number) for number in range(100)], 10)
    assert failed.value.filename == str(tmp_path / "none")


def _open_files() -> list[str]:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("this system does not list the files that a process has open")
    return [str(link) for link in folder.iterdir() if link.is_symlink()]
