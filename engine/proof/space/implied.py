"""What tests on one text or set imply of each other, as far as it is seen without a search.

The rest is excluded when it comes up (see `marks`). Knows tests and literals, and nothing of rules.
"""

from collections.abc import Callable, Mapping
from itertools import combinations, permutations

from ...facts import SetOf
from ...tables import Marks, Test, holds
from ..values import Undecided, text_for
from .clauses import Clauses
from .variables import Marked

_PARTS: Mapping[str, frozenset[str]] = {
    "contains": frozenset(["contains", "starts_with", "ends_with"]),
    "starts_with": frozenset(["starts_with"]),
    "ends_with": frozenset(["ends_with"]),
}
"""Tests that hold wherever one of these others asks for a text of which they hold."""
_LETTERS = ("x", "o", "7", "?", "ж", "é")
BLANKS = ("", " ", "\n", "  ")
"""Texts without letters."""
MOST = 60
"""Tests on one fact that are held against each other."""


def tie_tests(variable: Marked, clauses: Clauses) -> None:
    """Say which tests imply each other, and which exclude each other."""
    tests = list(zip(variable.partition.bit_of, variable.bits, strict=True))[:MOST]
    for (one, bit), (other, implied) in permutations(tests, 2):
        if one.op == "one_of":
            known = {holds(other, value) for value in one.operand}
            if len(known) == 1:
                clauses.add((-bit, implied if known.pop() else -implied))
        elif _implies(one, other):
            clauses.add((-bit, implied))
    for (one, bit), (other, excluded) in combinations(tests, 2):
        if {one.op, other.op} in ({"one_of", "none_of"}, {"has_any", "has_none"}) and one.operand == other.operand:
            clauses.add((-bit, -excluded))
            clauses.add((-variable.stated, bit, excluded))
    if isinstance(variable.kind, SetOf):
        _tie_members(variable, tests, clauses)


def _implies(one: Test, other: Test) -> bool:
    return one.op in _PARTS.get(other.op, ()) and all(holds(other, part) for part in one.operand)


def _tie_members(variable: Marked, tests: list[tuple[Test, int]], clauses: Clauses) -> None:
    """A literal for each member that tests name; other members, and whether there are any, no test asks about."""
    named = sorted({member for test, _ in tests for member in test.operand})
    members = {member: clauses.new() for member in named}
    joined: Mapping[str, Callable[[list[int]], int]] = {
        "has_any": clauses.any_of,
        "has_all": clauses.all_of,
        "has_none": lambda asked: -clauses.any_of(asked),
    }
    for test, bit in tests:
        holding = joined[test.op]([members[member] for member in test.operand])
        clauses.add((-bit, holding))
        clauses.add((-variable.stated, bit, -holding))


def tie_blank(variable: Marked, blank: int, clauses: Clauses) -> None:
    """Say which tests no text without letters passes, and which no other text does."""
    for test, bit in zip(variable.partition.bit_of, variable.bits, strict=True):
        asks_for_letters = test.op in ("one_of", "contains", "starts_with", "ends_with", "any_word")
        if asks_for_letters and all(part.strip() for part in test.operand):
            clauses.add((-blank, -bit))
        elif test.op == "none_of" and all(part.strip() for part in test.operand):
            clauses.add((-blank, bit))
        elif test.op == "one_of" and not any(part.strip() for part in test.operand):
            clauses.add((-bit, blank))


def blank_text(marks: Marks, cell: int) -> str:
    """A text without letters in a cell. Raises Undecided."""
    found = next((text for text in (" ", *BLANKS) if marks.cell(text) == cell), None)
    if found is None:
        raise Undecided("no text without letters was found that passes just these tests")
    return found


def lettered_text(marks: Marks, cell: int) -> str:
    """A text with letters in a cell. Raises Undecided."""
    must = [test for test, bit in marks.bit_of.items() if cell - 1 & bit]
    must_not = [test for test, bit in marks.bit_of.items() if not cell - 1 & bit]
    for more in ([], *([Test("contains", (letter,))] for letter in _LETTERS)):
        text = text_for([*must, *more], must_not)
        if text is not None and text.strip():
            return text
    raise Undecided("no text with letters was found that passes just these tests")
