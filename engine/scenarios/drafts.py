"""Scenarios as written, in prose or as the rows of tables, before their meaning is checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Diagnostic, Path, Source, nearest
from ..facts import shown
from .model import Layer, Part, Steps

ROW_KEYS = ("at", "clauses", "given", "expect", "expect_not")
"""What the mapping at the end of a row may hold."""


@dataclass(frozen=True, slots=True)
class Body:
    """A mapping with `given`, `expect` and the like, and where it stands."""

    data: Mapping[str, Any]
    place: Path


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario as written: its bodies from the outermost on, and what the cells of its row say."""

    name: str
    place: Path
    bodies: tuple[Body, ...]
    given: tuple[Layer, ...] = ()
    expect: tuple[Part, ...] = ()
    at: tuple[Any, Path] | None = None

    def innermost(self, key: str) -> tuple[Any, Path] | None:
        """What the innermost body says under a key, and where."""
        for body in reversed(self.bodies):
            if key in body.data:
                return body.data[key], (*body.place, key)
        return None

    def parts(self, key: str) -> tuple[Part, ...]:
        """What all bodies say under `expect` or `expect_not`, by stage."""
        return tuple(
            Part((stage,), want, (*body.place, key, stage))
            for body in self.bodies
            for stage, want in body.data.get(key, {}).items()
        )


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of a table: ways into the request and into the decision; None for one that is faulty."""

    when: tuple[Steps | None, ...]
    then: tuple[Steps | None, ...]

    @property
    def width(self) -> int:
        """The cells of a row."""
        return len(self.when) + len(self.then)

    @property
    def are_sound(self) -> bool:
        """Whether none of them is faulty."""
        return None not in self.when and None not in self.then


def prose_draft(item: Mapping[str, Any], place: Path) -> Draft:
    """A scenario in prose."""
    return Draft(item["scenario"], place, (Body(item, place),))


def row_drafts(table: Mapping[str, Any], place: Path, heads: Heads, source: Source) -> Iterator[Draft | Diagnostic]:
    """The rows of a table as scenarios; a diagnostic in the place of one that does not fit its heads."""
    rows = table["rows"]
    for key, row in rows.items() if isinstance(rows, Mapping) else enumerate(rows):
        at = (*place, "rows", key)
        if row is None:  # left out, because its shape was faulty
            continue
        has_more = len(row) == heads.width + 1 and isinstance(row[-1], Mapping)
        if len(row) != heads.width + has_more:
            said = f"this row has {len(row)} values under {heads.width} heads"
            yield source.fault("row-length", said, at, help="give one value for each of `when` and of `then`")
            continue
        bodies = [Body(table, place), *([Body(row[-1], (*at, heads.width))] if has_more else [])]
        unknown = [key for key in bodies[-1].data if has_more and key not in ROW_KEYS]
        for word in unknown:
            yield _unknown_key(word, (*at, heads.width, word), source)
        if not unknown:
            name = f"{table['scenarios']}, {key if isinstance(key, str) else f'row {key + 1}'}"
            yield _draft(name, row, at, heads, tuple(bodies))


def _draft(name: str, row: list[Any], place: Path, heads: Heads, bodies: tuple[Body, ...]) -> Draft:
    given, instant = [], None
    for i, head in enumerate(heads.when):
        if head == ("at",):
            instant = (row[i], (*place, i))
        elif head is not None:
            given.append(Layer(head, row[i], (*place, i)))
    first = len(heads.when)
    expect = [Part(head, row[i], (*place, i)) for i, head in enumerate(heads.then, first) if head is not None]
    return Draft(name, place, bodies, tuple(given), tuple(expect), instant)


def _unknown_key(key: str, place: Path, source: Source) -> Diagnostic:
    near = nearest(key, ROW_KEYS)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return source.fault("unknown-key", f"unknown key {shown(key)}{hint}", place, key=True,
                        help=None if near else f"known here: {', '.join(ROW_KEYS)}")  # fmt: skip
