"""What the OpenAPI document says of access: which key or token an operation asks for, and how it refuses."""

from typing import Any, Final

from .callers import needed_scope

_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "a key (`dpk_…`), or a token (JWT) of a provider that the service trusts",
    },
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "a key (`dpk_…`)"},
}
_REFUSALS: Final = {
    "401": "The service does not know who calls",
    "403": "The caller may not do this",
}
_BUSY: Final = "The service has too many calls in hand, or cannot check the token at present"
_TOO_SLOW: Final = "The request came too slowly"


def describe_access(document: dict[str, Any], problem: dict[str, Any], *, asks_who_calls: bool) -> None:
    """Put access into an OpenAPI document: in place. `problem` is the content of a response that tells a problem.

    Where the service does not ask who calls, neither does the document.
    """
    if asks_who_calls:
        document["components"]["securitySchemes"] = _SCHEMES
    for path, operations in document["paths"].items():
        scope = needed_scope(path)
        for operation in operations.values():
            responses = operation["responses"]
            if "requestBody" in operation:
                responses.setdefault("408", {"description": _TOO_SLOW, "content": problem})
            if scope is None:
                continue
            retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds to wait"}}
            responses.setdefault("503", {"description": _BUSY, "content": problem, "headers": retry})
            if asks_who_calls:
                operation["security"] = [{"bearer": [scope]}, {"apiKey": [scope]}]
                for status, description in _REFUSALS.items():
                    challenge = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "what is taken"}}
                    responses[status] = {"description": description, "content": problem, "headers": challenge}
            operation["responses"] = dict(sorted(responses.items()))
