"""The files that an editor has open, and what is read of them and of what lies beside them.

Knows where rulebooks lie; nothing of the protocol.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine import (
    FINDING_CODES,
    NOTHING_READ,
    SUPPRESSIBLE,
    Desk,
    Kind,
    Reading,
    Source,
    read_for_help,
    read_source,
    read_to_decide,
)

from .texts import Change, changed, lines_of

_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
_SUFFIXES: Final = (".yaml", ".yml")
_BY_NAME: Final[Mapping[str, Kind]] = {"clauses.yaml": "clauses", "scenarios.yaml": "scenarios"}
_BY_SCHEMA: Final = re.compile(r"#.*\$schema=\S*?\b(rulebook|scenarios|clauses|mapping|invariants)\.schema\.json")
_SUPPRESSIBLE: Final = tuple(sorted({*SUPPRESSIBLE, *FINDING_CODES}))
LARGE: Final = 50_000
"""Characters from which on a text is not read anew for every question: some 2,000 rows, a quarter of a second."""
_HEAD: Final = 2_000
"""How much of a text is looked at to tell what it is."""


@dataclass(slots=True)
class Document:
    """A file that is open in an editor."""

    uri: str
    path: Path
    text: str
    version: int
    lines: list[str] = field(init=False)
    reading: Reading = NOTHING_READ
    """What was last read of it."""
    read: tuple[str, int] | None = None
    """The text that was read, and the line of the cursor then."""

    def __post_init__(self) -> None:
        """Cut the lines."""
        self.lines = lines_of(self.text)

    def change(self, changes: Sequence[Change], version: int, encoding: str) -> None:
        """Make the changes that the editor sends."""
        self.text = changed(self.text, changes, encoding)
        self.lines = lines_of(self.text)
        self.version = version


def kind_of(path: Path, text: str) -> Kind | None:
    """What a file is; None for one that is not ours. Raises OSError where its folder cannot be looked at."""
    if path.suffix not in _SUFFIXES:
        return None
    if path.name.endswith(".map.yaml"):
        return "mapping"
    if told := _BY_SCHEMA.search(text[:_HEAD]):
        return told.group(1)  # type: ignore[return-value]  # the expression lists the kinds
    if path.name == "invariants.yaml" and re.search(r"^invariants\s*:", text[:_HEAD], re.MULTILINE):
        return "invariants"
    if path.name in _BY_NAME:
        return _BY_NAME[path.name] if versions_in(path.parent) else None
    is_rulebook = _VERSION.fullmatch(path.stem) or re.search(r"^rulebook\s*:", text[:_HEAD], re.MULTILINE)
    return "rulebook" if is_rulebook else None


def versions_in(folder: Path) -> list[Path]:
    """The versions of a rulebook that lie in a folder, the newest last."""
    try:
        found = [path for path in folder.iterdir() if path.suffix in _SUFFIXES and _VERSION.fullmatch(path.stem)]
    except OSError:
        return []
    return sorted(found, key=lambda path: [int(part) for part in path.stem.split(".")])


class Documents:
    """The open files by their address, and what is read of files that are not open."""

    def __init__(self) -> None:
        self.open: dict[str, Document] = {}
        self._rulebooks: dict[Path, tuple[bytes, Reading]] = {}
        self._clauses: dict[Path, tuple[bytes, Source | None]] = {}

    def at(self, path: Path) -> Document | None:
        """The open file that lies at a path."""
        return next((document for document in self.open.values() if document.path == path), None)

    def raw(self, path: Path) -> bytes | None:
        """The bytes of a file as the editor holds them, else as they lie on the disk; None where there are none."""
        document = self.at(path)
        if document is not None:
            return document.text.encode("utf-8", "replace")
        try:
            return path.read_bytes()
        except OSError:
            return None

    def unsaved(self) -> dict[Path, bytes]:
        """The open files, as a check takes them."""
        return {document.path: document.text.encode("utf-8", "replace") for document in self.open.values()}

    def desk(self, document: Document, line: int) -> Desk | None:
        """What is known at a line of a document; None for a file that is not ours."""
        kind = kind_of(document.path, document.text)
        if kind is None:
            return None
        reading = self._read(document, kind, line)
        folder = document.path.parent
        versions = versions_in(folder)
        below = self._below(folder) if kind == "invariants" and not versions else ()
        found = (reading,) if kind == "rulebook" else (self._rulebook(versions[-1]),) if versions else below
        beside, *others = found or (NOTHING_READ,)
        clauses = reading.source if kind == "clauses" else self._clauses_of(folder / "clauses.yaml")
        numbers = tuple(path.stem for path in versions)
        return Desk(kind, document.lines, reading, beside, clauses, numbers, tuple(others), _SUPPRESSIBLE)

    def _below(self, root: Path) -> tuple[Reading, ...]:
        """The newest version of each rulebook in a root."""
        try:
            folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
        except OSError:
            return ()
        return tuple(self._rulebook(versions[-1]) for folder in folders if (versions := versions_in(folder)))

    def _read(self, document: Document, kind: Kind, line: int) -> Reading:
        """What can be read of a document: once for a text that parses, else once for a text and a line."""
        read, source = document.read, document.reading.source
        parsed = source is not None and source.text == document.text.replace("\r\n", "\n").removeprefix("\ufeff")
        if read is not None and len(document.text) > LARGE:
            return document.reading  # read again when it is checked: an answer of now is worth more than the last word
        if read is None or read[0] != document.text or not (parsed or read[1] == line):
            name = document.path.as_posix()
            document.reading = read_for_help(kind, name, document.text, line, document.reading)
            document.read = document.text, line
        return document.reading

    def read_large(self, group: Path) -> None:
        """Read the large documents anew that are checked together: a folder, or one file."""
        for document in list(self.open.values()):
            kind = kind_of(document.path, document.text)
            if len(document.text) > LARGE and kind is not None and group in (document.path, document.path.parent):
                text = document.text
                reading = read_for_help(kind, document.path.as_posix(), text, 0, document.reading)
                document.reading, document.read = reading, (text, 0)

    def _rulebook(self, path: Path) -> Reading:
        raw = self.raw(path)
        if raw is None:
            return NOTHING_READ
        known = self._rulebooks.get(path)
        if known is None or known[0] != raw:
            found = read_to_decide(path.as_posix(), raw)
            if found.source is None and known is not None:
                found = known[1]  # broken at the moment: as it was when it last parsed
            known = self._rulebooks[path] = raw, found
        return known[1]

    def _clauses_of(self, path: Path) -> Source | None:
        raw = self.raw(path)
        if raw is None:
            return None
        known = self._clauses.get(path)
        if known is None or known[0] != raw:
            source, _ = read_source(path.as_posix(), raw)
            known = self._clauses[path] = raw, source or (known[1] if known else None)
        return known[1]
