"""Laws of tables: the index finds what a plain scan finds, and a cell holds what no test tells apart."""

import math
from itertools import product
from math import prod
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.facts import Closed, Duration, FactType, Instant, Number, SetOf, Text, Truth
from engine.tables import ANY, Condition, Index, bitmap_of, build_column, holds, partition, read_condition, rows_of
from engine.tables.index import GRID, LONG

WORDS = ("low", "normal", "high", "critical")
TEXTS = (
    "", "a", "ab", "printer", "PRINTER on fire", "Straße", "STRASSE", "strasse", "ß", "ss", "İstanbul", "istanbul",
    "i\u0307stanbul", "ISTANBUL", "ΣΊΣΥΦΟΣ", "σίσυφος", "σίσυφοσ", "Привет, МИР", "привет", "Й", "и\u0306", "й",
    "caf\u00e9", "cafe\u0301", "CAFE\u0301", "cafe", "\u0390", "\u03aa\u0301", "\u1f80", "\u1f88", "ﬁne", "FINE",
        "a_b c-d", "\u0345",
)  # fmt: skip
PATTERNS = ("^a", "print(er)?", r"\bfire\b", "привет", r"\d+", "(?i)STRASSE", "é", ".", "^$")
NUMBERS = (0, 1, -1, 2, 3, 10**6, 2**53, 2**53 + 1, 2**63 - 1, -(2**63) + 1)
DECIMALS = (*NUMBERS, 0.5, -0.5, 0.1, 0.30000000000000004, 1.5, 2.0**53, 1e15 + 0.3, 9e18)
DURATIONS = ("0s", "1s", "30m", "PT30M", "1h30m", "1d", "PT0.000001S", "3660d")
INSTANTS = ("1970-01-01T00:00:00Z", "2026-11-23T09:30:00+03:00", "2026-11-23T06:30:00Z", "2026-11-23T06:30:00.000001Z",
            "2069-12-31T23:59:59.999999Z")  # fmt: skip

KINDS: tuple[FactType, ...] = (
    Closed(WORDS), Closed(WORDS, ordered=True), Truth(), Number(), Number(whole=False), Duration(), Instant(), Text(),
    SetOf(), SetOf(WORDS),
)  # fmt: skip


def some(values: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=4)


def line_tests(values: tuple[Any, ...]) -> dict[str, st.SearchStrategy[Any]]:
    one = st.sampled_from(values)
    return {"is": one, "one_of": some(values), "none_of": some(values), "at_least": one, "at_most": one,
            "more_than": one, "less_than": one}  # fmt: skip


def fitting_tests(kind: FactType) -> dict[str, st.SearchStrategy[Any]]:
    """For each test that fits a type, what may be written after it."""
    match kind:
        case Closed(ordered=True):
            return {
                **line_tests(WORDS),
                "more_than": st.sampled_from(WORDS[:-1]),
                "less_than": st.sampled_from(WORDS[1:]),
            }
        case Closed():
            return {"is": st.sampled_from(WORDS), "one_of": some(WORDS), "none_of": some(WORDS)}
        case Truth():
            return {"is": st.booleans(), "one_of": some((True, False)), "none_of": some((True, False))}
        case Number(whole=whole):
            return line_tests(NUMBERS if whole else DECIMALS)
        case Duration():
            return line_tests(DURATIONS)
        case Instant():
            return {"from": st.sampled_from(INSTANTS), "before": st.sampled_from(INSTANTS)}
        case Text():
            parts = [text for text in TEXTS if text]
            return {"is": st.sampled_from(parts), "one_of": some(parts), "none_of": some(TEXTS),
                "contains": some(parts),
                    "starts_with": some(parts), "ends_with": some(parts), "matches": some(PATTERNS),
                    "any_word": some(("a", "printer", "Straße", "ПРИВЕТ", "İstanbul", "cafe\u0301", "a_b",
                        "\u0390"))}  # fmt: skip
        case SetOf():
            return {
                "has": st.sampled_from(WORDS),
                "has_any": some(WORDS),
                "has_all": some(WORDS),
                "has_none": some(WORDS),
            }


