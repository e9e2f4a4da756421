"""The decision log as Parquet: lines are spooled to a file, and a full or old spool becomes a Parquet file.

What was taken is safe on disk at once, memory stays small, and the work of Parquet is done outside the interpreter.
"""

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from .record import DecisionRecord, Entry, ShadowRecord
from .sinks import locked

SCHEMA: Final[dict[str, Any]] = {
    "kind": pl.String,
    "format": pl.Int64,
    "time": pl.Datetime("us", "UTC"),
    "call": pl.String,
    "caller": pl.String,
    "worker": pl.Int64,
    "engine": pl.String,
    "rulebook": pl.String,
    "version": pl.String,
    "digest": pl.String,
    "request_digest": pl.String,
    "languages": pl.List(pl.String),
    "request": pl.String,
    "masked": pl.List(pl.String),
    "decision": pl.String,
    "candidate": pl.String,
    "parts": pl.String,
}
"""The columns. `request`, `decision`, `candidate` and `parts` hold JSON."""

_SPOOL: Final = ".spool-"
_SPOOLED: Final = {**SCHEMA, "time": pl.String}
_encode: Final = msgspec.json.Encoder().encode


class ParquetSink:
    """A folder of Parquet files. A spool is converted at `rotate` bytes, or `every` seconds after its first line.

    Spools that a process left when it was stopped are converted by the next one.
    """

    def __init__(self, folder: Path, rotate: int, every: float) -> None:
        self._folder = folder
        self._rotate = rotate
        self._every = every
        self._lines: list[bytes] = []
        self._spool: tuple[Path, int] | None = None
        self._size = 0
        self._due = 0.0
        self._has_adopted = False

    def take(self, line: bytes) -> None:
        """Take a line."""
        self._lines.append(line)

    def settle(self) -> int:
        """Write the lines; see `Sink`."""
        settled = len(self._lines)
        if not self._has_adopted:
            self._adopt()
        if settled:
            self._append(b"".join(self._lines))
            self._lines.clear()
        if self._spool and (self._size >= self._rotate or time.monotonic() >= self._due):
            with suppress(OSError):  # the lines are safe; it is tried again with the next ones
                self._convert()
        return settled

    def close(self) -> None:
        """Convert what is spooled."""
        self._convert()

    def _append(self, piece: bytes) -> None:
        if self._spool is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{_SPOOL}{_stamp()}-{os.getpid()}.jsonl"
            descriptor = locked(path)
            assert descriptor is not None, "nobody else has this name"
            self._spool, self._size, self._due = (path, descriptor), 0, time.monotonic() + self._every
        written = 0
        try:
            while written < len(piece):
                written += os.write(self._spool[1], piece[written:])
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._spool[1], self._size)
            raise
        self._size += written

    def _convert(self) -> None:
        if self._spool is not None:
            convert_spool(self._spool[0])
            os.close(self._spool[1])
            self._spool = None

    def _adopt(self) -> None:
        for path in sorted(self._folder.glob(f"{_SPOOL}*.jsonl")):
            descriptor = locked(path)
            if descriptor is not None:
                raw = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
                os.ftruncate(descriptor, raw.rfind(b"\n") + 1)
                convert_spool(path)
                os.close(descriptor)
        self._has_adopted = True


def convert_spool(spool: Path) -> None:
    """Turn a spool into a Parquet file of the same time and process, and delete it. Raises OSError."""
    if spool.stat().st_size:
        whole = spool.with_name("decisions-" + spool.stem.removeprefix(_SPOOL) + ".parquet")
        part = whole.with_name(f".{whole.name}.part")
        lines = pl.scan_ndjson(spool, schema=_SPOOLED)
        try:
            lines.with_columns(pl.col("time").str.to_datetime("%+", time_unit="us", time_zone="UTC")).sink_parquet(part)
        except pl.exceptions.PolarsError as error:
            raise OSError(f"{spool}: {error}") from error
        part.replace(whole)
    spool.unlink()


def row_of(record: Entry) -> bytes:
    """A record as a line of a spool."""
    plain: dict[str, Any] = {"kind": "decision" if isinstance(record, DecisionRecord) else "shadow"}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name == "rulebook":
            plain |= {"rulebook": value.id, "version": value.version, "digest": value.digest}
        elif name in ("request", "decision"):
            plain[name] = bytes(value).decode()
        elif name in ("candidate", "parts"):
            plain[name] = _encode(value).decode()
        else:
            plain[name] = value
    return _encode(plain) + b"\n"


def record_of(row: dict[str, Any]) -> Entry:
    """The record of a row. Raises msgspec.ValidationError, and KeyError for a column that is not there."""
    fields = {name: row[name] for name in ("format", "time", "call", "worker", "engine", "request_digest")}
    fields["rulebook"] = {"id": row["rulebook"], "version": row["version"], "digest": row["digest"]}
    if row["kind"] == "shadow":
        told = {name: msgspec.json.decode(row[name]) for name in ("candidate", "parts")}
        return msgspec.convert({**fields, **told, "kind": "shadow"}, ShadowRecord)
    fields |= {name: row[name] for name in ("caller", "languages", "masked")}
    raw = {name: msgspec.Raw(row[name].encode()) for name in ("request", "decision")}
    return msgspec.convert({**fields, **raw, "kind": row["kind"]}, DecisionRecord)


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
