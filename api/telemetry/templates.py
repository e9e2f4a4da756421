"""Which route a path belongs to, as the routes themselves write it: few names, whatever callers send."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final

OTHER: Final = "other"
"""Stands for all paths that no route takes."""


class Templates:
    """Tells the route of a path: `/v1/rulebooks/{id}` of `/v1/rulebooks/internal-it`."""

    def __init__(self, routes: Callable[[], Sequence[Any]]) -> None:
        """`routes` gives those of an application once it is whole: the first call asks for them."""
        self._routes = routes

    def __call__(self, path: str) -> str:
        """The route; `other` when there is none."""
        if path in self._plain:
            return path
        return next((template for template, pattern in self._patterns if pattern.match(path)), OTHER)

    @cached_property
    def _found(self) -> list[tuple[str, re.Pattern[str]]]:
        return list(_routes_in(self._routes()))

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(template for template, _ in self._found if "{" not in template)

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(template, pattern) for template, pattern in self._found if "{" in template]


def _routes_in(routes: Sequence[Any]) -> Iterator[tuple[str, re.Pattern[str]]]:
    for route in routes:
        router = getattr(route, "original_router", None)  # FastAPI keeps the routers that it includes whole
        if router is not None:
            yield from _routes_in(router.routes)
        elif hasattr(route, "path_regex"):
            yield route.path, route.path_regex
