"""Derived facts: what relates facts to one another or to time, made into a fact that one test can ask about.

Each kind is a class with its type, the facts it needs, how it is read and how it is worked out; KINDS lists them.
"""

from collections.abc import Mapping
from typing import Any

from ..facts import Closed, Duration, Instant, Number, SetOf, Truth
from .derived_times import Earliest, Elapsed, Latest, Open, TimeOfDay, Weekday
from .derived_values import AllOf, AnyOf, LookUp, Missing, Present, Same, Size, Sum

KINDS: tuple[type[Any], ...] = (
    Open, Elapsed, Earliest, Latest, Same, AnyOf, AllOf, Missing, Present, Size, Sum, LookUp, Weekday, TimeOfDay,
)  # fmt: skip
"""Every kind of derived fact; the key that tells them apart stands in `key`."""

ASKS: Mapping[str, tuple[type[Any], ...]] = {
    "open": (Instant,),
    "elapsed": (Instant,),
    "earliest": (Instant,),
    "latest": (Instant,),
    "any": (Truth,),
    "all": (Truth,),
    "size": (SetOf,),
    "sum": (Number, Duration),
    "look_up": (Closed,),
    "weekday": (Instant,),
    "time_of_day": (Instant,),
}
"""The types that each kind's facts must have; kinds that are not named take any."""
