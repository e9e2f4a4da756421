"""The door of the service: every call comes in and goes out here.

Says who calls and whether they may, how many calls are in hand, gives each call its name, and tells whoever keeps
figures or logs how it ended. Nothing that goes wrong behind it gets past it. Knows no rulebook.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Protocol, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import settings
from .access import Gate, is_loopback, needed_scope
from .answers import Answer
from .call import CALL, CUT, Call, Caller
from .direct import InTurn
from .problems import FORBIDDEN, OVERLOADED, UNKNOWN_CALLER, Problem, Refusal, unexpected
from .turns import Turns
from .withheld import without_texts

log = logging.getLogger("deskpolicy.api")

CallWatcher: TypeAlias = Callable[[Call, int, int], None]
"""Is told each call when it is over, with the status and the bytes of its answer."""

_REQUEST_ID: Final = b"x-request-id"


class Lane(Protocol):
    """A route that answers on its own, without FastAPI's way to it, which takes longer than a decision."""

    async def answer(self, call: Call, receive: Receive) -> Answer:
        """The answer to a call; never raises."""
        ...


class WholeLane(Protocol):
    """A lane that answers in one go where the body of a call is there."""

    @property
    def in_turn(self) -> bool:
        """Whether an answer takes so long that it waits for its turn."""
        ...

    def takes_whole(self, raw: bytes) -> bool:
        """Whether a call with this body may be answered in one go."""
        ...

    def answer_whole(self, call: Call, raw: bytes) -> Answer:
        """The answer to a call with this body; never raises."""
        ...


