"""Texts found by proof: what is asked and what may not be, and where there is none."""

from __future__ import annotations

from time import process_time

import pytest

from engine.facts import SetOf, Text, normal
from engine.proof.values.sets import set_for
from engine.proof.values.texts import text_for
from engine.proof.values.undecided import BudgetSpent, Undecided
from engine.tables import Test as Asked
from engine.tables import holds


def contains(*parts: str) -> Asked:
    return Asked("contains", parts)


def word(*words: str) -> Asked:
    return Asked("any_word", words)


def begins(*texts: str) -> Asked:
    return Asked("starts_with", texts)


def ends(*texts: str) -> Asked:
    return Asked("ends_with", texts)


def matches(*patterns: str) -> Asked:
    return Asked("matches", patterns)


def is_in(*texts: str) -> Asked:
    return Asked("one_of", frozenset(texts))


def is_none_of(*texts: str) -> Asked:
    return Asked("none_of", frozenset(texts))


FOUND: dict[str, tuple[list[Asked], list[Asked]]] = {
    "nothing asked": ([], []),
    "a part that is no word": ([contains("print")], [word("print"), begins("print")]),
    "a whole word": ([word("принтер")], [begins("принтер"), ends("принтер")]),
    "begins and ends in one": ([begins("ab"), ends("ba")], [contains("b ", "bb"), is_in("aba")]),
    "two beginnings, one of the other": ([begins("1", "b"), begins("1a")], []),
    "an empty text barred": ([], [is_in("")]),
    "only in capitals": ([is_none_of("a"), matches("^a$")], []),
    "no space allowed": ([contains("ab"), begins("x"), ends("yz"), word("q")], [contains(" ")]),
    "sharp s for ss": ([contains("ss")], [matches("ss")]),
    "a letter composed after folding only": ([contains("\u015b")], [matches("\u015b")]),
    "a mark": ([contains("x\u0302")], [contains(" ")]),
    "a mark that composes with its neighbour": ([contains("e"), contains("\u0301")], []),
    "the Turkish capital": ([contains("i\u0307")], [contains("i\u0307x")]),
    "the final sigma": ([contains("\u03c3"), matches("(?-i:ς)")], []),
    "the dotless i": ([contains("\u0131")], [contains("i")]),
    "an expression with edges": ([matches(r"\bfire\b"), contains("fires")], []),
    "an expression over lines": ([matches(r"(?m)^b$")], [begins("b"), ends("b")]),
    "a counted class": ([matches(r"^\d{3}-\d{2}$")], [matches("[0-8]")]),
    "a class of Unicode": ([matches(r"^\p{Cyrillic}+$")], [contains("а", "б", "в")]),
    "listed": ([is_in("A printer", "a phone"), contains("print")], []),
    "many at once": ([word(f"word{n}") for n in range(30)] + [contains(f"part {n}") for n in range(20)], [word("x")]),
}
NONE: dict[str, tuple[list[Asked], list[Asked]]] = {
    "the same asked and barred": ([contains("a")], [contains("a")]),
    "a word without its part": ([word("printer")], [contains("print")]),
    "a word without its part, in Cyrillic": ([word("żółty", "принтер")], [contains("прин"), matches("ż")]),
    "two beginnings": ([begins("a"), begins("b"), contains("c"), word("d")], []),
    "one end inside the other": ([ends("er")], [ends("r")]),
    "a letter without itself": ([contains("e")], [matches("e")]),
    "the Kelvin sign is no K": ([contains("k")], [matches("K")]),
    "exhausted by expressions": ([matches("^[a-c]$")], [contains("a"), contains("b"), contains("c")]),
    "no character left": ([matches(".")], [matches(r"\pL|\PL")]),
    "all that it can be is barred": ([matches("^a$")], [is_in("a", "A")]),
    "listed, none passes": ([is_in("a phone"), contains("print")], []),
    "two lists apart": ([is_in("a"), is_in("b")], []),
    "a word between edges": (
        [word("fire")], [matches(r"\bfire\b"), matches(r"\W"), matches("^fire$"), matches("[^fire]")]),
    "absent": ([Asked("missing", True)], []),
    "not present": ([], [Asked("missing", False)]),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_a_text_is_found(case: str) -> None:
    must, must_not = FOUND[case]
    found = text_for(must, must_not)
    assert found is not None
    assert Text().read(found) == found == normal(found)
    assert all(holds(test, found) for test in must)
    assert not any(holds(test, found) for test in must_not)


@pytest.mark.parametrize("case", NONE)
def test_it_is_proved_that_there_is_no_text(case: str) -> None:
    assert text_for(*NONE[case]) is None


def test_texts_are_short_and_pleasant() -> None:
    assert text_for([contains("printer")], []) == "printer"
    assert text_for([], [is_in("")]) == "x"
    assert text_for([word("vpn"), begins("urgent")], []) == "urgent vpn"
    assert text_for([matches(r"^INC\d{4}$")], []) == "inc0000"


def test_a_budget_that_does_not_suffice_is_told() -> None:
    with pytest.raises(BudgetSpent):
        text_for([matches("^(a|b|c)*x(a|b|c){9}y$")], [contains("xc", "xb"), contains("ax")], budget=5)


def test_an_expression_over_bytes_is_left_undecided() -> None:
    with pytest.raises(Undecided):
        text_for([matches(r"^\C$")], [matches("(?s)^.$")])


def test_what_is_undecided_does_not_hide_a_proof() -> None:
    assert text_for([matches(r"^\C$"), begins("a")], [contains("a")]) is None


def test_a_hundred_ordinary_questions_take_no_time() -> None:
    words = [f"{a}{b}" for a in ("print", "scan", "mail", "сеть", "żar") for b in ("er", "ing", "s", "a", "о")]
    started = process_time()
    for n in range(100):
        one, other = words[n % 25], words[(n * 7 + 3) % 25]
        text_for([word(one), contains(other[:3])], [contains(one[1:]), begins(other)])
        text_for([word(one), contains(other[:3])], [begins(other)])
    assert process_time() - started < 10


def test_sets_are_found_or_proved_away() -> None:
    a, b, ab = frozenset("a"), frozenset("b"), frozenset("ab")
    kind = SetOf(("a", "b"))
    assert set_for(kind, [], []) == frozenset()
    assert set_for(kind, [Asked("has_any", ab)], [Asked("has_all", ab), Asked("has_any", a)]) == b
    assert set_for(kind, [Asked("has_all", ab)], [Asked("has_any", b)]) is None
    assert set_for(kind, [], [Asked("has_none", a), Asked("has_none", b)]) == ab
    assert set_for(kind, [Asked("missing", True)], []) is None
    assert set_for(SetOf(), [Asked("has_all", frozenset(map(str, range(1001))))], []) is None
