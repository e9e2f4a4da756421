"""Answers calls that have come whole without ASGI between them and the door: uvicorn's protocol with a shorter way.

A task, a scope and two awaited messages a call cost more than a decision. A request whose head and body came in one
piece, for a route that answers at once, is answered where its last byte was parsed; every other call goes uvicorn's
own way, and what such a route answers is the same on either. An answer that takes a while to make waits for its turn,
and is made sooner only where something else happens on its connection. Knows no route by name.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias, cast

from starlette.types import Scope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from .answers import Answer
from .heads import Heads
from .sending import first_lines, head_of_answer, quick_head
from .turns import Turns

_UNUSUAL: Final = frozenset((b"expect", b"upgrade", b"connection", b"transfer-encoding"))
"""Headers that say something of the connection; a call with one of them goes uvicorn's way."""


_LONG: Final = 16_384
"""Bytes of a body that is not copied to stand behind its head."""

_OFFER: Final = re.compile(rb"\r\nupgrade(?=:[ \t]*h2c[ \t]*\r\n)", re.IGNORECASE)


def without_offers(data: bytes) -> bytes:
    """The same without the offer to go on in HTTP/2, which Java's client makes by itself and a server may pass over.

    The parser takes such an offer for accepted, and reads nothing of the body behind it. JSON never has such a line.
    """
    return _OFFER.sub(b"\r\nx-offer", data)


InTurn: TypeAlias = Callable[[], Answer]
"""Makes an answer when its turn comes; call it once, whatever happens."""


class AtOnce(Protocol):
    """Whoever answers calls that have come whole."""

    @property
    def turns(self) -> Turns:
        """Where answers that take a while wait for their turn."""
        ...

    @property
    def routes_at_once(self) -> Mapping[tuple[bytes, bytes], tuple[str, str]]:
        """The routes that it may answer at once, as they stand on the wire: each with its method and path."""
        ...

    def answer_at_once(self, scope: Scope, body: bytes) -> Answer | InTurn | None:
        """The whole answer to a call, or what makes it in its turn; None where neither goes, and nothing is done."""
        ...


