"""Where rulebooks lie: `<root>/<rulebook>/<version>.yaml`, and what else may lie beside them."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ..diagnostics import START, Diagnostic, Source, read_source
from ..rulebook import VERSION, Rulebook, read_draft, read_rulebook
from ..stages import STAGE_FORMS

LOCK = "rulebooks.lock"
"""The file in the root that holds the digests of released versions."""
NOTHING_UNSAVED: Mapping[Path, bytes] = MappingProxyType({})
_BESIDE = ("clauses.yaml", "scenarios.yaml", "invariants.yaml")


@dataclass(frozen=True, slots=True)
class RulebookFile:
    """A rulebook file as found and read."""

    name: str
    """Its path as shown to people."""
    source: Source | None
    rulebook: Rulebook | None
    faults: tuple[Diagnostic, ...]


def shown(path: Path) -> str:
    """A path as people and other machines read it."""
    return path.as_posix()


def file_fault(code: str, message: str, path: Path, help: str | None = None) -> Diagnostic:
    """A fault of a file as a whole."""
    return Diagnostic(code, message, shown(path), START, help)


def is_beside(path: Path) -> bool:
    """Whether a YAML file is a known companion of rulebooks rather than one itself."""
    return path.name in _BESIDE or path.name.endswith((".map.yaml", ".scenarios.yaml"))


def rulebook_paths(root: Path) -> Iterator[Path]:
    """The YAML files under a root that are or should be rulebooks, in order."""
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")):
        yield from folder_paths(folder)


def folder_paths(folder: Path) -> Iterator[Path]:
    """The YAML files of one rulebook's folder that are or should be its versions, in order."""
    for path in sorted(folder.iterdir(), key=_by_version):
        if path.suffix in (".yaml", ".yml") and not is_beside(path) and not path.name.startswith("."):
            yield path


def _by_version(path: Path) -> tuple[tuple[int, ...], str]:
    return (version_key(path.stem) if VERSION.fullmatch(path.stem) else (), path.name)


def version_key(version: str) -> tuple[int, ...]:
    """A version in the order of its numbers."""
    return tuple(int(part) for part in version.split("."))


Unsaved = Mapping[Path, bytes]
"""Files as an editor holds them: what counts instead of what lies on the disk, by the path as it is asked for."""


def read_file(path: Path, *, placed: bool, unsaved: Unsaved = NOTHING_UNSAVED) -> RulebookFile:
    """Read one file; `placed`: it lies where rulebooks lie, so its names must agree with its place."""
    name = shown(path)
    try:
        raw = unsaved[path] if path in unsaved else path.read_bytes()
    except OSError as error:
        said = f"the file cannot be read: {os.strerror(error.errno or 0).lower()}"
        fault = file_fault("unreadable", said, path, "give the file its rights back, or take it out of the folder")
        return RulebookFile(name, None, None, (fault,))
    file = read_bytes(name, raw)
    misplaced = tuple(_misplaced(path, file.source)) if placed and file.source is not None else ()
    return replace(file, rulebook=None, faults=(*file.faults, *misplaced)) if misplaced else file


def read_in_part(name: str, raw: bytes) -> tuple[Source | None, Rulebook | None]:
    """The source of a file, and as much of a rulebook as its faults leave: for those who help to write it."""
    source, faults = read_source(name, raw)
    return source, None if source is None else read_draft(source, STAGE_FORMS, faults)


def read_bytes(name: str, raw: bytes) -> RulebookFile:
    """The rulebook that the bytes of a file hold, wherever it lies. Raises nothing, whatever the bytes."""
    source, faults = read_source(name, raw)
    if source is None:
        return RulebookFile(name, None, None, tuple(faults))
    rulebook, found = read_rulebook(source, STAGE_FORMS, faults)
    return RulebookFile(name, source, None if faults else rulebook, (*faults, *found))


def _misplaced(path: Path, source: Source) -> Iterator[Diagnostic]:
    data = source.data if isinstance(source.data, dict) else {}
    id, version = data.get("rulebook"), data.get("version")
    folder = path.parent.resolve().name
    if isinstance(id, str) and id != folder:
        yield source.fault("wrong-place", f"`{id}` lies in the folder `{folder}`", ("rulebook",),
                           help=f"move it to {id}/, or name it as its folder")  # fmt: skip
    if isinstance(version, str) and VERSION.fullmatch(version) and version != path.stem:
        said = f"version `{version}` lies in the file `{path.name}`"
        other = ", or change the version" if VERSION.fullmatch(path.stem) else ""
        yield source.fault("wrong-place", said, ("version",), help=f"rename the file to {version}.yaml{other}")
