"""Finds events that repeat an earlier one, by the columns that tell events apart; what was met is kept on disk."""

from __future__ import annotations

import hashlib
import sqlite3
import weakref
from collections.abc import Sequence
from typing import Final

import msgspec

_DIGEST: Final = 16
_encode: Final = msgspec.msgpack.Encoder().encode


class Repeats:
    """The keys that were met so far."""

    def __init__(self) -> None:
        # An empty name is a file of SQLite's own, which it removes.
        self._store = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._store.close)
        self._store.execute("PRAGMA journal_mode=OFF")
        self._store.execute("CREATE TABLE met (met BLOB PRIMARY KEY) WITHOUT ROWID")

    def among(self, keys: Sequence[Sequence[str | None]]) -> list[int]:
        """The positions of keys that were met before, here or in an earlier call. A key of nothing repeats nothing."""
        found, take = [], self._store.execute
        take("BEGIN")
        for at, key in enumerate(keys):
            if all(text is None for text in key):
                continue
            digest = hashlib.blake2b(_encode(key), digest_size=_DIGEST).digest()
            if take("INSERT OR IGNORE INTO met VALUES (?)", (digest,)).rowcount == 0:
                found.append(at)
        take("COMMIT")
        return found
