"""`deskpolicy bundle`: rulebooks as one signed file, and what such a file holds."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from .options import Format
from .reports import has_errors, write_report_error
from .shell import FINDINGS
from .terminal import complain, fail, reason, write

if TYPE_CHECKING:
    from api import Manifest

Folder = Annotated[Path | None, typer.Argument(metavar="RULES", help="The folder of the rulebooks.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the bundle is written.")]
Key = Annotated[
    Path | None, typer.Option("--key", metavar="FILE", help="The Ed25519 private key (PEM) to sign it with.")
]
Verify = Annotated[Path | None, typer.Option("--verify", metavar="FILE", help="A bundle to check instead.")]
PublicKey = Annotated[
    Path | None, typer.Option("--public-key", metavar="FILE", help="The public key (PEM) to check it against.")
]


def bundle(
    rules: Folder = None,
    out: Out = None,
    key: Key = None,
    verify: Verify = None,
    public_key: PublicKey = None,
    format: Format = "text",
) -> None:
    """Pack rulebooks into one signed file, or check such a file with `--verify`.

    Ends with 1 when the rulebooks have errors, or the bundle is not what its signature is over.
    """
    if verify is not None:
        if public_key is None or rules or out or key:
            fail("`--verify FILE` takes `--public-key FILE`, and nothing to pack")
        _show(_verified(verify, public_key), verify, format)
    elif out is None or key is None or public_key is not None:
        fail("give `--out FILE` and `--key FILE` to pack, or `--verify FILE` and `--public-key FILE` to check")
    else:
        _show(_packed(rules or Path("rules"), out, key), out, format)


def _packed(rules: Path, out: Path, key: Path) -> "Manifest":
    from api import BadBundle, Checker, Manifest, pack_bundle, read_folder  # here, for they take long to import

    if not rules.is_dir():
        fail(f"{rules}: {'not a folder' if rules.exists() else 'no such folder'}")
    try:
        files, pem = read_folder(rules), key.read_bytes()
    except OSError as error:
        fail(f"{error.filename}: {reason(error)}")
    report = Checker().check(files, rules.as_posix()).report
    if has_errors(report):
        write_report_error(report)
        raise typer.Exit(FINDINGS)
    created_at = _created_at()
    try:
        raw = pack_bundle(files, pem, created_at)
    except BadBundle as bad:
        fail(str(bad))
    partial = out.with_name(out.name + ".part")
    try:
        partial.write_bytes(raw)
        partial.replace(out)
    except OSError as error:
        fail(f"{out}: {reason(error)}")
    return Manifest.of(files, created_at)


def _verified(path: Path, public_key: Path) -> "Manifest":
    from api import BadBundle, open_bundle

    try:
        raw, pem = path.read_bytes(), public_key.read_bytes()
    except OSError as error:
        fail(f"{error.filename}: {reason(error)}")
    try:
        return open_bundle(raw, pem)[0]
    except BadBundle as bad:
        complain(f"{path}: {bad}")
        raise typer.Exit(FINDINGS) from None


def _show(manifest: "Manifest", path: Path, format: str) -> None:
    if format == "json":
        write(msgspec.json.format(msgspec.json.encode(manifest), indent=2).decode() + "\n")
        return
    write("".join(f"{entry.sha256[:16]}  {entry.size:>9,}  {name}\n" for name, entry in manifest.files.items()))
    write(f"{path}: {len(manifest.files)} files, signed, created at {manifest.created_at}\n")


def _created_at() -> int:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return int(time.time())
    if not (given.isascii() and given.isdigit() and len(given) < 11):
        fail("SOURCE_DATE_EPOCH is not a number of seconds since 1970")
    return int(given)
