"""What findings say in English is told in Russian and Polish, and only names keep their letters."""

import ast
import re
from pathlib import Path

import pytest

from simulations.report.forms import FORMS
from simulations.report.retold import numbers_retold, retold
from simulations.report.values import recorded_said, value_said
from simulations.report.wording import Words

RUSSIAN, POLISH, ENGLISH = Words("ru"), Words("pl"), Words("en")
_REASONS = {"Misread": 2, "Unread": 0, "Record": 2}
"""Calls that state a reason for setting a row aside, and which argument it is."""
_LATIN = re.compile(r"[A-Za-z]{2,}")


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("0 decisions", "решений: 0"),
        ("5,364 tickets", "заявок: 5\u00a0364"),
        ("1,234 → 2,000 tickets", "заявок: 1\u00a0234 → 2\u00a0000"),
        ("4.50%", "4,50\u00a0%"),
        ("35.47% → 57.00%, +21.53 points", "35,47\u00a0% → 57,00\u00a0%, +21,53 п. п."),
        (
            "35.47% → 57.00%, -1.53 points, between -19.22 and +3.85",
            "35,47\u00a0% → 57,00\u00a0%, \N{MINUS SIGN}1,53 п. п., интервал от \N{MINUS SIGN}19,22 до +3,85",
        ),
        (
            "1.00% → 2.00%, +1.00 points; not of the same tickets: "
            "P2 has 408 of the baseline and 23,870 of the candidate",
            "1,00\u00a0% → 2,00\u00a0%, +1,00 п. п.; это не одни и те же заявки: "
            "на уровне P2 по действующему порядку 408, по новому 23\u00a0870",
        ),
        (
            "1.00% → 2.00%, +1.00 points; there are too few days for an interval",
            "1,00\u00a0% → 2,00\u00a0%, +1,00 п. п.; для интервала слишком мало дней",
        ),
        ("no ticket comes to a group `desk`; groups are none", "ни одна заявка не приходит в группу `desk`; есть none"),
    ],
)
def test_what_guardrails_found_is_told_with_all_its_numbers(sentence: str, said: str) -> None:
    assert numbers_retold(sentence, RUSSIAN) == said
    assert numbers_retold(sentence, ENGLISH) == sentence


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("0 decisions", "decyzji: 0"),
        ("12,364 → 20,000 tickets", "zgłoszeń: 12\u00a0364 → 20\u00a0000"),
        (
            "35.47% → 57.00%, -1.53 points, between -19.22 and +3.85",
            "35,47% → 57,00%, \N{MINUS SIGN}1,53 p.p., przedział od \N{MINUS SIGN}19,22 do +3,85",
        ),
        (
            "1.00% → 2.00%, +1.00 points; not of the same tickets: "
            "P2 has 408 of the baseline and 23,870 of the candidate",
            "1,00% → 2,00%, +1,00 p.p.; to nie te same zgłoszenia: "
            "na poziomie P2 według obecnej procedury 408, według nowej 23\u00a0870",
        ),
        ("there is no stage `slaa`; stages are sla", "nie ma etapu `slaa`; są sla"),
    ],
)
def test_the_same_in_polish(sentence: str, said: str) -> None:
    assert numbers_retold(sentence, POLISH) == said


@pytest.mark.parametrize(
    "reason",
    [
        "no ticket is named",
        "no instant of the opening",
        "no instant of the event",
        "repeats an earlier event",
        "is dated before the opening of the ticket",
        "is not the first row of its ticket",
        "is not in the table of values",
        "does not hold what the pattern looks for",
        "is not an instant written as `rfc3339` or `%Y`",
        "is an instant out of range",
        "is not a whole number",
        "is not a number with `,` before its fraction",
        "is neither `true` nor `false`",
        "is not a JSON list of waits",
        "is not a JSON list of messages",
        "the line is not JSON",
        "the line has 3 fields where the head has 4",
        "a quote is never closed",
        "the trace has no event",
        "baseline: unknown value `urgent`; did you mean `high`?",
        "candidate: no version is in force then",
        "baseline: -1 is less than 0",
    ],
)
def test_reasons_for_setting_aside_are_russian(reason: str) -> None:
    said = retold(reason, RUSSIAN)
    assert not _LATIN.search(re.sub(r"`[^`]*`|JSON", "", said)), said
    assert re.findall(r"`[^`]*`", said) == re.findall(r"`[^`]*`", reason), "the user's own words stay"
    assert retold(reason, ENGLISH) == reason


