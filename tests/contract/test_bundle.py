"""Rulebooks as one signed file: there and back, and every way of tampering with it."""

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from reload_kit import put, spoil, text

from api import BadBundle, open_bundle, pack_bundle

KEY = Ed25519PrivateKey.generate()
FILES = {"front-desk/1.0.0.yaml": text("first").encode(), "rulebooks.lock": b"{}\n"}
CREATED = 1_700_000_000


def private_pem(key: Any = KEY) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def public_pem(key: Any = KEY) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def packed() -> bytes:
    return pack_bundle(FILES, private_pem(), CREATED)


def test_what_is_packed_comes_out_again() -> None:
    manifest, files = open_bundle(packed(), public_pem())
    assert files == FILES
    assert manifest.created_at == "2023-11-14T22:13:20Z"
    assert {name: entry.size for name, entry in manifest.files.items()} == {n: len(raw) for n, raw in FILES.items()}


def test_the_same_files_key_and_time_give_the_same_bytes() -> None:
    backwards = dict(reversed(FILES.items()))
    assert packed() == pack_bundle(backwards, private_pem(), CREATED)
    assert packed() != pack_bundle(FILES, private_pem(), CREATED + 1)


def members(raw: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(raw))) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def archive(content: dict[str, bytes], *more: tarfile.TarInfo, twice: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, raw in [*content.items(), *([(twice, content[twice])] if twice else [])]:
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))
        for member in more:
            tar.addfile(member)
    return gzip.compress(out.getvalue())


def changed(**replaced: bytes) -> Callable[[], bytes]:
    names = {"rulebook": "rules/front-desk/1.0.0.yaml", "manifest": "manifest.json", "signature": "manifest.sig"}
    return lambda: archive({**members(packed()), **{names[name]: raw for name, raw in replaced.items()}})


def without(name: str) -> Callable[[], bytes]:
    return lambda: archive({member: raw for member, raw in members(packed()).items() if member != name})


def with_more(name: str) -> Callable[[], bytes]:
    return lambda: archive({**members(packed()), name: b"x"})


def special(kind: bytes, name: str = "rules/front-desk/1.0.0.yaml") -> Callable[[], bytes]:
    def make() -> bytes:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/hosts"
        held = members(packed())
        held.pop(name, None)
        return archive(held, member)

    return make


def signed_over(manifest: dict[str, Any], content: dict[str, bytes], key: Ed25519PrivateKey = KEY) -> bytes:
    raw = json.dumps(manifest).encode()
    return archive({"manifest.json": raw, "manifest.sig": key.sign(raw), **content})


def climbing() -> bytes:
    entry = {"sha256": hashlib.sha256(b"x").hexdigest(), "size": 1}
    manifest = {"format": "deskpolicy-bundle/1", "created_at": "2023-11-14T22:13:20Z", "files": {"../x.yaml": entry}}
    return signed_over(manifest, {"rules/../x.yaml": b"x"})


def of_another_format() -> bytes:
    return signed_over({"format": "deskpolicy-bundle/2", "created_at": "2023-11-14T22:13:20Z", "files": {}}, {})


def of_another() -> bytes:
    return pack_bundle(FILES, private_pem(Ed25519PrivateKey.generate()), CREATED)


def bomb() -> bytes:
    return gzip.compress(bytes(300 * 1024 * 1024), 1)


TAMPERED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a rulebook is another": (changed(rulebook=text("evil").encode()), "is not the file that the manifest names"),
    "the manifest is another": (changed(manifest=b"{}"), "signature"),
    "the signature is another": (changed(signature=bytes(64)), "signature"),
    "the signature is cut short": (changed(signature=b"x"), "signature"),
    "another has signed it": (of_another, "signature"),
    "the signature is missing": (without("manifest.sig"), "has no manifest.sig"),
    "the manifest is missing": (without("manifest.json"), "has no manifest.json"),
    "a rulebook is missing": (without("rules/front-desk/1.0.0.yaml"), "is missing"),
    "a file is added": (with_more("rules/front-desk/2.0.0.yaml"), "does not stand in the manifest"),
    "a file is added at the root": (with_more("/etc/cron.d/x"), "does not stand in the manifest"),
    "a file is there twice": (lambda: archive(members(packed()), twice="manifest.json"), "is in it twice"),
    "a file is a symbolic link": (special(tarfile.SYMTYPE), "is not a plain file"),
    "a file is a hard link": (special(tarfile.LNKTYPE), "is not a plain file"),
    "a file is a device": (special(tarfile.CHRTYPE, "rules/device"), "is not a plain file"),
    "a folder is added": (special(tarfile.DIRTYPE, "rules/more"), "is not a plain file"),
    "a signed name climbs out": (climbing, "is not a name that a bundle may hold"),
    "a later format": (of_another_format, "not one that this release reads"),
    "cut short": (lambda: packed()[:-20], "ends too early"),
    "something follows": (lambda: packed() + b"x", "something follows its end"),
    "no gzip": (lambda: b"PK\3\4", "not a gzip file"),
    "empty": (lambda: b"", "ends too early"),
    "no tar": (lambda: gzip.compress(b"x" * 2000), "not a tar file"),
    "larger than it looks": (bomb, "bytes when unpacked"),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_a_bundle_that_was_tampered_with_is_refused(how: str) -> None:
    make, said = TAMPERED[how]
    with pytest.raises(BadBundle, match=said):
        open_bundle(make(), public_pem())


