"""Reading a file: what its words mean under YAML 1.2, and where each value stands."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from engine.diagnostics import START, Source, Span, parsing, read_source


@pytest.fixture(params=[False, True], ids=["python", "libyaml"], autouse=True)
def _each_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(parsing, "LIBYAML", request.param)


def read(text: str | bytes) -> Source:
    source, found = read_source("desk.yaml", text if isinstance(text, bytes) else text.encode())
    assert found == []
    assert source is not None
    return source


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("N", "N"), ("tRUE", "tRUE"),
        ("0", 0), ("-0", 0), ("+12", 12), ("010", 10), ("0o17", 15), ("0x1F", 31), ("-0x1", "-0x1"), ("0b11", "0b11"),
        ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("0" * 5000 + "7", 7),
        ("1.5", 1.5), ("-.5", -0.5), ("+.5", 0.5), ("3.", 3.0), ("1e3", 1000.0), ("1E-2", 0.01), ("1.e1", 10.0),
        (".", "."), ("e3", "e3"), ("1e", "1e"), ("+", "+"), ("..", ".."), ("-.", "-."),
        ("4:30", "4:30"), ("2023-06-08", "2023-06-08"), ("1_000", "1_000"), ("1,000", "1,000"), ("=", "="),
        ("15m", "15m"), ("P1", "P1"), ("٣", "٣"), ("nan", "nan"), ("inf", "inf"), (".nAN", ".nAN"), ("0x", "0x"),
        ('"12"', "12"), ("'null'", "null"), ("''", ""), ('"\\u041f\\/\\x41"', "П/A"), ('"a\tb"', "a\tb"),
        ("!!str 12", "12"), ("!!int 12", 12), ('!!int "12"', 12), ("!!float 1", 1.0), ("!!null ~", None),
        ("!!bool true", True), ("!!str", ""), ("!!seq [1]", [1]), ("!!map {a: 1}", {"a": 1}),
        ("!<tag:yaml.org,2002:str> 1", "1"),
    ],
)  # fmt: skip
def test_what_a_word_means(word: str, value: Any) -> None:
    found = read(f"a: {word}\n").data["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("word", ["1", "no", "010", "null", "~", "true", "1.0", "2023-06-08", ".inf", "4:30"])
def test_a_key_is_the_text_as_written(word: str) -> None:
    assert list(read(f"{word}: x\nb: {{{word}: y}}\n").data) == [word, "b"]


def test_texts_of_several_lines() -> None:
    text = "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\nc: one\n  two\nd: 'one\n\n  two'\ne: |2-\n    x\nf: |+\n  x\n\n"
    assert read(text).data == {
        "a": "x\n y\n",
        "b": "x y\nz",
        "c": "one two",
        "d": "one\ntwo",
        "e": "  x",
        "f": "x\n\n",
    }


def test_a_block_text_at_the_end_of_a_file_without_a_break() -> None:
    assert read("a: |\n  x").data == {"a": "x\n"}


def test_carriage_returns_and_a_byte_order_mark_change_nothing() -> None:
    plain = read("a: 'x\n  y'\nb: |\n  c\nd: 1\n")
    other = read(b"\xef\xbb\xbf" + b"a: 'x\r\n  y'\r\nb: |\r\n  c\r\nd: 1\r\n")
    assert other.data == plain.data
    assert other.span(("d",)) == plain.span(("d",)) == Span(5, 4, 5, 5)
    assert other.line(1) == "a: 'x"


def test_an_alias_stands_for_its_value_and_keeps_its_own_place() -> None:
    source = read("a: &x {b: [1]}\nc: *x\n")
    assert source.data == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert source.span(("c",)) == Span(2, 4, 2, 6)
    assert source.span(("c", "b", 0)) == Span(1, 12, 1, 13)


def test_a_file_may_be_a_list_and_may_have_markers() -> None:
    assert read("--- # scenarios\n- a: 1\n  b: 2\n...\n").data == [{"a": 1, "b": 2}]


RULEBOOK = """\
# a comment
rules:
  - rule: first
    when: {ticket.channel: [phone, "e-mail"],
      tier: gold}
    then: |
      text
      more

  - вид: 漢字  # wide
empty:
last: [{}, [], x]
"""


@pytest.mark.parametrize(
    ("path", "span"),
    [
        ((), (2, 1, 12, 18)),
        (("rules",), (3, 3, 10, 12)),
        (("rules", 0), (3, 5, 8, 11)),
        (("rules", 0, "rule"), (3, 11, 3, 16)),
        (("rules", 0, "when"), (4, 11, 5, 18)),
        (("rules", 0, "when", "ticket.channel", 1), (4, 36, 4, 44)),
        (("rules", 0, "when", "tier"), (5, 13, 5, 17)),
        (("rules", 0, "then"), (6, 11, 8, 11)),
        (("rules", 1, "вид"), (10, 10, 10, 12)),
        (("empty",), (11, 7, 11, 7)),
        (("last", 0), (12, 8, 12, 10)),
        (("last", 2), (12, 16, 12, 17)),
    ],
)
def test_where_a_value_stands(path: tuple[str | int, ...], span: tuple[int, int, int, int]) -> None:
    assert read(RULEBOOK).span(path) == Span(*span)


@pytest.mark.parametrize(
    ("path", "span"),
    [
        (("rules", 0, "when", "tier"), (5, 7, 5, 11)),
        (("rules", 1, "вид"), (10, 5, 10, 8)),
        (("empty",), (11, 1, 11, 6)),
        (("rules", 0), (3, 5, 8, 11)),
    ],
)
def test_where_a_key_stands(path: tuple[str | int, ...], span: tuple[int, int, int, int]) -> None:
    assert read(RULEBOOK).span(path, key=True) == Span(*span)


@pytest.mark.parametrize(
    ("path", "ancestor"),
    [
        (("rules", 0, "rule", "x", 3), ("rules", 0, "rule")),
        (("rules", 7), ("rules",)),
        (("rules", -1), ("rules",)),
        (("rules", True), ("rules",)),
        (("rules", "0"), ("rules",)),
        ((0,), ()),
        (("nothing",), ()),
    ],
)
def test_a_path_that_does_not_exist_stands_with_its_nearest_ancestor(
    path: tuple[str | int, ...], ancestor: tuple[str | int, ...]
) -> None:
    source = read(RULEBOOK)
    assert source.span(path, key=True) == source.span(path) == source.span(ancestor)


def test_a_fault_at_a_path() -> None:
    source = read(RULEBOOK)
    fault = source.fault(
        "unknown-fact", "unknown", ("rules", 0, "when", "tier"), key=True, help="h", severity="warning"
    )
    assert (fault.code, fault.message, fault.file) == ("unknown-fact", "unknown", "desk.yaml")
    assert (fault.span, fault.help, fault.severity) == (Span(5, 7, 5, 11), "h", "warning")


def test_a_source_made_by_hand() -> None:
    source = Source("x", "a: 1\nb: 2", {"a": 1})
    assert source.span(("a",)) == START
    assert [source.line(n) for n in (0, 1, 2, 3)] == ["", "a: 1", "b: 2", ""]
