"""`GET /healthz` and `GET /readyz`, for whatever watches over the service."""

from fastapi import APIRouter, Response

from . import wire
from .answers import JSON
from .codec import encode_answer
from .document import described
from .fleet import Fleet, edition_of
from .problems import SHUTTING_DOWN, Problem, Refusal
from .shelf import Shelf


def health_routes(shelf: Shelf, fleet: Fleet) -> APIRouter:
    """The routes that tell how the service is. It takes no call before its rulebooks are loaded."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", operation_id="isAlive", summary="Alive?", **described(wire.Health))
    async def is_alive() -> Response:
        """The process answers."""
        return Response(encode_answer({"status": "ok"}), media_type=JSON)

    @routes.get("/readyz", operation_id="isReady", summary="Ready?", **described(wire.Readiness, 503))
    async def is_ready() -> Response:
        """The rulebooks are loaded, and the service is not about to end."""
        if fleet.draining:
            raise Refusal(
                Problem(
                    SHUTTING_DOWN,
                    "the service is about to end; send new calls elsewhere",
                    headers=[(b"retry-after", b"1")],
                )
            )
        catalogue = shelf.catalogue
        edition = edition_of(catalogue)
        ready = {
            "status": "ready",
            "rulebooks": len(catalogue.summaries()),
            "generation": fleet.figures().generation,
            "digest": edition.digest,
        }
        return Response(encode_answer(ready), media_type=JSON)

    return routes
