"""The folder of a rulebook as a whole: versions, clauses and scenarios, read and held against each other."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..decision import (
    NOTHING_UNSAVED,
    CheckReport,
    CompiledRulebook,
    Unsaved,
    check_paths,
    compile_rulebook,
    file_fault,
)
from ..diagnostics import Diagnostic, Source, read_source
from ..rulebook import Rulebook
from .clauses import citation_faults, clause_ids, read_clauses
from .model import Clauses, Suite
from .rules import Rule, rules_of
from .suites import Known, read_suite

SCENARIOS: Final = "scenarios.yaml"
CLAUSES: Final = "clauses.yaml"
BESIDE: Final = (SCENARIOS, CLAUSES)
"""The files beside a rulebook that are read here."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version without faults, ready to decide."""

    rulebook: Rulebook
    book: CompiledRulebook
    source: Source
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """A rulebook with what lies beside it."""

    path: Path
    versions: tuple[Version, ...]
    clauses: Clauses | None
    suite: Suite | None
    faults: tuple[Diagnostic, ...]
    """Those of the clauses and scenarios, not of the rulebooks themselves."""
    sources: tuple[Source, ...]

    @property
    def held(self) -> tuple[Version, ...]:
        """The versions that the scenarios are for."""
        wanted = self.suite.versions if self.suite is not None else None
        return tuple(v for v in self.versions if wanted is None or v.rulebook.version in wanted)


def folders_of(report: CheckReport) -> list[Path]:
    """The folders of the rulebooks that were checked, in order."""
    return sorted({Path(file).parent for file in report.files})


def read_folder(path: Path, report: CheckReport, unsaved: Unsaved = NOTHING_UNSAVED) -> Folder:
    """Read what lies beside the rulebooks of a folder; `report` is that of a check which covered the folder."""
    numbers = [Path(file).stem for file in report.files if Path(file).parent == path]
    versions = tuple(_version(book, report.sources[name]) for name, book in _sound(path, report))
    faults: list[Diagnostic] = []
    clauses_source = _read(path / CLAUSES, faults, unsaved)
    clauses = None
    if clauses_source is not None:
        clauses, found = read_clauses(clauses_source)
        faults += found
    rules = [rule for version in versions for rule in version.rules]
    known = Known(
        path.resolve().name, numbers, {v.rulebook.version: v.book for v in versions}, clause_ids(clauses, rules)
    )
    suite_source = _read(path / SCENARIOS, faults, unsaved)
    suite = None
    if suite_source is not None:
        suite, found = read_suite(suite_source, known)
        faults += found
    folder = Folder(path, versions, clauses, suite, (), tuple(s for s in (clauses_source, suite_source) if s))
    if clauses is not None:
        for version in folder.held:
            faults += citation_faults(version.rules, version.source, clauses)
    return Folder(path, versions, clauses, suite, tuple(dict.fromkeys(faults)), folder.sources)


def check_rules(paths: Iterable[Path], unsaved: Unsaved = NOTHING_UNSAVED) -> CheckReport:
    """Check rulebooks as `check_paths` does and, in folders, what lies beside them; single such files are taken too.

    Of a file that is `unsaved`, its bytes there count, not those on the disk: so an editor checks what is being typed.
    """
    paths = list(paths)
    beside = [path for path in paths if path.name in BESIDE and not path.is_dir()]
    report = check_paths((path for path in paths if path not in beside), unsaved)
    folders = {folder for folder in folders_of(report) if any(_is_within(folder, p) for p in paths if p.is_dir())}
    read = [read_folder(folder, report, unsaved) for folder in sorted(folders)]
    read += [_only(path, unsaved) for path in beside if path.parent not in folders]
    return _merged(report, read)


def _sound(path: Path, report: CheckReport) -> list[tuple[str, Rulebook]]:
    """The rulebooks of a folder without faults, with the names of their files."""
    named = [((path / f"{book.version}.yaml").as_posix(), book) for book in report.rulebooks]
    return [(name, book) for name, book in named if name in report.sources and book.id == path.resolve().name]


def _version(rulebook: Rulebook, source: Source) -> Version:
    return Version(rulebook, compile_rulebook(rulebook), source, rules_of(rulebook, source))


def _read(path: Path, faults: list[Diagnostic], unsaved: Unsaved) -> Source | None:
    """The source of a file; None when there is none, or none that can be read (a fault is noted then)."""
    try:
        raw = unsaved[path] if path in unsaved else path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        said = f"the file cannot be read: {os.strerror(error.errno or 0).lower()}"
        faults.append(file_fault("unreadable", said, path))
        return None
    source, found = read_source(path.as_posix(), raw)
    faults += found
    return source


def _only(path: Path, unsaved: Unsaved) -> Folder:
    """A single file beside a rulebook: its own faults alone."""
    if not path.exists() and path not in unsaved:
        gone = file_fault("unreadable", "there is no such file or folder", path)
        return Folder(path.parent, (), None, None, (gone,), ())
    folder = read_folder(path.parent, check_paths([path.parent], unsaved), unsaved)
    faults = tuple(fault for fault in folder.faults if fault.file == path.as_posix())
    return Folder(folder.path, folder.versions, folder.clauses, folder.suite, faults, folder.sources)


def _is_within(folder: Path, parent: Path) -> bool:
    return folder == parent or parent in folder.parents or parent.resolve() in folder.resolve().parents


def _merged(report: CheckReport, folders: Sequence[Folder]) -> CheckReport:
    sources = {source.name: source for folder in folders for source in folder.sources}
    return CheckReport(
        files=[*report.files, *sources],
        diagnostics=sorted([*report.diagnostics, *(fault for folder in folders for fault in folder.faults)]),
        sources={**report.sources, **sources},
        rulebooks=report.rulebooks,
        read=report.read,
    )
