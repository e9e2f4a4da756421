"""The file with further keys: read at the start, and again when it changes."""

import logging
import os
import re
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec

from engine import Diagnostic, check_shape, read_source

from ..settings import ApiKey
from .keys import expiry

log = logging.getLogger("deskpolicy.access")

_SCHEMA: Final = "keys.schema.json"
_BETWEEN_LOOKS: Final = 1.0
_LARGEST: Final = 4 * 1024 * 1024
_QUOTED: Final = re.compile(r"`[^`]*`")


class KeysUnreadable(Exception):
    """The file with keys cannot be read or has faults; the message says where, and shows nothing of what is in it."""


class KeysFile:
    """The file, and the keys that it held when it was last without faults. Raises KeysUnreadable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._look()
        self._look_at = monotonic() + _BETWEEN_LOOKS
        self.keys = read_keys(path)

    def has_changed(self) -> bool:
        """Whether the file has other keys than before. Looks at it once a second at most.

        A file that is gone or has faults leaves the former keys as they are, and is logged once.
        """
        now = monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + _BETWEEN_LOOKS
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self.keys = read_keys(self._path)
        except KeysUnreadable as fault:
            log.error("%s; the former keys go on", fault)
            return False
        log.info("%s: %d keys are taken from now on", self._path, len(self.keys))
        return True

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def read_keys(path: Path) -> tuple[ApiKey, ...]:
    """The keys of a file (YAML or JSON, a list shaped like `access.keys`). Raises KeysUnreadable."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise KeysUnreadable(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > _LARGEST:
        raise KeysUnreadable(f"{path}: has more than {_LARGEST:,} bytes")
    source, faults = read_source(path.as_posix(), raw)
    if source is None:
        raise _faulty(path, faults)
    data, misfits = check_shape(source, _SCHEMA)
    if faults or misfits:
        raise _faulty(path, [*faults, *misfits])
    keys = msgspec.convert(data, tuple[ApiKey, ...])
    for key in keys:
        try:
            expiry(key)
        except ValueError:
            raise KeysUnreadable(f"{path}: the key `{key.id}` expires at what is no instant") from None
    return keys


def _faulty(path: Path, faults: list[Diagnostic]) -> KeysUnreadable:
    # A message quotes what was written, and that may be a key instead of its hash: what is quoted is left out.
    told = [
        f"{fault.span.line}:{fault.span.column}: {_QUOTED.sub('…', fault.message)} [{fault.code}]"
        for fault in sorted(faults)[:5]
    ]
    return KeysUnreadable(f"{path}: {'; '.join(told)}")
