"""Turn a packed history into a file that can be scanned: plain bytes of one member, in a temporary folder.

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
from typing import IO, Final

from .faults import UnreadableHistory

PARQUET: Final = b"PAR1"
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"


def first_bytes(path: Path) -> bytes:
    """The first four bytes of a file, by which its form is told; a name may lie.

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
def unpacked(path: Path) -> Iterator[Path]:
    """The path of the plain file within: the file itself, or what a gzip or zip file holds, gone afterwards.

    Raises:
        UnreadableHistory: for a damaged archive, and for a zip with none or several CSV files.
    """
    head = first_bytes(path)
    if not head.startswith((_GZIP, _ZIP, _EMPTY_ZIP)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="deskpolicy-") as folder:
        plain = Path(folder) / "history"
        try:
            with plain.open("wb") as target:
                if head.startswith(_GZIP):
                    with gzip.open(path) as packed:
                        shutil.copyfileobj(packed, target, 1 << 20)
                else:
                    _unzip(path, target)
        except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, NotImplementedError, RuntimeError) as error:
            raise UnreadableHistory(f"{path}: the archive is damaged or of a kind that is not read") from error
        except OSError as error:
            raise UnreadableHistory(f"{path}: cannot be unpacked: {(error.strerror or str(error)).lower()}") from error
        first_bytes(plain)
        yield plain


def _unzip(path: Path, target: IO[bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        names = [
            name for name in archive.namelist() if name.lower().endswith(".csv") and not name.startswith("__MACOSX/")
        ]
        if len(names) != 1:
            found = ", ".join(f"`{name}`" for name in sorted(names)) or "none"
            raise UnreadableHistory(f"{path}: the zip must hold one CSV file, and holds {found}")
        with archive.open(names[0]) as packed:
            shutil.copyfileobj(packed, target, 1 << 20)
