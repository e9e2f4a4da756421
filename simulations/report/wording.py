"""Says things in a language: texts with plural forms, numbers, shares, instants and spans as its readers write them.

Knows nothing of findings or HTML: what it gives is plain text, not yet escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import floor
from typing import Any, Final, Literal, TypeAlias

from babel import Locale
from babel.dates import format_date, format_time, get_day_names
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from .english import ENGLISH, Texts
from .polish import POLISH
from .russian import RUSSIAN

Language: TypeAlias = Literal["en", "ru", "pl"]
TEXTS: Final[Mapping[Language, Texts]] = {"en": ENGLISH, "ru": RUSSIAN, "pl": POLISH}
_SPAN: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS: Final = ("day", "hour", "minute", "second")


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.locale = Locale.parse(language)
        self._texts = TEXTS[language]

    def say(self, key: str, **values: Any) -> str:
        """The text of a key with values put in; whole numbers are written as the language does."""
        text = self._texts[key]
        if not isinstance(text, str):
            text = text.get(self.locale.plural_form(values["n"]), text["other"])
        said = {name: self.number(value) if type(value) is int else value for name, value in values.items()}
        return text.format_map(said)

    def known(self, group: str, name: str) -> str:
        """The text `group.name`, or the name itself where there is none: names of rulebooks stay as they are."""
        return self.say(f"{group}.{name}") if f"{group}.{name}" in self._texts else name

    def number(self, value: float) -> str:
        """A number with the separators of the language."""
        return format_decimal(value, locale=self.locale)

    def share(self, part: int, whole: int) -> str:
        """A percentage, rounded down: 100% is said of all and of nothing less; a dash of nothing."""
        return self.percent(part * 10_000 // whole / 10_000) if whole else "–"

    def floored(self, share: float) -> str:
        """A share, from 0 to 1, as a percentage rounded down."""
        return self.percent(floor(round(share * 10_000, 6)) / 10_000)

    def percent(self, share: float) -> str:
        """A share, from 0 to 1, as a percentage."""
        return format_percent(share, format=f"#,##0.00{self.percent_sign}", locale=self.locale)

    def signed(self, share: float) -> str:
        """A difference of shares in points, with its sign."""
        return format_decimal(100 * share, format="+0.00;\N{MINUS SIGN}0.00", locale=self.locale)

    def rounded(self, value: float) -> str:
        """A probability or statistic, with four digits after the point."""
        return format_decimal(value, format="#,##0.0000", locale=self.locale)

    def instant(self, written: str) -> str:
        """An RFC 3339 instant as date and time in UTC; what is none stays as it is."""
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            return written
        at = at.astimezone(UTC)
        day = format_date(at, "medium", locale=self.locale)
        clock = format_time(at, "medium" if at.second else "short", locale=self.locale)
        return f"{day}, {clock}".replace("\u202f", "\u00a0")

    def span(self, written: str) -> str:
        """An ISO 8601 duration in words; what is none stays as it is."""
        found = _SPAN.fullmatch(written)
        if found is None:
            return written
        told = [(int(part), unit) for part, unit in zip(found.groups(), _UNITS, strict=True) if part and int(part)]
        parts = [format_unit(value, unit, "short", locale=self.locale) for value, unit in told]
        return " ".join(parts) or format_unit(0, "minute", "short", locale=self.locale)

    def day(self, weekday: int) -> str:
        """A day of the week, 0 for Monday, abbreviated."""
        return str(get_day_names("abbreviated", "stand-alone", self.locale)[weekday])

    @property
    def percent_sign(self) -> str:
        """The sign, with the space before it where the language has one."""
        return "\u00a0%" if self.language == "ru" else "%"
