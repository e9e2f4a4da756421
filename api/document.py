"""The OpenAPI document: what each route says of itself, and the shapes on the wire. Knows no route by name."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from fastapi import Response
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from . import wire
from .answers import JSON
from .examples import ANSWER, REQUEST
from .problems import KINDS, MEDIA_TYPE
from .release import VERSION

_SHAPES: Final = (
    wire.Request,
    wire.Answer,
    wire.Problem,
    wire.Rulebooks,
    wire.Rulebook,
    wire.VersionDetails,
    wire.Health,
    wire.Readiness,
)
_EXAMPLES: Final[dict[type[msgspec.Struct], Any]] = {wire.Request: REQUEST, wire.Answer: ANSWER}
_REFERENCE: Final = "#/components/schemas/{name}"
_TITLES: Final = {kind.status: kind.title for kind in reversed(KINDS)}

DESCRIPTION: Final = """\
The policy decision point of a support desk. A helpdesk sends a ticket with its requester, the acting agent and the
roster; the answer is one decision, and the rule and the clause behind each part of it. The service keeps no state:
the same request, rulebook digest and `at` give the same bytes.
"""


def described(shape: type[msgspec.Struct], *problems: int, validated: bool = False) -> dict[str, Any]:
    """What the decorator of a route is told: that it answers with `shape`, or with a problem of one of these statuses.

    `validated` routes send an `ETag` and answer `If-None-Match` with 304.
    """
    good: dict[str, Any] = {"description": "OK", "content": {JSON: {"schema": _reference(shape)}}}
    responses: dict[int | str, Any] = {200: good}
    if validated:
        tag = {"ETag": {"schema": {"type": "string"}, "description": "changes with what is shown"}}
        good["headers"] = tag
        responses[304] = {"description": "Unchanged since the `ETag` in `If-None-Match`", "headers": tag}
    for status in problems:
        responses[status] = _problem(_TITLES[status])
    responses["default"] = _problem("Any other problem")
    return {"response_class": Response, "responses": responses}


def json_body(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The part of an operation that says what it takes."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": _reference(shape)}}}}


def openapi_document(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document (3.1) of these routes."""
    document = get_openapi(title="deskpolicy", version=VERSION, description=DESCRIPTION, routes=routes)
    _, schemas = msgspec.json.schema_components(_SHAPES, ref_template=_REFERENCE)
    for shape, example in _EXAMPLES.items():
        schemas[shape.__name__]["examples"] = [example]
    document["components"] = {"schemas": schemas}
    return document


def _reference(shape: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(name=shape.__name__)}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _reference(wire.Problem)}}}
