"""`deskpolicy lock`: puts the digests of new versions on record, after which they must not change."""

from pathlib import Path

import msgspec

from engine import lock_path

from .options import Format, Rules
from .rulebooks import reading_rulebooks
from .terminal import write


def lock(rules: Rules = Path("rules"), format: Format = "text") -> None:
    """Write the digests of versions that are not locked yet into the lock file beside the rulebooks.

    Ends with 1, and writes nothing, when a rulebook has errors or a locked version has changed or has no file any more.
    """
    with reading_rulebooks(rules):
        added = lock_path(rules)
    if format == "json":
        write(msgspec.json.encode({"locked": added}).decode() + "\n")
    else:
        write("".join(f"locked {version}\n" for version in added) or "nothing new to lock\n")
