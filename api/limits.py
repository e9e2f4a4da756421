"""Keeps slow and greedy clients from holding the service: uvicorn's HTTP protocol with limits of time and size.

uvicorn itself waits for ever for a head that never comes whole, a body that trickles and a client that does not read.
Here one sweep over the connections of a worker, a few times a second, finds those that have stood in one place for too
long; a call that goes well pays nothing for it. Knows no route but the one that keeps its own time.
"""

import asyncio
import logging
import resource
from typing import Any, Final, NamedTuple

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from .answers import Answer
from .batch import PATH as BATCH
from .call import CALL, CUT, Call, name_of
from .direct import AtOnce, DirectProtocol
from .heads import Heads
from .problems import OVERLOADED, TOO_SLOW, Problem, plain_problem
from .sending import QuickCycle
from .settings import Limits

log = logging.getLogger("deskpolicy.limits")

_BAD_REQUEST: Final = 400
_HEAD_TOO_LARGE: Final = 431
_SLOWEST_SWEEP: Final = 1.0
_SWEEPS_IN_TIME: Final = 5
_MOST_PIPELINED: Final = 64
_FILES_FOR_OTHERS: Final = 128
"""Open files that are left for everything but connections: rulebooks, logs, watchers, the event loop."""
_OWN_TIME: Final = frozenset((BATCH,))
"""Routes that themselves limit how long they wait for the next piece of a body."""


