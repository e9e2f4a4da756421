"""Which invariants are held against which rulebooks: the files, what is wrong with them, and what they say.

`invariants.yaml` beside a rulebook is for that one; the file in the root is for every rulebook that knows its names.
What a version does not know is noted, so that nobody takes silence for a proof.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ...decision import NOTHING_UNSAVED, CompiledRulebook, Unsaved, file_fault, rulebook_paths, version_key
from ...diagnostics import Diagnostic, Source, did_you_mean, read_source
from ...facts import shown
from .invariants import INVARIANTS, Order, Statement, Written, is_for, only_unknown, read_invariants, statement

Books = Mapping[str, CompiledRulebook]
"""Rulebooks by the names of their files."""


class NotAsked(NamedTuple):
    """An invariant that says nothing to a version, since that does not know what it speaks of."""

    written: Written
    book: CompiledRulebook
    why: str


@dataclass(slots=True)
class Gathered:
    """What is to be proved, and what is wrong with the files."""

    jobs: dict[str, list[Statement | Order]]
    """By the names of the rulebooks' files."""
    faults: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    not_asked: list[NotAsked] = field(default_factory=list)
    whole: set[tuple[str, str]] = field(default_factory=set)
    """The invariants, by file and name, that are held against all rulebooks which they can be for."""


def is_invariants(path: Path) -> bool:
    """Whether a path is a file of invariants."""
    return path.name == INVARIANTS and not path.is_dir()


def files_for(books: Iterable[str]) -> list[Path]:
    """The files of invariants that can lie beside these rulebooks and in their roots."""
    folders = {Path(name).parent for name in books}
    return sorted(folder / INVARIANTS for folder in folders | {root_of(folder) for folder in folders})


def root_of(folder: Path) -> Path:
    """The root in which the folder of a rulebook lies."""
    return folder.parent if folder.name not in ("", "..") else folder / ".."


def gather(
    files: Sequence[Path],
    books: Books,
    unsaved: Unsaved = NOTHING_UNSAVED,
    is_wanted: Callable[[Path, str], bool] = lambda file, book: True,
    unsure: Collection[str] = (),
) -> Gathered:
    """Read files of invariants, and hold them against the rulebooks beside and below them.

    A rulebook is left out of what a file says where it is not wanted there. Of a file that is `unsaved`, its bytes
    there count. A file that is not there says nothing. What the rulebooks that are `unsure` know is not sure, since
    they have faults.
    """
    found = Gathered({name: [] for name in books})
    for file in files:
        folder = file.parent
        under = {
            name: book
            for name, book in books.items()
            if folder in (Path(name).parent, root_of(Path(name).parent)) and is_wanted(file, name)
        }
        for written in _read(file, found, unsaved):
            found.faults += _spread(written, folder, under, found, unsure)
    return found


def _read(path: Path, found: Gathered, unsaved: Unsaved) -> list[Written]:
    try:
        raw = unsaved[path] if path in unsaved else path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        said = f"the file cannot be read: {os.strerror(error.errno or 0).lower()}"
        found.faults.append(file_fault("unreadable", said, path, "give the file its rights back"))
        return []
    source, faults = read_source(path.as_posix(), raw)
    found.faults += faults
    if source is None:
        return []
    found.sources[source.name] = source
    if faults:
        return []
    written, faults = read_invariants(source)
    found.faults += faults
    return written


def _spread(written: Written, folder: Path, books: Books, found: Gathered, unsure: Collection[str]) -> list[Diagnostic]:
    """Hand an invariant to every rulebook that it is for; the faults, where it is plainly wrong or known to none.

    It may be for rulebooks that lie in the same root and are not looked at now. A rulebook that it names, or beside
    which it lies, must know it in its newest version; older ones need not.
    """
    ids = {book.rulebook.id for book in books.values()}
    below = {path.parent.name for path in rulebook_paths(folder)}
    lying, is_beside = {*ids, *below, *unsure}, not below
    strangers = [name for name in written.rulebooks or () if name not in lying]
    if strangers:
        return [_stranger(written, strangers[0], lying)]
    sure = ids - {*unsure}
    must_know = {*_newest(books)} if is_beside or written.rulebooks is not None else set()
    unknown: list[list[Diagnostic]] = []
    asked = 0
    for name, book in books.items():
        if not is_for(written, book.rulebook.id):
            continue
        said_of, faults = statement(written, book)
        if said_of is not None:
            found.jobs[name].append(said_of)
            asked += 1
        elif not only_unknown(faults) or (name in must_know and book.rulebook.id in sure):
            return faults
        else:
            found.not_asked.append(NotAsked(written, book, faults[0].message))
            unknown.append(faults)
    is_whole = {id for id in lying if is_for(written, id)} <= sure
    if is_whole:
        found.whole.add((written.source.name, written.name))
    return min(unknown, key=_strangeness) if unknown and is_whole and not asked else []


def _stranger(written: Written, name: str, lying: Collection[str]) -> Diagnostic:
    place = (*written.place, "for", written.rulebooks.index(name)) if written.rulebooks else written.place
    help = did_you_mean(name, lying) or f"known here: {', '.join(sorted(lying)) or 'none'}"
    return written.source.fault("unknown-rulebook", f"no rulebook {shown(name)} lies here", place, help=help)


def _newest(books: Books) -> set[str]:
    """The file of each rulebook's newest version."""
    last: dict[str, str] = {}
    for name, book in books.items():
        other = last.setdefault(book.rulebook.id, name)
        if version_key(book.rulebook.version) > version_key(books[other].rulebook.version):
            last[book.rulebook.id] = name
    return {*last.values()}


def _strangeness(faults: Sequence[Diagnostic]) -> tuple[int, int]:
    """How far a rulebook is from knowing an invariant: names it does not know, those without a likeness first."""
    return len(faults), sum("did you mean" not in fault.message for fault in faults)
