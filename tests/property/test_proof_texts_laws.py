"""Laws of texts found by proof: what is found passes; where nothing is found, trying every short text finds nothing."""

from __future__ import annotations

from itertools import product

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.facts import SetOf, Text, normal
from engine.proof.values.characters import tables
from engine.proof.values.examples import inhabited_marks
from engine.proof.values.expressions import class_of, with_case
from engine.proof.values.searches import Search
from engine.proof.values.sets import set_for
from engine.proof.values.texts import text_for
from engine.proof.values.undecided import Undecided
from engine.tables import Test as Asked
from engine.tables import folded, holds, matcher, partition

PLAIN = "abAżŻйЙ1_ -\n"
HARD = "asSßẞİiI\u0131Σ\u03c3ςe\u0301\u0307JjǰT\u030c\u0308K\u212ak\u017f\u0345ᾳ -"


def _texts(alphabet: str, length: int) -> list[str]:
    every = ("".join(chars) for n in range(length + 1) for chars in product(dict.fromkeys(alphabet), repeat=n))
    return [text for text in every if normal(text) == text]


SHORT_PLAIN = _texts(PLAIN, 3)
SHORT_HARD = _texts(HARD, 2) + _texts("sßJj\u0301\u030cİi\u0307ẞ", 3)


def _parts(alphabet: str) -> st.SearchStrategy[tuple[str, ...]]:
    part = st.text(alphabet, min_size=1, max_size=3)
    return st.lists(part, min_size=1, max_size=2).map(lambda parts: tuple(sorted({folded(p) for p in parts})))


ATOMS = ["a", "b", "ß", "s", "k", "й", ".", r"\w", r"\W", r"\d", r"\s", r"\pL", r"\PL", r"\p{Lu}", "[a-z]", "[^a]",
         "[[:alpha:]_]", r"[\pM\s]", "[sß-]", r"\x41", r"\x{17f}", r"\n", r"\Qa.\E", "(?s:.)", "(?-i:A)", r"[\]\x61]",
         "(?i)b", r"\141"]  # fmt: skip
PLACES = ["^", "$", r"\b", r"\B", r"\A", r"\z", "(?m:^)", "(?m:$)"]


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    times = st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "{0}"])
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.builds("(?P<n>{})".format, inner).filter(lambda text: text.count("(?P<n>") == 1),
        st.builds("(?:{}){}".format, inner, times),
    )


PATTERNS = st.recursive(st.sampled_from(ATOMS + PLACES), _larger, max_leaves=5)


def _tests(alphabet: str, with_patterns: bool) -> st.SearchStrategy[Asked]:
    word = _parts("".join(c for c in alphabet if c not in " -\n"))
    options = [
        st.builds(Asked, st.sampled_from(["contains", "starts_with", "ends_with"]), _parts(alphabet)),
        st.builds(Asked, st.just("any_word"), word),
        st.builds(
            Asked,
            st.sampled_from(["one_of", "none_of"]),
            st.frozensets(st.text(alphabet, max_size=2).map(normal), min_size=1, max_size=2),
        ),
    ]
    if with_patterns:
        options.append(st.builds(Asked, st.just("matches"), PATTERNS.map(lambda pattern: (pattern,))))
    return st.one_of(options)


def _agrees(must: list[Asked], must_not: list[Asked], texts: list[str], is_sure: bool) -> None:
    try:
        found = text_for(must, must_not, 20_000)
    except Undecided:
        assert not is_sure
        return
    if found is not None:
        assert normal(found) == found
        assert Text().read(found) == found
        assert all(holds(test, found) for test in must)
        assert not any(holds(test, found) for test in must_not)
        return
    marks = partition(Text(), [must, must_not])
    cell = 1 + sum(marks.bit_of[test] for test in dict.fromkeys(must))
    passing = [text for text in texts if marks.cell(text) == cell]
    assert passing == [] or not set(must).isdisjoint(must_not), passing


def _some(tests: st.SearchStrategy[Asked]) -> st.SearchStrategy[list[Asked]]:
    return st.lists(tests, max_size=3)


