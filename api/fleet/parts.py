"""From the files of a set of rulebooks to rulebooks that were checked, folder by folder.

The files are taken once, and what was taken is what is checked and loaded; a folder whose files are those of the last
time is not read again. Knows nothing of workers.
"""

import hashlib
import pickle
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeAlias

from engine import LOCK, CheckReport, check_absent, check_paths

Files: TypeAlias = Mapping[str, bytes]
"""The files of a set by their path in it: `<rulebook>/<version>.yaml`, what lies beside them, and the lock."""

_TRIES: Final = 5
_PAUSE: Final = 0.05
_EMPTY: Final = "no-rulebooks"


@dataclass(frozen=True, slots=True)
class Part:
    """The rulebooks of one folder. Its key is a digest of the files that it was read from."""

    key: str
    rulebooks: Sequence[Any]
    report: CheckReport
    _packed: list[bytes] = field(default_factory=list, repr=False)

    def packed(self) -> bytes:
        """The rulebooks for another process of this service."""
        if not self._packed:
            self._packed.append(pickle.dumps(list(self.rulebooks), pickle.HIGHEST_PROTOCOL))
        return self._packed[0]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: the parts of the set, whole only where the report has no errors."""

    parts: tuple[Part, ...]
    report: CheckReport


class Checker:
    """Checks sets, and remembers the parts of the last one."""

    def __init__(self) -> None:
        self._last: dict[str, Part] = {}

    def check(self, files: Files, shown: str) -> Checked:
        """The parts of a set, and every fault of it; its files are called `<shown>/…` there. Lasts up to minutes."""
        lock = files.get(LOCK, b"")
        with tempfile.TemporaryDirectory(prefix="deskpolicy-") as scratch:
            root = Path(scratch, "rules")
            root.mkdir()
            if LOCK in files:
                (root / LOCK).write_bytes(lock)
            parts = {}
            for name, held in _by_folder(files):
                key = _key(name, held, lock)
                last = self._last.get(name)
                if last is None or last.key != key:
                    _write(root / name, held)
                    last = Part(key, (), _called(check_paths([root / name]), root.as_posix(), shown))
                    last = replace(last, rulebooks=tuple(last.report.rulebooks))
                parts[name] = last
            gone = _called(check_absent(root, parts), root.as_posix(), shown)
            nothing = [] if any(part.report.files for part in parts.values()) else [_nothing(root, shown)]
        self._last = parts
        full = [part for part in parts.values() if part.report.files or part.report.diagnostics]
        return Checked(tuple(full), _joined([*(part.report for part in full), gone, *nothing]))


def read_folder(root: Path) -> dict[str, bytes]:
    """The files of the set in a folder, all of one moment as far as can be told. Raises OSError."""
    for again in range(_TRIES):
        if again:
            time.sleep(_PAUSE)
        try:
            before = _signature(root)
            files = {name: (root / name).read_bytes() for name in before}
            if _signature(root) == before:
                return files
        except FileNotFoundError:  # gone between listing and reading: something is being written here
            if not root.is_dir() or again == _TRIES - 1:
                raise
    return files


def _signature(root: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for path in _paths(root):
        stat = path.stat()
        found[path.relative_to(root).as_posix()] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def _paths(root: Path) -> Iterator[Path]:
    if (root / LOCK).exists():
        yield root / LOCK
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        for path in sorted(folder.iterdir()):
            if path.suffix in (".yaml", ".yml") and not path.name.startswith("."):
                yield path


def _by_folder(files: Files) -> Iterator[tuple[str, dict[str, bytes]]]:
    folders: dict[str, dict[str, bytes]] = {}
    for name, raw in sorted(files.items()):
        place = PurePosixPath(name)
        if len(place.parts) == 2:
            folders.setdefault(place.parts[0], {})[place.name] = raw
    yield from folders.items()


def _key(folder: str, files: Files, lock: bytes) -> str:
    digest = hashlib.sha256()
    for name, raw in [("", lock), *files.items()]:
        digest.update(f"{folder}/{name} {len(raw)}\n".encode("utf-8", "surrogateescape") + raw)
    return digest.hexdigest()


def _write(folder: Path, files: Files) -> None:
    folder.mkdir()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)


def _called(report: CheckReport, scratch: str, shown: str) -> CheckReport:
    """The report with its files called by where they came from; a folder without rulebooks is none of its faults."""

    def name(file: str) -> str:
        return shown + file.removeprefix(scratch)

    return replace(
        report,
        files=[name(file) for file in report.files],
        diagnostics=[replace(d, file=name(d.file)) for d in report.diagnostics if d.code != _EMPTY],
        sources={name(file): source for file, source in report.sources.items() if report.diagnostics},
    )


def _nothing(root: Path, shown: str) -> CheckReport:
    """The report on a set without a rulebook."""
    with tempfile.TemporaryDirectory(dir=root.parent) as empty:
        report = check_paths([Path(empty)])
    return replace(report, diagnostics=[replace(d, file=shown) for d in report.diagnostics])


def _joined(reports: Sequence[CheckReport]) -> CheckReport:
    return CheckReport(
        files=[file for report in reports for file in report.files],
        diagnostics=sorted({d for report in reports for d in report.diagnostics}),
        sources={name: source for report in reports for name, source in report.sources.items()},
    )
