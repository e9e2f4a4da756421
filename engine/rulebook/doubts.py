"""Doubts: what a file tries to say where it could not be read. Nobody is blamed for relying on a doubtful piece.

One slip is told once: where a declaration is faulty, those who use what it declares are left in peace.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ..diagnostics import Diagnostic, Path, Source


class Doubts:
    """Paths of a file whose meaning is not known because a fault was found there."""

    __slots__ = ("_above", "_paths")

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._paths: set[Path] = set()
        self._above: set[Path] = set()
        for path in paths:
            self.add(path)

    def add(self, path: Path) -> None:
        """Doubt what stands at a path, and everything below it."""
        self._paths.add(path)
        self._above.update(path[:length] for length in range(1, len(path) + 1))

    def at(self, path: Path) -> bool:
        """Whether the whole of what stands at a path is in doubt."""
        return bool(self._paths) and any(path[:length] in self._paths for length in range(1, len(path) + 1))

    def within(self, path: Path) -> bool:
        """Whether any of what stands at a path is in doubt."""
        return path in self._above or self.at(path)


def unread_places(source: Source, faults: Iterable[Diagnostic]) -> set[Path]:
    """The paths of what could not be read: values, entries, or mappings that lost an entry."""
    places = set()
    for fault in faults:
        if fault.code != "duplicate-key":  # the first of the two was read, and stands for both
            line, column = fault.span.line, fault.span.column
            places.add(_path_at(source.tree, source.lines.starts[line - 1] + column - 1))
    return places - {()}


def _path_at(tree: Any, offset: int) -> Path:
    """The path of the innermost value or entry at an offset."""
    path: list[str | int] = []
    while True:
        kids = getattr(tree, "kids", ())
        named = kids.items() if isinstance(kids, Mapping) else enumerate(kids)
        step = next((name for name, kid in named if kid[0] <= offset < _end(kid)), None)
        if step is None:
            return tuple(path)
        path.append(step)
        kid = kids[step]
        if hasattr(kid, "value") and offset < kid[1]:  # inside the key
            return tuple(path)
        tree = kid.value if hasattr(kid, "value") else kid


def _end(kid: Any) -> int:
    """Where an entry (key and value) or an item ends; an empty one takes up one place."""
    last = kid.value if hasattr(kid, "value") else kid
    return max(int(last[1]), int(last[0]) + 1, int(kid[1]))
