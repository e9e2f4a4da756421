"""The lock of a root of rulebooks: which versions are released, what they said then, and what goes against it.

Knows nothing of how rulebooks are looked for.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from ..diagnostics import Diagnostic, read_source
from ..rulebook import Rulebook, digests
from .files import LOCK, RulebookFile, file_fault, shown

Lock: TypeAlias = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By rulebook and version: `meaning`, the digest of what it says, and `digest`, which covers holidays and zones too."""
Held: TypeAlias = Callable[[str], bool]
"""Whether all released versions of a rulebook must be there."""


def everyone(_: str) -> bool:
    """A whole root is looked at: of no released version may the file be missing."""
    return True


def nobody(_: str) -> bool:
    """Single files are looked at: nothing is said of others."""
    return False


def lock_faults(root: Path, files: Sequence[RulebookFile], held: Held = everyone) -> list[Diagnostic]:
    """What goes against the lock of a root: missing files of the rulebooks held, changes in the files given."""
    try:
        lock = _read_lock(root)
    except (ValueError, OSError, RecursionError):
        help = "restore it from the history of the files"
        return [file_fault("broken-lock", "the lock cannot be read", root / LOCK, help)]
    return [*_gone(root, lock, held), *(fault for file in files for fault in _changes(file, lock))]


def add_to_lock(root: Path, rulebooks: Iterable[Rulebook]) -> list[str]:
    """Write into the lock what it does not hold yet, or holds with other holidays and zones; what that was, in order.

    Raises ValueError for a broken lock.
    """
    lock = {id: dict(versions) for id, versions in _read_lock(root).items()}
    added = []
    for book in rulebooks:
        meaning, digest = digests(book)
        entry = {"digest": digest, "meaning": meaning}
        if lock.get(book.id, {}).get(book.version) != entry:
            lock.setdefault(book.id, {})[book.version] = entry
            added.append(f"{book.id} {book.version}")
    partial = root / (LOCK + ".part")
    partial.write_text(json.dumps(lock, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(root / LOCK)
    return added


def _read_lock(root: Path) -> Lock:
    """The lock of a root; empty when there is none. Raises ValueError."""
    path = root / LOCK
    if not path.exists():
        return {}
    data = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or not all(
        isinstance(v, dict) and all(isinstance(d, dict) and {"digest", "meaning"} <= d.keys() for d in v.values())
        for v in data.values()
    ):
        raise ValueError("not a lock")
    return data


def _gone(root: Path, lock: Lock, held: Held) -> Iterator[Diagnostic]:
    """Released versions whose files are not there, of the rulebooks that are held."""
    path = root / LOCK
    source, _ = read_source(shown(path), path.read_bytes()) if lock else (None, [])
    if source is None:
        return
    missing = (
        (id, version)
        for id, versions in lock.items()
        for version in versions
        if held(id) and not any((root / id / f"{version}.{suffix}").exists() for suffix in ("yaml", "yml"))
    )
    for id, version in missing:
        said = f"version {version} of `{id}` is released, and its file is gone"
        help = "restore it from the history of the files"
        yield source.fault("released-version-missing", said, (id, version), key=True, help=help)


def _changes(file: RulebookFile, lock: Lock) -> Iterator[Diagnostic]:
    """What a released version says, or resolves to, that it did not when it was released."""
    book, source = file.rulebook, file.source
    locked = lock.get(book.id, {}).get(book.version) if book else None
    if book is None or source is None or locked is None:
        return
    meaning, digest = digests(book)
    if meaning != locked["meaning"]:
        said = f"version {book.version} is released and no longer says the same"
        yield source.fault("released-version-changed", said, ("version",),
                           help="undo the change, or save it as a new version with `in_force` of its own")  # fmt: skip
    elif digest != locked["digest"]:
        said = "the holidays or time zones that its calendars resolve to have changed"
        help = "decisions near those days may differ from the release's; `deskpolicy lock` accepts it"
        yield source.fault("resolved-data-changed", said, ("version",), severity="warning", help=help)