class Pace:
    """The limits of one worker: makes the protocol of each connection, and sweeps over those that are open.

    Nothing of a running event loop is in it before its first connection.
    """

    def __init__(self, limits: Limits, at_once: AtOnce | None = None) -> None:
        """`at_once` answers calls that have come whole."""
        self.limits = limits
        self.at_once = at_once
        self.interval = min(
            _SLOWEST_SWEEP, min(limits.header_time, limits.body_time, limits.send_time) / _SWEEPS_IN_TIME
        )
        self._sweeping = False
        self.heads = Heads()
        """The heads of calls that its connections know by heart."""

    def __call__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> "PacedProtocol":
        """The protocol of a new connection; what uvicorn expects of a protocol class."""
        return PacedProtocol(self, config, server_state, app_state, _loop)

    @property
    def most_connections(self) -> int:
        """Connections that a worker holds at once: as set, and never more than it can have files open."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        allowed = files - _FILES_FOR_OTHERS if files != resource.RLIM_INFINITY else self.limits.connections
        return max(1, min(self.limits.connections, allowed))

    def watch(self, connections: set[Any], loop: asyncio.AbstractEventLoop) -> None:
        """Sweep over these connections for as long as there are any."""
        if not self._sweeping:
            self._sweeping = True
            loop.call_later(self.interval, self._sweep, connections, loop)

    def _sweep(self, connections: set[Any], loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in tuple(connections):
            try:
                connection.look(now)
            except Exception as error:  # one odd connection keeps no other from being looked at
                log.error("a connection cannot be looked at: %s", type(error).__name__)
        if connections:
            loop.call_later(self.interval, self._sweep, connections, loop)
        else:
            self._sweeping = False


class Place(NamedTuple):
    """Where a connection stands: while two sweeps find it in the same place, its client has not gone on."""

    limit: str
    """The limit that counts here, by its name in the settings."""
    cycle: RequestResponseCycle | None
    """The call that came last, of those that were not answered at once."""
    answers: int
    """How many were answered at once."""


class PacedProtocol(DirectProtocol):
    """uvicorn's protocol of one connection, which is cut off when it is too slow or its heads are too large."""

    def __init__(
        self,
        pace: Pace,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(pace.at_once, pace.heads, config, server_state, app_state, _loop)
        self._pace = pace
        self._head = 0
        """Bytes that have come since a head was last whole."""
        self._refusal: Answer | None = None
        self._running: RequestResponseCycle | None = None
        """The call that is being answered; `cycle` is the one that came last."""
        self._paused_at: float | None = None
        """Since when the client has not taken enough of what was sent."""
        self._has_ended = False
        """Whether the piece that came last has the end of a call: what is left of it is all that has come of a head."""
        self._place: Place | None = None
        """What the last sweep found the connection waiting for."""
        self._since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or turn it away where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._pace.most_connections:
            self._write(Problem(OVERLOADED, "too many connections are open", headers=[(b"retry-after", b"1")]).answer())
            return
        self._pace.watch(self.connections, self.loop)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and turn away a head that is too large before it is whole."""
        self._head += len(data)
        self._has_ended = False
        super().data_received(data)
        cycle = self.cycle
        if (cycle is not None and cycle.scope is self.scope) or self._answered is self.scope is not None:
            self._head = 0
            return
        if self._has_ended:
            self._head = 1 + self._size_of_head()  # its method has no size there, and something of it has come
        if self._head > self._pace.limits.header_size and not self.transport.is_closing():
            self._write(_head_too_large())

    def on_headers_complete(self) -> None:
        """Begin the call, unless its head is too large, or too many calls were sent before they were answered."""
        limits = self._pace.limits
        is_too_large = len(self.headers) > limits.headers or (
            self._head > limits.header_size and self._size_of_head() > limits.header_size
        )
        if is_too_large or len(self.pipeline) >= _MOST_PIPELINED:
            self._refusal = _head_too_large() if is_too_large else plain_problem(_BAD_REQUEST)
            raise ValueError  # the parser gives up, and uvicorn calls send_400_response
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that whatever comes behind belongs to another call."""
        self._has_ended = True
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.__class__ = QuickCycle  # uvicorn makes the cycle itself, and has no setting for its class
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or no HTTP that is taken here, with a problem document."""
        self.answer_what_waits()
        cycle = self.cycle
        answer = self._refusal or plain_problem(_BAD_REQUEST)
        if cycle is not None and cycle.scope is self.scope and not cycle.response_complete:
            self._end_call(cycle, answer)  # its head was in order, and its body is not
        else:
            self._write(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the call that is being answered that nobody is there any more."""
        self._forsake()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Note since when the client reads too slowly."""
        self._paused_at = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        self._paused_at = None
        super().resume_writing()

    def look(self, now: float) -> None:
        """Cut the connection off when it has stood still for too long."""
        place = self._standing()
        if place != self._place:
            self._place, self._since = place, now
        if self._paused_at is not None and now - self._paused_at >= self._pace.limits.send_time:
            self._abort()
        elif place is not None:
            limit: float = getattr(self._pace.limits, place.limit)
            if now - self._since >= limit:
                self._cut_off(place.limit, limit)

    def _standing(self) -> "Place | None":
        """What the connection waits for now; None while the client owes us nothing."""
        if self.has_a_call_waiting:
            return None
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            if self.transport.get_write_buffer_size():
                return Place("send_time", cycle, self._answers)
            # While this timer runs the connection is idle, and uvicorn closes it by and by.
            return Place("header_time", cycle, self._answers) if self.timeout_keep_alive_task is None else None
        if cycle.more_body and not self.pipeline and not self.flow.read_paused and self.scope["path"] not in _OWN_TIME:
            return Place("body_time", cycle, self._answers)
        return None

    def _cut_off(self, place: str, limit: float) -> None:
        cycle = self.cycle
        if place == "send_time" or self.transport.is_closing():
            self._abort()
        elif place == "header_time":
            # Of a connection on which nothing has come, browsers open some in advance, nobody expects an answer.
            answer = Problem(TOO_SLOW, f"the head of a request may take {limit:g} seconds").answer()
            self._write(answer if self._head else None)
        else:
            answer = Problem(TOO_SLOW, f"the body of a request may take {limit:g} seconds").answer()
            self._end_call(cycle, answer)

    def _end_call(self, cycle: RequestResponseCycle, answer: Answer) -> None:
        """Answer the call that came last in place of whoever was about to, unless that has begun already."""
        may_answer = not cycle.response_started and not self.pipeline
        if may_answer:
            cycle.scope[CUT] = answer.status  # type: ignore[typeddict-unknown-key]
        self._forsake()
        self._write(answer if may_answer else None, within_call=True)

    def _write(self, answer: Answer | None, *, within_call: bool = False) -> None:
        """Write an answer of our own, where it cannot get in between the parts of another, and close the connection."""
        cycle = self.cycle
        is_free = within_call or cycle is None or cycle.response_complete
        if answer is not None and is_free and not self.transport.is_closing():
            status, headers, body = answer
            own = ((b"x-request-id", self._name_of_call(within_call).encode()), (b"connection", b"close"))
            lines = [b"%s: %s\r\n" % header for header in (*headers, *own)]
            self.transport.write(b"".join((STATUS_LINE[status], *lines, b"\r\n", body)))
        self.transport.close()

    def _name_of_call(self, has_begun: bool) -> str:
        """The name that the call was given where it has begun, else what its head, as far as it has come, says."""
        call = self.scope.get(CALL) if has_begun and self.scope else None
        if isinstance(call, Call):
            return call.id
        came = [value for name, value in self.headers or () if name == b"x-request-id"] if self._head else []
        return name_of(came[-1] if came else None)

    def _forsake(self) -> None:
        """Let the call that is being answered, and those behind it, say what they will to nobody."""
        for cycle in (self._running, self.cycle, *(cycle for cycle, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    def _abort(self) -> None:
        self._forsake()
        self.transport.abort()

    def _size_of_head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)


def _head_too_large() -> Answer:
    return plain_problem(_HEAD_TOO_LARGE)
