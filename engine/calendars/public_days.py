"""Public holidays and transferred working days, from the ``holidays`` library. Must not know openings or zones.

The library is imported at first use: it takes longer to import than the rest of this package, and calendars without a
country do without it.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final

from .wording import did_you_mean, quoted

_QUIET: Final = Lock()


@dataclass(frozen=True, slots=True)
class PublicDays:
    """The days of one year that a country treats apart, as ordinals (``date.toordinal``).

    ``holidays`` are closed; ``working`` are the weekend days made working days in exchange for another day.
    """

    holidays: frozenset[int] = frozenset()
    working: frozenset[int] = frozenset()


NO_PUBLIC_DAYS: Final = PublicDays()


@lru_cache(maxsize=1)
def countries() -> dict[str, tuple[str, ...]]:
    """The ISO 3166-1 codes of the countries whose holidays are known, each with the codes of its subdivisions."""
    from holidays import list_supported_countries

    return {code: tuple(parts) for code, parts in list_supported_countries(include_aliases=False).items()}


def check_country(country: str, subdivision: str | None = None) -> None:
    """Raise ValueError with the nearest known codes unless holidays are known for the country (and its subdivision).

    ``country`` is an ISO 3166-1 code of two letters, ``subdivision`` the part of an ISO 3166-2 code after the hyphen
    (or the library's own name where ISO has none), letter for letter.
    """
    known = countries()
    if country not in known:
        near = did_you_mean(country, sorted(known))
        raise ValueError(f"no holidays are known for {quoted(country)}; a country is two letters of ISO 3166{near}")
    if subdivision is None or subdivision in known[country]:
        return
    if not known[country]:
        raise ValueError(f"no subdivisions of `{country}` are known; found {quoted(subdivision)}")
    near = did_you_mean(subdivision, sorted(known[country]))
    raise ValueError(f"unknown subdivision {quoted(subdivision)} of `{country}`{near}")


@lru_cache(maxsize=8192)
def public_days(country: str, subdivision: str | None, year: int) -> PublicDays:
    """The public holidays and transferred working days of ``year``; both empty in years that the library lacks.

    The library's ``public`` category, observed days included, and its ``weekend_workdays``. An instance populated for
    one year also holds working days that other years' transfers took from it, and some of other years: hence the test.
    """
    from holidays import country_holidays

    # Years past what is computed for a country make the library warn (India); the days it does know still stand.
    with _QUIET, warnings.catch_warnings(action="ignore"):
        found = country_holidays(country, subdiv=subdivision, years=year)
    return PublicDays(
        frozenset(day.toordinal() for day in found if day.year == year),
        frozenset(day.toordinal() for day in found.weekend_workdays if day.year == year),
    )
