"""API keys: how they are made, told from a typo, and recognized. Only their hashes are ever kept.

A key holds 256 random bits, so a plain SHA-256 of it cannot be turned back by trying: the slow hashes that passwords
need would only cost time. Knows nothing of HTTP.
"""

import binascii
import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from math import inf
from typing import Final, NamedTuple
from zlib import crc32

from ..call import Caller
from ..settings import ApiKey

PREFIX: Final = "dpk_"
"""What every key begins with, so that whoever searches texts for secrets finds it."""

_RANDOM_BYTES: Final = 32
_FORM: Final = re.compile(rb"dpk_([A-Za-z0-9_-]{48})")


class Known(NamedTuple):
    """A caller, and the instant (seconds since 1970) from which on what was shown is worth nothing."""

    caller: Caller
    until: float


def fresh_key() -> str:
    """A new key: `dpk_` and 48 characters of base64url, which hold 256 random bits and their CRC-32."""
    random = secrets.token_bytes(_RANDOM_BYTES)
    return PREFIX + urlsafe_b64encode(random + _checksum(random)).decode()


def is_key(shown: bytes) -> bool:
    """Whether this has the form of a key and its checksum is right; a key with a typo has not."""
    form = _FORM.fullmatch(shown)
    if form is None:
        return False
    try:
        raw = urlsafe_b64decode(form[1])
    except binascii.Error:
        return False
    return raw[_RANDOM_BYTES:] == _checksum(raw[:_RANDOM_BYTES])


def fingerprint(key: str) -> str:
    """What the settings keep of a key: its SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def expiry(key: ApiKey) -> float:
    """The instant (seconds since 1970) from which on a key is refused. Raises ValueError when it is no instant."""
    if key.expires is None:
        return inf
    instant = datetime.fromisoformat(key.expires)
    if instant.tzinfo is None:
        raise ValueError("an instant has an offset")
    return instant.timestamp()


class KeyRing:
    """The keys that are taken. Raises ValueError when one of them expires at no instant."""

    def __init__(self, keys: Iterable[ApiKey]) -> None:
        self._keys = [(key.sha256.encode(), Known(Caller(key.id, frozenset(key.scopes)), expiry(key))) for key in keys]

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, shown: bytes) -> Known | None:
        """Whose key this is; None when it is nobody's. An expired one is still found.

        Compares with every key, each in constant time: how long it takes tells nothing about them.
        """
        digest = hashlib.sha256(shown).hexdigest().encode()
        found: Known | None = None
        for sha256, known in self._keys:
            if hmac.compare_digest(sha256, digest):
                found = known
        return found


def _checksum(random: bytes) -> bytes:
    return crc32(random).to_bytes(4, "big")
