"""Checking rulebooks: every fault of every file, what two versions do to each other, what goes against the lock."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ..diagnostics import Diagnostic, Source, Suppressed, render_text, to_json
from ..rulebook import Rulebook
from .files import (
    LOCK,
    NOTHING_UNSAVED,
    RulebookFile,
    Unsaved,
    file_fault,
    folder_paths,
    read_file,
    rulebook_paths,
)
from .lock import add_to_lock, lock_faults, nobody


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

    Where a root has a lock, released versions are held to it, a single file in its place too. Of a file that is
    `unsaved`, its bytes there count.
    """
    files: list[RulebookFile] = []
    extra: list[Diagnostic] = []
    for path in paths:
        if not path.exists() and path not in unsaved:
            extra.append(file_fault("unreadable", "there is no such file or folder", path))
        elif not path.is_dir():
            file = read_file(path, placed=False, unsaved=unsaved)
            files.append(file)
            extra += _faults_of_released(path, file)
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
    paths = list(rulebook_paths(folder))
    if paths or (folder / LOCK).exists():
        files = [read_file(path, placed=True, unsaved=unsaved) for path in paths]
        faults = lock_faults(folder, files)
    else:
        whole = folder if folder.name else folder.resolve()
        files = [read_file(path, placed=True, unsaved=unsaved) for path in folder_paths(folder)]
        faults = lock_faults(whole.parent, files, whole.name.__eq__)
    return files, faults if files or faults else [_nothing_in(folder)]


def _faults_of_released(path: Path, file: RulebookFile) -> list[Diagnostic]:
    """What goes against the lock in a single file that lies where its root keeps this version."""
    book, root = file.rulebook, path.parent.parent if len(path.parts) > 2 else path.resolve().parent.parent
    placed = book is not None and path.absolute() == root.absolute() / book.id / f"{book.version}{path.suffix}"
    return lock_faults(root, [file], nobody) if placed else []


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


def check_absent(root: Path, present: Container[str]) -> CheckReport:
    """What the lock of a root says of rulebooks other than those present: released versions without a file."""
    return _report([], lock_faults(root, [], lambda id: id not in present))


def lock_path(root: Path) -> list[str]:
    """Lock every version that is not locked yet (and accept changed holidays and zones); what was added, in order.

    Raises RulebookFaults when a rulebook is faulty or a released one changed; nothing is written then.
    """
    files, report = read_root(root)
    faults = [*report.errors, *(f for f in lock_faults(root, files) if f.severity == "error")]
    if faults:
        raise RulebookFaults(CheckReport(report.files, faults, report.sources))
    return add_to_lock(root, report.rulebooks)
