"""`GET /problems/{name}`: the page that the `type` of a problem document refers to."""

from fastapi import APIRouter, Response

from .problems import KINDS, NO_SUCH_ROUTE, Problem, Refusal


def explanation_routes() -> APIRouter:
    """The routes that explain the kinds of problems, in plain text."""
    routes = APIRouter(include_in_schema=False)
    pages = {kind.name: f"{kind.status} {kind.title}\n\n{kind.advice}\n" for kind in KINDS}

    @routes.get("/problems/{name}")
    async def explain(name: str) -> Response:
        """One kind of problem."""
        page = pages.get(name)
        if page is None:
            raise Refusal(Problem(NO_SUCH_ROUTE, "no kind of problem has this name"))
        return Response(page, media_type="text/plain")

    return routes
