"""Where sets of rulebooks come from: a folder, a signed bundle in a file, or one behind an address.

What is new since the last look is read, once, into memory. Knows nothing of what the files say.
"""

import hashlib
import time
from pathlib import Path
from typing import Final, Protocol

import httpx

from ..settings import Bundle, Settings
from .bundle import PACKED_LIMIT, BadBundle, open_bundle
from .parts import Files, read_folder

_TIMEOUT: Final = httpx.Timeout(10.0)
_WHOLE: Final = 60.0
"""Seconds in which a bundle must come whole."""
_REDIRECTS: Final = 3
_BAD: Final = "bad-bundle"
_AGENT: Final = {"user-agent": "deskpolicy", "accept-encoding": "identity"}


class SourceRefused(Exception):
    """A source does not give a set: `file` is what was looked at, the message says why it was of no use."""

    def __init__(self, code: str, file: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.file = file


class Source(Protocol):
    """Gives sets of rulebooks. Used by one thread at a time."""

    shown: str
    """What people call the place where the files lie."""

    def read(self, *, afresh: bool) -> Files | None:
        """The files; None where nothing is new since the last look, unless they are to be read afresh.

        Raises SourceRefused. May take a minute.
        """
        ...


def source_of(settings: Settings) -> Source:
    """The source that settings name."""
    bundle = settings.reload.bundle
    if bundle is None:
        return Folder(Path(settings.rules))
    if bundle.source.startswith(("https://", "http://")):
        return BundleAddress(bundle)
    return BundleFile(bundle)


class Folder:
    """A folder of rulebooks."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.shown = root.as_posix()

    def read(self, *, afresh: bool) -> Files | None:
        """See Source; a folder is always read."""
        try:
            return read_folder(self._root)
        except OSError as error:
            file = error.filename if isinstance(error.filename, str) else self.shown
            raise SourceRefused("unreadable", file, _reason(error)) from None


class BundleFile:
    """A bundle in a file."""

    def __init__(self, bundle: Bundle) -> None:
        self._path = Path(bundle.source)
        self._key = Path(bundle.public_key)
        self._last: tuple[int, ...] | None = None
        self.shown = bundle.source

    def read(self, *, afresh: bool) -> Files | None:
        """See Source; nothing is new while the file's time, size and inode stay."""
        try:
            return self._read(afresh)
        except SourceRefused as refused:
            if refused.code != _BAD:
                self._last = None  # what could not be looked at is new the next time
            raise

    def _read(self, afresh: bool) -> Files | None:
        try:
            with self._path.open("rb") as file:
                stat = self._path.stat()
                looks = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
                if looks == self._last and not afresh:
                    return None
                self._last = looks
                raw = file.read(PACKED_LIMIT + 1)
        except OSError as error:
            raise SourceRefused("unreadable", self.shown, _reason(error)) from None
        return _opened(raw, self._key, self.shown)


class BundleAddress:
    """A bundle behind an address, asked for by its ETag."""

    def __init__(self, bundle: Bundle, transport: httpx.BaseTransport | None = None) -> None:
        self._address = bundle.source
        self._key = Path(bundle.public_key)
        self._transport = transport
        self._tag: str | None = None
        self._digest = b""
        self.shown = _without_secrets(httpx.URL(bundle.source))

    def read(self, *, afresh: bool) -> Files | None:
        """See Source; nothing is new when the server says so, or sends the same bytes."""
        try:
            return self._read(afresh)
        except SourceRefused as refused:
            if refused.code != _BAD:
                self._tag, self._digest = None, b""  # what could not be looked at is new the next time
            raise

    def _read(self, afresh: bool) -> Files | None:
        headers = {**_AGENT, "if-none-match": self._tag} if self._tag and not afresh else _AGENT
        try:
            with httpx.Client(timeout=_TIMEOUT, transport=self._transport, headers=headers) as client:
                answer = self._fetch(client, time.monotonic() + _WHOLE)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = str(error) or type(error).__name__
            raise SourceRefused("unreachable", self.shown, f"the bundle cannot be fetched: {said}") from None
        if answer is None:
            return None
        raw, tag = answer
        digest = hashlib.sha256(raw).digest()
        same, self._digest, self._tag = digest == self._digest, digest, tag
        return None if same and not afresh else _opened(raw, self._key, self.shown)

    def _fetch(self, client: httpx.Client, until: float) -> tuple[bytes, str | None] | None:
        """The body and its ETag; None: not modified."""
        address = httpx.URL(self._address)
        for _ in range(_REDIRECTS + 1):
            with client.stream("GET", address, follow_redirects=False) as response:
                if response.next_request is not None:
                    address = self._redirected(address, response.next_request.url)
                    continue
                if response.status_code == httpx.codes.NOT_MODIFIED:
                    return None
                if response.status_code != httpx.codes.OK:
                    said = f"the server answers {response.status_code} {response.reason_phrase}"
                    raise SourceRefused("unreachable", self.shown, said)
                return self._body(response, until), response.headers.get("etag")
        raise SourceRefused("unreachable", self.shown, f"more than {_REDIRECTS} redirects")

    def _redirected(self, here: httpx.URL, there: httpx.URL) -> httpx.URL:
        if here.scheme != there.scheme:
            said = f"redirected from {here.scheme} to {there.scheme}, which is not followed"
            raise SourceRefused("unreachable", self.shown, said)
        return there

    def _body(self, response: httpx.Response, until: float) -> bytes:
        pieces, size = [], 0
        for piece in response.iter_raw():
            size += len(piece)
            if size > PACKED_LIMIT:
                raise SourceRefused(_BAD, self.shown, f"it has more than {PACKED_LIMIT:,} bytes")
            if time.monotonic() > until:
                raise SourceRefused("unreachable", self.shown, f"it did not come whole in {_WHOLE:.0f} seconds")
            pieces.append(piece)
        return b"".join(pieces)


def _opened(raw: bytes, key: Path, shown: str) -> Files:
    try:
        pem = key.read_bytes()
    except OSError as error:
        raise SourceRefused("unreadable", key.as_posix(), _reason(error)) from None
    try:
        return open_bundle(raw, pem)[1]
    except BadBundle as bad:
        raise SourceRefused(_BAD, shown, str(bad)) from None


def _without_secrets(address: httpx.URL) -> str:
    return str(address.copy_with(username=None, password=None, query=None))


def _reason(error: OSError) -> str:
    words = error.strerror or str(error)
    return words[:1].lower() + words[1:]
