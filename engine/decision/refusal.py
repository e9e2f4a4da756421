"""Why a request is refused: what is wrong, where in it, and what was probably meant."""

from dataclasses import dataclass

UNFIT = 422
"""The HTTP status of a request that does not fit."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a request."""

    pointer: str
    """A JSON Pointer (RFC 6901) into the request."""
    message: str
    nearest: str | None = None
    """The known name or value most like the one found."""

    def to_json(self) -> dict[str, str]:
        """As a problem document lists it."""
        body = {"pointer": self.pointer, "message": self.message}
        return body if self.nearest is None else {**body, "nearest": self.nearest}


class RequestRefused(Exception):
    """A request that gets no decision. `status` is the HTTP status that fits: 404, 409 or 422."""

    def __init__(self, status: int, title: str, detail: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.faults = faults


def misfit(faults: list[Fault]) -> RequestRefused:
    """The refusal of a request that does not fit."""
    first = f"{faults[0].pointer}: {faults[0].message}"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return RequestRefused(UNFIT, "The request does not fit", first + more, tuple(faults))


def pointer(*steps: str | int) -> str:
    """A JSON Pointer from its steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
