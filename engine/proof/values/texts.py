"""Texts: one that passes some tests and fails others, or the proof that there is none.

First the texts that the tests name are tried, alone and strung together; then a walk over the product of the tests'
automata, which also proves that nothing is there. Every text is confirmed by `holds` before it is given.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from ...facts import CLEAN_TEXT_LIMIT, Text, normal
from ...tables import Marks, Test, holds, partition
from .automata import Automaton, Begins, Contains, HasWord, IsComposed, IsText
from .characters import PLEASANT, Classes, Symbol, is_word, tables
from .searches import search_for
from .undecided import BudgetSpent, Undecided
from .walks import Budget, Goal, walk

STATES = 50_000
"""States that one question may look at unless it says otherwise."""
SOON = 1_000
"""States after which pairs of tests are looked at before going on."""
_FOLDED = ("contains", "starts_with", "ends_with", "any_word")
_JOINTS = (" ", "", ", ", " - ", "\n", "x", "0")


def text_for(must: Sequence[Test], must_not: Sequence[Test], budget: int = STATES) -> str | None:
    """A text, composed and within the length of a request, that passes all of `must` and none of `must_not`.

    None where it is proved that there is none. Raises BudgetSpent after `budget` states, and Undecided where the
    question lies beyond what is proved (an expression that cannot be translated, marks that reorder).
    """
    return Question(must, must_not, Budget(budget)).answer()


class Question:
    """Some tests to pass and some to fail, sorted by how they are searched for."""

    def __init__(self, must: Sequence[Test], must_not: Sequence[Test], budget: Budget) -> None:
        self._must, self._must_not, self._budget = tuple(dict.fromkeys(must)), tuple(dict.fromkeys(must_not)), budget
        self._listed: list[frozenset[str]] = []
        self._banned: set[str] = set()
        self._wants: list[Test] = []
        self._bars: list[Test] = []
        self._is_absurd = not set(must).isdisjoint(must_not)
        for tests, wanted in ((self._must, True), (self._must_not, False)):
            for test in tests:
                self._sort(test, wanted)
        marks = partition(Text(), [self._must, self._must_not])
        assert isinstance(marks, Marks)
        self._mark, self._bit_of = marks.mark, marks.bit_of
        self._bars_bits = self._bits(self._bars)
        self._must_bits = self._bits(test for test in self._must if test.op != "missing")

    def _bits(self, tests: Iterable[Test]) -> int:
        return sum(self._bit_of[test] for test in tests)

    def _sort(self, test: Test, wanted: bool) -> None:
        match test.op:
            case "missing":
                self._is_absurd = self._is_absurd or test.operand is wanted
            case "one_of" | "none_of" if (test.op == "one_of") is wanted:
                self._listed.append(test.operand)
            case "one_of" | "none_of":
                self._banned |= test.operand
            case _:
                (self._wants if wanted else self._bars).append(test)

    def answer(self) -> str | None:
        """The text, or None; see `text_for`."""
        if self._is_absurd:
            return None
        if self._listed:
            known = frozenset.intersection(*self._listed)
            return min((t for t in known if self._passes(t)), key=lambda t: (len(t), t), default=None)
        if (text := self._tried([])) is not None:
            return text
        found = self._found_alone()
        if found is None:
            return None
        if len(found) == 1 and self._passes(found[0]):
            return found[0]
        if (text := self._strung(found)) is not None:
            return text
        try:
            text = self._searched(self._wants, Budget(min(SOON, self._budget.states)))
        except BudgetSpent:
            if self._pairs_exclude():
                return None
            text = self._searched(self._wants)
        if text is None or self._passes(text):
            return text
        raise Undecided("the search found only texts that Unicode composes to others")

    def _found_alone(self) -> list[str] | None:
        """A text for each test wanted alone; None where one has none, also where another one stays undecided."""
        found: list[str] = []
        doubt: Undecided | None = None
        for want in self._wants:
            try:
                text = self._tried([want])
                if text is None:
                    text = self._searched([want])
            except Undecided as undecided:
                doubt = undecided
                continue
            if text is None:
                return None
            found.append(text)
        if doubt:
            raise doubt
        return found

    def _passes(self, text: str) -> bool:
        """Whether a text is the answer; by the partition first, which is quick, then by each test."""
        return (
            self._mark(text) == self._must_bits
            and len(text) <= CLEAN_TEXT_LIMIT
            and normal(text) == text
            and all(holds(test, text) for test in self._must)
            and not any(holds(test, text) for test in self._must_not)
        )

    def _suits(self, text: str, wants: Iterable[Test]) -> bool:
        """Whether a text passes some of the tests wanted and none of those barred."""
        if normal(text) != text or text in self._banned:
            return False
        bits, wanted = self._mark(text), self._bits(wants)
        return bits & wanted == wanted and not bits & self._bars_bits

    def _tried(self, wants: list[Test]) -> str | None:
        """A text at hand that passes the tests wanted: what they name, or a pleasant character."""
        if not wants:
            return next((t for t in ("", *PLEASANT[:2], "0", " ", "-", "text") if self._passes(t)), None)
        return next((t for t in _samples(wants[0]) if self._suits(t, wants)), None)

    def _strung(self, found: list[str]) -> str | None:
        """The texts of all tests strung together, those that must begin or end it where they must."""
        order = {"starts_with": 0, "matches": 1, "any_word": 1, "contains": 1, "ends_with": 2}
        ranked = sorted(zip(self._wants, found, strict=True), key=lambda pair: order[pair[0].op])
        for joint in _JOINTS:
            text = ""
            for want, part in ranked:
                if not text:
                    text = part
                elif not self._mark(text) & self._bit_of[want]:
                    text = normal(text + joint + part)
            if self._passes(text):
                return text
            upper = text.upper()
            if upper != text and self._passes(normal(upper)):
                return normal(upper)
        return None

    def _pairs_exclude(self) -> bool:
        """Whether a test that holds to a place leaves another one no text: soon seen, where all at once take long."""
        held = [want for want in self._wants if want.op in ("starts_with", "ends_with", "matches")]
        pairs = {frozenset((one, other)) for one in held for other in self._wants if one is not other}
        return any(self._searched(list(pair)) is None for pair in pairs)

    def _searched(self, wants: list[Test], budget: Budget | None = None) -> str | None:
        """A text for some of the tests wanted and all of those barred; None where it is proved that there is none."""
        budget = budget or self._budget
        tests = [*wants, *self._bars]
        if all(test.op in _FOLDED for test in tests):
            folded_text = walk(_goals(wants, self._bars, frozenset()), _folded_symbols(tests), budget)
            text = None if folded_text is None else self._made(folded_text, wants)
            if text is not None or folded_text is None:
                return text
        goals = _goals(wants, self._bars, frozenset(self._banned))
        classes = _classes(tests, goals, self._banned)
        lined_up = classes.lined_up()
        text = walk(goals, lined_up, budget)
        if text is not None and self._suits(text, wants):
            return text
        text = walk(goals, [*lined_up, *classes.combining()], budget)
        if text is None or self._suits(text, wants):
            return text
        text = walk(goals, [*lined_up, *classes.clusters()], budget)
        if text is not None and self._suits(text, wants):
            return text
        raise Undecided("the search found only texts that Unicode composes to others")

    def _made(self, text: str, wants: list[Test]) -> str | None:
        """A text with this folded form that is the answer."""
        tried = (text, text.capitalize(), text.upper(), text.title())
        return next((normal(t) for t in tried if self._suits(normal(t), wants)), None)


@lru_cache(maxsize=4096)
def _samples(test: Test) -> tuple[str, ...]:
    """Texts that pass a test of texts: its parts, also with signs and letters around them."""
    if test.op == "matches":
        return _found(test)
    parts = sorted(test.operand, key=lambda part: (len(part), part))[:20]
    around = [(a, z) for a in ("", " ", "x") for z in ("", " ", "x")]
    return tuple(t for a, z in around for part in parts if holds(test, t := normal(a + part + z)))


def _found(test: Test) -> tuple[str, ...]:
    """The pleasantest text that an expression is found in, if it is soon found."""
    try:
        goals = [Goal(search_for(test.operand), True, False)]
        classes = _classes([test], goals, ())
        text = walk(goals, classes.lined_up(), Budget(2_000))
    except Undecided:
        return ()
    return () if text is None else tuple(t for a in ("", " ") for z in ("", " ") if holds(test, t := a + text + z))


@lru_cache(maxsize=4096)
def _automaton(op: str, operand: tuple[str, ...]) -> Automaton:
    match op:
        case "contains":
            return Contains(operand)
        case "ends_with":
            return Contains(operand, at_end=True)
        case "starts_with":
            return Begins(operand)
        case "any_word":
            return HasWord(operand)
    return search_for(operand)


def _goals(wants: Sequence[Test], bars: Sequence[Test], banned: frozenset[str]) -> list[Goal]:
    """One automaton for each test wanted; those barred of one kind are one, for none of their parts may occur."""
    goals = [Goal(_automaton(want.op, want.operand), True, want.op in _FOLDED) for want in wants]
    for op in (*_FOLDED, "matches"):
        parts = tuple(dict.fromkeys(part for bar in bars if bar.op == op for part in bar.operand))
        if parts:
            goals.append(Goal(_automaton(op, parts), False, op in _FOLDED))
    if banned:
        goals.append(Goal(IsText(banned), False, False))
    letters = _letters(goal_test for goal_test in (*wants, *bars))
    marks = [c for c in letters if _may_combine(c)]
    if marks and all(goal.on_folded for goal in goals):
        bases = [c for c in letters if any(normal(c + mark) != c + mark for mark in marks)]
        goals.append(Goal(IsComposed(marks, bases), True, True))
    return goals


def _may_combine(char: str) -> bool:
    """Whether a character may combine with what stands before it; marks do, and the parts of Hangul syllables."""
    return (unicodedata.category(char)[0] == "M" or "\u1100" <= char <= "\u11ff") and char in tables().marks


def _letters(tests: Iterable[Test]) -> list[str]:
    """The characters that tests on folded texts name, in the order of the alphabet."""
    return sorted({char for test in tests if test.op in _FOLDED for part in test.operand for char in part})


def _folded_symbols(tests: Sequence[Test]) -> list[Symbol]:
    """The classes of characters of folded texts: an unnamed word character and sign first, then the named ones."""
    return _symbols_of("".join(_letters(tests)))


@lru_cache(maxsize=256)
def _symbols_of(letters: str) -> list[Symbol]:
    named = set(letters)
    word = next(c for c in _unnamed(named) if is_word(c))
    sign = next(c for c in _unnamed(named) if not is_word(c))
    order = {char: i for i, char in enumerate(PLEASANT)}
    ranked = sorted(letters, key=lambda c: (order.get(c, len(order)), c))
    return [Symbol(char, char) for char in (word, sign, *ranked)]


def _unnamed(named: set[str]) -> Iterator[str]:
    yield from (char for char in PLEASANT if char not in named)
    yield from (char for code in range(0x2190, 0xD7FF) if (char := chr(code)) not in named)


def _classes(tests: Sequence[Test], goals: Sequence[Goal], banned: Iterable[str]) -> Classes:
    sets = [ranges for goal in goals if not goal.on_folded for ranges in getattr(goal.automaton, "sets", ())]
    return Classes(_letters(tests), sets, {char for text in banned for char in text})
