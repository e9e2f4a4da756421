"""Checking rulebooks: every fault of every file, what two versions do to each other, and the lock of released ones."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from ..diagnostics import Diagnostic, Source, Suppressed, read_source, render_text, to_json
from ..rulebook import Rulebook, digests
from .files import (
    LOCK,
    NOTHING_UNSAVED,
    RulebookFile,
    Unsaved,
    file_fault,
    folder_paths,
    read_file,
    rulebook_paths,
    shown,
)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found."""

    files: list[str]
    diagnostics: list[Diagnostic]
    sources: Mapping[str, Source]
    rulebooks: Sequence[Rulebook] = field(default=())
    """The rulebooks of the files without faults."""
    read: Mapping[str, Rulebook] = field(default_factory=dict)
    """The same by the names of their files."""
    suppressed: Sequence[Suppressed] = field(default=())
    """What was found and is not to be told."""

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that are no mere warnings."""
        return [d for d in self.diagnostics if d.severity == "error"]


class RulebookFaults(Exception):
    """Rulebooks that cannot be used; `report` says why."""

    def __init__(self, report: CheckReport) -> None:
        super().__init__(f"{len(report.errors)} faults in the rulebooks")
        self.report = report


def render_report(report: CheckReport) -> str:
    """The diagnostics for people."""
    return render_text(report.diagnostics, report.sources)


def report_json(report: CheckReport) -> list[dict[str, object]]:
    """The diagnostics for programs; those that are suppressed say so."""
    return to_json(report.diagnostics, report.suppressed)


def check_paths(paths: Iterable[Path], unsaved: Unsaved = NOTHING_UNSAVED) -> CheckReport:
    """Check files and folders: a root of rulebooks, one rulebook's folder, or single files.

    Where a root has a lock, released versions are held to it. Of a file that is `unsaved`, its bytes there count.
    """
    files: list[RulebookFile] = []
    extra: list[Diagnostic] = []
    for path in paths:
        if not path.exists() and path not in unsaved:
            extra.append(file_fault("unreadable", "there is no such file or folder", path))
        elif not path.is_dir():
            files.append(read_file(path, placed=False, unsaved=unsaved))
        else:
            found, faults = _read_folder(path, unsaved)
            files += found
            extra += faults
    return _report(files, [*extra, *clashes(files)])


def read_root(root: Path) -> tuple[list[RulebookFile], CheckReport]:
    """Every rulebook under a root, and the report on them (the lock aside)."""
    if not root.is_dir():
        return [], _report([], [file_fault("unreadable", "there is no such folder", root)])
    files = [read_file(path, placed=True) for path in rulebook_paths(root)]
    return files, _report(files, [*([] if files else [_nothing_in(root)]), *clashes(files)])


def _nothing_in(folder: Path) -> Diagnostic:
    return file_fault("no-rulebooks", "no rulebook lies here", folder, "they are named <rulebook>/<version>.yaml")


def _read_folder(folder: Path, unsaved: Unsaved) -> tuple[list[RulebookFile], list[Diagnostic]]:
    """A root of rulebooks, or the folder of one (its parent's lock holds then)."""
    root, only, paths = folder, None, list(rulebook_paths(folder))
    if not paths:
        whole = folder if folder.name else folder.resolve()
        root, only, paths = whole.parent, whole.name, list(folder_paths(folder))
    files = [read_file(path, placed=True, unsaved=unsaved) for path in paths]
    return (files, _lock_faults(root, files, only)) if files else ([], [_nothing_in(folder)])


def _report(files: Sequence[RulebookFile], extra: Sequence[Diagnostic]) -> CheckReport:
    found = [*(fault for file in files for fault in file.faults), *extra]
    found.sort(key=lambda d: (d.file, d.span.line, d.span.column, d.code))
    return CheckReport(
        files=[file.name for file in files],
        diagnostics=found,
        sources={file.name: file.source for file in files if file.source},
        rulebooks=[file.rulebook for file in files if file.rulebook],
        read={file.name: file.rulebook for file in files if file.rulebook},
    )


def clashes(files: Iterable[RulebookFile]) -> list[Diagnostic]:
    """Versions of one folder that are the same, or that begin to be in force at the same instant."""
    numbers: dict[tuple[PurePath, str, str], RulebookFile] = {}
    starts: dict[tuple[PurePath, str, int], RulebookFile] = {}
    faults = []
    for file in files:
        book, source, folder = file.rulebook, file.source, PurePath(file.name).parent
        if book is None or source is None:
            continue
        same = numbers.setdefault((folder, book.id, book.version), file)
        if same is not file:
            said = f"version {book.version} lies in `{PurePath(same.name).name}` too"
            faults.append(source.fault("same-version", said, ("version",), help="keep one of the two files"))
            continue
        first = starts.setdefault((folder, book.id, book.in_force.start), file) if book.in_force else file
        if first is not file and first.rulebook is not None:
            said = f"version {first.rulebook.version} comes into force at the same instant"
            help = "let one begin later, or make one a draft without `in_force`"
            faults.append(source.fault("same-start", said, ("in_force", "from"), help=help))
    return faults


def read_lock(root: Path) -> dict[str, dict[str, dict[str, str]]]:
    """The lock of a root: by rulebook and version its digests; empty when there is none. Raises ValueError."""
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


def _lock_faults(root: Path, files: Sequence[RulebookFile], only: str | None = None) -> list[Diagnostic]:
    """What goes against the lock of a root, or against what it says of only one rulebook."""
    try:
        lock = read_lock(root)
    except (ValueError, OSError, RecursionError):
        help = "restore it from the history of the files"
        return [file_fault("broken-lock", "the lock cannot be read", root / LOCK, help)]
    return [*_gone(root, lock, only), *(fault for file in files for fault in _changes(file, lock))]


def _gone(root: Path, lock: Mapping[str, Mapping[str, Any]], only: str | None) -> Iterator[Diagnostic]:
    """Released versions whose files are not there, of all rulebooks or of only one."""
    path = root / LOCK
    source, _ = read_source(shown(path), path.read_bytes()) if lock else (None, [])
    if source is None:
        return
    missing = (
        (id, version)
        for id, versions in lock.items()
        for version in versions
        if only in (None, id) and not any((root / id / f"{version}.{suffix}").exists() for suffix in ("yaml", "yml"))
    )
    for id, version in missing:
        said = f"version {version} of `{id}` is released, and its file is gone"
        help = "restore it from the history of the files"
        yield source.fault("released-version-missing", said, (id, version), key=True, help=help)


def _changes(file: RulebookFile, lock: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[Diagnostic]:
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


def lock_path(root: Path) -> list[str]:
    """Lock every version that is not locked yet (and accept changed holidays and zones); what was added, in order.

    Raises RulebookFaults when a rulebook is faulty or a released one changed; nothing is written then.
    """
    files, report = read_root(root)
    faults = [*report.errors, *(f for f in _lock_faults(root, files) if f.severity == "error")]
    if faults:
        raise RulebookFaults(CheckReport(report.files, faults, report.sources))
    lock, added = read_lock(root), []
    for book in report.rulebooks:
        meaning, digest = digests(book)
        entry = {"digest": digest, "meaning": meaning}
        if lock.get(book.id, {}).get(book.version) != entry:
            lock.setdefault(book.id, {})[book.version] = entry
            added.append(f"{book.id} {book.version}")
    text = json.dumps(lock, indent=2, sort_keys=True) + "\n"
    partial = root / (LOCK + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(root / LOCK)
    return added