class DirectProtocol(HttpToolsProtocol):
    """uvicorn's protocol of one connection, which asks `at_once` first."""

    def __init__(
        self,
        at_once: AtOnce | None,
        heads: Heads,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._at_once = at_once
        self._heads = heads
        self._routes = at_once.routes_at_once if at_once is not None and not config.root_path else {}
        self._pieces: list[bytes] | None = None
        """The body so far of a call that may be answered at once; None for other calls."""
        self._own: Any = None
        self._first = b""
        """The server's own headers, and how the head of a good answer begins with them."""
        self._answered: Any = None
        """The scope of the last call that was answered at once, or waits for its turn."""
        self._length = 0
        """Bytes of its body, where it came through the parser."""
        self._calls = 0
        """Calls that were taken to be answered at once or in their turn."""
        self._answers = 0
        """Calls that were answered at once."""
        self._in_turn: InTurn | None = None
        """What makes the answer to a call that waits for its turn."""
        self._idle_since = 0.0
        """When the last call that was answered at once was over."""

    @property
    def has_a_call_waiting(self) -> bool:
        """Whether a call of this connection waits for its turn."""
        return self._in_turn is not None

    def answer_what_waits(self) -> None:
        """Answer the call that waits for its turn, if there is one: now it is."""
        in_turn, self._in_turn = self._in_turn, None
        if in_turn is not None:
            answer = in_turn()
            if not self.transport.is_closing():
                self._send_whole(answer)

    def on_message_begin(self) -> None:
        """Answer the call before this one."""
        self.answer_what_waits()
        super().on_message_begin()

    def eof_received(self) -> None:
        """Answer what waits while the client may still read it."""
        self.answer_what_waits()
        super().eof_received()

    def shutdown(self) -> None:
        """Finish what was begun, and close."""
        self.answer_what_waits()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Take what has come; a call of which more is to come goes uvicorn's way."""
        # Behind a call that was answered at once and with no other begun, the parser waits for a new one: it need not
        # see a whole call whose head it has read before.
        is_between = self._answered is self.scope is not None and self._in_turn is None
        if is_between and self._is_known(data):
            return
        before = self._calls
        super().data_received(without_offers(data) if b"h2c" in data else data)
        if self._pieces is not None and not self.transport.is_closing():
            self._go_the_long_way()
        elif is_between and self._calls == before + 1 and self._answered is self.scope and self._length:
            self._heads.learn(data, self.scope, self._length)

    def _is_known(self, data: bytes) -> bool:
        """Answer a call that came whole behind a head known by heart; False where it is none, and nothing is done."""
        found = self._heads.find(data)
        if found is None or self.flow.write_paused or self.transport.is_closing():
            return False
        known, body = found
        scope = cast(Scope, {**self.scope, **known.scope})
        answer = cast(AtOnce, self._at_once).answer_at_once(scope, body)
        if answer is None:
            return False
        self.scope = cast(Any, scope)
        self._take(answer)
        return True

    def on_headers_complete(self) -> None:
        """Wait for the body of a call that may be answered at once, and begin any other."""
        route = self._routes.get((self.parser.get_method(), self.url))
        if route is not None and self._may_be_direct():
            self.scope["method"], self.scope["path"] = route
            self._pieces = []
        else:
            self._begin_the_long_way()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        if self._pieces is None:
            super().on_body(body)
        else:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Answer a call that is whole, where it can be answered at once."""
        pieces = self._pieces
        if pieces is not None:
            body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            at_once = cast(AtOnce, self._at_once)
            answer = at_once.answer_at_once(cast(Scope, self.scope), body)
            if answer is not None:
                self._pieces, self._length = None, len(body)
                self._take(answer)
                return
            self._go_the_long_way()
        super().on_message_complete()

    def _take(self, answer: Answer | InTurn) -> None:
        """Send an answer, or have it made in its turn."""
        self._calls += 1
        if isinstance(answer, Answer):
            self._send_whole(answer)
        else:
            self._answered, self._in_turn = self.scope, answer
            cast(AtOnce, self._at_once).turns.put(self.answer_what_waits)

    def _may_be_direct(self) -> bool:
        cycle = self.cycle
        if (
            (cycle is not None and not cycle.response_complete)
            or self.flow.write_paused
            or self.transport.is_closing()
            or self.parser.get_http_version() != "1.1"
        ):
            return False
        for name, value in self.headers:
            if name in _UNUSUAL and (name != b"connection" or value.lower() != b"keep-alive"):
                return False
        return True

    def _go_the_long_way(self) -> None:
        """Begin the call as uvicorn does, and hand over what has come of its body."""
        pieces, self._pieces = self._pieces, None
        self._begin_the_long_way()
        for piece in pieces or ():
            super().on_body(piece)

    def _begin_the_long_way(self) -> None:
        # A call that was answered at once, before this one in the same piece, has left the connection for idle.
        self._unset_keepalive_if_required()
        super().on_headers_complete()

    def _send_whole(self, answer: Answer) -> None:
        status, headers, body = answer
        own = self.server_state.default_headers
        if own is not self._own:  # uvicorn makes them anew each second
            self._own, self._first = own, first_lines(own)
        head = quick_head(self._first, answer) or head_of_answer(status, own, headers, len(body))
        if head is None:
            raise RuntimeError("the head of an answer made at once is out of order")
        self._answered = self.scope
        self._answers += 1
        if len(body) < _LONG:
            self.transport.write(head + body)
        else:  # both go out together all the same
            self.transport.write(head)
            self.transport.write(body)
        self._rest()

    def _rest(self) -> None:
        """Count the call, and wait for the next; the timer that runs since an earlier one is not set anew."""
        self.server_state.total_requests += 1
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self._set_timer(self.timeout_keep_alive)

    def _set_timer(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection when it has been idle for long enough (uvicorn), else look again then."""
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if self.has_a_call_waiting:
            self._set_timer(self.timeout_keep_alive)
        elif left > 0:
            self._set_timer(left)
        else:
            super().timeout_keep_alive_handler()
