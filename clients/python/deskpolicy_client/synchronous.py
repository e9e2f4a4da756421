"""The client for programs that wait for each answer."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from . import wire
from .batches import Asked, LineProblem, pieces, read_line
from .errors import ProblemError, Unreachable
from .exchange import LINES, KeyAuth, Sent, Token, path_of, pause_after, pause_after_error, posted, read, read_problem

T = TypeVar("T")


class Client:
    """Asks a deskpolicy service. Keeps connections open; close it, or use it in a `with` block.

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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.Client(
            base_url=address, auth=KeyAuth(key, token), timeout=timeout, transport=transport, follow_redirects=False
        )

    def decide(self, request: Asked, *, language: str | None = None) -> wire.Answer:
        """One decision on one ticket. `language` (an `Accept-Language`) counts where the request names none.

        Raises ProblemError, Unreachable or Unreadable, as every call does.
        """
        return self._call(posted("/v1/decide", request, language), wire.Answer)

    def decide_batch(
        self, requests: Iterable[Asked], *, language: str | None = None
    ) -> Iterator[wire.Answer | LineProblem]:
        """A decision or a problem for each request, in their order; requests are taken as answers are wanted."""
        for piece in pieces(requests):
            number = piece.first
            with self._answered(Sent("POST", "/v1/decide/batch", piece.body(), LINES, language)) as response:
                try:
                    for line in response.iter_lines():
                        yield read_line(line, number)
                        number += 1
                except httpx.TransportError as error:
                    raise Unreachable(f"the answer broke off at line {number}: {error}") from error
            if number != piece.first + len(piece.lines):
                raise Unreachable(f"the answer ended before line {number}")

    def rulebooks(self) -> wire.Rulebooks:
        """Every rulebook with its versions."""
        return self._call(Sent("GET", "/v1/rulebooks"), wire.Rulebooks)

    def rulebook(self, id: str) -> wire.Rulebook:
        """One rulebook with its versions."""
        return self._call(Sent("GET", path_of("v1", "rulebooks", id)), wire.Rulebook)

    def version(self, id: str, version: str) -> wire.VersionDetails:
        """One version: its rules by stage, the names that its decisions can hold, and those that may be asked about."""
        return self._call(Sent("GET", path_of("v1", "rulebooks", id, version)), wire.VersionDetails)

    def request_schema(self, id: str, version: str) -> dict[str, Any]:
        """The JSON Schema of the requests that a version takes."""
        return self._call(Sent("GET", path_of("v1", "rulebooks", id, version, "schema")), dict[str, Any])

    def ready(self) -> wire.Readiness:
        """Whether the rulebooks are loaded."""
        return self._call(Sent("GET", "/readyz"), wire.Readiness)

    def evaluate(self, evaluation: wire.AccessEvaluation | Mapping[str, Any]) -> wire.AccessDecision:
        """An access evaluation by AuthZEN."""
        return self._call(posted("/access/v1/evaluation", evaluation), wire.AccessDecision)

    def evaluate_many(self, evaluations: wire.AccessEvaluations | Mapping[str, Any]) -> wire.AccessDecisions:
        """Several access evaluations by AuthZEN; name at least one under `evaluations`."""
        return self._call(posted("/access/v1/evaluations", evaluations), wire.AccessDecisions)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, sent: Sent, shape: type[T]) -> T:
        with self._sent(sent) as response:
            return read(response.status_code, self._body(response), shape)

    @contextmanager
    def _answered(self, sent: Sent) -> Iterator[httpx.Response]:
        """The good answer to a call, its body still to come."""
        with self._sent(sent) as response:
            if response.status_code != 200:
                raise ProblemError(read_problem(response.status_code, self._body(response)))
            yield response

    @contextmanager
    def _sent(self, sent: Sent) -> Iterator[httpx.Response]:
        """The answer to a call, after as many tries as it takes."""
        tried = 0
        while True:
            request = self._http.build_request(sent.method, sent.path, content=sent.content, headers=sent.headers())
            try:
                response = self._http.send(request, stream=True)
            except httpx.TransportError as error:
                pause = pause_after_error(error, tried, self._retries)
                if pause is None:
                    raise Unreachable(str(error) or type(error).__name__) from error
            else:
                pause = pause_after(response.status_code, response.headers, tried, self._retries)
                if pause is None:
                    break
                response.close()
            tried += 1
            time.sleep(pause)
        try:
            yield response
        finally:
            response.close()

    @staticmethod
    def _body(response: httpx.Response) -> bytes:
        try:
            return response.read()
        except httpx.TransportError as error:
            raise Unreachable(f"the answer broke off: {error}") from error