class Door:
    """ASGI: calls to `lanes` (by method and path) or else to the application behind it."""

    def __init__(
        self,
        lanes: Mapping[tuple[str, str], Lane],
        behind: ASGIApp,
        *,
        gate: Gate | None = None,
        watchers: tuple[CallWatcher, ...] = (),
        calls_at_once: int = 1_000,
        loopback_only: bool = False,
        whole: Mapping[tuple[str, str], WholeLane] | None = None,
    ) -> None:
        """`loopback_only`: without a gate, answer only what comes in at an address that this machine alone reaches.

        `whole` are the routes that answer in one go.
        """
        self._whole = dict(whole or {})
        self._lanes = {(method, path): (lane, needed_scope(path)) for (method, path), lane in lanes.items()}
        self._behind = behind
        self._gate = gate
        self._watchers = watchers
        self._calls_at_once = calls_at_once
        self._loopback_only = loopback_only and gate is None
        self.turns = Turns()
        """Whose turn it is among the calls that have come whole and take a while."""
        self.in_hand = 0
        """Calls that have come in and not gone out."""

    @property
    def asks_who_calls(self) -> bool:
        """Whether callers must say who they are."""
        return self._gate is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        call = scope[CALL] = Call(scope)
        found = self._lanes.get((call.method, call.path))
        lane, needed = found if found is not None else (None, needed_scope(call.path))
        self.in_hand += 1
        try:
            refused = None if needed is None else self._refusal(scope)
            if refused is None and needed is not None and self._gate is not None:
                refused = await self._refusal_of(self._gate, call, needed)
            if refused is not None:
                await self._send(call, scope, refused, send)
            elif lane is not None:
                await self._send(call, scope, await lane.answer(call, receive), send)
            else:
                await self._pass_on(call, scope, receive, send)
        finally:
            self.in_hand -= 1

    @property
    def routes_at_once(self) -> Mapping[tuple[bytes, bytes], tuple[str, str]]:
        """The routes whose calls can be answered at once when they have come whole, as they stand on the wire."""
        return {(method.encode(), path.encode()): (method, path) for method, path in self._whole}

    def answer_at_once(self, scope: Scope, body: bytes) -> Answer | InTurn | None:
        """The answer to a call that has come whole, or what makes it in its turn.

        None where it takes waiting to tell who calls, or the lane does not take this body in one go.
        """
        call = Call(scope)
        lane = self._whole[call.method, call.path]
        if lane.in_turn and (self.turns.is_full or not lane.takes_whole(body)):
            return None
        self.in_hand += 1
        is_in_turn = False
        try:
            answer = self._refusal(scope)
            if answer is None and self._gate is not None:
                call.caller = self._known(self._gate, call)
                if call.caller is None:
                    return None
                answer = _refusal_for_scope(call, call.caller, needed_scope(call.path))
            if answer is None and lane.in_turn:
                is_in_turn = True
                return partial(self._answer_in_turn, lane, call, scope, body)
            if answer is None:
                answer = lane.answer_whole(call, body)
        finally:
            self.in_hand -= not is_in_turn
        return self._named(answer, call, scope)

    def _answer_in_turn(self, lane: WholeLane, call: Call, scope: Scope, body: bytes) -> Answer:
        try:
            answer = lane.answer_whole(call, body)
        finally:
            self.in_hand -= 1
        return self._named(answer, call, scope)

    def _named(self, answer: Answer, call: Call, scope: Scope) -> Answer:
        """An answer with the name of its call, which is over."""
        answer.headers.append((_REQUEST_ID, call.id.encode()))
        self._tell(call, scope, answer.status, len(answer.body))
        return answer

    def _known(self, gate: Gate, call: Call) -> Caller | None:
        try:
            return gate.known(call)
        except Exception:  # told on the long way, which the call takes now
            return None

    def _refusal(self, scope: Scope) -> Answer | None:
        """An answer where there is too much to do, or a call comes from where it should not, whoever it is from."""
        if self.in_hand > self._calls_at_once:
            detail = f"more than {self._calls_at_once:,} calls are in hand"
            return Problem(OVERLOADED, detail, headers=[(b"retry-after", b"1")]).answer()
        return _not_from_here() if self._loopback_only and not _is_local(scope) else None

    async def _refusal_of(self, gate: Gate, call: Call, needed: settings.Scope) -> Answer | None:
        """Find out who calls; an answer where they may not."""
        try:
            call.caller = caller = gate.known(call) or await gate.admit(call)
        except Refusal as refusal:
            return refusal.problem.answer()
        except Exception as error:  # the caller gets a problem document, the log gets the traceback
            return unexpected(error).answer()
        return _refusal_for_scope(call, caller, needed)

    async def _send(self, call: Call, scope: Scope, answer: Answer, send: Send) -> None:
        status, headers, body = answer
        headers.append((_REQUEST_ID, call.id.encode()))
        try:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body if call.method != "HEAD" else b""})
        finally:
            self._tell(call, scope, status, len(body))

    async def _pass_on(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application behind the door answer, and note what it sends."""
        status, size = 0, 0
        name = (_REQUEST_ID, call.id.encode())

        async def noted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), name]}
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._behind({**scope, CALL: call}, receive, noted)
        except Exception as error:
            answer = unexpected(error).answer()
            if not status:  # else the server sees an answer that is not whole, and closes the connection
                await answer.send(noted)
        finally:
            self._tell(call, scope, status, size)

    def _tell(self, call: Call, scope: Scope, status: int, size: int) -> None:
        for watcher in self._watchers:
            try:
                watcher(call, scope.get(CUT, status), size)
            except Exception as error:  # whoever watches changes nothing
                log.error("a watcher of calls failed", exc_info=without_texts(error))


def _refusal_for_scope(call: Call, caller: Caller, needed: settings.Scope | None) -> Answer | None:
    """An answer where a caller may not do what a route asks for."""
    if needed is None or needed in caller.scopes or "admin" in caller.scopes:
        return None
    challenge = f'Bearer realm="deskpolicy", error="insufficient_scope", scope="{needed}"'
    detail = f"`{call.path}` asks for the scope `{needed}`"
    return Problem(FORBIDDEN, detail, headers=[(b"www-authenticate", challenge.encode())]).answer()


def _is_local(scope: Scope) -> bool:
    """Whether a call came in at an address that only this machine reaches; a socket in the file system is one."""
    server = scope.get("server")
    return server is None or server[1] is None or is_loopback(server[0])


def _not_from_here() -> Answer:
    detail = "the service has been told of no keys and so answers on loopback alone"
    return Problem(UNKNOWN_CALLER, detail, headers=[(b"www-authenticate", b'Bearer realm="deskpolicy"')]).answer()
