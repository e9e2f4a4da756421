"""Admission: is the ticket ours? Every rulebook that has this stage must answer for every request."""

from collections.abc import Mapping
from typing import Any

from ..rulebook import Then
from .choices import PlainChoice

OUTCOMES = ("accept", "redirect", "reject")


class Admission(PlainChoice):
    """`outcome`, and for a redirect `to`. A rulebook without the stage accepts what comes."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(
            "admission", "outcome", {"outcome": "accept", "to": None}, {"admission": "outcome"}, must_end=True
        )

    def read_outcome(self, then: Then, settings: Any) -> Any:
        """An outcome of three; where to, if it is redirected."""
        outcome = then.one_of("outcome", OUTCOMES)
        if outcome == "redirect" and not then.is_given("to"):
            then.fault("missing-key", "a redirect must say where `to`", "outcome", help="add `to: …`")
        if outcome not in (None, "redirect") and then.is_given("to"):
            then.fault_of_name("unknown-key", f"`{outcome}` goes nowhere, so `to` means nothing", "to",
                               help="leave `to` out, or write `outcome: redirect`")  # fmt: skip
        return super().read_outcome(then, settings)

    def is_refusal(self, part: Mapping[str, Any]) -> bool:
        """Whatever is not accepted."""
        return bool(part["outcome"] != "accept")
