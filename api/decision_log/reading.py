"""Reads decision logs back, one record after another: lines of JSON, plain or gzipped, rotated or not, and Parquet."""

import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

import msgspec

from .record import FORMAT, DecisionRecord, Entry, ShadowRecord

_LONGEST: Final = 64 * 1024 * 1024
"""Bytes of a line that are read at most."""
_ROWS: Final = 1_000
_LINES: Final = re.compile(r".+\.(?:jsonl|json|log|ndjson)(?:\.\d+)?(?:\.gz)?")
_NUMBERED: Final = re.compile(r"(?P<file>.*?)\.(?P<number>\d+)(?P<packed>\.gz)?")
_decode: Final = msgspec.json.Decoder(DecisionRecord | ShadowRecord).decode


class Place(NamedTuple):
    """Where a record stands: in which file, in which line or row, from 1 on."""

    file: Path
    number: int

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


class Unreadable(NamedTuple):
    """A line that is no record, and why."""

    why: str


def log_files(path: Path) -> list[Path]:
    """The files of a log, the oldest first: a file, what a folder holds, or what a service makes of this name.

    Raises FileNotFoundError when there is none.
    """
    found: list[Path]
    if path.is_dir():
        names = (file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        found = [file for file in names if file.suffix == ".parquet" or _LINES.fullmatch(file.name)]
    elif path.exists():
        return [path]
    else:
        ours = re.compile(re.escape(path.stem) + r"\.\d+" + re.escape(path.suffix) + r"(?:\.\d+)?(?:\.gz)?")
        folder = path.parent
        found = [file for file in folder.iterdir() if ours.fullmatch(file.name)] if folder.is_dir() else []
    if not found:
        raise FileNotFoundError(2, "no decision log is found", str(path))
    return sorted(found, key=_age)


def read_entries(files: Sequence[Path]) -> Iterator[tuple[Place, Entry | Unreadable]]:
    """The records of files, one after another. Raises OSError when a file cannot be opened."""
    for file in files:
        yield from _rows(file) if file.suffix == ".parquet" else _lines(file)


def _age(file: Path) -> tuple[str, int]:
    """Files of one worker together, its former ones (the higher numbers) first."""
    match = _NUMBERED.fullmatch(file.name)
    if match is None or file.suffix == ".parquet":
        return file.name, 0
    return match["file"], -int(match["number"])


def _lines(file: Path) -> Iterator[tuple[Place, Entry | Unreadable]]:
    with file.open("rb") as opened, _unpacked(opened) as lines:
        number = 0
        try:
            while line := lines.readline(_LONGEST):
                number += 1
                if line.strip():
                    yield Place(file, number), _entry(line)
        except (EOFError, gzip.BadGzipFile, OSError) as error:
            yield Place(file, number + 1), Unreadable(f"the file cannot be read on: {error}")


def _unpacked(opened: IO[bytes]) -> IO[bytes]:
    is_packed = opened.read(2) == b"\x1f\x8b"
    opened.seek(0)
    return cast(IO[bytes], gzip.GzipFile(fileobj=opened)) if is_packed else opened


def _entry(line: bytes) -> Entry | Unreadable:
    try:
        line.decode()
        return _whole(cast(Entry, _decode(line)))
    except msgspec.ValidationError as error:
        return Unreadable(_why(str(error)))
    except msgspec.DecodeError as error:
        return Unreadable("it is not JSON: " + _why(str(error)).removeprefix("jSON is malformed: "))
    except (UnicodeDecodeError, RecursionError):
        return Unreadable("it is not JSON in UTF-8")


def _whole(entry: Entry) -> Entry | Unreadable:
    """An entry, if what it holds of a request and of a decision can be read as well."""
    if isinstance(entry, DecisionRecord):
        msgspec.json.decode(entry.decision)
        if not isinstance(msgspec.json.decode(entry.request), dict):
            return Unreadable("its request is no object")
    return entry


def _why(message: str) -> str:
    if "`$.format`" in message:
        return f"its format is another than {FORMAT}"
    return message[:1].lower() + message[1:]


def _rows(file: Path) -> Iterator[tuple[Place, Entry | Unreadable]]:
    import polars as pl  # here, since few logs need it

    from .parquet import record_of

    number = 0
    try:
        batches = pl.scan_parquet(file).collect_batches(chunk_size=_ROWS)
        for batch in batches:
            for row in batch.iter_rows(named=True):
                number += 1
                yield Place(file, number), _of_row(row, record_of)
    except pl.exceptions.PolarsError as error:
        yield Place(file, number + 1), Unreadable(f"the file cannot be read on: {str(error).splitlines()[0]}")


def _of_row(row: dict[str, Any], record_of: Any) -> Entry | Unreadable:
    try:
        return _whole(cast(Entry, record_of(row)))
    except KeyError as error:
        return Unreadable(f"the column {error} is not there")
    except (msgspec.DecodeError, RecursionError, AttributeError, TypeError) as error:
        return Unreadable(_why(str(error)))
