"""Where the service keeps the rulebooks that it answers with now."""

from collections.abc import Callable

from engine import Catalogue

Watcher = Callable[[Catalogue], None]


class Shelf:
    """One catalogue, exchanged in one step: whoever began with the old one ends with it.

    A call takes `catalogue` once and keeps to it. Knows nothing of where catalogues come from.
    """

    __slots__ = ("_watchers", "catalogue")

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._watchers: list[Watcher] = []

    def put(self, catalogue: Catalogue) -> None:
        """Answer with another catalogue from now on, and tell whoever watches."""
        self.catalogue = catalogue
        for watcher in self._watchers:
            watcher(catalogue)

    def watch(self, watcher: Watcher) -> None:
        """Call this with each catalogue that is put here."""
        self._watchers.append(watcher)
