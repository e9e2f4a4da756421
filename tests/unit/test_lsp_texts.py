"""Texts as editors count them: lines, units, and changes piece by piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.lsp.texts import Change, changed, column_of, lines_of, units_of

ENCODINGS = ("utf-8", "utf-16", "utf-32")
PLACES = st.tuples(st.integers(-1, 9), st.integers(-1, 9))
PIECES = st.text(st.sampled_from("aЖ😀 \n\r\x85\u2028\x0c:{"), max_size=12)


def naive_units(line: str, encoding: str) -> int:
    if encoding == "utf-32":
        return len(line)
    return len(line.encode()) if encoding == "utf-8" else sum(2 if ord(c) > 0xFFFF else 1 for c in line)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a\n", ["a", ""]),
        ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        ("a\x85b\u2028c\x0cd", ["a\x85b\u2028c\x0cd"]),
    ],
)
def test_only_the_breaks_of_the_protocol_end_a_line(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(line=st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20))
def test_a_column_comes_back_from_its_units(encoding: str, line: str) -> None:
    for column in range(len(line) + 1):
        units = units_of(line, column, encoding)
        assert units == naive_units(line[:column], encoding)
        assert column_of(line, units, encoding) == column
    assert column_of(line, 10_000, encoding) == len(line)


def test_units_inside_a_character_stand_before_it() -> None:
    assert column_of("a😀b", 2, "utf-16") == 1
    assert column_of("a😀b", 3, "utf-16") == 2


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=PIECES, new=PIECES, data=st.data())
def test_a_change_replaces_what_stands_between_two_places(
    encoding: str, text: str, new: str, data: st.DataObject
) -> None:
    boundaries = [i for i in range(len(text) + 1) if text[i - 1 : i + 1] != "\r\n"]  # never between the two
    first = data.draw(st.sampled_from(boundaries))
    last = data.draw(st.sampled_from([i for i in boundaries if i >= first]))
    places = []
    for offset in (first, last):
        before = lines_of(text[:offset])
        places.append((len(before) - 1, naive_units(before[-1], encoding)))
    assert changed(text, [Change(new, *places)], encoding) == text[:first] + new + text[last:]


@given(text=PIECES, start=PLACES, end=PLACES)
def test_places_outside_are_moved_inside(text: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    found = changed(text, [Change("new", start, end)], "utf-16")
    assert "new" in found
    assert text.startswith(found[: found.index("new")])


def test_changes_follow_one_another() -> None:
    changes = [Change("abc"), Change("X", (0, 1), (0, 2)), Change("Y", (0, 3), (0, 3))]
    assert changed("old", changes, "utf-16") == "aXcY"
