"""`GET /v1/rulebooks…`: which rulebooks the service has, and what is in them."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from . import wire
from .answers import JSON
from .codec import encode_answer
from .document import described
from .shelf import Shelf

Id = Annotated[str, Path(alias="id", description="the rulebook's id")]
Version = Annotated[str, Path(description="an exact version, such as `1.0.0`")]

_TO_RULEBOOK: Final = {"operationId": "getRulebook", "parameters": {"id": "$response.body#/rulebooks/0/id"}}
_TO_VERSION: Final = {
    "operationId": "getVersion",
    "parameters": {"id": "$response.body#/id", "version": "$response.body#/versions/0/version"},
}
_ITSELF: Final = {"id": "$response.body#/id", "version": "$response.body#/version"}
_TO_SCHEMA: Final = {"operationId": "getRequestSchema", "parameters": _ITSELF}
_TO_DECISION: Final = {
    "operationId": "decide",
    "requestBody": {"rulebook": "$response.body#/id", "version": "$response.body#/version"},
}


def rulebook_routes(shelf: Shelf) -> APIRouter:
    """The routes that show the rulebooks on a shelf."""
    routes = APIRouter(tags=["rulebooks"])

    @routes.get(
        "/v1/rulebooks",
        operation_id="listRulebooks",
        summary="The rulebooks",
        **described(wire.Rulebooks, validated=True, links={"Rulebook": _TO_RULEBOOK}),
    )
    async def list_rulebooks(request: Request) -> Response:
        """Every rulebook with its versions, their digests, and from when until when each is in force."""
        return validated(request, {"rulebooks": shelf.catalogue.summaries()})

    @routes.get(
        "/v1/rulebooks/{id}",
        operation_id="getRulebook",
        summary="One rulebook",
        **described(wire.Rulebook, 404, validated=True, links={"Version": _TO_VERSION}),
    )
    async def get_rulebook(request: Request, rulebook: Id) -> Response:
        """One rulebook in all its versions."""
        return validated(request, shelf.catalogue.describe(rulebook))

    @routes.get(
        "/v1/rulebooks/{id}/{version}",
        operation_id="getVersion",
        summary="One version of a rulebook",
        **described(
            wire.VersionDetails, 404, validated=True, links={"RequestSchema": _TO_SCHEMA, "Decision": _TO_DECISION}
        ),
    )
    async def get_version(request: Request, rulebook: Id, version: Version) -> Response:
        """One version of a rulebook, spelt out."""
        return validated(request, shelf.catalogue.describe(rulebook, version))

    return routes


def validated(request: Request, shown: Mapping[str, Any], media_type: str = JSON) -> Response:
    """An answer with the tag of its bytes, or 304 to whoever has it already."""
    body = encode_answer(shown)
    tag = "sha256:" + hashlib.sha256(body).hexdigest()
    headers = {"etag": f'"{tag}"', "cache-control": "no-cache"}
    if _matches(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _matches(if_none_match: list[str], tag: str) -> bool:
    # Weak comparison (RFC 9110, section 13.1.2). No tag of ours holds a comma, so splitting at commas is safe.
    candidates = (part.strip().removeprefix("W/") for value in if_none_match for part in value.split(","))
    return any(candidate in ("*", f'"{tag}"') for candidate in candidates)
