"""Sentences that findings and reasons state in English, told in the language of the report.

Each is recognised by its form; names, values and numbers in it are kept, numbers written as the language does. A
sentence that is not known here stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .forms import FORMS
from .wording import Language, Words

_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+|[+-]?\d+\.\d+")
_SIDES: Final = re.compile(r"(baseline|candidate): (.+)", re.DOTALL)
_FORMS: Final[Mapping[Language, tuple[tuple[re.Pattern[str], str], ...]]] = {
    "ru": tuple((re.compile(form.en, re.DOTALL), form.ru) for form in FORMS),
    "pl": tuple((re.compile(form.en, re.DOTALL), form.pl) for form in FORMS),
}


def retold(text: str, words: Words) -> str:
    """A sentence in the language of the report."""
    if words.language == "en":
        return text
    if side := _SIDES.fullmatch(text):
        return f"{words.say(side[1])}: {retold(side[2], words)}"
    known = text
    for form, said in _FORMS[words.language]:
        # One sentence may have several of the first forms, one inside the other.
        if found := form.fullmatch(known):
            known = found.expand(said)
    return known.replace("` or `", f"` {words.say('or')} `") if known != text else text


def numbers_retold(text: str, words: Words) -> str:
    """The same, for a sentence about numbers: they are written as the language does."""
    if words.language == "en":
        return text
    return _NUMBER.sub(lambda found: _number(found[0], words), retold(text, words)).replace("%", words.percent_sign)


def _number(text: str, words: Words) -> str:
    sign = text[0].replace("-", "\N{MINUS SIGN}") if text[0] in "+-" else ""
    digits = text.lstrip("+-").replace(",", "")
    whole, point, fraction = digits.partition(".")
    return sign + words.number(int(whole)) + ("," + fraction if point else "")
