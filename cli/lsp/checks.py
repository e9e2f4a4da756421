"""Checks what is being typed: the files that belong together, as the editor holds them, by the check of the command.

Knows nothing of the protocol and keeps no state.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from engine import CheckReport, Diagnostic, check_invariants, check_rules

from ..check import found_in
from .documents import kind_of, versions_in

INVARIANTS: Final = "invariants.yaml"
Checked = Mapping[Path, list[Diagnostic]]
"""The diagnostics of files that were checked together, by path; a file without any has an empty list."""


def group_of(path: Path, text: str) -> Path | None:
    """What is checked together with a file: its folder, or the file alone; None for a file that is not ours."""
    kind = kind_of(path, text)
    if kind is None or kind in ("mapping", "invariants"):
        return path if kind else None
    return path.parent if path in versions_in(path.parent) or kind in ("clauses", "scenarios") else path


def invariants_of(group: Path, unsaved: Mapping[Path, bytes]) -> list[Path]:
    """The open files of invariants whose names and values a folder of a rulebook knows: beside it, and in its root.

    They are checked by themselves, since of a rulebook with faults nothing is said of them.
    """
    return [path for path in unsaved if path.name == INVARIANTS and path.parent in (group, group.parent)
            and path != group]  # fmt: skip


def check_faults(group: Path, unsaved: Mapping[Path, bytes]) -> Checked:
    """The faults of a folder or a file, without the findings, which may take long."""
    return _check(group, unsaved, check_rules)


def check_group(group: Path, unsaved: Mapping[Path, bytes]) -> Checked:
    """Check a folder or a file; of files that are `unsaved`, what is typed counts."""
    return _check(group, unsaved, found_in)


def _check(group: Path, unsaved: Mapping[Path, bytes], check: Callable[..., CheckReport]) -> Checked:
    if group.name.endswith(".map.yaml"):
        return {group: _mapping_faults(group, unsaved)}
    if group.name == INVARIANTS:
        return {group: _invariant_faults(group, unsaved)}
    try:
        report = check([group], unsaved)
    except OSError:  # the folder went away, or lost its rights
        return {path: [] for path in unsaved if group in (path, path.parent)}
    elsewhere = invariants_of(group, unsaved)
    found = _by_file(report, [path for path in unsaved if group in (path, path.parent)])
    return {path: diagnostics for path, diagnostics in found.items() if path not in elsewhere}


def _by_file(report: CheckReport, more: Iterable[Path]) -> dict[Path, list[Diagnostic]]:
    found: dict[Path, list[Diagnostic]] = {Path(name): [] for name in report.files}
    for path in more:
        found.setdefault(path, [])
    for diagnostic in report.diagnostics:
        found.setdefault(Path(diagnostic.file), []).append(diagnostic)
    return found


def _invariant_faults(path: Path, unsaved: Mapping[Path, bytes]) -> list[Diagnostic]:
    """The faults of a file of invariants; whether they hold, `deskpolicy prove` tells."""
    try:
        return list(check_invariants(path, unsaved).diagnostics)
    except OSError:
        return []


def _mapping_faults(path: Path, unsaved: Mapping[Path, bytes]) -> list[Diagnostic]:
    from simulations import MappingFaults, draft_of  # here: few write mappings, and all would wait for the import

    try:
        raw = unsaved[path] if path in unsaved else path.read_bytes()
        return list(draft_of(path.as_posix(), raw).faults)
    except MappingFaults as faults:
        return list(faults.diagnostics)
    except OSError:
        return []
