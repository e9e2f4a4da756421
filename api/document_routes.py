"""`GET /v1/openapi.json` and `GET …/schema`: what requests may hold, told to those who may read the rulebooks."""

from fastapi import APIRouter, Request, Response

from .document import Document, described
from .rulebooks import Id, Version, validated
from .wire import Schema

SCHEMA_TYPE = "application/schema+json"


def document_routes(document: Document) -> APIRouter:
    """The routes that describe requests for machines."""
    routes = APIRouter(tags=["rulebooks"])

    @routes.get("/v1/openapi.json", include_in_schema=False)
    async def whole_document(request: Request) -> Response:
        """The OpenAPI document with the requests that each rulebook takes."""
        return validated(request, document.whole())

    @routes.get(
        "/v1/rulebooks/{id}/{version}/schema",
        operation_id="getRequestSchema",
        summary="What requests to a version may hold",
        **described(Schema, 404, validated=True, media_type=SCHEMA_TYPE),
    )
    async def get_request_schema(request: Request, rulebook: Id, version: Version) -> Response:
        """The JSON Schema (2020-12) of the requests that the version takes."""
        dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        return validated(request, dialect | document.request_schema(rulebook, version), media_type=SCHEMA_TYPE)

    return routes
