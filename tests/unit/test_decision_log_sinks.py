"""Where the lines of the decision log go: rotation, files that others move, workers side by side, what is cut off."""

import json
import os
import threading
import time
from pathlib import Path

import polars as pl
import pytest

from api.decision_log.parquet import ParquetSink
from api.decision_log.sinks import FileSink, StreamSink


def write(sink: FileSink | StreamSink, *lines: bytes) -> int:
    for line in lines:
        sink.take(line + b"\n")
    return sink.settle()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_begun_anew_by_size_and_former_ones_are_kept(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "log.jsonl", rotate=10, keep=3)
    for number in range(12):
        assert write(sink, b"%04d" % number) == 1
    assert names(tmp_path) == ["log.1.jsonl", "log.1.jsonl.1", "log.1.jsonl.2", "log.1.jsonl.3"]
    kept = [tmp_path / f"log.1.jsonl{end}" for end in (".3", ".2", ".1", "")]
    assert b"".join(path.read_bytes() for path in kept) == b"".join(b"%04d\n" % number for number in range(4, 12))


def test_many_lines_at_once_are_split_among_files(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "log.jsonl", rotate=10, keep=99)
    assert write(sink, *(b"%04d" % number for number in range(11))) == 11
    assert all(path.stat().st_size <= 10 for path in tmp_path.iterdir())
    assert len(names(tmp_path)) == 6


def test_a_line_larger_than_a_file_has_one_of_its_own(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "log.jsonl", rotate=10, keep=9)
    write(sink, b"a", b"b" * 50, b"c")
    assert [path.stat().st_size for path in sorted(tmp_path.iterdir(), reverse=True)] == [2, 51, 2]


def test_a_file_that_was_moved_or_deleted_is_begun_anew(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "log.jsonl", rotate=1000, keep=3)
    write(sink, b"one")
    (tmp_path / "log.1.jsonl").rename(tmp_path / "log.1.jsonl-20261122")
    write(sink, b"two")
    assert (tmp_path / "log.1.jsonl").read_bytes() == b"two\n"
    assert (tmp_path / "log.1.jsonl-20261122").read_bytes() == b"one\n"
    (tmp_path / "log.1.jsonl").unlink()
    write(sink, b"three")
    assert (tmp_path / "log.1.jsonl").read_bytes() == b"three\n"


def test_workers_have_files_of_their_own_and_a_number_that_is_free_is_taken_again(tmp_path: Path) -> None:
    first, second = (FileSink(tmp_path / "log.jsonl", rotate=1000, keep=3) for _ in range(2))
    write(first, b"first")
    write(second, b"second")
    assert names(tmp_path) == ["log.1.jsonl", "log.2.jsonl"]
    first.close()
    third = FileSink(tmp_path / "log.jsonl", rotate=1000, keep=3)
    write(third, b"third")
    assert (tmp_path / "log.1.jsonl").read_bytes() == b"first\nthird\n"
    fourth = FileSink(tmp_path / "log.jsonl", rotate=1000, keep=3, number=7)
    write(fourth, b"fourth")
    assert names(tmp_path) == ["log.1.jsonl", "log.2.jsonl", "log.7.jsonl"]


def test_a_line_that_a_former_process_left_unfinished_does_not_spoil_the_next(tmp_path: Path) -> None:
    (tmp_path / "log.1.jsonl").write_bytes(b"whole\nhal")
    write(FileSink(tmp_path / "log.jsonl", rotate=1000, keep=3), b"new")
    assert (tmp_path / "log.1.jsonl").read_bytes() == b"whole\nhal\nnew\n"


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    write(FileSink(tmp_path / "a" / "b" / "log.jsonl", rotate=1000, keep=3), b"x")
    assert (tmp_path / "a" / "b" / "log.1.jsonl").exists()


def test_a_folder_that_cannot_be_made_is_an_error_and_the_line_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    sink = FileSink(tmp_path / "a" / "log.jsonl", rotate=1000, keep=3)
    for _ in range(2):
        with pytest.raises(OSError, match="a"):
            write(sink, b"x")
    (tmp_path / "a").unlink()
    assert sink.settle() == 2


