"""Laws of reading: no bytes raise, places lie inside the file, what was written reads back, both parsers agree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.diagnostics import CODES, Diagnostic, Source, Span, parsing, read_source, render_text, to_json

RULEBOOK = """\
# yaml-language-server: $schema=../../schemas/rulebook.schema.json
rulebook: connect-support
version: 1.0.0
in_force: {from: 2023-06-08}
title: {en: Vendor support line, ru: Линия техподдержки}
calendars:
  specialists: &s {zone: Europe/Moscow, hours: {mon-fri: "07:00-17:00"}}
  others: *s
facts:
  requester.warnings: {count: true}
priority:
  matrix:                       # the form that handbooks print
    levels:    [critical, high, normal, low]
    company:   [P1, P1,
      P2, P3]
sla:
  table:
    rows:
      - [P1, target, 15m, 4h, always]
      - [P1, any,    30m, 8h, 1.5e3]
assignment:
  rules:
    - rule: out-of-hours
      then: {group: "duty-{ticket.channel}"}
      say: |
        one
          two
      because: 'it''s
        late'
"""
PIECES = (
    " ", "  ", "\n", "\n ", "\t", ":", ": ", "- ", "?", ",", "[", "]", "{", "}", '"', "'", "#", " # c", "&a ", "*a",
    "!!int ", "!x ", "|", ">-\n", "%", "@", "`", "---\n", "...\n", "<<: ", "\\", "\r\n", "é", "漢",
    "\x07", "~", "0x", ".inf",
)  # fmt: skip


def read(raw: bytes) -> tuple[Source | None, list[Diagnostic]]:
    source, found = read_source("desk.yaml", raw)
    assert source is not None or found
    text = raw.decode("utf-8", "ignore").removeprefix("\ufeff").replace("\r\n", "\n")
    for fault in found:
        assert fault.code in CODES
        check(fault.span, text if "not-utf8" not in {other.code for other in found} else raw.decode("latin-1"))
    assert found == sorted(found)
    return source, found


def check(span: Span, text: str) -> None:
    lines = text.split("\n")
    assert 1 <= span.line <= span.end_line <= len(lines)
    assert 1 <= span.column <= len(lines[span.line - 1]) + 1
    assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
    assert (span.line, span.column) <= (span.end_line, span.end_column)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(inner, (*path, key))


def mutated(chance: random.Random) -> str:
    text = RULEBOOK
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(text))
        match chance.randrange(4):
            case 0:
                text = text[:at] + chance.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[at + chance.randrange(1, 4) :]
            case 2:
                text = text[:at] + chance.choice(PIECES) + text[at + 1 :]
            case _:
                text = text[: chance.randrange(len(text))] + text[at:]
    return text


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read(raw)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25))
@settings(deadline=None)
def test_any_pieces_of_yaml_are_read_or_refused(pieces: list[str]) -> None:
    read("".join(pieces).encode("utf-8", "replace"))


def test_ten_thousand_random_bytes_are_read_or_refused() -> None:
    chance = random.Random(20230608)
    for _ in range(10_000):
        read(chance.randbytes(chance.randrange(60)))


@pytest.mark.parametrize("seed", range(4))
def test_mutations_of_a_rulebook_are_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        text = mutated(chance)
        source, found = read(text.encode())
        assert len(to_json(found)) == len(found)
        shown = render_text(found, {"desk.yaml": text})
        assert all(f"[{fault.code}]" in shown for fault in found)
        if source is not None:
            for path in paths(source.data):
                check(source.span(path), source.text)
                check(source.span(path, key=True), source.text)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml: there is one parser only")
def test_both_parsers_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    texts = [mutated(chance) for _ in range(200)]
    texts += ["".join(chance.choices(PIECES, k=chance.randrange(1, 15))) for _ in range(1500)]
    for text in texts:
        monkeypatch.setattr(parsing, "LIBYAML", True)
        source, found = read(text.encode())
        monkeypatch.setattr(parsing, "LIBYAML", False)
        other, other_found = read(text.encode())
        assert other_found == found
        if source is not None and other is not None:
            assert other.data == source.data
            every = list(paths(source.data))
            assert [other.span(path) for path in every] == [source.span(path) for path in every]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(
        ["no", "010", "4:30", "1_000", "2023-06-08", "0o7", "1e3", "~", "<<", "- a", "a: b", "@x", "", " "]
    )
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=20
)


class _Quoted(yaml.SafeDumper):
    """Writes every text in double quotes, since PyYAML leaves those plain that YAML 1.1 and 1.2 read differently."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Quoted.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))
_Quoted.add_representer(
    float, lambda dumper, number: dumper.represent_scalar("tag:yaml.org,2002:float", _as_float(number), style="")
)


def _as_float(number: float) -> str:
    text = repr(number)
    return text if "." in text or "e" in text else text + ".0"


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5), st.booleans(), st.sampled_from([40, 80, 10_000]))
@settings(max_examples=150, deadline=None)
def test_what_was_written_reads_back(value: dict[str, Any], flow: bool, width: int) -> None:
    text = yaml.dump(value, Dumper=_Quoted, default_flow_style=flow, width=width, allow_unicode=False, sort_keys=False)
    source, found = read(text.encode())
    assert found == []
    assert source is not None
    assert source.data == value
    assert [type(inner) for inner in source.data.values()] == [type(inner) for inner in value.values()]


@given(st.lists(st.text("ab \n", max_size=6), min_size=1, max_size=5))
@settings(deadline=None)
def test_a_block_text_reads_as_its_lines(lines: list[str]) -> None:
    text = "\n".join(lines).strip() + "\n"
    body = "".join(f"  {line}\n" if line.strip() else "\n" for line in text.split("\n"))
    wanted = "".join(f"{line if line.strip() else ''}\n" for line in text.split("\n")).rstrip("\n") + "\n"
    source, found = read(f"a: |\n{body}b: 1\n".encode())
    if text.strip():
        assert found == []
        assert source is not None
        assert source.data == {"a": wanted, "b": 1}
