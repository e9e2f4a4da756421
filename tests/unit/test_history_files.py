"""Histories as files: every form gives the same rows, and what is no row is told."""

import gzip
import zipfile
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from simulations.histories import History, UnreadableHistory, csv_form, open_history

TEXT = 'id,note,state\n1,"a, ""b""\nc",new\n2,?,\n3,ż,old\n'
ROWS = [("1", 'a, "b"\nc', "new"), ("2", None, None), ("3", "ż", "old")]


def rows(history: History) -> list[tuple[object, ...]]:
    tables = list(history.tables(("id", "note", "state"), ("?", "")))
    return [row for table in tables for row in table.frame.select("id", "note", "state").rows()]


def crooked(history: History) -> list[str]:
    return [why for table in history.tables(("id",), ()) for why in table.crooked.values()]


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def packed(tmp_path: Path, form: str) -> Path:
    path = tmp_path / "history"
    match form:
        case "gzip":
            path.write_bytes(gzip.compress(TEXT.encode()))
        case "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("__MACOSX/._history.csv", "noise")
                archive.writestr("folder/history.CSV", TEXT)
        case "parquet":
            schema = {"id": pl.String, "note": pl.String, "state": pl.String}
            pl.DataFrame(
                [("1", 'a, "b"\nc', "new"), ("2", "?", ""), ("3", "ż", "old")], schema=schema, orient="row"
            ).write_parquet(path)
        case _:
            write(path, TEXT)
    return path


@pytest.mark.parametrize("form", ["plain", "gzip", "zip", "parquet"])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    history = open_history(packed(tmp_path, form))
    assert history.columns == ("id", "note", "state")
    assert history.form.name == ("parquet" if form == "parquet" else "csv")
    assert rows(history) == ROWS
    assert rows(history) == ROWS, "it can be read again"
    assert rows(history.first(2)) == ROWS[:2]


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_the_size_of_a_batch_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(csv_form, "BATCH_ROWS", batch)
    assert rows(open_history(write(tmp_path / "a.csv", TEXT))) == ROWS


def test_parquet_columns_become_texts(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": [7], "note": [True], "state": [datetime(2016, 2, 29, 1, 16)]})
    frame.write_parquet(tmp_path / "a.parquet")
    assert rows(open_history(tmp_path / "a.parquet")) == [("7", "true", "2016-02-29 01:16:00.000000")]


def test_a_mark_another_separator_and_other_line_ends_are_read(tmp_path: Path) -> None:
    text = "\ufeffid;note;state\r\n1;a,b;new\r\n\r\n2;c;old"
    history = open_history(write(tmp_path / "a.csv", text), ";")
    assert rows(history) == [("1", "a,b", "new"), ("2", "c", "old")]


def test_a_line_of_another_width_is_no_row(tmp_path: Path) -> None:
    history = open_history(write(tmp_path / "a.csv", "id,note,state\n1,a\n2,b,new\n3,c,old,more\n"))
    assert rows(history) == [(None, None, None), ("2", "b", "new"), (None, None, None)]
    assert crooked(history) == [
        "the line has 2 fields where the head has 3",
        "the line has 4 fields where the head has 3",
    ]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file has no head"),
        (b"id,note,id\n", "the head names `id` twice"),
        (b'id,note,state\n1,a,b\n2,"c,d\n', "line 3: a quote is never closed"),
        (b"id,note,state\n1,\xff,b\n", "not UTF-8 text, soon after line"),
        pytest.param(gzip.compress(TEXT.encode(), mtime=0)[:-12], "the archive is damaged", id="gzip cut short"),
        (b"PK\x03\x04 and nothing more", "the archive is damaged"),
        (b"PAR1 and nothing more", "not readable as Parquet"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, raw: bytes, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    with pytest.raises(UnreadableHistory, match=message):
        rows(open_history(path))


def test_a_history_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableHistory, match="no such file or directory"):
        open_history(tmp_path / "none.csv")


@pytest.mark.parametrize("names", [(), ("a.csv", "b.csv"), ("a.txt",)])
def test_a_zip_must_hold_one_csv_file(tmp_path: Path, names: tuple[str, ...]) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(name, TEXT)
    with pytest.raises(UnreadableHistory, match="the zip must hold one CSV file"):
        open_history(tmp_path / "a.zip")
