"""Puts the routes together into one application."""

import os
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from engine import Catalogue, EngineName, RequestRefused

from .body import BODY_LIMIT
from .clock import now
from .decide import PATH, Decide, decide_routes
from .document import openapi_document
from .explanations import explanation_routes
from .guard import Guard, answer_http_error, answer_refusal, answer_refused, without_body
from .health import health_routes
from .problems import Refusal
from .release import VERSION
from .rulebooks import rulebook_routes


class Service(FastAPI):
    """The service. `lanes` are routes that an ASGI application of their own answers, before any routing:
    FastAPI's way to a route takes longer than a decision.
    """

    def __init__(self, lanes: dict[tuple[str, str], ASGIApp]) -> None:
        super().__init__(
            title="deskpolicy",
            version=VERSION,
            redoc_url=None,
            redirect_slashes=False,
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        )
        self._lanes = lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        if scope["type"] == "http":
            lane = self._lanes.get((scope["method"], scope["path"]))
            if lane is not None:
                await lane(scope, receive, send)
                return
            if scope["method"] == "HEAD":
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
    decide = Decide(catalogue, body_limit)
    app = Service({("POST", PATH): decide})
    app.include_router(decide_routes(decide))
    app.include_router(rulebook_routes(catalogue))
    app.include_router(health_routes(catalogue))
    app.include_router(explanation_routes())
    app.add_middleware(Guard)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(Refusal, answer_refusal)
    app.add_exception_handler(RequestRefused, answer_refused)
    return app
