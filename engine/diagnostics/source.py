"""A file as read: its text, its values, and the place of each value. The tree is walked only when a place is asked for.

Knows nothing of what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from .faults import Diagnostic, Related, Severity
from .places import START, Lines, Path, Span, cut_lines

Leaf: TypeAlias = tuple[int, int]
"""Start and end offset of a scalar (end exclusive)."""


class Entry(NamedTuple):
    """A key of a mapping, where it starts and ends, and the tree of its value."""

    start: int
    end: int
    value: Tree


class Branch(NamedTuple):
    """Start and end offset of a list or mapping, and the trees of what it holds."""

    start: int
    end: int
    kids: Sequence[Tree] | Mapping[str, Entry]


Tree: TypeAlias = "Leaf | Branch"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file that was read: its name, its text (breaks are line feeds, no byte order mark) and its plain values.

    An alias shares the value of its anchor, so treat ``data`` as read-only. ``tree`` and ``lines`` serve ``span``; a
    source made by hand needs neither, and then every span is the start of the file.
    """

    name: str
    text: str
    data: Any
    tree: Tree | None = field(default=None, repr=False)
    lines: Lines = field(default=Lines("", (0,)), repr=False)

    def __post_init__(self) -> None:
        if self.lines.text is not self.text:
            object.__setattr__(self, "lines", cut_lines(self.text))

    def span(self, path: Path, *, key: bool = False) -> Span:
        """Where the value at a path stands, or, with ``key``, its key; the nearest ancestor's place if there is none.

        A path with a ``bool`` in it leads nowhere, as does a position in a list that is negative.
        """
        tree = self.tree
        if tree is None:
            return START
        place: tuple[int, int] = (tree[0], tree[1])
        for number, step in enumerate(path):
            entry = _child(tree, step)
            if entry is None:
                break
            tree = entry.value
            last = number == len(path) - 1
            place = (entry.start, entry.end) if key and last else (tree[0], tree[1])
        return self.lines.span(place[0], _trimmed(self.text, *place))

    def fault(
        self,
        code: str,
        message: str,
        path: Path,
        *,
        key: bool = False,
        help: str | None = None,
        severity: Severity = "error",
        related: tuple[Related, ...] = (),
        witness: str | None = None,
    ) -> Diagnostic:
        """A diagnostic at the value (with ``key``: at the key) that stands at a path of this file."""
        return Diagnostic(code, message, self.name, self.span(path, key=key), help, severity, related, witness)

    def related(self, message: str, path: Path, *, key: bool = False) -> Related:
        """A further place of a diagnostic: the value (with ``key``: the key) that stands at a path of this file."""
        return Related(self.name, self.span(path, key=key), message)

    def line(self, n: int) -> str:
        """The text of line ``n``, counted from 1, without its break; empty for a line that does not exist."""
        return self.lines.line(n)


def _child(tree: Tree, step: str | int) -> Entry | None:
    if not isinstance(tree, Branch):
        return None
    kids = tree.kids
    if isinstance(kids, Mapping):
        return kids.get(step) if isinstance(step, str) else None
    if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step < len(kids):
        return None
    kid = kids[step]
    return Entry(kid[0], kid[1], kid)


def _trimmed(text: str, start: int, end: int) -> int:
    end = min(end, len(text))  # a break may have been added at the end for reading
    while end > start and text[end - 1] in " \n":
        end -= 1
    return end
