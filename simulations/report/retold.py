"""Sentences that findings and reasons state in English, told in the language of the report.

Each is recognised by its form; names, values and numbers in it are kept, numbers written as the language does. A
sentence that is not known here stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .wording import Language, Words

_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+|[+-]?\d+\.\d+")
_SIDES: Final = re.compile(r"(baseline|candidate): (.+)", re.DOTALL)
_T: Final = r"`[^`]*`"
_RUSSIAN: Final = (
    # What guardrails found.
    (r"(\S+%) → (\S+%), (\S+) points(.*)", r"\1 → \2, \3 п. п.\4"),
    (r"(.*), between (\S+) and ([^\s;]+)(.*)", r"\1, интервал от \2 до \3\4"),
    (
        r"(.*); not of the same tickets: (.+) has (\S+) of the baseline and (\S+) of the candidate",
        r"\1; это не одни и те же заявки: на уровне \2 по действующему порядку \3, по новому \4",
    ),
    (r"(\S+ → \S+) tickets(.*)", r"заявок: \1\2"),
    (r"(\S+) tickets?", r"заявок: \1"),
    (r"(\S+) decisions?", r"решений: \1"),
    (r"(.*); of nothing there is no percentage", r"\1; от нуля доли нет"),
    (r"(.*); there are too few days for an interval", r"\1; для интервала слишком мало дней"),
    (r"there is no candidate to compare with", r"нет нового порядка, с которым можно сравнить"),
    (rf"the history records no ({_T}) that could be compared", r"в истории не записано \1 для сравнения"),
    (r"no ticket of the (?:candidate|baseline) tells it", r"нет заявок, по которым это видно"),
    (rf"no ticket has the target or level ({_T}); there are (.*)", r"нет заявок со сроком или уровнем \1; есть \2"),
    (rf"no ticket comes to a group ({_T}); groups are (.*)", r"ни одна заявка не приходит в группу \1; есть \2"),
    (rf"there is no stage ({_T}); stages are (.*)", r"нет этапа \1; есть \2"),
    (rf"there is no topic ({_T}); topics are (.*)", r"нет темы \1; есть \2"),
    # Notes.
    (
        rf"No decision has the target ({_T}), which the history records\.",
        r"Срока \1, записанного в истории, нет в решениях.",
    ),
    # Why rows were set aside.
    (r"no ticket is named", "заявка не названа"),
    (r"no instant of the opening", "нет времени открытия"),
    (r"no instant of the (?:event|decision)", "нет времени события"),
    (r"is dated before the opening of the ticket", "датировано раньше открытия заявки"),
    (r"is not the first row of its ticket", "не первая строка своей заявки"),
    (r"repeats an earlier event", "повторяет более раннее событие"),
    (r"is not in the table of values", "нет в таблице значений"),
    (r"does not hold what the pattern looks for", "не содержит того, что ищет образец"),
    (rf"is not an instant written as ({_T}(?: or {_T})*)", r"не время в записи \1"),
    (r"is an instant out of range", "время вне допустимых пределов"),
    (r"is a local time that the clock of (.+) skipped", r"местное время, которого на часах пояса \1 не было"),
    (r"is not a whole number", "не целое число"),
    (rf"is not a number with ({_T}) before its fraction", r"не число с \1 перед дробной частью"),
    (r"is not a number", "не число"),
    (r"is less than no time", "меньше нуля"),
    (r"is not a JSON list of texts", "не список текстов в JSON"),
    (r"is not a JSON list of waits", "не список ожиданий в JSON"),
    (r"is not a JSON list of messages", "не список сообщений в JSON"),
    (r"is not the JSON of a request", "не запрос в JSON"),
    (rf"is neither ({_T}) nor ({_T})", r"ни \1, ни \2"),
    (r"the line is longer than is read", "строка длиннее, чем читается"),
    (r"the line is not JSON", "строка не в JSON"),
    (r"the line holds no JSON object", "в строке нет объекта JSON"),
    (r"the line is no record of a decision", "строка не запись о решении"),
    (r"the event stands outside of any trace", "событие вне трассы"),
    (r"the trace has no event", "в трассе нет событий"),
    (r"the line has (\d+) fields where the head has (\d+)", r"полей в строке: \1, а в заголовке: \2"),
    (r"the line holds a character that no text has \(U\+0000\)", "в строке знак, которого нет в текстах (U+0000)"),
    (r"the line is not (.+) text", r"строка не текст в кодировке \1"),
    (r"a quote is never closed, or a field is longer than is read", "кавычка не закрыта, или поле слишком длинное"),
    (r"a quote is never closed", "кавычка не закрыта"),
    (r"a quote stands within a field", "кавычка внутри поля"),
    # Why a rulebook refused.
    (r"unknown value (\S+); did you mean (.+)\?", r"неизвестное значение \1; возможно, \2?"),
    (r"unknown value (\S+); known are (.*)", r"неизвестное значение \1; известны \2"),
    (r"unknown name (\S+); did you mean (.+)\?", r"неизвестное имя \1; возможно, \2?"),
    (r"unknown name (\S+)", r"неизвестное имя \1"),
    (rf"no version of ({_T}) is in force at (\S+)", r"на \2 не действует ни одна версия \1"),
    (r"no version is in force then", "тогда не действует ни одна версия"),
    (r"(.+) is not a text", r"\1 не текст"),
    (r"(.+) is neither true nor false", r"\1 не «да» и не «нет»"),
    (r"(.+) is not a (?:finite )?number", r"\1 не число"),
    (r"(.+) is not a whole number", r"\1 не целое число"),
    (r"(.+) is beyond 64 bits", r"\1 не помещается в 64 бита"),
    (r"(.+) is less than (\S+)", r"\1 меньше \2"),
    (r"(.+) is more than (\S+)", r"\1 больше \2"),
    (r"(.+) is not a list", r"\1 не список"),
    (r"a text of (\d+) characters is longer than (\d+)", r"текст из \1 знаков длиннее \2"),
    (r"a list of (\d+) members is longer than (\d+)", r"список из \1 элементов длиннее \2"),
    (r"must be a list of at most (\d+) \w+", r"должен быть список не более чем из \1 элементов"),
    (r"this wait ends before it begins", "ожидание кончается раньше, чем начинается"),
    (r"must be written in composed Unicode \(NFC\)", "должно быть записано в составном Юникоде (NFC)"),
)
_FORMS: Final[Mapping[Language, tuple[tuple[re.Pattern[str], str], ...]]] = {
    "en": (),
    "ru": tuple((re.compile(form, re.DOTALL), said) for form, said in _RUSSIAN),
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
    return known.replace("` or `", "` или `") if known != text else text


def numbers_retold(text: str, words: Words) -> str:
    """The same, for a sentence about numbers: they are written as the language does."""
    said = retold(text, words)
    return (
        said
        if words.language == "en"
        else _NUMBER.sub(lambda found: _number(found[0], words), said).replace("%", "\u00a0%")
    )


def _number(text: str, words: Words) -> str:
    sign = text[0].replace("-", "\N{MINUS SIGN}") if text[0] in "+-" else ""
    digits = text.lstrip("+-").replace(",", "")
    whole, point, fraction = digits.partition(".")
    return sign + words.number(int(whole)) + ("," + fraction if point else "")
