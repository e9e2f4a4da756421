"""`POST /v1/decide`: the one route on which every microsecond counts."""

from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.types import Receive

from engine import RequestRefused

from . import wire
from .answers import JSON, Answer
from .body import BODY_LIMIT, read_body, require_json
from .call import Call, call_of
from .codec import encode_answer, read_request
from .document import described, json_body
from .languages import accepted_languages
from .observers import Decided, Observer, tell
from .problems import Refusal, problem_of, unexpected
from .shelf import Shelf

PATH: Final = "/v1/decide"


class Decide:
    """The route as a lane: a request's JSON in, the decision or a problem out.

    Keeps nothing between requests.
    """

    def __init__(self, shelf: Shelf, body_limit: int = BODY_LIMIT, observers: tuple[Observer, ...] = ()) -> None:
        self._shelf = shelf
        self._body_limit = body_limit
        self._observers = observers

    async def answer(self, call: Call, receive: Receive) -> Answer:
        """The answer to one call; never raises."""
        try:
            headers = call.headers
            require_json(headers)
            raw = await read_body(receive, headers.content_length, self._body_limit)
            return Answer.of(200, self.decide_bytes(raw, accepted_languages(headers.accept_language), call), JSON)
        except Refusal as refusal:
            return refusal.problem.answer()
        except RequestRefused as refused:
            return problem_of(refused).answer()
        except Exception as error:  # the caller gets a problem document, the log gets the traceback
            return unexpected(error).answer()

    def decide_bytes(self, raw: bytes, languages: tuple[str, ...], call: Call) -> bytes:
        """The decision on the request in `raw`, both as JSON.

        `languages` are used when the request names none, best first. Raises Refusal and RequestRefused.
        """
        catalogue = self._shelf.catalogue
        request = read_request(raw)
        answer = encode_answer(catalogue.decide_as(request, languages=languages))
        if self._observers:
            tell(self._observers, Decided(request, answer, catalogue, languages, call))
        return answer


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
        answer = await decide.answer(call_of(request.scope), request.receive)
        return answer.response()

    return routes
