"""Doubts: what a file tries to say where it could not be read. Nobody is blamed for relying on a doubtful piece.

One slip is told once: where a declaration is faulty, those who use what it declares are left in peace.
"""

from collections.abc import Iterable

from ..diagnostics import Path


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
