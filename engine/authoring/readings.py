"""What can be read of a rulebook and what lies beside it while one of them is being typed.

A file that does not parse is read without the line under the cursor, then without the lines around it, then as it was
when it last parsed. Knows nothing of editors, nor where files come from.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final, Literal, NamedTuple

from ..decision import CompiledRulebook, compile_rulebook, read_bytes, read_in_part
from ..diagnostics import Path, Source, read_source, value_at
from ..facts import COMMON, Closed, FactType, SetOf, Text
from ..rulebook import STAGES, Rulebook, stage_of_result

Kind = Literal["rulebook", "scenarios", "clauses", "mapping", "invariants"]
SCHEMAS: Final[Mapping[Kind, str]] = {
    "rulebook": "rulebook.schema.json",
    "scenarios": "scenarios.schema.json",
    "clauses": "clauses.schema.json",
    "mapping": "mapping.schema.json",
    "invariants": "invariants.schema.json",
}
"""What lies in a rulebook's folder, with the schemas of their shapes."""


class Reading(NamedTuple):
    """What could be read of one file: its values with their places, and of a rulebook its meaning."""

    source: Source | None
    rulebook: Rulebook | None = None
    book: CompiledRulebook | None = None
    """The rulebook ready to decide, where it has no faults."""


NOTHING_READ: Final = Reading(None)


def read_for_help(kind: Kind, name: str, text: str, line: int = 0, before: Reading = NOTHING_READ) -> Reading:
    """What can be read of a text whose cursor is in a line (from 0); `before` is the last good reading of the file."""
    for attempt in _attempts(text, line):
        raw = attempt.encode("utf-8", "replace")
        source, rulebook = read_in_part(name, raw) if kind == "rulebook" else (read_source(name, raw)[0], None)
        if source is not None:
            return Reading(source, rulebook if rulebook is not None else before.rulebook)
    return before


def read_to_decide(name: str, raw: bytes) -> Reading:
    """What can be read of a rulebook, made ready to decide where it has no faults."""
    file = read_bytes(name, raw)
    if file.rulebook is not None:
        return Reading(file.source, file.rulebook, compile_rulebook(file.rulebook))
    return Reading(*read_in_part(name, raw))


def _attempts(text: str, line: int) -> Iterator[str]:
    """The text, and what is left of it without more and more of what stands around a line."""
    yield text
    lines = text.split("\n")
    if not 0 <= line < len(lines):
        return
    yield _without(lines, line, line + 1)
    last = next((n for n in range(line + 1, len(lines)) if _is_margin(lines[n])), len(lines))
    yield _without(lines, line, last)
    first = next((n for n in range(line, -1, -1) if _is_margin(lines[n])), 0)
    yield _without(lines, first, last)


def _is_margin(line: str) -> bool:
    return bool(line) and line[0] not in " \t#-]}\r"


def _without(lines: Sequence[str], first: int, last: int) -> str:
    """The lines, of which some are emptied, so that the others keep their numbers."""
    return "\n".join([*lines[:first], *[""] * (last - first), *lines[last:]])


@dataclass(frozen=True, slots=True)
class Desk:
    """A file that is being written, and what lies beside it."""

    kind: Kind
    lines: Sequence[str]
    """The text of the file, cut at its breaks."""
    reading: Reading
    rulebook: Reading = NOTHING_READ
    """The rulebook: the file itself, or the newest version beside it."""
    clauses: Source | None = None
    versions: tuple[str, ...] = ()
    """The versions that lie in the folder."""
    others: tuple[Reading, ...] = ()
    """Beside a root: the other rulebooks below it."""
    codes: tuple[str, ...] = ()
    """The findings that a rulebook may suppress."""
    facts: Mapping[str, FactType] = field(init=False)
    """Every fact that the rulebook knows, so far as it can be read."""

    def __post_init__(self) -> None:
        """Note the facts."""
        known = [reading.rulebook.facts for reading in self.rulebooks if reading.rulebook is not None] or [COMMON]
        facts = reduce(lambda one, other: {**one, **{n: merged(one.get(n), kind) for n, kind in other.items()}}, known)
        object.__setattr__(self, "facts", facts)

    @property
    def rulebooks(self) -> tuple[Reading, ...]:
        """The rulebook, and the others."""
        return (self.rulebook, *self.others)

    def said(self, path: Path) -> Any:
        """What the rulebook's file says at a path; None where it says nothing."""
        return value_at(self.rulebook.source.data if self.rulebook.source is not None else None, path)

    def here(self, path: Path) -> Any:
        """What this file says at a path; None where it says nothing."""
        return value_at(self.reading.source.data if self.reading.source is not None else None, path)

    def facts_before(self, stage: str | None) -> list[str]:
        """The facts that rules of a stage may name; None: facts that any rule may name."""
        limit = STAGES.index(stage) if stage in STAGES else len(STAGES)
        return [name for name in self.facts if self._rank(name, ()) < limit]

    def _rank(self, fact: str, above: tuple[str, ...]) -> int:
        """The number of the stage after which a fact is known; -1 for the request alone."""
        stage = stage_of_result(fact)
        if stage is not None:
            return STAGES.index(stage)
        book = self.rulebook.rulebook
        derived = book.derived.get(fact) if book is not None else None
        if derived is None or fact in above:
            return -1
        return max((self._rank(need, (*above, fact)) for need in derived.needs), default=-1)


def merged(one: FactType | None, other: FactType) -> FactType:
    """A type with the values of two of its kind; of types that differ, the first that is not just any text."""
    if isinstance(one, Closed) and isinstance(other, Closed):
        return Closed(tuple(dict.fromkeys((*one.values, *other.values))), one.ordered and one == other)
    if isinstance(one, SetOf) and isinstance(other, SetOf) and one.values is not None and other.values is not None:
        return SetOf(tuple(dict.fromkeys((*one.values, *other.values))))
    return other if one is None or isinstance(one, Text) else one
