"""The forms of the sentences that findings and reasons state in English, and how Russian and Polish say each.

A form stands for the whole sentence; ``\\1`` and so on are its names, values and numbers, which are kept.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_T: Final = r"`[^`]*`"


class Form(NamedTuple):
    """An expression for the sentence, and what takes its place in each language."""

    en: str
    ru: str
    pl: str


FORMS: Final = (
    # What guardrails found.
    Form(r"(\S+%) → (\S+%), (\S+) points(.*)", r"\1 → \2, \3 п. п.\4", r"\1 → \2, \3 p.p.\4"),
    Form(
        r"(.*), between (\S+) and ([^\s;]+)(.*)",
        r"\1, интервал от \2 до \3\4",
        r"\1, przedział od \2 do \3\4",
    ),
    Form(
        r"(.*); not of the same tickets: (.+) has (\S+) of the baseline and (\S+) of the candidate",
        r"\1; это не одни и те же заявки: на уровне \2 по действующему порядку \3, по новому \4",
        r"\1; to nie te same zgłoszenia: na poziomie \2 według obecnej procedury \3, według nowej \4",
    ),
    Form(r"(\S+ → \S+) tickets(.*)", r"заявок: \1\2", r"zgłoszeń: \1\2"),
    Form(r"(\S+) tickets?", r"заявок: \1", r"zgłoszeń: \1"),
    Form(r"(\S+) decisions?", r"решений: \1", r"decyzji: \1"),
    Form(
        r"(.*); of nothing there is no percentage",
        r"\1; от нуля доли нет",
        r"\1; z zera nie ma odsetka",
    ),
    Form(
        r"(.*); there are too few days for an interval",
        r"\1; для интервала слишком мало дней",
        r"\1; zbyt mało dni na przedział",
    ),
    Form(
        r"there is no candidate to compare with",
        r"нет нового порядка, с которым можно сравнить",
        r"nie ma nowej procedury, z którą można by porównać",
    ),
    Form(
        rf"the history records no ({_T}) that could be compared",
        r"в истории не записано \1 для сравнения",
        r"w historii nie zapisano \1 do porównania",
    ),
    Form(
        r"no ticket of the (?:candidate|baseline) tells it",
        r"нет заявок, по которым это видно",
        r"żadne zgłoszenie tego nie mówi",
    ),
    Form(
        rf"no ticket has the target or level ({_T}); there are (.*)",
        r"нет заявок со сроком или уровнем \1; есть \2",
        r"żadne zgłoszenie nie ma terminu ani poziomu \1; są \2",
    ),
    Form(
        rf"no ticket comes to a group ({_T}); groups are (.*)",
        r"ни одна заявка не приходит в группу \1; есть \2",
        r"żadne zgłoszenie nie trafia do grupy \1; są \2",
    ),
    Form(rf"there is no stage ({_T}); stages are (.*)", r"нет этапа \1; есть \2", r"nie ma etapu \1; są \2"),
    Form(rf"there is no topic ({_T}); topics are (.*)", r"нет темы \1; есть \2", r"nie ma tematu \1; są \2"),
    # Notes.
    Form(
        rf"No decision has the target ({_T}), which the history records\.",
        r"Срока \1, записанного в истории, нет в решениях.",
        r"Terminu \1, zapisanego w historii, nie ma w decyzjach.",
    ),
    # Why rows were set aside.
    Form(r"no ticket is named", "заявка не названа", "nie nazwano zgłoszenia"),
    Form(r"no instant of the opening", "нет времени открытия", "brak czasu otwarcia"),
    Form(r"no instant of the (?:event|decision)", "нет времени события", "brak czasu zdarzenia"),
    Form(
        r"is dated before the opening of the ticket",
        "датировано раньше открытия заявки",
        "ma datę sprzed otwarcia zgłoszenia",
    ),
    Form(
        r"is not the first row of its ticket",
        "не первая строка своей заявки",
        "nie jest pierwszym wierszem swojego zgłoszenia",
    ),
    Form(r"repeats an earlier event", "повторяет более раннее событие", "powtarza wcześniejsze zdarzenie"),
    Form(r"is not in the table of values", "нет в таблице значений", "nie ma tego w tabeli wartości"),
    Form(
        r"does not hold what the pattern looks for",
        "не содержит того, что ищет образец",
        "nie zawiera tego, czego szuka wzorzec",
    ),
    Form(
        rf"is not an instant written as ({_T}(?: or {_T})*)",
        r"не время в записи \1",
        r"to nie czas zapisany jako \1",
    ),
    Form(r"is an instant out of range", "время вне допустимых пределов", "czas poza dopuszczalnym zakresem"),
    Form(
        r"is a local time that the clock of (.+) skipped",
        r"местное время, которого на часах пояса \1 не было",
        r"czas miejscowy, którego na zegarze strefy \1 nie było",
    ),
    Form(r"is not a whole number", "не целое число", "to nie liczba całkowita"),
    Form(
        rf"is not a number with ({_T}) before its fraction",
        r"не число с \1 перед дробной частью",
        r"to nie liczba z \1 przed częścią ułamkową",
    ),
    Form(r"is not a number", "не число", "to nie liczba"),
    Form(r"is less than no time", "меньше нуля", "mniej niż zero"),
    Form(r"is not a JSON list of texts", "не список текстов в JSON", "to nie lista tekstów w JSON"),
    Form(r"is not a JSON list of waits", "не список ожиданий в JSON", "to nie lista oczekiwań w JSON"),
    Form(r"is not a JSON list of messages", "не список сообщений в JSON", "to nie lista wiadomości w JSON"),
    Form(r"is not the JSON of a request", "не запрос в JSON", "to nie zapytanie w JSON"),
    Form(rf"is neither ({_T}) nor ({_T})", r"ни \1, ни \2", r"ani \1, ani \2"),
    Form(
        r"the line is longer than is read",
        "строка длиннее, чем читается",
        "wiersz jest dłuższy, niż się czyta",
    ),
    Form(r"the line is not JSON", "строка не в JSON", "wiersz nie jest w JSON"),
    Form(r"the line holds no JSON object", "в строке нет объекта JSON", "w wierszu nie ma obiektu JSON"),
    Form(
        r"the line is no record of a decision",
        "строка не запись о решении",
        "wiersz nie jest zapisem decyzji",
    ),
    Form(r"the event stands outside of any trace", "событие вне трассы", "zdarzenie poza przebiegiem"),
    Form(r"the trace has no event", "в трассе нет событий", "przebieg nie ma zdarzeń"),
    Form(
        r"the line has (\d+) fields where the head has (\d+)",
        r"полей в строке: \1, а в заголовке: \2",
        r"pól w wierszu: \1, a w nagłówku: \2",
    ),
    Form(
        r"the line holds a character that no text has \(U\+0000\)",
        "в строке знак, которого нет в текстах (U+0000)",
        "w wierszu jest znak, którego nie ma w tekstach (U+0000)",
    ),
    Form(
        r"the line is not (.+) text",
        r"строка не текст в кодировке \1",
        r"wiersz nie jest tekstem w kodowaniu \1",
    ),
    Form(
        r"a quote is never closed, or a field is longer than is read",
        "кавычка не закрыта, или поле слишком длинное",
        "cudzysłów nie jest zamknięty albo pole jest zbyt długie",
    ),
    Form(r"a quote is never closed", "кавычка не закрыта", "cudzysłów nie jest zamknięty"),
    Form(r"a quote stands within a field", "кавычка внутри поля", "cudzysłów wewnątrz pola"),
    # Why a rulebook refused.
    Form(
        r"unknown value (\S+); did you mean (.+)\?",
        r"неизвестное значение \1; возможно, \2?",
        r"nieznana wartość \1; może \2?",
    ),
    Form(
        r"unknown value (\S+); known are (.*)",
        r"неизвестное значение \1; известны \2",
        r"nieznana wartość \1; znane są \2",
    ),
    Form(
        r"unknown name (\S+); did you mean (.+)\?",
        r"неизвестное имя \1; возможно, \2?",
        r"nieznana nazwa \1; może \2?",
    ),
    Form(r"unknown name (\S+)", r"неизвестное имя \1", r"nieznana nazwa \1"),
    Form(
        rf"no version of ({_T}) is in force at (\S+)",
        r"на \2 не действует ни одна версия \1",
        r"na \2 nie obowiązuje żadna wersja \1",
    ),
    Form(
        r"no version is in force then",
        "тогда не действует ни одна версия",
        "wtedy nie obowiązuje żadna wersja",
    ),
    Form(r"(.+) is not a text", r"\1 не текст", r"\1 to nie tekst"),
    Form(r"(.+) is neither true nor false", r"\1 не «да» и не «нет»", r"\1 to ani „tak”, ani „nie”"),
    Form(r"(.+) is not a (?:finite )?number", r"\1 не число", r"\1 to nie liczba"),
    Form(r"(.+) is not a whole number", r"\1 не целое число", r"\1 to nie liczba całkowita"),
    Form(r"(.+) is beyond 64 bits", r"\1 не помещается в 64 бита", r"\1 nie mieści się w 64 bitach"),
    Form(r"(.+) is less than (\S+)", r"\1 меньше \2", r"\1 jest mniejsze niż \2"),
    Form(r"(.+) is more than (\S+)", r"\1 больше \2", r"\1 jest większe niż \2"),
    Form(r"(.+) is not a list", r"\1 не список", r"\1 to nie lista"),
    Form(
        r"a text of (\d+) characters is longer than (\d+)",
        r"текст из \1 знаков длиннее \2",
        r"tekst ma \1 znaków, więcej niż \2",
    ),
    Form(
        r"a list of (\d+) members is longer than (\d+)",
        r"список из \1 элементов длиннее \2",
        r"lista ma \1 elementów, więcej niż \2",
    ),
    Form(
        r"must be a list of at most (\d+) \w+",
        r"должен быть список не более чем из \1 элементов",
        r"musi to być lista najwyżej \1 elementów",
    ),
    Form(
        r"this wait ends before it begins",
        "ожидание кончается раньше, чем начинается",
        "oczekiwanie kończy się, zanim się zacznie",
    ),
    Form(
        r"must be written in composed Unicode \(NFC\)",
        "должно быть записано в составном Юникоде (NFC)",
        "musi być zapisane w złożonym Unicode (NFC)",
    ),
)