def test_what_a_full_disk_took_in_part_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = FileSink(tmp_path / "log.jsonl", rotate=1000, keep=3)
    write(sink, b"one")
    system = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 2:
            return system(descriptor, data[:2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            write(sink, b"two-two", b"three")
    assert (tmp_path / "log.1.jsonl").read_bytes() == b"one\n"
    assert sink.settle() == 2
    assert (tmp_path / "log.1.jsonl").read_bytes() == b"one\ntwo-two\nthree\n"


def test_a_stream_goes_on_within_a_line_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    written = bytearray()
    answers = iter([3, 2, None, 1, 100])

    def some(descriptor: int, data: bytes) -> int:
        count = next(answers)
        if count is None:
            raise OSError(32, "Broken pipe")
        written.extend(data[:count])
        return min(count, len(data))

    monkeypatch.setattr(os, "write", some)
    sink = StreamSink(1)
    assert write(sink, b"ab", b"cd") == 1
    assert sink.settle() == 1
    assert bytes(written) == b"ab\ncd\n"


def test_a_stream_that_is_set_not_to_wait_is_waited_for() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    seen = bytearray()

    def read_slowly() -> None:
        while chunk := os.read(reading, 50_000):
            seen.extend(chunk)
            time.sleep(0.001)

    reader = threading.Thread(target=read_slowly)
    reader.start()
    sink = StreamSink(writing, is_shared=True)
    lines = [b"%06d" % number + b"x" * 1000 for number in range(400)]
    assert write(sink, *lines) == 400
    os.close(writing)
    reader.join(30)
    os.close(reading)
    assert bytes(seen).splitlines() == lines


ROW = {
    "kind": "decision", "format": 1, "time": "2026-11-22T06:42:05.532279Z", "call": "c", "caller": None, "worker": 1,
    "engine": "bitmap", "rulebook": "desk", "version": "1.0.0", "digest": "sha256:0", "request_digest": "sha256:1",
    "languages": ["ru"], "request": '{"a":1}', "masked": [], "decision": "{}",
}  # fmt: skip


def row(call: str) -> bytes:
    return json.dumps({**ROW, "call": call}).encode() + b"\n"


def test_parquet_files_are_whole_and_come_by_size(tmp_path: Path) -> None:
    sink = ParquetSink(tmp_path / "log", rotate=1500, every=3600)
    for number in range(10):
        sink.take(row(str(number)))
        assert sink.settle() == 1
    before = [name for name in names(tmp_path / "log") if name.endswith(".parquet")]
    sink.close()
    files = sorted(tmp_path.joinpath("log").iterdir())
    assert len(files) >= len(before) == 2
    assert [file.suffix for file in files] == [".parquet"] * len(files)
    table = pl.concat([pl.read_parquet(file) for file in files])
    assert table["call"].to_list() == [str(number) for number in range(10)]
    assert table["time"].dt.to_string("%F %T%.6f").to_list()[0] == "2026-11-22 06:42:05.532279"
    assert table["request"].to_list()[0] == '{"a":1}'


def test_a_parquet_file_comes_after_a_time_too(tmp_path: Path) -> None:
    sink = ParquetSink(tmp_path, rotate=10**9, every=0.05)
    sink.take(row("1"))
    sink.settle()
    assert not list(tmp_path.glob("*.parquet"))
    time.sleep(0.06)
    assert sink.settle() == 0
    assert len(list(tmp_path.glob("*.parquet"))) == 1


def test_what_a_process_left_when_it_was_killed_is_taken_up_by_the_next(tmp_path: Path) -> None:
    spool = tmp_path / ".spool-20261122T064146.790902Z-77.jsonl"
    spool.write_bytes(row("1") + row("2") + b'{"kind":"deci')
    sink = ParquetSink(tmp_path, rotate=10**9, every=3600)
    sink.settle()
    assert names(tmp_path) == ["decisions-20261122T064146.790902Z-77.parquet"]
    assert pl.read_parquet(tmp_path / names(tmp_path)[0])["call"].to_list() == ["1", "2"]


def test_a_spool_that_another_worker_holds_is_left_alone(tmp_path: Path) -> None:
    first, second = (ParquetSink(tmp_path, rotate=10**9, every=3600) for _ in range(2))
    first.take(row("1"))
    first.settle()
    second.settle()
    assert len(names(tmp_path)) == 1
    assert names(tmp_path)[0].startswith(".spool-")
    first.close()
    assert len(list(tmp_path.glob("*.parquet"))) == 1
