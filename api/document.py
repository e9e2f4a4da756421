"""The OpenAPI document: what each route says of itself, and the shapes on the wire. Knows no route by name."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, TypeAlias

import msgspec
from fastapi import Response
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from engine import Catalogue

from . import wire
from .access import describe_access
from .answers import JSON
from .body import ROSTER_LIMIT
from .examples import ANSWER, EVALUATION, REQUEST
from .problems import KINDS, MEDIA_TYPE, ProblemKind
from .release import VERSION
from .shelf import Shelf

Shape: TypeAlias = type[msgspec.Struct]

_SHAPES: Final = (
    wire.Request,
    wire.Answer,
    wire.Problem,
    wire.Rulebooks,
    wire.Rulebook,
    wire.VersionDetails,
    wire.Health,
    wire.Readiness,
    wire.Schema,
    wire.Receipt,
    wire.Shadows,
    wire.AccessEvaluation,
    wire.AccessEvaluations,
    wire.AccessDecision,
    wire.AccessDecisions,
    wire.AccessConfiguration,
)
_EXAMPLES: Final[dict[Shape, Any]] = {
    wire.Request: REQUEST,
    wire.Answer: ANSWER,
    wire.AccessEvaluation: EVALUATION,
}
_REFERENCE: Final = "#/components/schemas/{name}"
_NEEDED: Final = ("subject", "action", "resource")
_HEADERS: Final = {
    "X-Request-Id": {"description": "the name of the call: yours, or one that it got", "schema": {"type": "string"}}
}
_ACCEPT_LANGUAGE: Final = {
    "name": "Accept-Language",
    "in": "header",
    "description": "of the texts in the answer, where the request names none; a malformed one is ignored",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "description": "an `ETag` that was sent before",
    "schema": {"type": "string"},
}
_TITLES: Final = {kind.status: kind.title for kind in reversed(KINDS)}

DESCRIPTION: Final = """\
The policy decision point of a support desk. A helpdesk sends a ticket with its requester, the acting agent and the
roster; the answer is one decision, and the rule and the clause behind each part of it. The service keeps no state:
the same request, rulebook digest and `at` give the same bytes.
"""


def described(
    shape: Shape | tuple[Shape, ...],
    *problems: int | ProblemKind,
    validated: bool = False,
    media_type: str = JSON,
    links: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the decorator of a route is told: that it answers with `shape` (or one of them), or with a problem.

    `problems` are statuses or kinds. `validated` routes send an `ETag` and answer `If-None-Match` with 304. `links`
    lead on to other operations.
    """
    shapes = shape if isinstance(shape, tuple) else (shape,)
    schema = {"anyOf": [_reference(one) for one in shapes]} if len(shapes) > 1 else _reference(shapes[0])
    good: dict[str, Any] = {"description": "OK", "content": {media_type: {"schema": schema}}}
    if links:
        good["links"] = dict(links)
    responses: dict[int | str, Any] = {200: good}
    if validated:
        tag = {"ETag": {"schema": {"type": "string"}, "description": "changes with what is shown"}}
        good["headers"] = tag
        responses[304] = {"description": "Unchanged since the `ETag` in `If-None-Match`", "headers": tag}
    for problem in problems:
        status, title = (problem, _TITLES[problem]) if isinstance(problem, int) else (problem.status, problem.title)
        responses[status] = _problem(title)
    responses["default"] = _problem("Any other problem")
    said = {"response_class": Response, "responses": responses}
    return {**said, "openapi_extra": {"parameters": [_IF_NONE_MATCH]}} if validated else said


def described_text(*problems: ProblemKind) -> dict[str, Any]:
    """What the decorator of a route is told that answers with plain text."""
    good = {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}
    responses: dict[int | str, Any] = {200: good, **{kind.status: _problem(kind.title) for kind in problems}}
    return {"response_class": Response, "responses": {**responses, "default": _problem("Any other problem")}}


def json_body(shape: Shape) -> dict[str, Any]:
    """The part of an operation that says what it takes."""
    body = {"required": True, "content": {JSON: {"schema": _reference(shape)}}}
    return {"requestBody": body, "parameters": [_ACCEPT_LANGUAGE]}


def described_lines(media_types: Sequence[str], *problems: int) -> dict[str, Any]:
    """What the decorator of a route is told that takes and gives lines: a request each, an answer or a problem each."""
    shape = {"contentMediaType": JSON}  # no `type`: what is not JSON is answered too, line by line
    sent = {"schema": {**shape, "description": "one `Request` a line"}}
    given = {"schema": {**shape, "description": "one `Answer` or `Problem` a line, in the order of the requests"}}
    taken = {"required": True, "content": dict.fromkeys(media_types, sent)}
    responses: dict[int | str, Any] = {200: {"description": "OK", "content": dict.fromkeys(media_types, given)}}
    for status in problems:
        responses[status] = _problem(_TITLES[status])
    responses["default"] = _problem("Any other problem")
    return {"response_class": Response, "responses": responses, "openapi_extra": {"requestBody": taken}}


