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

CUT: Final = "deskpolicy.cut"
"""The key of the ASGI scope under which the protocol leaves the status that it answered a cut-off call with."""

HEAD: Final = "deskpolicy.head"
"""The key of the ASGI scope under which the protocol leaves what it knows of the headers, where it has read them."""

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_OWN: Final = f"{secrets.token_hex(6)}-"
_numbers: Final = count(1)


def name_of(given: bytes | None) -> str:
    """The name of a call: the `X-Request-Id` that was given where it is one, else a name of our own."""
    return given.decode() if given is not None and _REQUEST_ID.fullmatch(given) else f"{_OWN}{next(_numbers):x}"


class Caller(NamedTuple):
    """Somebody whom the service knows."""

    id: str
    """Of a key its name, of a token its subject; logs show it."""
    scopes: frozenset[settings.Scope]


class TraceContext(NamedTuple):
    """Which span of which trace something belongs to, in lower-case hexadecimal, and whether it is recorded."""

    trace_id: str
    span_id: str
    is_sampled: bool


class Call:
    """The head of a call, and what becomes known of it on its way."""

    __slots__ = (
        "caller",
        "decisions",
        "headers",
        "id",
        "method",
        "path",
        "rulebook",
        "scheme",
        "started",
        "trace",
        "traceparent",
    )

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        root = scope.get("root_path")
        self.path: str = scope["path"].removeprefix(root) if root else scope["path"]
        """Without the path under which the service is mounted."""
        self.scheme: str = scope.get("scheme", "http")
        self.headers = headers = scope.get(HEAD) or BodyHeaders.read(scope["headers"])
        self.id = name_of(headers.request_id)
        """The caller's `X-Request-Id` where it is one, else a name of our own."""
        self.traceparent = headers.traceparent
        """The W3C trace context as sent; not checked here."""
        self.caller: Caller | None = None
        """Who calls; None where nobody need say."""
        self.rulebook: bytes | None = None
        """The beginning of the last answer, which names the rulebook; kept only where traces are made."""
        self.decisions = 0
        """How many decisions were made; counted only where traces are made."""
        self.trace: TraceContext | None = None
        """The span of this call, where traces are made and once it is over."""
        self.started = perf_counter_ns()


def call_of(scope: Scope) -> Call:
    """The call that a route answers; made here where the route runs without the service's door."""
    call: Call | None = scope.get(CALL)
    return Call(scope) if call is None else call
