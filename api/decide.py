"""`POST /v1/decide`: the one route on which every microsecond counts."""

from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from engine import Catalogue, RequestRefused

from . import wire
from .answers import JSON, Answer
from .body import BODY_LIMIT, BodyHeaders, read_body, require_json
from .codec import encode_answer, read_request
from .document import described, json_body
from .languages import accepted_languages
from .problems import Refusal, problem_of, unexpected

PATH: Final = "/v1/decide"


def decide_bytes(catalogue: Catalogue, raw: bytes, languages: tuple[str, ...] = ()) -> bytes:
    """The decision on the request in `raw`, both as JSON.

    `languages` are used when the request names none, best first. Raises Refusal and RequestRefused.
    """
    return encode_answer(catalogue.decide_as(read_request(raw), languages=languages))


class Decide:
    """The route as a bare ASGI application: a request's JSON in, the decision or a problem out.

    Keeps nothing between requests.
    """

    def __init__(self, catalogue: Catalogue, body_limit: int = BODY_LIMIT) -> None:
        self._catalogue = catalogue
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request (ASGI)."""
        answer = await self.answer(scope, receive)
        await answer.send(send)

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """The answer to one HTTP request; never raises."""
        try:
            headers = BodyHeaders.read(scope["headers"])
            require_json(headers)
            raw = await read_body(receive, headers.content_length, self._body_limit)
            return Answer.of(200, decide_bytes(self._catalogue, raw, accepted_languages(headers.accept_language)), JSON)
        except Refusal as refusal:
            return refusal.problem.answer()
        except RequestRefused as refused:
            return problem_of(refused).answer()
        except Exception as error:  # the caller gets a problem document, the log gets the traceback
            return unexpected(error).answer()


def decide_routes(decide: Decide) -> APIRouter:
    """The same as a route of FastAPI: for the OpenAPI document, and where another application mounts this one."""
    routes = APIRouter(tags=["decide"])

    @routes.post(
        PATH,
        operation_id="decide",
        summary="Decide on a ticket",
        openapi_extra=json_body(wire.Request),
        **described(wire.Answer, 400, 404, 409, 413, 415, 422),
    )
    async def decide_ticket(request: Request) -> Response:
        """One decision on one ticket: is it ours, what is it, how urgent, by when, whose, what may be told and done."""
        answer = await decide.answer(request.scope, request.receive)
        return answer.response()

    return routes
