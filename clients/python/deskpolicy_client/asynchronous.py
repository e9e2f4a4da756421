"""The client for asyncio: the same as `synchronous`, with `await`."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from . import wire
from .batches import Asked, LineProblem, Piece, pieces, read_line
from .errors import ProblemError, Unreachable
from .exchange import LINES, KeyAuth, Sent, Token, path_of, pause_after, pause_after_error, posted, read, read_problem

T = TypeVar("T")


class AsyncClient:
    """Asks a deskpolicy service. Keeps connections open; close it, or use it in an `async with` block.

    `key` is an API key; `token` a bearer token, or a function that gives one for each call. `timeout` is in seconds,
    for each step of a call. A call is tried again, `retries` times at most, only where no connection came about, or
    where the service answered 503 and said when. `transport` is for tests.
    """

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        token: Token | None = None,
        timeout: float = 10.0,
        retries: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.AsyncClient(
            base_url=address, auth=KeyAuth(key, token), timeout=timeout, transport=transport, follow_redirects=False
        )

    async def decide(self, request: Asked, *, language: str | None = None) -> wire.Answer:
        """One decision on one ticket. `language` (an `Accept-Language`) counts where the request names none.

        Raises ProblemError, Unreachable or Unreadable, as every call does.
        """
        return await self._call(posted("/v1/decide", request, language), wire.Answer)

    async def decide_batch(
        self, requests: Iterable[Asked] | AsyncIterable[Asked], *, language: str | None = None
    ) -> AsyncIterator[wire.Answer | LineProblem]:
        """A decision or a problem for each request, in their order; requests are taken as answers are wanted."""
        async for piece in _pieces(requests):
            number = piece.first
            async with self._answered(Sent("POST", "/v1/decide/batch", piece.body(), LINES, language)) as response:
                try:
                    async for line in response.aiter_lines():
                        yield read_line(line, number)
                        number += 1
                except httpx.TransportError as error:
                    raise Unreachable(f"the answer broke off at line {number}: {error}") from error
            if number != piece.first + len(piece.lines):
                raise Unreachable(f"the answer ended before line {number}")

    async def rulebooks(self) -> wire.Rulebooks:
        """Every rulebook with its versions."""
        return await self._call(Sent("GET", "/v1/rulebooks"), wire.Rulebooks)

    async def rulebook(self, id: str) -> wire.Rulebook:
        """One rulebook with its versions."""
        return await self._call(Sent("GET", path_of("v1", "rulebooks", id)), wire.Rulebook)

    async def version(self, id: str, version: str) -> wire.VersionDetails:
        """One version: its rules by stage, the names that its decisions can hold, and those that may be asked about."""
        return await self._call(Sent("GET", path_of("v1", "rulebooks", id, version)), wire.VersionDetails)

    async def request_schema(self, id: str, version: str) -> dict[str, Any]:
        """The JSON Schema of the requests that a version takes."""
        return await self._call(Sent("GET", path_of("v1", "rulebooks", id, version, "schema")), dict[str, Any])

    async def ready(self) -> wire.Readiness:
        """Whether the rulebooks are loaded."""
        return await self._call(Sent("GET", "/readyz"), wire.Readiness)

    async def evaluate(self, evaluation: wire.AccessEvaluation | Mapping[str, Any]) -> wire.AccessDecision:
        """An access evaluation by AuthZEN."""
        return await self._call(posted("/access/v1/evaluation", evaluation), wire.AccessDecision)

    async def evaluate_many(self, evaluations: wire.AccessEvaluations | Mapping[str, Any]) -> wire.AccessDecisions:
        """Several access evaluations by AuthZEN; name at least one under `evaluations`."""
        return await self._call(posted("/access/v1/evaluations", evaluations), wire.AccessDecisions)

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _call(self, sent: Sent, shape: type[T]) -> T:
        async with self._sent(sent) as response:
            return read(response.status_code, await self._body(response), shape)

    @asynccontextmanager
    async def _answered(self, sent: Sent) -> AsyncIterator[httpx.Response]:
        """The good answer to a call, its body still to come."""
        async with self._sent(sent) as response:
            if response.status_code != 200:
                raise ProblemError(read_problem(response.status_code, await self._body(response)))
            yield response

    @asynccontextmanager
    async def _sent(self, sent: Sent) -> AsyncIterator[httpx.Response]:
        """The answer to a call, after as many tries as it takes."""
        tried = 0
        while True:
            request = self._http.build_request(sent.method, sent.path, content=sent.content, headers=sent.headers())
            try:
                response = await self._http.send(request, stream=True)
            except httpx.TransportError as error:
                pause = pause_after_error(error, tried, self._retries)
                if pause is None:
                    raise Unreachable(str(error) or type(error).__name__) from error
            else:
                pause = pause_after(response.status_code, response.headers, tried, self._retries)
                if pause is None:
                    break
                await response.aclose()
            tried += 1
            await asyncio.sleep(pause)
        try:
            yield response
        finally:
            await response.aclose()

    @staticmethod
    async def _body(response: httpx.Response) -> bytes:
        try:
            return await response.aread()
        except httpx.TransportError as error:
            raise Unreachable(f"the answer broke off: {error}") from error


async def _pieces(requests: Iterable[Asked] | AsyncIterable[Asked]) -> AsyncIterator[Piece]:
    if not isinstance(requests, AsyncIterable):
        for piece in pieces(requests):
            yield piece
        return
    piece = Piece(1)
    async for asked in requests:
        piece.add(asked)
        if piece.is_full:
            yield piece
            piece = piece.next()
    if piece.lines:
        yield piece
