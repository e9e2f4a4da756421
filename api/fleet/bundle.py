"""Rulebooks as one signed file: a gzipped tar of a manifest, its Ed25519 signature, and the files that it names.

Bytes in, bytes out. Nothing in a bundle is believed before the signature over its manifest is checked, and nothing of
it is written anywhere by the names that it gives.
"""

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from msgspec import Meta, Struct

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
PACKED_LIMIT: Final = 64 * 1024 * 1024
"""Bytes that a bundle may have."""
UNPACKED_LIMIT: Final = 256 * 1024 * 1024
"""Bytes that it may have when unpacked."""
FILES_LIMIT: Final = 10_000

_FOLDER: Final = "rules/"
_PATH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_GZIP: Final = 16 + zlib.MAX_WBITS


class BadBundle(Exception):
    """A bundle that is not to be used; the message says why."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a bundle."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Meta(ge=0)]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a bundle holds, and since when. The signature is over its bytes."""

    format: Literal["deskpolicy-bundle/1"] = "deskpolicy-bundle/1"
    created_at: str
    """RFC 3339, UTC."""
    files: dict[str, Entry]

    @classmethod
    def of(cls, files: Mapping[str, bytes], created_at: int) -> Self:
        """The manifest of these files; `created_at` in seconds since 1970."""
        entries = {name: Entry(hashlib.sha256(raw).hexdigest(), len(raw)) for name, raw in sorted(files.items())}
        return cls(created_at=_instant(created_at), files=entries)


def pack_bundle(files: Mapping[str, bytes], private_key: bytes, created_at: int) -> bytes:
    """The bundle of these files, signed with a key (PEM); `created_at` in seconds since 1970.

    The same files, key and time give the same bytes. Raises BadBundle for a name that a bundle cannot hold, and for a
    key that is none.
    """
    key = _private_key(private_key)
    for name in files:
        _require_path(name)
    manifest = msgspec.json.encode(Manifest.of(files, created_at))
    members = {MANIFEST: manifest, SIGNATURE: key.sign(manifest)}
    members |= {_FOLDER + name: raw for name, raw in sorted(files.items())}
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, packed, mtime=created_at) as zipped:
        zipped.write(_tar(members, created_at))
    raw = packed.getvalue()
    if len(raw) > PACKED_LIMIT:
        raise BadBundle(f"it would have more than {PACKED_LIMIT:,} bytes")
    return raw


def open_bundle(raw: bytes, public_key: bytes) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest of a bundle and its files, checked against a key (PEM). Raises BadBundle."""
    key = _public_key(public_key)
    members = dict(_members(_unzipped(raw)))
    manifest, signature = members.pop(MANIFEST, None), members.pop(SIGNATURE, None)
    if manifest is None or signature is None:
        raise BadBundle(f"it has no {MANIFEST if manifest is None else SIGNATURE}")
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        raise BadBundle("the signature is not that of the public key over this manifest") from None
    try:
        read = msgspec.json.decode(manifest, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadBundle("the manifest is signed, and not one that this release reads") from None
    return read, _held_to(read, members)


def _held_to(manifest: Manifest, members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files, which must be those of the manifest and no others."""
    files = {}
    for name, entry in manifest.files.items():
        _require_path(name)
        raw = members.get(_FOLDER + name)
        if raw is None:
            raise BadBundle(f"`{name}` stands in the manifest and is missing")
        if len(raw) != entry.size or hashlib.sha256(raw).hexdigest() != entry.sha256:
            raise BadBundle(f"`{name}` is not the file that the manifest names")
        files[name] = raw
    more = sorted(members.keys() - {_FOLDER + name for name in files})
    if more:
        raise BadBundle(f"`{_safe(more[0])}` does not stand in the manifest")
    return files


def _tar(members: Mapping[str, bytes], mtime: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, raw in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(raw), mtime, 0o644
            try:
                tar.addfile(member, io.BytesIO(raw))
            except ValueError:
                raise BadBundle(f"`{name}` is too long a name for a bundle") from None
    return out.getvalue()


def _unzipped(raw: bytes) -> bytes:
    if len(raw) > PACKED_LIMIT:
        raise BadBundle(f"it has more than {PACKED_LIMIT:,} bytes")
    stream = zlib.decompressobj(_GZIP)
    try:
        unpacked = stream.decompress(raw, UNPACKED_LIMIT + 1)
    except zlib.error:
        raise BadBundle("it is not a gzip file, or a damaged one") from None
    if len(unpacked) > UNPACKED_LIMIT:
        raise BadBundle(f"it has more than {UNPACKED_LIMIT:,} bytes when unpacked")
    if not stream.eof:
        raise BadBundle("it ends too early")
    if stream.unused_data:
        raise BadBundle("something follows its end")
    return unpacked


def _members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of a tar by their names. Only plain files are taken, each once."""
    seen: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as tar:
            for member in tar:
                held = tar.extractfile(member) if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) else None
                if held is None or member.issparse():
                    raise BadBundle(f"`{_safe(member.name)}` is not a plain file")
                if member.name in seen:
                    raise BadBundle(f"`{_safe(member.name)}` is in it twice")
                seen.add(member.name)
                if len(seen) > FILES_LIMIT:
                    raise BadBundle(f"it has more than {FILES_LIMIT:,} files")
                yield member.name, held.read()
            end = tar.offset
    except (tarfile.TarError, ValueError, OverflowError):
        raise BadBundle("it is not a tar file, or a damaged one") from None
    if raw[end:].strip(b"\0"):
        raise BadBundle("something follows its last file")


def _require_path(name: str) -> None:
    if not _PATH.fullmatch(name):
        raise BadBundle(f"`{_safe(name)}` is not a name that a bundle may hold")


def _safe(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()[:100]


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _private_key(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise BadBundle("the private key is not PEM without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadBundle("the private key is not Ed25519")
    return key


def _public_key(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        raise BadBundle("the public key is not PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadBundle("the public key is not Ed25519")
    return key