@pytest.mark.parametrize("words", [RUSSIAN, POLISH], ids=["ru", "pl"])
def test_every_reason_that_is_written_in_the_code_is_told(words: Words) -> None:
    said = set()
    for path in (Path(__file__).parents[2] / "simulations").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _REASONS:
                reasons = call.args[_REASONS[call.func.id] :][:1]
                said |= {reason.value for reason in reasons if isinstance(reason, ast.Constant)}
    said = {reason for reason in said if isinstance(reason, str) and reason}
    assert len(said) > 12
    assert {reason for reason in said if retold(reason, words) == reason} == set()


def test_every_form_keeps_what_it_captures_in_every_language() -> None:
    for form in FORMS:
        groups = {f"\\{number}" for number in range(1, re.compile(form.en).groups + 1)}
        for said in (form.ru, form.pl):
            assert set(re.findall(r"\\\d", said)) == groups, said


def test_a_target_that_nobody_promises_is_noted() -> None:
    note = "No decision has the target `resolutoin`, which the history records."
    assert retold(note, RUSSIAN) == "Срока `resolutoin`, записанного в истории, нет в решениях."
    assert retold(note, POLISH) == "Terminu `resolutoin`, zapisanego w historii, nie ma w decyzjach."


def test_what_both_sides_and_alternatives_are_called() -> None:
    assert retold("candidate: -1 is less than 0", POLISH) == "nowa procedura: -1 jest mniejsze niż 0"
    assert retold("is not an instant written as `%Y` or `%d`", POLISH) == "to nie czas zapisany jako `%Y` lub `%d`"


def test_what_is_not_known_stays_as_it_was_written() -> None:
    assert retold("a reason of tomorrow", RUSSIAN) == "a reason of tomorrow"


@pytest.mark.parametrize(
    ("stage", "text", "said"),
    [
        ("sla", "resolution: PT30H on desk", "resolution: 30 ч, календарь desk"),
        ("sla", "resolution: PT30H", "resolution: 30 ч"),
        ("sla", "resolution: due otherwise on desk", "resolution: истекает иначе, календарь desk"),
        ("sla", "resolution: nothing", "resolution: ничего"),
        ("sla", "resolution: not decided", "resolution: не решалось"),
        ("escalation", "incident-manager, level 2", "incident-manager, уровень 2"),
        ("escalation", "nothing, level 2", "ничего, уровень 2"),
        ("disclosures", "progress: approval by lead", "progress: требует согласования: lead"),
        ("permissions", "close: deny", "close: запрещено"),
        ("disclosures", "progress: not known", "progress: неизвестно"),
        ("admission", "redirect to billing", "направить: billing"),
        ("obligations", "remind, with other values", "remind, с другими значениями"),
        ("priority", "nothing", "ничего"),
        ("priority", "P1", "P1"),
    ],
)
def test_values_of_flips_are_russian(stage: str, text: str, said: str) -> None:
    assert value_said(stage, text, RUSSIAN) == said


def test_values_of_flips_are_polish() -> None:
    assert value_said("sla", "resolution: PT30H on desk", POLISH) == "resolution: 30 godz., kalendarz desk"
    assert value_said("permissions", "close: deny", POLISH) == "close: zabronione"
    assert value_said("admission", "redirect to billing", POLISH) == "skierować: billing"


def test_values_of_flips_in_english_keep_their_meaning() -> None:
    assert value_said("escalation", "incident-manager, level 2", ENGLISH) == "incident-manager, level 2"
    assert value_said("sla", "resolution: PT30H on desk", ENGLISH) == "resolution: 30 hr on desk"
    assert value_said("disclosures", "progress: permit", ENGLISH) == "progress: permitted"


def test_records_of_targets_are_told() -> None:
    assert recorded_said("due later, by a day or more", RUSSIAN) == "истекает позже, на сутки или больше"
    assert recorded_said("breached", ENGLISH) == "missed"
    assert (recorded_said(None, RUSSIAN), recorded_said("P1", RUSSIAN)) == ("ничего", "P1")
