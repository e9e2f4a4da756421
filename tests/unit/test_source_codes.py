"""Every code of the lowest floor: a file that brings it out, where it stands, and what it says, from both parsers."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import yaml

from engine.diagnostics import CODES, Diagnostic, anchors, builder, parsing, read_source

NAME = "rules/desk/1.0.0.yaml"
PARSERS = [pytest.param(False, id="python")] + ([pytest.param(True, id="libyaml")] if yaml.__with_libyaml__ else [])


@dataclass(frozen=True)
class Row:
    """A file, and the one fault expected of it: ``place`` is line, column, end line and end column."""

    code: str
    text: str
    place: tuple[int, int, int, int]
    says: str


ROWS = [
    Row("control-character", "a: \x07b\n", (1, 4, 1, 5), "the character U+0007"),
    Row("control-character", "a: x\x00\n", (1, 5, 1, 6), "the character U+0000"),
    Row("control-character", "a: x\u2028y\n", (1, 5, 1, 6), "U+2028 (line separator)"),
    Row("control-character", "a: x\u0085y\n", (1, 5, 1, 6), "U+0085"),
    Row("control-character", "a: x\ufeffy\n", (1, 5, 1, 6), "U+FEFF"),
    Row("control-character", "a: x\rb: y\n", (1, 5, 1, 6), "a carriage return stands here without a line feed"),
    Row("empty-file", "", (1, 1, 1, 1), "the file has no content"),
    Row("empty-file", "# only\n\n---\n...\n", (1, 1, 1, 1), "the file has no content"),
    Row("not-a-mapping", "# x\njust words\n", (2, 1, 2, 11), "the file is a single value"),
    Row("not-a-mapping", "~\n", (1, 1, 1, 2), "the file is a single value"),
    Row("several-documents", "a: 1\n---\nb: 2\n", (2, 1, 2, 4), "a second document starts here"),
    Row("several-documents", "a: 1\n...\nb: 2\n", (2, 1, 2, 4), "the document ends here, but the file goes on"),
    Row("directive", "%YAML 1.1\n---\na: 1\n", (1, 1, 1, 10), "a line starts with `%`"),
    Row("duplicate-key", "a: 1\nb: {c: 1, 'c': 2}\n", (2, 11, 2, 14),
        "`c` stands twice in this mapping; first in line 2, column 5"),
    Row("duplicate-key", "1: a\n0x1: b\n", (2, 1, 2, 4), "the key `0x1` means the same as `1` in line 1, column 1"),
    Row("duplicate-key", "null: a\n~: b\n", (2, 1, 2, 2), "the key `~` means the same as `null` in line 1"),
    Row("complex-key", "? [a]\n: b\n", (1, 3, 1, 6), "a list stands as a key"),
    Row("complex-key", "{a: 1}: b\n", (1, 1, 1, 7), "a mapping stands as a key"),
    Row("complex-key", "a: &x b\n*x : c\n", (2, 1, 2, 3), "the alias `*x` stands as a key"),
    Row("empty-key", "a: 1\n: 2\n", (2, 1, 2, 2), "a key is missing before this colon"),
    Row("empty-key", "a: {b: 1, : 2}\n", (1, 11, 1, 12), "a key is missing before this colon"),
    Row("empty-key", "a:\n  : 2\n", (2, 3, 2, 4), "a key is missing before this colon"),
    Row("empty-key", "a: 1\n?\n: v\n", (2, 2, 2, 2), "a key is missing here"),
    Row("merge-key", "a: &x {b: 1}\nc: {<<: *x}\n", (2, 5, 2, 7), "`<<` does not merge mappings here"),
    Row("long-key", "a: 1\n" + "k" * 1100 + ": 2\n", (2, 1, 2, 2), "no colon follows within 1,024 characters"),
    Row("long-key", "a: 1\n'b\n  c': 2\n", (2, 1, 2, 3), "this key runs over several lines"),
    Row("long-key", "'b\n  c': 2\n", (2, 5, 2, 6), "the key before this colon runs over several lines"),
    Row("long-key", 'a: {"b"\n  : 1}\n', (2, 3, 2, 4), "a key and its colon stand in different lines"),
    Row("unknown-tag", "a: !secret x\n", (1, 4, 1, 11), "the tag `!secret` is not known here"),
    Row("unknown-tag", "a: !!binary x\n", (1, 4, 1, 12), "the tag `!!binary` is not known here"),
    Row("unknown-tag", "a: !e!x y\n", (1, 4, 1, 8), "the tag `!e!x` is not known here"),
    Row("unknown-tag", "a: ! 12\n", (1, 4, 1, 5), "the tag `!` is not known here"),
    Row("bad-tag-value", "a: !!int x\n", (1, 4, 1, 11), "`!!int` promises that this is a whole number"),
    Row("bad-tag-value", "a: !!str [x]\n", (1, 4, 1, 5), "`!!str` does not fit a list"),
    Row("duplicate-anchor", "a: &x 1\nb: &x 2\n", (2, 4, 2, 8), "the anchor `&x` is already taken"),
    Row("bad-anchor", "a: &\n", (1, 4, 1, 5), "this anchor is not well written"),
    Row("bad-anchor", "a: **bold**\n", (1, 4, 1, 12), "this alias is not well written"),
    Row("unknown-alias", "a: *x\nb: &x 1\n", (1, 4, 1, 6), "the alias `*x` names no anchor before it"),
    Row("alias-loop", "a: &x [*x]\n", (1, 8, 1, 10), "the alias `*x` stands inside the value that it names"),
    Row("not-a-number", "a: .nan\n", (1, 4, 1, 8), "`.nan` is not a number that can be used"),
    Row("not-a-number", "a: [-.INF]\n", (1, 5, 1, 10), "`-.INF` is not a number that can be used"),
    Row("number-too-large", "a: 9223372036854775808\n", (1, 4, 1, 23), "this number does not fit 64 bits"),
    Row("number-too-large", "a: 1e999\n", (1, 4, 1, 9), "this number does not fit 64 bits"),
    Row("number-too-large", "a: " + "9" * 5000 + "\n", (1, 4, 1, 5004), "this number does not fit 64 bits"),
    Row("tab", "a:\n\tb: 1\n", (2, 1, 2, 2), "a tab stands where YAML takes spaces only"),
    Row("tab", "a:\t1\n", (1, 3, 1, 4), "a tab stands where YAML takes spaces only"),
    Row("tab", "a: b\tc\n", (1, 5, 1, 6), "a tab stands where YAML takes spaces only"),
    Row("tab", "a: |\n\tx\n", (2, 1, 2, 2), "a tab stands where YAML takes spaces only"),
    Row("bad-indent", "a:\n    b: 1\n  c: 2\n", (3, 3, 3, 7), "the indentation of this line fits none"),
    Row("bad-indent", "a: 1\n  b: 2\n", (2, 3, 2, 7), "as if it belonged to the value above"),
    Row("bad-indent", "a:\n  - b\n  c: d\n", (3, 3, 3, 7), "a key stands among list items"),
    Row("bad-indent", "a:\n|\n x\nb: 1\n", (2, 1, 2, 2), "this value is not indented more than its parent"),
    Row("bad-indent", "a:\n\n# c\n  x\n", (3, 1, 3, 4), "this comment between a key and its value"),
    Row("flow-indent", "a: [\n  x\n]\n", (3, 1, 3, 2), "a line inside brackets is not indented more than its parent"),
    Row("flow-indent", 'a:\n  b: "x\n  y"\n', (3, 3, 3, 4), "a line of this text is not indented more than its parent"),
    Row("comment-space", "a: [x]#c\n", (1, 7, 1, 9), "a space is missing before this comment"),
    Row("comment-space", "a: |#c\n  x\n", (1, 5, 1, 7), "a space is missing before this comment"),
    Row("comment-space", "a: [\n  x\n# c\n  ]\n", (3, 1, 3, 4), "a space is missing before this comment"),
    Row("missing-space", "a: 1\nb:2\nc: 3\n", (2, 2, 2, 3), "a space is missing after this colon"),
    Row("missing-space", "a: {b:1}\n", (1, 6, 1, 7), "a space is missing after the colon in `b:1`"),
    Row("missing-space", "a: {b:[1]}\n", (1, 6, 1, 7), "a space is missing after this colon"),
    Row("missing-space", "- a\n-b\n- c\n", (2, 1, 2, 2), "a space is missing after this dash"),
    Row("missing-space", "a: [!!str, b]\n", (1, 5, 1, 10), "a space is missing after `!!str`"),
    Row("missing-colon", "a: 1\njust words\nb: 2\n", (2, 1, 2, 11), "no colon follows `just words`"),
    Row("missing-comma", 'a: [b, "c" d]\n', (1, 12, 1, 13), "a comma is missing before this"),
    Row("missing-comma", "a: {b: 1 c: 2}\n", (1, 10, 1, 11), "a comma is missing before this"),
    Row("extra-comma", "a: [1,, 2]\n", (1, 7, 1, 8), "this comma has nothing before it"),
    Row("list-in-line", "a: - b\n", (1, 4, 1, 5), "a `- ` list cannot start in the line of its key"),
    Row("nested-colon", "a: b: c\n", (1, 5, 1, 6), "a second colon stands in this value"),
    Row("nested-colon", "a: {b: c: d}\n", (1, 9, 1, 10), "a second colon stands in this value"),
    Row("unclosed-bracket", "a: [x, y\nb: 2\n", (1, 4, 1, 5), "this `[` is never closed"),
    Row("unclosed-bracket", "a: [x, y}\n", (1, 9, 1, 10), "`[` is closed by `}`"),
    Row("unopened-bracket", "a: [x]]\n", (1, 7, 1, 8), "this `]` closes nothing"),
    Row("unclosed-quote", 'a: "x\nb: 2\n', (1, 4, 1, 5), 'this " is never closed'),
    Row("after-value", "a: 'it's'\n", (1, 8, 1, 10), "`s'` follows a value that is already complete"),
    Row("bad-escape", 'a: "\\q"\n', (1, 5, 1, 7), "the escape `\\q` is not known"),
    Row("bad-escape", 'a: "\\U00110000"\n', (1, 5, 1, 15), "the escape `\\U00110000` names no character"),
    Row("bad-escape", 'a: "\\ud83d\\ude00"\n', (1, 5, 1, 11), "the escape `\\ud83d` names no character"),
    Row("bad-escape", 'a: "x\\\n\n  y"\n', (1, 6, 1, 7), "an empty line follows a line that ends with a backslash"),
    Row("bad-start", "a: @x\n", (1, 4, 1, 5), "a word cannot start with `@`"),
    Row("bad-start", "a: `x`\n", (1, 4, 1, 5), "a word cannot start with a backtick"),
    Row("bad-start", "a: %x\n", (1, 4, 1, 5), "a word cannot start with `%`"),
    Row("bad-start", "a: [?x]\n", (1, 5, 1, 6), "a word inside brackets cannot start with `?`"),
    Row("bad-start", "a: [-]\n", (1, 5, 1, 6), "a dash cannot stand alone inside brackets"),
    Row("placeholder-quotes", "a: {b}-c\n", (1, 4, 1, 9), "a text with a placeholder needs quotes: `{b}-c`"),
    Row("placeholder-quotes", "a: {g: duty-{b.c}}\n", (1, 8, 1, 18), "a text with a placeholder needs quotes: `duty-{"),
    Row("block-text", "a: | x\n  y\n", (1, 4, 1, 7), "the head of this text is more than"),
    Row("block-text", "a: |\n    \nb: 1\n", (1, 4, 1, 5), "this text has only spaces, or an empty line above it"),
    Row("block-text", "a: |2\n   x\n   \nb: 1\n", (1, 4, 1, 5), "this text ends with a line of spaces only"),
    Row("too-deep", "a: " + "[" * 50 + "\n", (1, 43, 1, 44), "lists and mappings are nested more than 40 deep"),
    Row("too-deep", "\n".join(" " * n + "a:" for n in range(50)) + "\n", (41, 41, 41, 42), "nested more than 40 deep"),
    Row("too-long", "a: " + "x" * 100_001 + "\n", (1, 4, 1, 5), "this text has 100,001 characters; at most"),
    Row("too-many-aliases", "a: &x 1\nb: [" + "*x, " * 101 + "]\n", (2, 405, 2, 407), "aliases are used more than 100"),
    Row("too-many-faults", "a: 1\n" * 1100, (1002, 1, 1002, 2), "the file has more than 1,000 faults"),
]  # fmt: skip


def faults(text: str | bytes) -> list[Diagnostic]:
    return read_source(NAME, text if isinstance(text, bytes) else text.encode())[1]


@pytest.mark.parametrize("libyaml", PARSERS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code}-{row.text[:12]!r}")
def test_each_code_stands_in_its_place(row: Row, libyaml: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LIBYAML", libyaml)
    found = faults(row.text)
    span = found[-1].span
    assert {fault.code for fault in found[:-1]} <= {"duplicate-key"}
    assert (found[-1].code, span.line, span.column, span.end_line, span.end_column) == (row.code, *row.place)
    assert row.says in found[-1].message
    assert found[-1].file == NAME
    assert found[-1].severity == "error"
    assert found[-1].help


def test_what_is_no_yaml_for_a_rare_reason_is_still_a_fault() -> None:
    assert [fault.code for fault in faults("[{a: b} :}\n")] == ["complex-key", "syntax"]


@pytest.mark.parametrize(
    ("raw", "offset", "line", "column"),
    [(b"a: \xff\n", 3, 1, 4), (b"\xef\xbb\xbfa: 1\r\nb: \xc3\n", 12, 2, 4), ("a: 1".encode("utf-16"), 0, 1, 1)],
)
def test_bytes_that_are_not_utf8(raw: bytes, offset: int, line: int, column: int) -> None:
    (fault,) = faults(raw)
    assert (fault.code, fault.span.line, fault.span.column) == ("not-utf8", line, column)
    assert f"at offset {offset} " in fault.message


def test_a_file_that_is_too_large() -> None:
    (fault,) = faults(b"a: 1\n" + b"#" * (16 * 1024 * 1024))
    assert fault.code == "too-large"


def test_a_file_with_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "MOST_VALUES", 5)
    (fault,) = faults("a: [1, 2, 3, 4]\n")
    assert (fault.code, fault.span.column) == ("too-large", 11)


def test_aliases_that_repeat_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "MOST_REPEATED", 8)
    (fault,) = faults("a: &x [1, 2, 3]\nb: [*x, *x, *x]\n")
    assert (fault.code, fault.span.line, fault.span.column) == ("too-many-aliases", 2, 13)


def test_aliases_of_aliases_stay_small() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join(['*' + old] * 10)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    (fault,) = faults("\n".join(lines) + "\n")
    assert fault.code == "too-many-aliases"


def test_aliases_may_not_nest_more_deeply_than_brackets() -> None:
    deep = "[" * 25 + "]" * 25
    (fault,) = faults(f"a: &x {deep}\nb: {'[' * 20}*x{']' * 20}\n")
    assert (fault.code, fault.span.line) == ("too-deep", 2)


def test_a_hundred_aliases_are_read() -> None:
    assert faults("a: &x 1\nb: [" + "*x, " * 100 + "]\n") == []


def test_faults_that_do_not_end_reading_are_all_reported() -> None:
    text = "a: 1\na: .inf\nb: !x 2\nc: *d\n<<: 3\n? [e]\n: 4\nb: [x]#c\n"
    source, found = read_source(NAME, text.encode())
    assert [(fault.code, fault.span.line) for fault in found] == [
        ("duplicate-key", 2),
        ("not-a-number", 2),
        ("unknown-tag", 3),
        ("unknown-alias", 4),
        ("merge-key", 5),
        ("complex-key", 6),
        ("duplicate-key", 8),
        ("comment-space", 8),
    ]
    assert sorted(found) == found
    assert source is not None
    assert source.data == {"a": 1, "b": "2", "c": None}


def test_every_code_is_brought_out_here() -> None:
    elsewhere = {"not-utf8", "too-large", "syntax"}
    assert {row.code for row in ROWS} | elsewhere == set(CODES)


def test_codes_and_meanings_are_of_one_form() -> None:
    for code, meaning in CODES.items():
        assert code == code.lower().replace("_", "-").strip()
        assert meaning
        assert "\n" not in meaning
        assert not meaning.endswith(".")
