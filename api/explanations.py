"""`GET /problems/{name}`: the page that the `type` of a problem document refers to."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from .document import described_text
from .problems import KINDS, NO_SUCH_ROUTE, Problem, Refusal

_PAGES = {kind.name: f"{kind.status} {kind.title}\n\n{kind.advice}\n" for kind in KINDS}

Name = Annotated[str, Path(description="the last part of a problem's `type`", json_schema_extra={"enum": [*_PAGES]})]


def explanation_routes() -> APIRouter:
    """The routes that explain the kinds of problems, in plain text."""
    routes = APIRouter(tags=["problems"])

    @routes.get(
        "/problems/{name}",
        operation_id="explainProblem",
        summary="What a problem means",
        **described_text(NO_SUCH_ROUTE),
    )
    async def explain(name: Name) -> Response:
        """One kind of problem, and what to do."""
        page = _PAGES.get(name)
        if page is None:
            raise Refusal(Problem(NO_SUCH_ROUTE, "no kind of problem has this name"))
        return Response(page, media_type="text/plain")

    return routes