def conditions(kind: FactType) -> st.SearchStrategy[Condition]:
    fitting = fitting_tests(kind)
    mapping = st.fixed_dictionaries({}, optional={**fitting, "missing": st.booleans()}).filter(
        lambda raw: 0 < len(raw) < 4
    )
    return st.one_of(st.just("any"), mapping).map(lambda raw: read(raw, kind))


def read(raw: Any, kind: FactType) -> Condition:
    faults: list[Any] = []
    condition = read_condition(raw, kind, lambda *fault: faults.append(fault))
    assert not faults
    return condition


def neighbours(number: Any) -> list[Any]:
    """A number with those just below and just above it."""
    if isinstance(number, float):
        return [math.nextafter(number, -math.inf), number, math.nextafter(number, math.inf)]
    return [number - 1, number, number + 1]


def values(kind: FactType) -> list[Any]:
    """Read values at, just below and just above every boundary; None is the absent fact."""
    match kind:
        case Closed(values=words):
            return [None, *words]
        case Truth():
            return [None, True, False]
        case Number(whole=True):
            return [None, *(n for p in NUMBERS for n in neighbours(p))]
        case Number():
            return [None, *(n for p in DECIMALS for n in neighbours(p)), -0.0]
        case Duration():
            return [None, *(n for p in DURATIONS for n in neighbours(kind.read(p)))]
        case Instant():
            return [None, *(n for p in INSTANTS for n in neighbours(kind.read(p)))]
        case Text():
            return [None, *(kind.read(t) for t in TEXTS), *(kind.read(f"{t} {u}") for t in TEXTS for u in TEXTS[:8])]
        case SetOf():
            members = [frozenset(WORDS[i] for i in range(4) if bits >> i & 1) for bits in range(16)]
            return [None, *members]


def cell_of(cut: Any, value: Any) -> int:
    return 0 if value is None else int(cut.cell(value))


def scan(rows: list[tuple[Condition, ...]], facts: tuple[Any, ...]) -> list[int]:
    """The rows that apply, by asking each."""
    return [
        i
        for i, row in enumerate(rows)
        if all(holds(test, value) for condition, value in zip(row, facts, strict=True) for test in condition)
    ]


def build(kinds: list[FactType], rows: list[tuple[Condition, ...]], long: int = LONG) -> tuple[list[Any], Index]:
    cuts = [partition(kind, [row[i] for row in rows]) for i, kind in enumerate(kinds)]
    columns = [build_column(i, cut, [row[i] for row in rows]) for i, cut in enumerate(cuts)]
    return cuts, Index(tuple(c for c in columns if c is not None), bitmap_of(range(len(rows)), len(rows)), long)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[FactType], list[tuple[Condition, ...]]]:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
    return kinds, draw(st.lists(st.tuples(*(conditions(kind) for kind in kinds)), min_size=1, max_size=8))


@given(tables(), st.data())
def test_the_index_finds_what_a_scan_finds(table: Any, data: st.DataObject) -> None:
    kinds, rows = table
    cuts, index = build(kinds, rows)
    for _ in range(12):
        facts = tuple(data.draw(st.sampled_from(values(kind))) for kind in kinds)
        bitmap = index.finder()([cell_of(cut, value) for cut, value in zip(cuts, facts, strict=True)])
        assert list(rows_of(bitmap)) == scan(rows, facts)


@given(tables(), st.integers(4, 8), st.data())
def test_the_front_of_a_long_table_tells_the_first_row_alike(table: Any, long: int, data: st.DataObject) -> None:
    kinds, rows = table
    cuts, index = build(kinds, rows, long)
    assert (index.front is None) == (len(rows) < long)
    find, find_first = index.finder(), index.first_finder()
    for _ in range(12):
        facts = tuple(data.draw(st.sampled_from(values(kind))) for kind in kinds)
        cells = [cell_of(cut, value) for cut, value in zip(cuts, facts, strict=True)]
        assert next(rows_of(find_first(cells)), None) == next(rows_of(find(cells)), None)


