"""The plain bytes of a history: the file itself, or what a gzip or zip file holds, as a stream and never as a whole.

Knows bytes only: nothing of columns, rows or mappings.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from .faults import UnreadableHistory

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGE: Final = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def first_bytes(path: Path) -> bytes:
    """The first four bytes of a file, which tell its form; a name may lie.

    Raises:
        UnreadableHistory: when the file cannot be opened, or is empty.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise UnreadableHistory(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    if not head:
        raise UnreadableHistory(f"{path}: the file is empty")
    return head


@contextmanager
def plain_bytes(path: Path) -> Iterator[IO[bytes]]:
    """A stream of the plain bytes within a file; it is read within the block.

    Raises:
        UnreadableHistory: for a damaged archive, and for a zip with no CSV file in it or with several.
    """
    head = first_bytes(path)
    try:
        if head.startswith(_GZIP):
            with gzip.open(path) as unzipped:
                yield cast(IO[bytes], unzipped)
        elif head.startswith(_ZIP):
            with zipfile.ZipFile(path) as archive, archive.open(_only_csv(path, archive)) as member:
                yield member
        else:
            with path.open("rb") as file:
                yield file
    except _DAMAGE as error:
        raise UnreadableHistory(f"{path.name}: the archive is damaged, or packed in a way that is not read") from error
    except OSError as error:
        raise UnreadableHistory(f"{path.name}: {(error.strerror or str(error)).lower()}") from error


def _only_csv(path: Path, archive: zipfile.ZipFile) -> str:
    names = [name for name in archive.namelist() if name.lower().endswith(".csv") and not name.startswith("__MACOSX/")]
    if len(names) != 1:
        found = ", ".join(f"`{name}`" for name in sorted(names)) or "none"
        raise UnreadableHistory(f"{path.name}: the zip must hold one CSV file; found {found}")
    return names[0]
