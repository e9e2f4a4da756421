"""`POST /access/v1/evaluation` and `…/evaluations` as lanes: AuthZEN in, decisions of the rulebook out.

An evaluation whose shape is right is always answered with 200; whatever is wrong with what it says makes its decision
false, with the error in its context. Nothing but the effect `permit` makes it true.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from time import perf_counter
from typing import Any, Final

from starlette.types import Receive

from engine import Catalogue, Fault, RequestRefused

from ..answers import Answer, json_answer
from ..body import read_body, require_json, roster_fault
from ..call import Call
from ..codec import encode_answer, read_request
from ..languages import accepted_languages
from ..observers import Decided, Observer, tell
from ..problems import DOES_NOT_FIT, UNFIT_EVALUATION, Problem, problem_behind
from ..settings import Limits
from ..shelf import Shelf
from .question import CannotAsk, Question, question_of
from .shape import Evaluation, read_many, read_one

EVALUATION: Final = "/access/v1/evaluation"
EVALUATIONS: Final = "/access/v1/evaluations"

_UNFIT: Final = 422
_AT_A_STRETCH: Final = 0.003
"""Seconds of evaluating after which other calls get their turn."""
_LAST: Final = {"deny_on_first_deny": False, "permit_on_first_permit": True}
"""The decision after which a semantic stops."""


class _Lane(ABC):
    """What both lanes have in common. Keeps nothing between requests."""

    def __init__(self, shelf: Shelf, limits: Limits, observers: tuple[Observer, ...] = ()) -> None:
        self._shelf = shelf
        self._limits = limits
        self._observers = observers

    async def answer(self, call: Call, receive: Receive) -> Answer:
        """The answer to one call; never raises."""
        try:
            headers = call.headers
            require_json(headers)
            body = read_request(await read_body(receive, headers.content_length, self._limits.body))
            return json_answer(encode_answer(await self._decisions(body, call)))
        except Exception as error:
            return _as_bad_request(problem_behind(error)).answer()

    @abstractmethod
    async def _decisions(self, body: dict[str, Any], call: Call) -> dict[str, Any]: ...

    def _decide(self, evaluation: Evaluation, catalogue: Catalogue, call: Call) -> dict[str, Any]:
        """The decision on one evaluation, as AuthZEN has it."""
        languages = accepted_languages(call.headers.accept_language)
        try:
            question = question_of(evaluation)
        except CannotAsk as error:
            return _no_decision(_UNFIT, error.faults)
        if fault := roster_fault(question.request.get("roster"), self._limits.roster):
            return _no_decision(_UNFIT, [question.fault(Fault("/roster", fault))])
        try:
            answer = catalogue.decide_as(question.request, languages=languages)
        except RequestRefused as refused:
            faults = refused.faults or (Fault("", refused.detail),)
            return _no_decision(refused.status, [question.fault(fault) for fault in faults])
        if self._observers:
            tell(self._observers, Decided(question.request, encode_answer(answer), catalogue, languages, call))
        return _decision(question, answer, _language(question, answer, catalogue, languages))


class Evaluate(_Lane):
    """One evaluation."""

    async def _decisions(self, body: dict[str, Any], call: Call) -> dict[str, Any]:
        return self._decide(read_one(body), self._shelf.catalogue, call)


class EvaluateMany(_Lane):
    """Several evaluations, in their order."""

    async def _decisions(self, body: dict[str, Any], call: Call) -> dict[str, Any]:
        asked, catalogue = read_many(body), self._shelf.catalogue
        if isinstance(asked, Evaluation):
            return self._decide(asked, catalogue, call)
        decisions: list[dict[str, Any]] = []
        began = perf_counter()
        for evaluation in asked.each:
            decisions.append(self._decide(evaluation, catalogue, call))
            if decisions[-1]["decision"] is _LAST.get(asked.semantic):
                break
            if perf_counter() - began >= _AT_A_STRETCH:
                await asyncio.sleep(0)
                began = perf_counter()
        return {"evaluations": decisions}


def _decision(question: Question, answer: dict[str, Any], language: str) -> dict[str, Any]:
    settled = answer["decision"][question.part][question.name]
    rule = next(e for e in answer["trace"] if e["stage"] == question.part and e["rule"] == settled["by"])
    context: dict[str, Any] = {
        "effect": settled["effect"],
        "approver": settled["approver"],
        "by": settled["by"],
        "cites": rule["cites"],
        "rulebook": answer["rulebook"],
        "at": answer["at"],
    }
    for name, text in (("reason_admin", rule["because"]), ("reason_user", settled.get("say"))):
        if text is not None:
            context[name] = {language: text}
    return {"decision": settled["effect"] == "permit", "context": context}


def _language(question: Question, answer: dict[str, Any], catalogue: Catalogue, languages: Sequence[str]) -> str:
    """The language of an answer's texts: what the engine takes of the same wishes."""
    named, spoken = question.request.get("language"), question.request.get("requester", {}).get("language")
    used = answer["rulebook"]
    known = catalogue.describe(used["id"], used["version"])["languages"]
    wishes = (tag.split("-", 1)[0].lower() for tag in (*([named] if named else languages), spoken) if tag)
    return next((tag for tag in wishes if tag in known), "en")


def _no_decision(status: int, faults: Sequence[Fault]) -> dict[str, Any]:
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    message = f"{faults[0].pointer}: {faults[0].message}{more}"
    error = {"status": status, "message": message, "errors": [fault.to_json() for fault in faults]}
    return {"decision": False, "context": {"error": error}}


def _as_bad_request(problem: Problem) -> Problem:
    """A body that is JSON and does not fit is a bad request (400) by the standard."""
    return Problem(UNFIT_EVALUATION, problem.detail, problem.errors) if problem.kind is DOES_NOT_FIT else problem