@given(tables())
def test_a_grid_holds_the_first_row_that_applies(table: Any) -> None:
    """For every combination of cells; there is a grid unless the combinations are too many."""
    index = build(*table)[1]
    grid, find = index.grid(), index.finder()
    sizes = [len(column.accepts) if isinstance(column.accepts, list) else None for column in index.columns]
    assert (grid is None) == (None in sizes or prod(size or 0 for size in sizes) > GRID)
    if grid is not None:
        for cells in product(*(range(size or 0) for size in sizes)):
            by_slot = {column.slot: cell for column, cell in zip(index.columns, cells, strict=True)}
            found = find([by_slot.get(slot, 0) for slot in range(len(table[0]))])
            place = grid
            for cell in cells:
                place = place[cell]
            assert place == next((row + 1 for row in rows_of(found)), 0)


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(conditions(kind), max_size=6))))
def test_every_value_at_a_boundary_is_matched_as_a_scan_matches_it(table: Any) -> None:
    kind, asked = table
    rows = [(condition,) for condition in asked] or [(ANY,)]
    (cut,), index = build([kind], rows)
    for value in values(kind):
        assert list(rows_of(index.finder()([cell_of(cut, value)]))) == scan(rows, (value,)), value


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(conditions(kind), max_size=6))))
def test_values_in_one_cell_are_told_apart_by_no_test(table: Any) -> None:
    kind, asked = table
    cut = partition(kind, asked)
    passed: dict[int, list[bool]] = {}
    for value in values(kind):
        found = [all(holds(test, value) for test in condition) for condition in asked]
        assert passed.setdefault(cell_of(cut, value), found) == found, value


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(conditions(kind), max_size=6))))
def test_the_first_row_is_the_head_of_all(table: Any) -> None:
    kind, asked = table
    rows = [(condition,) for condition in asked] or [(ANY,)]
    (cut,), index = build([kind], rows)
    for value in values(kind):
        bitmap = index.finder()([cell_of(cut, value)])
        every = list(rows_of(bitmap))
        assert ((bitmap & -bitmap).bit_length() - 1 if bitmap else None) == (every[0] if every else None)


@given(tables(), st.data())
def test_the_order_of_rows_does_not_matter_to_which_apply(table: Any, data: st.DataObject) -> None:
    kinds, rows = table
    order = data.draw(st.permutations(range(len(rows))))
    facts = tuple(data.draw(st.sampled_from(values(kind))) for kind in kinds)

    def found(rows: list[tuple[Condition, ...]]) -> list[int]:
        cuts, index = build(kinds, rows)
        return list(rows_of(index.finder()([cell_of(cut, value) for cut, value in zip(cuts, facts, strict=True)])))

    assert {order[i] for i in found([rows[i] for i in order])} == set(found(rows))


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), conditions(kind), conditions(kind))))
def test_tests_on_other_rows_change_no_answer(table: Any) -> None:
    """The cells of a fact follow from all rows; what one row accepts follows from its own condition alone."""
    kind, mine, other = table
    assume(mine)
    for rows in ([(mine,)], [(mine,), (other,)], [(other,), (mine,)]):
        (cut,), index = build([kind], rows)
        place = rows.index((mine,))
        for value in values(kind):
            accepted = all(holds(test, value) for test in mine)
            assert (place in rows_of(index.finder()([cell_of(cut, value)]))) == accepted


@given(st.sets(st.integers(0, 400)), st.integers(401, 500))
def test_a_bitmap_gives_its_rows_back(rows: set[int], count: int) -> None:
    assert list(rows_of(bitmap_of(sorted(rows), count))) == sorted(rows)


@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS))
def test_case_and_composition_do_not_matter_to_text_tests(text: str, other: str) -> None:
    """Texts that differ only in case, or in how Unicode composes them, pass the same tests on texts."""
    kind = Text()
    for op in ("contains", "starts_with", "ends_with"):
        for same in (text.upper(), text.lower(), text.casefold()):
            if same.casefold() != text.casefold() or not other:
                continue
            condition = read({op: other}, kind)
            assert holds(condition[0], kind.read(same)) == holds(condition[0], kind.read(text))
