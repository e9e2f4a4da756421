"""`deskpolicy key`: a fresh key for a caller of the service."""

import json
import re
from typing import Annotated, Final

import typer

from .options import Format
from .terminal import fail, write

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SCOPES: Final = ("decide", "rulebooks", "metrics", "admin")
_USUAL: Final = ("decide", "rulebooks")

Name = Annotated[str, typer.Argument(metavar="ID", help="A name for the key, which logs show.")]
Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help="What it may be used for: decide, rulebooks, metrics or admin; may be given several times.",
        show_default="decide, rulebooks",
    ),
]
Expires = Annotated[
    str | None,
    typer.Option(
        metavar="INSTANT", help="From when on it is refused, such as 2027-01-01T00:00:00Z.", show_default="never"
    ),
]


def key(name: Name, scope: Scopes = None, expires: Expires = None, format: Format = "text") -> None:
    """Make a key for a caller: printed once, and kept nowhere."""
    from api import ApiKey, expiry, fingerprint, fresh_key  # here, since it takes longer to import than this runs

    if not _ID.fullmatch(name):
        fail(f"`{name}` is no name for a key: letters, digits, `.`, `_` and `-`, 64 of them at most")
    scopes = list(dict.fromkeys(scope or _USUAL))
    for one in scopes:
        if one not in _SCOPES:
            fail(f"unknown scope `{one}`; known are {', '.join(_SCOPES)}")
    fresh = fresh_key()
    entry: dict[str, object] = {"id": name, "sha256": fingerprint(fresh), "scopes": scopes}
    if expires is not None:
        try:
            expiry(ApiKey(id=name, sha256="", expires=expires))
        except ValueError:
            fail(f"`{expires}` is no instant with an offset, such as 2027-01-01T00:00:00Z")
        entry["expires"] = expires
    if format == "json":
        write(json.dumps({"key": fresh, "entry": entry}) + "\n")
        return
    inner = ", ".join(f"{name}: {_yaml(value)}" for name, value in entry.items())
    write(fresh + "\n\n")
    write("It is not shown again. Its hash goes into the settings, under `access: keys:` or in the keys file:\n\n")
    write(f"- {{{inner}}}\n")


def _yaml(value: object) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else f'"{value}"'