class Document:
    """The OpenAPI document (3.1) of these routes, over the rulebooks on a shelf.

    `whole` says of each loaded rulebook what its requests may hold; `bare` says only what holds for any rulebook.
    """

    def __init__(
        self,
        routes: Sequence[BaseRoute],
        shelf: Shelf,
        *,
        asks_who_calls: bool = False,
        roster_limit: int = ROSTER_LIMIT,
    ) -> None:
        """`roster_limit` is how many agents the service takes in a roster."""
        self._routes = routes
        self._roster_limit = roster_limit
        self._asks_who_calls = asks_who_calls
        self._shelf = shelf
        self._bare: dict[str, Any] | None = None
        self._whole: tuple[object, dict[str, Any]] | None = None

    def bare(self) -> dict[str, Any]:
        """The document without the names that rulebooks know."""
        if self._bare is None:
            self._bare = _document(self._routes, asks_who_calls=self._asks_who_calls)
            schemas, name = self._bare["components"]["schemas"], wire.Request.__name__
            schemas[name] = self._bounded(schemas[name])
        return self._bare

    def whole(self) -> dict[str, Any]:
        """The document with the requests of each rulebook now on the shelf."""
        catalogue = self._shelf.catalogue
        if self._whole is None or self._whole[0] is not catalogue:
            self._whole = (catalogue, self._with_requests(catalogue))
        return self._whole[1]

    def request_schema(self, rulebook: str, version: str) -> dict[str, Any]:
        """The schema of the requests that a version takes. Raises RequestRefused where there is no such version."""
        return self._bounded(self._shelf.catalogue.request_schema(rulebook, version))

    def _bounded(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema of a request, with no more agents in its roster than the service takes."""
        roster = schema["properties"]["roster"]
        if "anyOf" in roster:  # it may be null too
            roster = {**roster, "anyOf": [self._shortened(one) for one in roster["anyOf"]]}
        return {**schema, "properties": {**schema["properties"], "roster": self._shortened(roster)}}

    def _shortened(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        most = schema.get("maxItems")
        return dict(schema) if most is None else {**schema, "maxItems": min(most, self._roster_limit)}

    def _with_requests(self, catalogue: Catalogue) -> dict[str, Any]:
        schemas = {
            f"Request.{book['id']}.{version['version']}": self.request_schema(book["id"], version["version"])
            for book in catalogue.summaries()
            for version in book["versions"]
        }
        return _with_requests(self.bare(), schemas)


def wire_schemas() -> dict[str, Any]:
    """The schemas of all shapes on the wire, by name: what holds for any rulebook."""
    _, schemas = msgspec.json.schema_components(_SHAPES, ref_template=_REFERENCE)
    for shape, example in _EXAMPLES.items():
        schemas[shape.__name__]["examples"] = [example]
    schemas[wire.AccessEvaluations.__name__]["allOf"] = [_given_or_default(name) for name in _NEEDED]
    return schemas


def _document(routes: Sequence[BaseRoute], *, asks_who_calls: bool) -> dict[str, Any]:
    document = get_openapi(title="deskpolicy", version=VERSION, description=DESCRIPTION, routes=routes)
    document["components"] = {"schemas": wire_schemas(), "headers": _HEADERS}
    describe_access(document, {MEDIA_TYPE: {"schema": _reference(wire.Problem)}}, asks_who_calls=asks_who_calls)
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                response.setdefault("headers", {})["X-Request-Id"] = {"$ref": "#/components/headers/X-Request-Id"}
    return document


def _with_requests(bare: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    document = deepcopy(dict(bare))
    if schemas:
        known = document["components"]["schemas"]
        general = known[wire.Request.__name__]
        known |= schemas
        known[wire.Request.__name__] = {
            "title": general["title"],
            "description": general["description"],
            "anyOf": [{"$ref": _REFERENCE.format(name=name)} for name in schemas],
            "examples": general["examples"],
        }
    return document


def _given_or_default(name: str) -> dict[str, Any]:
    """What AuthZEN asks of each part: it stands at the top level, or in every one of the listed evaluations."""
    listed = {"minItems": 1, "items": {"required": [name]}}
    return {"anyOf": [{"required": [name]}, {"required": ["evaluations"], "properties": {"evaluations": listed}}]}


def _reference(shape: Shape) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(name=shape.__name__)}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _reference(wire.Problem)}}}
