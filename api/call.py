"""One HTTP call: what its head says, read once. Knows no route."""

import re
import secrets
from itertools import count
from time import perf_counter_ns
from typing import Final, NamedTuple

from starlette.types import Scope

from . import settings
from .body import BodyHeaders

CALL: Final = "deskpolicy.call"
"""The key of the ASGI scope under which routes find the call."""

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_OWN: Final = f"{secrets.token_hex(6)}-"
_numbers: Final = count(1)


class Caller(NamedTuple):
    """Somebody whom the service knows."""

    id: str
    """Of a key its name, of a token its subject; logs show it."""
    scopes: frozenset[settings.Scope]


class Call:
    """The head of a call, and what becomes known of it on its way."""

    __slots__ = ("caller", "headers", "id", "method", "path", "started", "traceparent")

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = headers = BodyHeaders.read(scope["headers"])
        given = headers.request_id
        self.id = given.decode() if given is not None and _REQUEST_ID.fullmatch(given) else f"{_OWN}{next(_numbers):x}"
        """The caller's `X-Request-Id` where it is one, else a name of our own."""
        self.traceparent = headers.traceparent
        """The W3C trace context as sent; not checked here."""
        self.caller: Caller | None = None
        """Who calls; None where nobody need say."""
        self.started = perf_counter_ns()


def call_of(scope: Scope) -> Call:
    """The call that a route answers; made here where the route runs without the service's door."""
    call: Call | None = scope.get(CALL)
    return Call(scope) if call is None else call
