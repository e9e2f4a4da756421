"""Keeps the promise that every error is a problem document, also the ones that nobody foresaw."""

from collections.abc import Iterable, Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine import RequestRefused

from .answers import Header
from .problems import METHOD_NOT_ALLOWED, NO_SUCH_ROUTE, Problem, Refusal, plain_problem, problem_of, unexpected


class Guard:
    """ASGI middleware: an error that escapes the routes is logged and becomes a problem document (500)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # told as a problem document, whatever it is
            if started or scope["type"] != "http":
                raise
            await unexpected(error).answer().send(send)


def without_body(send: Send) -> Send:
    """The same `send`, which lets the head of an answer through and holds back its body, as `HEAD` asks."""

    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head


async def answer_http_error(request: Request, error: Exception) -> Response:
    """The problem of a route or a method that does not exist, or of any other HTTP error that a framework raises."""
    assert isinstance(error, HTTPException)
    headers = _headers(error)
    if error.status_code == NO_SUCH_ROUTE.status:
        return Problem(NO_SUCH_ROUTE, f"nothing is found at `{request.url.path}`").answer().response()
    if error.status_code == METHOD_NOT_ALLOWED.status:
        headers = [(b"allow", ", ".join(_methods(request)).encode())]
        detail = f"`{request.url.path}` does not take {request.method}"
        return Problem(METHOD_NOT_ALLOWED, detail, headers=headers).answer().response()
    return plain_problem(error.status_code, headers).response()


async def answer_refusal(request: Request, error: Exception) -> Response:
    """The problem of a request that the service refuses."""
    assert isinstance(error, Refusal)
    return error.problem.answer().response()


async def answer_refused(request: Request, error: Exception) -> Response:
    """The problem of a request that the engine refuses."""
    assert isinstance(error, RequestRefused)
    return problem_of(error).answer().response()


def _headers(error: HTTPException) -> list[Header]:
    given = error.headers or {}
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given.items()]


def _methods(request: Request) -> list[str]:
    """The methods that a path takes, of all its routes; the framework tells only those of the first."""
    methods: set[str] = set()
    for route in _routes(request.app.routes):
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _routes(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from _routes(included.routes)
