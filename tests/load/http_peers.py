"""Servers to compare with over HTTP: run by uvicorn as `http_peers:echo`, `http_peers:zen_lean` and so on.

Each is the leanest form of its kind. What they decide comes from the peers' workload, which lies beside the project.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

PEERS = Path(__file__).resolve().parents[2].parent / "shared" / "peers"
sys.path[:0] = [str(PEERS)]

ECHO_BYTES = "BENCH_ECHO_BYTES"
"""Names how many bytes the echo answers with."""


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Plain ASGI: takes the body, and answers with as many bytes as a decision has."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


_BODY = b'"' + b"x" * (int(os.environ.get(ECHO_BYTES, "1000")) - 2) + b'"'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]


class Ticket(BaseModel):
    """The ticket of the peers' workload."""

    id: str
    channel: str
    category: str
    keyword: str
    impact: int
    urgency: int
    tier: str
    in_hours: bool
    waiting_min: int
    reopens: int
    audience: str


def fastapi_echo() -> FastAPI:
    """FastAPI with Pydantic, deciding nothing: a ticket in, a ticket out."""
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> None:
        pass

    @app.post("/decide")
    async def decide(ticket: Ticket) -> Ticket:
        return ticket

    return app


def zen_lean() -> FastAPI:
    """zen-engine behind FastAPI: bytes in, bytes out, nothing checked; and lists of tickets by its own batch call."""
    zen, models = importlib.import_module("zen"), importlib.import_module("zenmodel")
    engine = zen.ZenEngine({"loader": {"type": "static", "content": models.MODELS}})
    model = "fan_rows"
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> None:
        pass

    @app.post("/decide")
    async def decide(request: Request) -> Response:
        answer = engine.evaluate(model, await request.body())["result"]
        return Response(msgspec.json.encode(answer), media_type="application/json")

    @app.post("/batch")
    async def batch(request: Request) -> Response:
        tickets = msgspec.json.decode(await request.body())
        found = engine.evaluate_batch([{"key": model, "context": ticket} for ticket in tickets])
        return Response(msgspec.json.encode([one["data"]["result"] for one in found]), media_type="application/json")

    return app
