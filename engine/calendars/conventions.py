"""The points on which service-level systems differ, each a named choice. Knows nothing of any calendar."""

from dataclasses import dataclass, fields
from typing import Final, Literal, get_args

DueLandsOn = Literal["period_end", "next_opening"]
DaylightSaving = Literal["elapsed", "nominal"]
ZeroTarget = Literal["at_once", "next_opening"]
Backwards = Literal["negative", "absolute", "zero"]

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "due_lands_on": get_args(DueLandsOn),
    "daylight_saving": get_args(DaylightSaving),
    "zero_target": get_args(ZeroTarget),
    "backwards": get_args(Backwards),
}


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a calendar counts where systems differ.

    - ``due_lands_on``: an amount that runs out exactly at closing is due at that closing (``period_end``) or at the
      opening after it (``next_opening``).
    - ``daylight_saving``: open time is what really elapses (``elapsed``), or what the wall clock shows (``nominal``):
      a day open from 00:00 to 24:00 is then 24 hours also when it really has 23 or 25. Nominal time stands still
      while the clock repeats an hour, and leaps with the clock over an hour that is skipped.
    - ``zero_target``: an amount of zero that starts out of hours is due at its start (``at_once``) or at the next
      opening (``next_opening``).
    - ``backwards``: the open time from an instant to an earlier one is counted ``negative``, ``absolute`` or ``zero``.

    Raises ValueError for any other value.
    """

    due_lands_on: DueLandsOn = "period_end"
    daylight_saving: DaylightSaving = "elapsed"
    zero_target: ZeroTarget = "at_once"
    backwards: Backwards = "negative"

    def __post_init__(self) -> None:
        for field in fields(self):
            choices, value = _CHOICES[field.name], getattr(self, field.name)
            if value not in choices:
                known = ", ".join(f"`{choice}`" for choice in choices)
                raise ValueError(f"`{field.name}` is one of {known}; found `{value}`")


USUAL: Final = Conventions()
"""The conventions of a rulebook that names none."""