@settings(deadline=None, max_examples=150)
@given(_some(_tests(PLAIN, False)), _some(_tests(PLAIN, False)))
def test_plain_tests_are_always_decided_and_rightly(must: list[Asked], must_not: list[Asked]) -> None:
    _agrees(must, must_not, SHORT_PLAIN, is_sure=True)


@settings(deadline=None, max_examples=100)
@given(_some(_tests(PLAIN, True)), _some(_tests(PLAIN, True)))
def test_expressions_are_decided_and_rightly(must: list[Asked], must_not: list[Asked]) -> None:
    _agrees(must, must_not, SHORT_PLAIN, is_sure=False)


@settings(deadline=None, max_examples=150)
@given(_some(_tests(HARD, True)), _some(_tests(HARD, True)))
def test_letters_that_fold_to_several_and_marks_are_never_decided_wrongly(
    must: list[Asked], must_not: list[Asked]
) -> None:
    _agrees(must, must_not, SHORT_HARD, is_sure=False)


@settings(deadline=None, max_examples=300)
@given(PATTERNS, st.lists(st.text(PLAIN + HARD, max_size=5), min_size=5, max_size=20))
@example("\\B", ["1ß1", "ß", "a", "ab", "a b", "щ"])
@example("\\B|x", ["1ß1"])
@example("(?:\\B)+$", ["1ß1"])
@example("\\Bß", ["1ß1", "ß", " ß"])
def test_an_expression_is_found_where_re2_finds_it(pattern: str, texts: list[str]) -> None:
    try:
        search = Search([pattern])
    except Undecided:
        return
    for text in texts:
        assert _found(search, text) == bool(matcher(pattern).search(text)), (pattern, text)


def _found(search: Search, text: str) -> bool:
    state = search.start
    for char in text:
        if state is True or state is False:
            return state
        state = search.step(state, char)
    return state if isinstance(state, bool) else search.ends(state)


@given(st.lists(_tests(PLAIN, False), max_size=5))
@settings(deadline=None, max_examples=60)
def test_the_inhabited_combinations_are_those_that_texts_show(tests: list[Asked]) -> None:
    marks = partition(Text(), [[test] for test in tests])
    found = dict(inhabited_marks(Text(), marks))
    assert all(marks.cell(value) == cell for cell, value in found.items() if cell)
    assert {marks.cell(text) for text in SHORT_PLAIN} <= found.keys()


MEMBERS = st.frozensets(st.sampled_from("abcd"), min_size=1, max_size=3)
SET_TESTS = st.lists(st.builds(Asked, st.sampled_from(["has_any", "has_all", "has_none"]), MEMBERS), max_size=4)


@pytest.mark.parametrize("kind", [SetOf(), SetOf(("a", "b", "c", "d"))])
@given(must=SET_TESTS, must_not=SET_TESTS)
def test_a_set_is_found_exactly_where_there_is_one(kind: SetOf, must: list[Asked], must_not: list[Asked]) -> None:
    every = [frozenset(c for i, c in enumerate("abcd") if n >> i & 1) for n in range(16)]
    passing = [s for s in every if all(holds(t, s) for t in must) and not any(holds(t, s) for t in must_not)]
    found = set_for(kind, must, must_not)
    assert found in passing if passing else found is None


@pytest.mark.slow
def test_every_other_code_point_stands_for_itself() -> None:
    known = tables()
    busy = {c for chars in known.sources.values() for c in chars} | set(known.several) | set(known.marks)
    for low in range(0, 0x110000, 64):
        chars = [chr(code) for code in range(low, low + 64) if not 0xD800 <= code < 0xE000]
        still = [c for c in chars if c not in busy and normal(c) == c]
        assert all(folded(c) == c for c in still)
        assert normal("".join("a" + c for c in still)) == "".join("a" + c for c in still)


def test_only_letters_with_case_have_another_case_for_re2() -> None:
    apart = re2.escape(with_case())
    assert class_of(f"[^\\pN{apart}]", True) == class_of(f"[^\\pN{apart}]", False)
