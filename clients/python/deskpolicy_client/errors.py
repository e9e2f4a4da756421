"""What a call can raise."""

from collections.abc import Sequence

import msgspec

from . import wire


class DeskpolicyError(Exception):
    """Any of the errors below."""


class Unreachable(DeskpolicyError):
    """No answer came: the service is not there, or did not answer in time. The cause says more."""


class Unreadable(DeskpolicyError):
    """An answer came that is none of this service; most likely something else answers at the address."""


class ProblemError(DeskpolicyError):
    """The service answered with a problem document (RFC 9457)."""

    def __init__(self, problem: wire.Problem) -> None:
        said = problem.title if problem.detail is msgspec.UNSET else f"{problem.title}: {problem.detail}"
        super().__init__(f"{problem.status} {said}")
        self.problem = problem

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def kind(self) -> str:
        """What kind of problem it is: the last part of its `type`, such as `does-not-fit`."""
        return self.problem.type.rsplit("/", 1)[-1]

    @property
    def faults(self) -> Sequence[wire.Fault]:
        """Every fault of the request: where it is (`pointer`), what it is (`message`), what was meant (`nearest`)."""
        return self.problem.errors or ()
