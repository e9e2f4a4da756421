"""Where a history lies: a local path, or an address of fsspec such as `s3://bucket/history.csv`.

Knows bytes only. Packages that an address needs are not installed with the house; their lack is told.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import fsspec

from .faults import UnreadableHistory

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]+:/")
_CUT: Final = re.compile(r"(^|::)([a-z][a-z0-9+.-]+):/(?!/)")
_NAME: Final = re.compile(r"([^/:]+)/*$")


@dataclass(frozen=True, slots=True)
class Location:
    """A place of bytes; ``remote`` ones are opened by fsspec."""

    address: str
    remote: bool

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        found = _NAME.search(self.address.split("::")[0].partition("?")[0])
        return found.group(1) if found is not None else self.address

    def open(self) -> IO[bytes]:
        """The bytes, from the first one on.

        Raises:
            UnreadableHistory: when they cannot be had; of remote bytes also later, as an OSError.
        """
        try:
            return _opened(self.address) if self.remote else Path(self.address).open("rb")
        except OSError as error:
            said = (error.strerror or (str(error) if self.remote else "")) or "cannot be read"
            said = "no such file or directory" if isinstance(error, FileNotFoundError) else said[:1].lower() + said[1:]
            raise UnreadableHistory(f"{self.address}: {said}") from error


def location_of(address: str | Path) -> Location:
    """The location that a path or an address names; an address that went through a `Path` is mended."""
    text = str(address)
    if _ADDRESS.match(text) is None:
        return Location(text, remote=False)
    return Location(_CUT.sub(r"\1\2://", text), remote=True)


def _opened(address: str) -> IO[bytes]:
    try:
        opened = fsspec.open(address, "rb")
        file = opened.open()
    except ImportError as error:
        raise UnreadableHistory(f"{address}: {error}") from error
    except OSError:
        raise
    except Exception as error:
        # Every store has exceptions of its own, and all mean the same here.
        raise UnreadableHistory(f"{address}: {str(error) or type(error).__name__}") from error
    return cast(IO[bytes], io.BufferedReader(_Remote(opened, file), 1 << 20))


class _Remote(io.RawIOBase):
    """The bytes of a remote file, whose own exceptions become OSError."""

    def __init__(self, opened: Any, file: Any) -> None:
        # Some stores close what is within them as soon as nobody holds them.
        self._opened = opened
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._file.read(len(buffer))
        except OSError:
            raise
        except Exception as error:
            raise OSError(f"cannot be read: {error}") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
