"""`POST /v1/reload` and `GET /v1/reload`: reads the rulebooks again, and tells what came of it."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from . import wire
from .access import is_loopback
from .answers import JSON
from .call import call_of
from .codec import encode_answer
from .document import described
from .fleet import Fleet
from .problems import BAD_RULEBOOKS, FORBIDDEN, Problem, Refusal


def reload_routes(fleet: Fleet) -> APIRouter:
    """The routes by which an operator exchanges the rulebooks."""
    routes = APIRouter(tags=["reload"])

    @routes.post(
        "/v1/reload", operation_id="reload", summary="Read the rulebooks again", **described(wire.Receipt, 403, 422)
    )
    async def reload(request: Request) -> Response:
        """Reads the rulebooks again, and answers when every worker decides by them; a set with faults is refused."""
        _require_operator(request)
        _require_no_foreign_page(request)
        receipt = await fleet.reload()
        if receipt.outcome == "refused":
            raise Refusal(_refused(receipt))
        return Response(encode_answer(receipt), media_type=JSON)

    @routes.get("/v1/reload", operation_id="getReload", summary="The last reload", **described(wire.Receipt, 403))
    async def last_reload(request: Request) -> Response:
        """What came of the last reload, or of the start, and what each worker has decided by since."""
        _require_operator(request)
        return Response(encode_answer(fleet.receipt), media_type=JSON)

    return routes


def _require_operator(request: Request) -> None:
    """Where callers need not say who they are, only those on this machine may reload."""
    if call_of(request.scope).caller is None and not is_loopback(request.client.host if request.client else ""):
        detail = "where nobody need say who calls, only callers on the service's own machine may reload"
        raise Refusal(Problem(FORBIDDEN, detail))


def _require_no_foreign_page(request: Request) -> None:
    """Where callers need not say who they are, a page of another site may not use an operator's browser to reload.

    Browsers send `Origin` with every POST, other clients need not. It must be our own, and name this machine: a name
    that somebody else has made to lead here does not.
    """
    origin = request.headers.get("origin")
    if origin is None or call_of(request.scope).caller is not None:
        return
    try:
        place = urlsplit(origin)
        is_own = place.netloc == request.headers.get("host") and is_loopback(place.hostname or "")
    except ValueError:
        is_own = False
    if not is_own:
        raise Refusal(Problem(FORBIDDEN, "the header `Origin` names another site, whose pages may not reload"))


def _refused(receipt: wire.Receipt) -> Problem:
    errors = [
        {"pointer": "", "message": f"{found.file}:{found.line}:{found.column}: {found.message}"}
        for found in receipt.diagnostics
        if found.severity == "error"
    ]
    detail = f"{len(errors)} faults; the rulebooks before go on" if len(errors) != 1 else errors[0]["message"]
    return Problem(BAD_RULEBOOKS, detail, errors, extra={"receipt": receipt})
