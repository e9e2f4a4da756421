"""What a route asks of its callers, and the gate that tells who they are."""

from typing import Final, Protocol

from ..call import Call, Caller
from ..settings import Scope


class Gate(Protocol):
    """Tells who calls."""

    def known(self, call: Call) -> Caller | None:
        """The caller, where that is known at once; None where it takes `admit` to tell. Fast; never waits."""
        ...

    async def admit(self, call: Call) -> Caller:
        """The caller. Raises Refusal (401) when the call does not show who it is from."""
        ...


_OPEN: Final = frozenset(("/healthz", "/readyz", "/openapi.json", "/docs"))
"""Paths that anybody may ask for: they tell nothing of tickets or rulebooks."""
_OPEN_BELOW: Final = ("/problems/", "/docs/", "/.well-known/")
_SCOPES: Final[tuple[tuple[str, Scope], ...]] = (
    ("/v1/decide", "decide"),
    ("/access/v1/", "decide"),
    ("/v1/rulebooks", "rulebooks"),
    ("/v1/openapi.json", "rulebooks"),
    ("/v1/shadow", "rulebooks"),
    ("/metrics", "metrics"),
)


def needed_scope(path: str) -> Scope | None:
    """The scope that a path asks for; None where anybody may ask. What is not listed needs `admin`."""
    if path in _OPEN or path.startswith(_OPEN_BELOW):
        return None
    return next((scope for beginning, scope in _SCOPES if path.startswith(beginning)), "admin")
