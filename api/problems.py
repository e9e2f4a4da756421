"""Problem documents (RFC 9457): what the service says when it cannot answer.

The kinds are listed once, here; docs/reference/http.md explains each under its name. Nothing here knows of rulebooks.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import msgspec

from engine import RequestRefused

from .answers import Answer, Header
from .withheld import without_texts

log = logging.getLogger("deskpolicy.api")


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: the last part of its `type`, its HTTP status, its title, and a sentence on what to do."""

    name: str
    status: int
    title: str
    advice: str

    @property
    def type(self) -> str:
        """The problem's type: a reference that the service itself answers with an explanation."""
        return f"/problems/{self.name}"


NOT_JSON: Final = ProblemKind(
    "not-json",
    400,
    "The body is not JSON",
    "Send one JSON text (RFC 8259) in UTF-8. The detail names the byte at which reading stopped.",
)
UNFIT_EVALUATION: Final = ProblemKind(
    "unfit-evaluation",
    400,
    "The access evaluation does not fit",
    "Each of `errors` points at a fault of its shape. What AuthZEN takes is told in docs/reference/authzen.md.",
)
UNKNOWN_CALLER: Final = ProblemKind(
    "unknown-caller",
    401,
    "The service does not know who calls",
    "Send a key as `Authorization: Bearer …` or `X-API-Key: …`, or a token of a provider that the service trusts.",
)
FORBIDDEN: Final = ProblemKind(
    "forbidden",
    403,
    "The caller may not do this",
    "The detail names the scope that is needed; whoever runs the service grants it.",
)
NO_SUCH_RULEBOOK: Final = ProblemKind(
    "no-such-rulebook",
    404,
    "No such rulebook or version",
    "Take the id and the version from GET /v1/rulebooks.",
)
NO_SUCH_ROUTE: Final = ProblemKind(
    "no-such-route",
    404,
    "No such route",
    "The routes are listed in /openapi.json and, for reading, in /docs.",
)
METHOD_NOT_ALLOWED: Final = ProblemKind(
    "method-not-allowed",
    405,
    "This route does not take this method",
    "The `Allow` header of the answer names the methods that it takes.",
)
TOO_SLOW: Final = ProblemKind(
    "too-slow",
    408,
    "The request came too slowly",
    "Send the whole request at once; the detail names the time that it may take.",
)
NOT_IN_FORCE: Final = ProblemKind(
    "not-in-force",
    409,
    "No version of the rulebook is in force",
    "Name a `version`, or an instant `at` at which one is in force; GET /v1/rulebooks/{id} tells from when until when.",
)
TOO_LARGE: Final = ProblemKind(
    "too-large",
    413,
    "The body is too large",
    "Send less: the detail names the limit. Leave out agents of the roster who cannot be assigned.",
)
NOT_JSON_BY_TYPE: Final = ProblemKind(
    "unsupported-media-type",
    415,
    "The body is of another content type",
    "Send UTF-8 without a content encoding, with the header `Content-Type: application/json`, and a batch with"
    " `application/x-ndjson`.",
)
DOES_NOT_FIT: Final = ProblemKind(
    "does-not-fit",
    422,
    "The request does not fit",
    "Each of `errors` points at one fault and, for a misspelt name, at the nearest known one.",
)
BAD_RULEBOOKS: Final = ProblemKind(
    "bad-rulebooks",
    422,
    "The rulebooks have faults",
    "The rulebooks before go on. Each of `errors` tells one fault with its file, line and column; `deskpolicy check` "
    "tells the same before a reload.",
)
UNEXPECTED: Final = ProblemKind(
    "unexpected", 500, "The service failed",
    "This is a fault of the service, not of the request. Its log has the details under the problem's `instance`.",
)  # fmt: skip
OVERLOADED: Final = ProblemKind(
    "overloaded",
    503,
    "The service has too many calls in hand",
    "Try again after the seconds that `Retry-After` names; where it happens often, run more workers.",
)
SHUTTING_DOWN: Final = ProblemKind(
    "shutting-down",
    503,
    "The service is about to end",
    "It finishes the calls that it has and takes others for a moment only. Send new ones elsewhere.",
)
PROVIDER_UNREACHABLE: Final = ProblemKind(
    "provider-unreachable",
    503,
    "The token cannot be checked at present",
    "The provider of the token does not give its keys. Try again after the seconds that `Retry-After` names.",
)

KINDS: Final = (
    NOT_JSON,
    UNFIT_EVALUATION,
    UNKNOWN_CALLER,
    FORBIDDEN,
    NO_SUCH_RULEBOOK,
    NO_SUCH_ROUTE,
    METHOD_NOT_ALLOWED,
    TOO_SLOW,
    NOT_IN_FORCE,
    TOO_LARGE,
    NOT_JSON_BY_TYPE,
    DOES_NOT_FIT,
    BAD_RULEBOOKS,
    UNEXPECTED,
    OVERLOADED,
    SHUTTING_DOWN,
    PROVIDER_UNREACHABLE,
)
"""Every kind of problem, by status."""

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: its kind, what happened this time, and each fault as `{pointer, message, nearest?}`."""

    kind: ProblemKind
    detail: str
    errors: Sequence[Mapping[str, Any]] = ()
    instance: str | None = None
    headers: Sequence[Header] = field(default=())
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the document (RFC 9457, section 3.2)."""

    def document(self) -> dict[str, Any]:
        """The problem as a JSON object (RFC 9457, section 3)."""
        document: dict[str, Any] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
        }
        if self.instance is not None:
            document["instance"] = self.instance
        if self.errors:
            document["errors"] = list(self.errors)
        document.update(self.extra)
        return document

    def answer(self) -> Answer:
        """The problem as an HTTP answer."""
        return Answer.of(self.kind.status, msgspec.json.encode(self.document()), MEDIA_TYPE, self.headers)


class Refusal(Exception):
    """The service refuses a request before or beside the engine; carries the problem to answer with."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def does_not_fit(pointer: str, message: str) -> Problem:
    """The problem of one fault, at a JSON Pointer (RFC 6901) into the request."""
    return Problem(DOES_NOT_FIT, message, [{"pointer": pointer, "message": message}])


_REFUSED: Final = {kind.status: kind for kind in (NO_SUCH_RULEBOOK, NOT_IN_FORCE, DOES_NOT_FIT)}


def problem_of(refused: RequestRefused) -> Problem:
    """The problem of a request that the engine refused."""
    return Problem(_REFUSED[refused.status], refused.detail, [fault.to_json() for fault in refused.faults])


def unexpected(error: Exception) -> Problem:
    """The problem of an error that nobody foresaw: nothing of it is told, all of it is logged under `instance`."""
    instance = uuid.uuid4().urn
    log.error("unexpected error, answered as %s", instance, exc_info=without_texts(error))
    return Problem(UNEXPECTED, "an unexpected error; the service's log has the details", instance=instance)


def problem_behind(error: Exception) -> Problem:
    """The problem to answer with when deciding raised this: the caller gets it, the log gets what nobody foresaw."""
    if isinstance(error, Refusal):
        return error.problem
    return problem_of(error) if isinstance(error, RequestRefused) else unexpected(error)


def plain_problem(status: int, headers: Sequence[Header] = ()) -> Answer:
    """A problem that means no more than its HTTP status (`about:blank`, RFC 9457, section 4.2.1)."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return Answer.of(status, msgspec.json.encode(document), MEDIA_TYPE, headers)
