"""Checking with findings of meaning: what `check` tells of files, and what can be proved or shown of the rulebooks.

Of a file with errors only these are told: what a faulty rulebook means is not sure.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..decision import LOCK, NOTHING_UNSAVED, CheckReport, Unsaved, check_paths, compile_rulebook, file_fault
from ..scenarios import check_rules
from .findings import exact_overlaps, findings_of
from .invariants import Books, files_for, gather, is_invariants


def check_meaning(paths: Iterable[Path], unsaved: Unsaved = NOTHING_UNSAVED) -> CheckReport:
    """Check rulebooks and what lies beside them, and look for findings in every rulebook that has no error.

    Of a file that is `unsaved`, its bytes there count. Suppressions are not applied yet (see `apply_suppressions`).
    """
    paths = list(paths)
    single = [path for path in paths if is_invariants(path)]
    report = exact_overlaps(check_rules([path for path in paths if path not in single], unsaved))
    faulty = {fault.file for fault in report.errors}
    books = {name: compile_rulebook(rulebook) for name, rulebook in report.read.items() if name not in faulty}
    found = [finding for name, book in books.items() for finding in findings_of(book, report.sources[name])]
    beside = [file for file in files_for(books) if file not in single and _is_covered(file, paths)]
    reports = [_invariants(beside, books, report, unsaved), *(check_invariants(file, unsaved) for file in single)]
    return replace(
        report,
        files=[*report.files, *(file for one in reports for file in one.files)],
        diagnostics=sorted([*report.diagnostics, *found, *(fault for one in reports for fault in one.diagnostics)]),
        sources={**report.sources, **{name: source for one in reports for name, source in one.sources.items()}},
    )


def check_invariants(file: Path, unsaved: Unsaved = NOTHING_UNSAVED) -> CheckReport:
    """Check a file of invariants: its shape, and its names and values against the rulebooks that it is for.

    Whether the rulebooks keep to it is not looked at. Raises OSError where the folder cannot be read.
    """
    if not file.exists() and file not in unsaved:
        return CheckReport([], [file_fault("unreadable", "there is no such file or folder", file)], {})
    near = check_paths([file.parent], unsaved) if file.parent.is_dir() else CheckReport([], [], {})
    faulty = {fault.file for fault in near.errors}
    books = {name: compile_rulebook(book) for name, book in near.read.items() if name not in faulty}
    return _invariants([file], books, near, unsaved)


def _invariants(files: list[Path], books: Books, near: CheckReport, unsaved: Unsaved) -> CheckReport:
    """What is wrong with files of invariants; what only rulebooks with faults may know is not held against them."""
    faulty = (Path(fault.file) for fault in near.errors)
    unsure = {file.parent.name for file in faulty if file.name != LOCK}
    found = gather(files, books, unsaved, unsure=unsure)
    return CheckReport([*found.sources], sorted(set(found.faults)), found.sources)


def _is_covered(file: Path, paths: Iterable[Path]) -> bool:
    """Whether a file lies in one of the folders that are checked."""
    folder = file.parent.resolve()
    wholes = [path.resolve() for path in paths if path.is_dir()]
    return any(whole == folder or whole in folder.parents for whole in wholes)
