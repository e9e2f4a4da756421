"""How the instants of a column could be written: formats tried on its texts, and the order of day and month settled."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import product
from typing import Final, NamedTuple

from .sample import Column

_TRIED: Final = 400
_NEEDED: Final = 0.9
_DATES: Final = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y-%m-%d", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y",
    "%d.%m.%y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y",
)  # fmt: skip
_TIMES: Final = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%H.%M", "")
_OFFSETS: Final = ("", " %z", "%z")
_SWAPPED: Final = {"%d/%m/%Y": "%m/%d/%Y", "%m/%d/%Y": "%d/%m/%Y", "%d-%m-%Y": "%m-%d-%Y", "%m-%d-%Y": "%d-%m-%Y",
                   "%d/%m/%y": "%m/%d/%y", "%m/%d/%y": "%d/%m/%y"}  # fmt: skip
_UNIX: Final = re.compile(r"[0-9]{9,10}(\.[0-9]+)?")
_UNIX_MS: Final = re.compile(r"[0-9]{12,13}")
_DATE: Final = re.compile(r"\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4}|[A-Za-z]{3,9} \d{1,2}, \d{4}")
_NAMED: Final = re.compile(r"(time|date|_at|_on|created|opened|closed|resolved|updated)", re.IGNORECASE)


class WrittenInstants(NamedTuple):
    """A format that fits, whether it carries an offset, why it was taken, and another that fits as well."""

    format: str
    has_offset: bool
    has_time: bool
    why: str
    rival: str | None = None


def written_instants(column: Column) -> WrittenInstants | None:
    """How a column's instants are written, or None when it holds none."""
    texts = column.texts(_TRIED)
    if not texts or not any(character.isdigit() for character in texts[0]):
        return None
    if _share(texts, _is_rfc3339) >= _NEEDED:
        offset = _share(texts, lambda text: datetime.fromisoformat(text).tzinfo is not None) >= _NEEDED
        return WrittenInstants("rfc3339", offset, True, f"{len(texts)} of its texts are read so")
    for word, pattern in (("unix", _UNIX), ("unix_ms", _UNIX_MS)):
        if _NAMED.search(column.name) and all(pattern.fullmatch(text) for text in texts):
            return WrittenInstants(word, True, True, f"{len(texts)} of its texts are numbers of that size")
    return _by_formats(texts)


def _by_formats(texts: list[str]) -> WrittenInstants | None:
    if sum(_DATE.match(text) is not None for text in texts) < len(texts) * _NEEDED:
        return None
    # Most formats fail on the first few texts already; only the survivors are tried on all.
    probe = texts[:20]
    forms = [
        (date, form)
        for date, clock, offset in product(_DATES, _TIMES, _OFFSETS)
        for between in ((" ", "T") if clock else ("",))
        if _share(
            probe, lambda text, form=(form := f"{date}{between}{clock}{offset if clock else ''}"): _fits(text, form)
        )
        >= _NEEDED
    ]
    scored = [(_share(texts, lambda text, form=form: _fits(text, form)), date, form) for date, form in forms]
    if not scored or max(scored)[0] < _NEEDED:
        return None
    share, date, form = max(scored, key=lambda entry: (entry[0], "%d/%m" in entry[2], -len(entry[2])))
    swapped = _SWAPPED.get(date)
    rival = next((other for score, other_date, other in scored if other_date == swapped and score == share), None)
    why = f"{len(texts)} distinct texts tried"
    if swapped is not None and rival is None:
        place = "first" if "%d" in date[:2] else "second"
        why += f"; some numbers in the {place} place are greater than 12, so that is the day"
    return WrittenInstants(form, "%z" in form, any(part in form for part in ("%H", "%I")), why, rival)


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _is_rfc3339(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return len(text) > 12


def _share(texts: list[str], fits: object) -> float:
    assert callable(fits)
    hits = 0
    for text in texts:
        try:
            hits += bool(fits(text))
        except ValueError:
            continue
    return hits / len(texts)
