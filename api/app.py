"""Puts the routes together into one application."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from engine import Catalogue, EngineName, RequestRefused

from .body import BODY_LIMIT
from .clock import now
from .decide import PATH, Decide, decide_routes
from .document import openapi_document
from .door import Door
from .explanations import explanation_routes
from .guard import Guard, answer_http_error, answer_refusal, answer_refused, without_body
from .health import health_routes
from .problems import Refusal
from .release import VERSION
from .rulebooks import rulebook_routes
from .settings import Limits, Settings
from .shelf import Shelf

Companion: TypeAlias = Callable[[], AbstractAsyncContextManager[Any]]
"""Something that runs beside the service, from before its first call until after its last."""


class Service(FastAPI):
    """The service: an ASGI application whose every call goes through its `door`."""

    door: Door

    def __init__(self, companions: Sequence[Companion] = ()) -> None:
        super().__init__(
            title="deskpolicy",
            version=VERSION,
            redoc_url=None,
            redirect_slashes=False,
            lifespan=_accompanied(companions),
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        await (self.door if scope["type"] == "http" else self.routed)(scope, receive, send)

    async def routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call by FastAPI's routes (ASGI)."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, without_body(send)
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi_document(self.routes)
        return self.openapi_schema


def create_app(
    rules: str | os.PathLike[str], *, body_limit: int = BODY_LIMIT, engine: EngineName = "bitmap"
) -> Service:
    """The service over the rulebooks of a folder, which are read now and not again.

    `body_limit` is in bytes. Raises RulebookFaults when the rulebooks have faults, EngineUnavailable when the engine
    cannot be had, and EngineFault when it cannot take them.
    """
    return app_over(Catalogue.load(rules, clock=now, engine=engine), body_limit=body_limit)


def app_over(catalogue: Catalogue, *, body_limit: int = BODY_LIMIT) -> Service:
    """The service over rulebooks that are loaded already."""
    return build_service(Shelf(catalogue), Settings(limits=Limits(body=body_limit)))


def build_service(shelf: Shelf, settings: Settings) -> Service:
    """The service that settings describe, over the rulebooks on a shelf."""
    decide = Decide(shelf, settings.limits.body)
    app = Service()
    app.door = Door({("POST", PATH): decide}, app.routed, calls_at_once=settings.limits.calls)
    app.include_router(decide_routes(decide))
    app.include_router(rulebook_routes(shelf))
    app.include_router(health_routes(shelf))
    app.include_router(explanation_routes())
    app.add_middleware(Guard)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(Refusal, answer_refusal)
    app.add_exception_handler(RequestRefused, answer_refused)
    return app


def _accompanied(companions: Sequence[Companion]) -> Callable[[ASGIApp], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for companion in companions:
                await stack.enter_async_context(companion())
            yield

    return lifespan
