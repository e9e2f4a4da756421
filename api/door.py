"""The door of the service: every call comes in and goes out here.

Says who calls and whether they may, how many calls are in hand, gives each call its name, and tells whoever keeps
figures or logs how it ended. Knows no rulebook.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .access import Gate, needed_scope
from .answers import Answer
from .call import CALL, Call
from .problems import FORBIDDEN, OVERLOADED, Problem, Refusal, unexpected

CallWatcher: TypeAlias = Callable[[Call, int, int], None]
"""Is told each call when it is over, with the status and the bytes of its answer."""

_REQUEST_ID: Final = b"x-request-id"


class Lane(Protocol):
    """A route that answers on its own, without FastAPI's way to it, which takes longer than a decision."""

    async def answer(self, call: Call, receive: Receive) -> Answer:
        """The answer to a call; never raises."""
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
    ) -> None:
        self._lanes = lanes
        self._behind = behind
        self._gate = gate
        self._watchers = watchers
        self._calls_at_once = calls_at_once
        self.in_hand = 0
        """Calls that have come in and not gone out."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        call = Call(scope)
        self.in_hand += 1
        try:
            refused = self._refusal(call) if self._gate is None else await self._at_the_gate(call)
            lane = self._lanes.get((call.method, call.path))
            if refused is not None:
                await self._send(call, refused, send)
            elif lane is not None:
                await self._send(call, await lane.answer(call, receive), send)
            else:
                await self._pass_on(call, scope, receive, send)
        finally:
            self.in_hand -= 1

    def _refusal(self, call: Call) -> Answer | None:
        if self.in_hand <= self._calls_at_once or needed_scope(call.path) is None:
            return None
        detail = f"more than {self._calls_at_once:,} calls are in hand"
        return Problem(OVERLOADED, detail, headers=[(b"retry-after", b"1")]).answer()

    async def _at_the_gate(self, call: Call) -> Answer | None:
        """Find out who calls; an answer where they may not."""
        needed = needed_scope(call.path)
        if needed is None:
            return None
        if self.in_hand > self._calls_at_once:
            return self._refusal(call)
        assert self._gate is not None
        try:
            call.caller = caller = self._gate.known(call) or await self._gate.admit(call)
        except Refusal as refusal:
            return refusal.problem.answer()
        except Exception as error:  # the caller gets a problem document, the log gets the traceback
            return unexpected(error).answer()
        if needed in caller.scopes or "admin" in caller.scopes:
            return None
        return Problem(FORBIDDEN, f"`{call.path}` asks for the scope `{needed}`").answer()

    async def _send(self, call: Call, answer: Answer, send: Send) -> None:
        status, headers, body = answer
        headers.append((_REQUEST_ID, call.id.encode()))
        try:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        finally:
            self._tell(call, status, len(body))

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
        finally:
            self._tell(call, status, size)

    def _tell(self, call: Call, status: int, size: int) -> None:
        for watcher in self._watchers:
            watcher(call, status, size)
