"""`POST /v1/decide`: the one route on which every microsecond counts."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.types import Receive

from engine import Catalogue, RequestRefused

from . import wire
from .answers import Answer, json_answer
from .body import BODY_LIMIT, ROSTER_LIMIT, check_size, read_body, require_json, roster_fault
from .call import Call, call_of
from .codec import decode_request, decode_requests, refuse_odd_text, refuse_repeated_names
from .document import described, json_body
from .languages import accepted_languages
from .observers import Decided, Observer, count, parted, tell
from .problems import Refusal, does_not_fit, problem_behind
from .shelf import Shelf

PATH: Final = "/v1/decide"

_ROSTER: Final = b'"roster"'
_DECISIONS: Final = {bytes}


class Decide:
    """The route as a lane: a request's JSON in, the decision or a problem out.

    Keeps nothing between requests.
    """

    in_turn: Final = False
    """A call is answered where it came: one decision need not wait for a turn."""

    def __init__(
        self,
        shelf: Shelf,
        body_limit: int = BODY_LIMIT,
        observers: tuple[Observer, ...] = (),
        roster_limit: int = ROSTER_LIMIT,
    ) -> None:
        self._shelf = shelf
        self._body_limit = body_limit
        self._roster_limit = roster_limit
        self._tallies, self._observers = parted(observers)

    async def answer(self, call: Call, receive: Receive) -> Answer:
        """The answer to one call; never raises."""
        try:
            require_json(call.headers)
            raw = await read_body(receive, call.headers.content_length, self._body_limit)
            return self._decided(call, raw)
        except Exception as error:  # told as a problem document, whatever it is
            return problem_behind(error).answer()

    def takes_whole(self, raw: bytes) -> bool:
        """Any call may be answered in one go."""
        return True

    def answer_whole(self, call: Call, raw: bytes) -> Answer:
        """The same for a call whose body is there."""
        try:
            require_json(call.headers)
            check_size(len(raw), self._body_limit)
            return self._decided(call, raw)
        except Exception as error:  # told as a problem document, whatever it is
            return problem_behind(error).answer()

    def _decided(self, call: Call, raw: bytes) -> Answer:
        wished = call.headers.accept_language
        languages = accepted_languages(wished) if wished else ()
        answer = self.decide_bytes(self._shelf.catalogue, raw, languages, call)
        count(self._tallies, (answer,))
        return json_answer(answer)

    def count(self, answers: Sequence[bytes]) -> None:
        """Count decisions that `decide_bytes` has made."""
        count(self._tallies, answers)

    def decide_bytes(self, catalogue: Catalogue, raw: bytes, languages: tuple[str, ...], call: Call) -> bytes:
        """The decision of a catalogue on the request in `raw`, both as JSON; it is left to the caller to `count` it.

        `languages` are used when the request names none, best first. Raises Refusal and RequestRefused.
        """
        request = decode_request(raw)
        try:
            if "roster" in request:
                self._look_at_roster(request)
            answer = catalogue.decide_json(request, languages=languages)
        except (Refusal, RequestRefused):
            refuse_odd_text(raw, request)  # what is wrong with the text is told before what is wrong with what it says
            raise
        refuse_repeated_names(raw, request)
        if self._observers:
            tell(self._observers, Decided(request, answer, catalogue, languages, call, raw))
        return answer

    def decide_text(
        self, text: bytes, count: int, catalogue: Catalogue, languages: tuple[str, ...], call: Call
    ) -> Sequence[bytes | Exception | None] | None:
        """Of each of the lines of a text, so many of them, what `decide_line` gives, in less time.

        Each line has its line feed. None where they cannot be decoded together; nothing has been decided then.
        """
        requests = decode_requests(text, count)
        if requests is None:
            return None
        values, is_plain = requests
        answers: list[Any] = catalogue.decide_each_json(values, languages=languages)
        observers = self._observers
        if is_plain and not observers and _ROSTER not in text and set(map(type, answers)) == _DECISIONS:
            return answers
        lines = text.split(b"\n")
        for place, request in enumerate(values):
            answer = answers[place]
            # what has something wrong, or may have, is told it as a single request is
            if type(answer) is not bytes or self._is_suspect(lines[place], request, is_plain):
                answers[place] = self.decide_line(lines[place], catalogue, languages, call)
            elif observers:
                tell(observers, Decided(request, answer, catalogue, languages, call, lines[place]))
        return answers

    def _is_suspect(self, raw: bytes, request: dict[str, Any], is_plain: bool) -> bool:
        """Whether something may be wrong with a request that a rulebook has accepted."""
        try:
            if "roster" in request:
                self._look_at_roster(request)
            if not is_plain:
                refuse_repeated_names(raw, request)
        except Refusal:
            return True
        return False

    def decide_line(
        self, line: bytes, catalogue: Catalogue, languages: tuple[str, ...], call: Call
    ) -> bytes | Exception | None:
        """What `decide_bytes` gives or raises for a line; None where it is blank."""
        try:
            return self.decide_bytes(catalogue, line, languages, call) if line and not line.isspace() else None
        except Exception as error:  # which spoils no other line
            return error

    def _look_at_roster(self, request: dict[str, Any]) -> None:
        fault = roster_fault(request["roster"], self._roster_limit)
        if fault:
            raise Refusal(does_not_fit("/roster", fault))


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
