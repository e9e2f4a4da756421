"""Where a cursor stands: in files that parse exactly as the parser has it, in others as an author would say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_kit import cursor

from engine import read_source
from engine.authoring import Place, place_at

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted(RULES.glob("*/*.yaml"))


def place(text: str) -> Place:
    plain, line, column = cursor(text)
    return place_at(plain.split("\n"), line, column)


CASES = {
    "a key half typed": ("a:\n  b: c\n  d│", ("a",), "key", "d"),
    "an empty line in a mapping": ("a:\n  b: c\n  │", ("a",), "key", ""),
    "an empty line behind a key": ("a:\n  │", ("a",), "open", ""),
    "an empty file": ("│", (), "key", ""),
    "an open bracket": ("a:\n  - rule: x\n    when: {ticket.ch│", ("a", 0, "when"), "key", "ticket.ch"),
    "a key in brackets": ("a: {b│: c}", ("a",), "key", "b"),
    "a key in quotes": ("a: {'b│': c}", ("a",), "key", "b"),
    "a value in brackets": ("a: {b: c│d, e: f}", ("a", "b"), "value", "cd"),
    "an item in brackets": ("a: {b: {one_of: [c, │d]}}", ("a", "b", "one_of", 1), "value", "d"),
    "an open quote": ('a:\n  - cites: ["1.│', ("a", 0, "cites", 0), "value", "1."),
    "behind a comma": ('a: ["1", │]', ("a", 1), "value", ""),
    "behind a dash": ("a:\n  - b: c\n  - │", ("a", 1), "open", ""),
    "a key behind a dash": ("a:\n  - b: c\n    d: e\n  - f│: g", ("a", 1), "key", "f"),
    "a cell": ("a:\n  rows:\n    - [b, c│d, 5]", ("a", "rows", 0, 1), "value", "cd"),
    "a cell in lines": ("a:\n  rows:\n    - - x\n      - y│", ("a", "rows", 0, 1), "open", "y"),
    "a named row": ("a:\n  rows:\n    p-1:  [b, c, {d│", ("a", "rows", "p-1", 2), "key", "d"),
    "a list at the margin of its key": ("a:\n  b:\n  - c: d\n  e: │", ("a", "e"), "value", ""),
    "brackets over lines": ("a: {b: c,\n    d: │}", ("a", "d"), "value", ""),
    "below a bracket that was never closed": ("a:\n  b: {c: [x\n  d: {e: │", ("a", "d", "e"), "value", ""),
    "a text of several lines": ("a:\n  b: |\n    c: │\n", ("a", "b"), "none", ""),
    "below a text of several lines": ("a:\n  b: |\n    c\n  d: │", ("a", "d"), "value", ""),
    "a comment": ("a: b # c│", ("a",), "none", ""),
    "a whole line of comment": ("# c│", (), "none", ""),
    "right behind a colon": ("a:\n  b:│", ("a", "b"), "none", ""),
    "a hash within a word": ("a: b#c│", ("a",), "value", "b#c"),
    "an anchor before the value": ("a: &x b│", ("a",), "value", "b"),
    "letters beyond the basic plane": ('a: {b: "Ж😀", c: д│}', ("a", "c"), "value", "д"),
    "a key in quotes at the margin": ('"3.1":\n  says: │', ("3.1", "says"), "value", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_a_place_is_known_while_it_is_typed(case: str) -> None:
    text, path, role, word = CASES[case]
    found = place(text)
    assert (found.path, found.role, found.word) == (path, role, word)


def leaves(tree: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int, int, bool]]:
    """Every scalar of a tree: its path, where it starts and ends, and whether it is a key."""
    kids = getattr(tree, "kids", None)
    if kids is None:
        yield path, tree[0], tree[1], False
    elif isinstance(kids, list | tuple):
        for number, kid in enumerate(kids):
            yield from leaves(kid, (*path, number))
    else:
        for name, entry in kids.items():
            yield (*path, name), entry.start, entry.end, True
            yield from leaves(entry.value, (*path, name))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_look_agrees_with_the_parser_on_every_word(file: Path) -> None:
    source, _ = read_source(file.name, file.read_bytes())
    assert source is not None
    lines = source.text.split("\n")
    words = [(path, start, end, is_key) for path, start, end, is_key in leaves(source.tree, ()) if start < end]
    assert len(words) > 10
    for number, (path, start, end, is_key) in enumerate(words[:: len(words) // 200 + 1]):
        text = source.text[start:end]
        if "\n" in text:
            continue
        line, column = source.lines.place(start)
        opening = closing = int(text[0] in "'\"")
        offset = (opening, len(text) // 2, len(text) - closing)[number % 3]
        found = place_at(lines, line - 1, column - 1 + offset)
        assert found.word == text[opening : len(text) - closing]
        if is_key:
            assert found.role in ("key", "open")
            assert (*found.path, found.word) == path
        else:
            assert found.role in ("value", "open")
            assert found.path == path
