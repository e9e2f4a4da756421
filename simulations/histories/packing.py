"""The plain bytes of a history: the file itself, or what a gzip or zip file holds, as a stream and never as a whole.

Knows bytes only: nothing of columns, rows or mappings.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from .faults import UnreadableHistory
from .table import Source

_HEAD: Final = 65_536
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGE: Final = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".xes", ".xml", ".parquet", ".log")


def first_bytes(source: Source) -> bytes:
    """The first plain bytes of a history, which tell its form; a name may lie.

    Raises:
        UnreadableHistory: when the file cannot be opened, or is empty.
    """
    with plain_bytes(source) as plain:
        return plain.read(_HEAD)


@contextmanager
def plain_bytes(source: Source) -> Iterator[IO[bytes]]:
    """A stream of the plain bytes within a file; it is read within the block.

    Raises:
        UnreadableHistory: for a damaged archive, and for a zip in which nothing or several things could be meant.
    """
    name = source.name
    try:
        with source.location.open() as file:
            head = file.read(4)
            if not head:
                raise UnreadableHistory(f"{source.location.address}: the file is empty")
            with _again(source, file) as whole, _unpacked(source, head, whole) as plain:
                yield plain
    except _DAMAGE as error:
        raise UnreadableHistory(f"{name}: the archive is damaged, or packed in a way that is not read") from error
    except OSError as error:
        raise UnreadableHistory(f"{name}: {(error.strerror or str(error)).lower()}") from error


@contextmanager
def plain_file(source: Source) -> Iterator[Path]:
    """A local file of the plain bytes, for readers that jump to and fro; a copy where the history is none itself.

    Raises:
        UnreadableHistory: as for `plain_bytes`.
    """
    if not source.location.remote and not _is_packed(source):
        yield Path(source.location.address)
        return
    with tempfile.NamedTemporaryFile(prefix="deskpolicy-history-") as copy:
        with plain_bytes(source) as plain:
            shutil.copyfileobj(plain, copy, 1 << 20)
        copy.flush()
        yield Path(copy.name)


def _is_packed(source: Source) -> bool:
    with source.location.open() as file:
        return file.read(4).startswith((_GZIP, *_ZIP))


@contextmanager
def _again(source: Source, file: IO[bytes]) -> Iterator[IO[bytes]]:
    # Some stores give bytes in one go only: these are opened a second time.
    if file.seekable():
        file.seek(0)
        yield file
        return
    with source.location.open() as fresh:
        yield fresh


@contextmanager
def _unpacked(source: Source, head: bytes, file: IO[bytes]) -> Iterator[IO[bytes]]:
    if head.startswith(_GZIP):
        with gzip.GzipFile(fileobj=file) as unzipped:
            yield cast(IO[bytes], unzipped)
    elif head.startswith(_ZIP):
        with _jumping(file) as whole, zipfile.ZipFile(whole) as archive, archive.open(_member(source, archive)) as one:
            yield one
    else:
        yield file


@contextmanager
def _jumping(file: IO[bytes]) -> Iterator[IO[bytes]]:
    if file.seekable():
        yield file
        return
    with tempfile.TemporaryFile(prefix="deskpolicy-history-") as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
        yield cast(IO[bytes], copy)


def _member(source: Source, archive: zipfile.ZipFile) -> str:
    held = [name for name in archive.namelist() if not name.startswith("__MACOSX/") and not name.endswith("/")]
    wanted = source.layout.member
    if wanted is not None:
        if wanted not in held:
            raise UnreadableHistory(f"{source.name}: the zip holds no `{wanted}`; found {_listed(held)}")
        return wanted
    names = [name for name in held if name.lower().endswith(_ENDINGS)]
    if len(names) != 1:
        said = "must hold one CSV file, or one of another form; say which with `member:` in the mapping"
        raise UnreadableHistory(f"{source.name}: the zip {said}; found {_listed(held)}")
    return names[0]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"
