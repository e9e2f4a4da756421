"""`GET /v1/shadow`: how candidates in the shadow stand."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response

from .. import wire
from ..answers import JSON
from ..codec import encode_answer
from ..document import described


def shadow_routes(shown: Callable[[], dict[str, Any]]) -> APIRouter:
    """The route that shows what `shown` gives."""
    routes = APIRouter(tags=["shadow"])

    @routes.get("/v1/shadow", operation_id="getShadow", summary="Candidates in the shadow", **described(wire.Shadows))
    async def get_shadow() -> Response:
        """How often each candidate would have decided otherwise, in which parts, and the latest of these decisions."""
        return Response(encode_answer(shown()), media_type=JSON)

    return routes