def test_every_single_byte_counts() -> None:
    """One bit turned anywhere: refused, or (where gzip and tar leave bytes without a meaning) the very same files."""
    raw = packed()
    for place in range(0, len(raw), 7):
        spoilt = bytearray(raw)
        spoilt[place] ^= 0x10
        try:
            _, files = open_bundle(bytes(spoilt), public_pem())
        except BadBundle:
            continue
        assert files == FILES


@pytest.mark.parametrize("name", ["../up.yaml", "/root.yaml", "a/b/c.yaml", ".hidden", "a/.part", "sp ace", "a//b", ""])
def test_names_that_lead_elsewhere_are_not_packed(name: str) -> None:
    with pytest.raises(BadBundle, match="not a name that a bundle may hold"):
        pack_bundle({name: b""}, private_pem(), CREATED)


def test_only_ed25519_keys_are_taken() -> None:
    other = generate_private_key(SECP256R1())
    with pytest.raises(BadBundle, match="not Ed25519"):
        pack_bundle(FILES, private_pem(other), CREATED)
    with pytest.raises(BadBundle, match="not Ed25519"):
        open_bundle(packed(), public_pem(other))
    with pytest.raises(BadBundle, match="not PEM"):
        open_bundle(packed(), b"key")
    with pytest.raises(BadBundle, match="not PEM"):
        pack_bundle(FILES, b"key", CREATED)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with rulebooks and a pair of keys."""
    put(tmp_path / "rules", "first")
    (tmp_path / "private.pem").write_bytes(private_pem())
    (tmp_path / "public.pem").write_bytes(public_pem())
    return tmp_path


def deskpolicy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "cli", "bundle", *arguments]
    root = Path(__file__).parents[2]
    environment = {"SOURCE_DATE_EPOCH": str(CREATED), "PATH": "/usr/bin", "PYTHONPATH": str(root)}
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd=folder, env=environment)


PACK = ("rules", "--out", "rules.tar.gz", "--key", "private.pem")
CHECK = ("--verify", "rules.tar.gz", "--public-key", "public.pem")


def test_the_command_packs_and_checks(desk: Path) -> None:
    done = deskpolicy(desk, *PACK)
    assert (done.returncode, done.stderr) == (0, "")
    assert "front-desk/1.0.0.yaml" in done.stdout
    assert (desk / "rules.tar.gz").read_bytes() == pack_bundle(
        {"front-desk/1.0.0.yaml": FILES["front-desk/1.0.0.yaml"]}, private_pem(), CREATED
    )
    checked = deskpolicy(desk, *CHECK, "--format", "json")
    assert checked.returncode == 0
    assert list(json.loads(checked.stdout)["files"]) == ["front-desk/1.0.0.yaml"]
    (desk / "public.pem").write_bytes(public_pem(Ed25519PrivateKey.generate()))
    refused = deskpolicy(desk, *CHECK)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("deskpolicy: rules.tar.gz: the signature")


def test_the_command_packs_no_rulebooks_with_faults(desk: Path) -> None:
    spoil(desk / "rules")
    done = deskpolicy(desk, *PACK)
    assert (done.returncode, done.stdout) == (1, "")
    assert "rules/front-desk/1.0.0.yaml:5:" in done.stderr
    assert not (desk / "rules.tar.gz").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        PACK[:3],
        CHECK[:2],
        (*PACK, *CHECK),
        ("elsewhere", *PACK[1:]),
        (*PACK[:4], "nokey.pem"),
        (*PACK[:4], "rules"),
    ],
    ids=["nothing", "no key", "no public key", "both", "no folder", "no key file", "a folder as key"],
)
def test_wrong_use_ends_with_2_and_one_line(desk: Path, arguments: tuple[str, ...]) -> None:
    done = deskpolicy(desk, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
