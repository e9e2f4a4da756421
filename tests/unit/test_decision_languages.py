"""The language of `because` and `say`: the request's, the caller's, the requester's, English."""

from typing import Any

import pytest
from rulebook_kit import AT, Desk, catalogue_of

BOOK = """
language: ru
admission:
  otherwise: {then: {outcome: accept}, because: {en: Ours, ru: Наше, pl: Nasze}}
priority:
  rules: [{rule: a, when: {ticket.line: 3}, then: {level: P1}}]
  otherwise: {then: {level: P2}, because: Прочее}
disclosures: {rules: [{rule: d, permit: [x], say: {ru: Да}}]}
"""


def because(request: dict[str, Any], languages: tuple[str, ...] = ()) -> str:
    catalogue = catalogue_of("rulebook: desk\nversion: 1.0.0\n" + BOOK)
    full = {"rulebook": "desk", "version": "1.0.0", "at": AT, "explain": True, **request}
    return str(catalogue.decide_as(full, languages=languages)["trace"][0]["because"])


@pytest.mark.parametrize(
    ("request_", "languages", "text"),
    [
        ({}, (), "Ours"),
        ({"language": "ru"}, (), "Наше"),
        ({"language": "RU-ru"}, (), "Наше"),
        ({"language": "pl"}, ("ru",), "Nasze"),
        ({}, ("ru", "pl"), "Наше"),
        ({}, ("de", "fr-CH", "pl", "ru"), "Nasze"),
        ({"requester": {"language": "pl"}}, (), "Nasze"),
        ({"requester": {"language": "pl"}}, ("ru",), "Наше"),
        ({"requester": {"language": "pl"}}, ("de",), "Nasze"),
        ({"requester": {"language": "de"}}, (), "Ours"),
        ({"language": "de", "requester": {"language": "pl"}}, (), "Nasze"),
        ({"language": "de"}, ("ru",), "Ours"),
        ({"requester": {"language": ""}}, (), "Ours"),
        ({"language": None, "requester": {"language": None}}, ("de", "*"), "Ours"),
    ],
)
def test_the_first_language_that_the_rulebook_has(
    request_: dict[str, Any], languages: tuple[str, ...], text: str
) -> None:
    assert because(request_, languages) == text


def test_a_text_that_lacks_the_language_falls_back() -> None:
    answer = Desk(BOOK).answer(language="pl", explain=True)
    assert [line["because"] for line in answer["trace"] if line["stage"] == "priority"] == ["Прочее"]
    assert answer["decision"]["disclosures"]["x"]["say"] == "Да"


def test_the_engines_own_sentences_speak_it_too() -> None:
    trace = Desk(BOOK).answer(language="ru", explain=True)["trace"]
    assert [line["because"] for line in trace if line["stage"] == "sla"] == ["В регламенте нет правил об этом."]


def test_no_part_but_because_and_say_depends_on_it() -> None:
    decisions = [Desk(BOOK).decide(language=language) for language in ("en", "ru", "pl")]
    assert decisions[0] == decisions[1] == decisions[2]
