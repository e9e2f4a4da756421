"""Puts the routes together into one application."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Final, TypeAlias

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from engine import Catalogue, EngineName, RequestRefused

from .access import open_gate
from .authzen import EVALUATION, EVALUATIONS, Evaluate, EvaluateMany, authzen_routes
from .batch import PATH as BATCH
from .batch import Batch, batch_routes
from .beside import Beside, beside_decisions
from .body import BODY_LIMIT
from .clock import now
from .decide import PATH, Decide, decide_routes
from .docs_page import docs_page_routes
from .document import Document
from .document_routes import document_routes
from .door import Door, Lane
from .explanations import explanation_routes
from .fleet import Fleet, fleet_over, source_of
from .guard import Guard, answer_http_error, answer_refusal, answer_refused, without_body
from .health import health_routes
from .problems import Refusal
from .release import VERSION
from .reload_figures import reload_samples
from .reloading import reload_routes
from .rulebooks import rulebook_routes
from .settings import Access, Limits, Log, Settings
from .shadow import shadow_routes
from .shelf import Shelf
from .telemetry import IN_HAND, Board, Sample, Telemetry, metrics_routes
from .withheld import allow_texts

Companion: TypeAlias = Callable[[], AbstractAsyncContextManager[Any]]
"""Something that runs beside the service, from before its first call until after its last."""

_OPEN: Final = Access(required=False)
"""Within another application, it is that application that knows who may call."""


class Service(FastAPI):
    """The service: an ASGI application whose every call goes through its `door`."""

    door: Door
    document: Document
    fleet: Fleet
    shelf: Shelf
    beside: Beside

    def __init__(self, companions: Sequence[Companion] = ()) -> None:
        self.streams: dict[tuple[str, str], ASGIApp] = {}
        """Routes, by method and path, that answer as the request comes and so without FastAPI."""
        super().__init__(
            title="deskpolicy",
            version=VERSION,
            docs_url=None,
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
        if scope["type"] == "http" and (stream := self.streams.get((scope["method"], scope["path"]))) is not None:
            await stream(scope, receive, send)
            return
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, without_body(send)
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document for anybody: without what rulebooks hold, where the service asks who calls."""
        return self.document.bare() if self.door.asks_who_calls else self.document.whole()


def create_app(
    rules: str | os.PathLike[str], *, body_limit: int = BODY_LIMIT, engine: EngineName = "bitmap"
) -> Service:
    """The service over the rulebooks of a folder, which are read now, and again at `POST /v1/reload`.

    `body_limit` is in bytes. Raises RulebookFaults when the rulebooks have faults, EngineUnavailable when the engine
    cannot be had, and EngineFault when it cannot take them.
    """
    settings = Settings(
        rules=os.fspath(rules), engine=engine, access=_OPEN, limits=Limits(body=body_limit), log=Log(calls="none")
    )
    return build_service(Shelf(Catalogue.load(rules, clock=now, engine=engine)), settings)


def app_over(catalogue: Catalogue, *, body_limit: int = BODY_LIMIT) -> Service:
    """The service over rulebooks that are loaded already."""
    shelf, settings = Shelf(catalogue), Settings(access=_OPEN, limits=Limits(body=body_limit), log=Log(calls="none"))
    return build_service(shelf, settings, fleet=fleet_over(shelf, settings, None))


def build_service(
    shelf: Shelf, settings: Settings, *, fleet: Fleet | None = None, board: Board | None = None
) -> Service:
    """The service that settings describe, over the rulebooks on a shelf; `board` is where its workers leave figures.

    `fleet` exchanges the rulebooks; left out: they are read again, when asked for, from where the settings say.
    Raises AccessFault when none could call it, and TracingUnavailable when traces are wanted and cannot be had.
    """
    allow_texts(settings.log.texts)
    beside = beside_decisions(shelf, settings)
    telemetry = Telemetry(settings, shelf, lambda: app.routes, board=board)
    observers = (*telemetry.observers, *beside.observers)
    decide = Decide(shelf, settings.limits.body, observers, roster_limit=settings.limits.roster)
    one = Evaluate(shelf, settings.limits, observers)
    many = EvaluateMany(shelf, settings.limits, observers)
    lanes: dict[tuple[str, str], Lane] = {
        ("POST", PATH): decide,
        ("POST", EVALUATION): one,
        ("POST", EVALUATIONS): many,
    }
    fleet = fleet or fleet_over(shelf, settings, source_of(settings))
    app = Service([fleet.accompany, telemetry.running, beside.running])
    app.fleet = fleet
    app.shelf = shelf
    app.beside = beside
    batch = Batch(decide, shelf, settings.limits)
    door = app.door = Door(
        lanes,
        app.routed,
        gate=open_gate(settings),
        watchers=telemetry.watchers,
        calls_at_once=settings.limits.calls,
        whole={} if settings.tracing.enabled else {("POST", PATH): decide, ("POST", BATCH): batch},
        loopback_only=settings.access.required is None,
    )
    telemetry.sources += [batch.samples, beside.samples, lambda: [Sample(IN_HAND, (), door.in_hand)]]
    telemetry.common.append(lambda: reload_samples(fleet.figures()))
    app.streams["POST", BATCH] = batch
    app.document = Document(app.routes, shelf, asks_who_calls=door.asks_who_calls, roster_limit=settings.limits.roster)
    for routes in (
        decide_routes(decide),
        batch_routes(batch),
        rulebook_routes(shelf),
        shadow_routes(beside.shown),
        document_routes(app.document),
        authzen_routes(one, many),
        health_routes(shelf, fleet),
        reload_routes(fleet),
        metrics_routes(telemetry.figures),
        explanation_routes(),
        docs_page_routes(),
    ):
        app.include_router(routes)
    _answer_errors(app)
    return app


def _answer_errors(app: Service) -> None:
    """Let whatever goes wrong on a route be answered with a problem."""
    app.add_middleware(Guard)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(Refusal, answer_refusal)
    app.add_exception_handler(RequestRefused, answer_refused)


def _accompanied(companions: Sequence[Companion]) -> Callable[[ASGIApp], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for companion in companions:
                await stack.enter_async_context(companion())
            yield

    return lifespan
