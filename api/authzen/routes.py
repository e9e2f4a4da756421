"""The endpoints of AuthZEN as routes of FastAPI, and where they are found."""

from fastapi import APIRouter, Request, Response

from .. import wire
from ..answers import JSON
from ..call import call_of
from ..codec import encode_answer
from ..document import described, json_body
from ..problems import UNFIT_EVALUATION
from .evaluate import EVALUATION, EVALUATIONS, Evaluate, EvaluateMany


def authzen_routes(one: Evaluate, many: EvaluateMany) -> APIRouter:
    """The routes: for the OpenAPI document, and where another application mounts this one."""
    routes = APIRouter(tags=["access"])

    @routes.post(
        EVALUATION,
        operation_id="evaluate",
        summary="May the subject do this",
        openapi_extra=json_body(wire.AccessEvaluation),
        **described(wire.AccessDecision, UNFIT_EVALUATION, 413, 415),
    )
    async def evaluate(request: Request) -> Response:
        """One access evaluation (AuthZEN 1.0, section 6) of a permission or a disclosure."""
        return (await one.answer(call_of(request.scope), request.receive)).response()

    @routes.post(
        EVALUATIONS,
        operation_id="evaluateMany",
        summary="May they do these things",
        openapi_extra=json_body(wire.AccessEvaluations),
        **described((wire.AccessDecisions, wire.AccessDecision), UNFIT_EVALUATION, 413, 415),
    )
    async def evaluate_many(request: Request) -> Response:
        """Several access evaluations (AuthZEN 1.0, section 7); without `evaluations`, one, answered like one."""
        return (await many.answer(call_of(request.scope), request.receive)).response()

    @routes.get(
        "/.well-known/authzen-configuration",
        operation_id="accessConfiguration",
        summary="Where the access evaluations are",
        **described(wire.AccessConfiguration),
    )
    async def configuration(request: Request) -> Response:
        """The metadata of this policy decision point (AuthZEN 1.0, section 9), at the address that it was asked at."""
        base = str(request.base_url).rstrip("/")
        found = {
            "policy_decision_point": base,
            "access_evaluation_endpoint": base + EVALUATION,
            "access_evaluations_endpoint": base + EVALUATIONS,
        }
        return Response(encode_answer(found), media_type=JSON, headers={"cache-control": "no-cache"})

    return routes
