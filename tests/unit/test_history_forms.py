"""Histories in other forms than CSV, and from other places than a folder: the same rows, and what is no row is told."""

import gzip
import json
import zipfile
from pathlib import Path

import fsspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations import UnreadableHistory, open_history
from simulations.histories import History, jsonl_form

ROOT = Path(__file__).parents[2]
LINES = [
    {"ticket": {"id": 7, "tags": ["a", "b"], "who": "Zoë"}, "at": "2026-01-02T03:04:05Z", "vip": True, "cost": 1.5},
    {"ticket": {"id": "8", "tags": None}, "at": "2026-01-03T00:00:00Z", "a.b": "dotted", "deep": {"0": {"x": ""}}},
]
XES = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="2.0" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="?"/></global>
  <trace>
    <string key="concept:name" value="1-364285768"/>
    <string key="product" value="PROD582"><string key="line" value="L1"/></string>
    <event>
      <string key="concept:name" value="Accepted"/>
      <string key="lifecycle:transition" value="In Progress"/>
      <string key="org:resource" value="Frederic"/>
      <date key="time:timestamp" value="2010-03-31T15:59:42.000+02:00"/>
      <list key="labels"><values><string key="l" value="x"/><string key="l" value="y"/></values></list>
    </event>
    <event><string key="concept:name" value="Completed &amp; closed"/><boolean key="ok" value="true"/></event>
  </trace>
  <trace><string key="concept:name" value="empty"/></trace>
  <event><string key="concept:name" value="stray"/></event>
  <trace><string key="concept:name" value="2"/><event><int key="n" value="3"/></event></trace>
</log>
"""


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def rows(history: History, *names: str) -> list[tuple[object, ...]]:
    return [row for table in history.tables(names, ("",)) for row in table.frame.select(names).rows()]


def crooked(history: History) -> list[tuple[int, str, str]]:
    name = history.columns[0]
    tables = list(history.tables((name,), ()))
    return [(at, why, table.shown[at]) for table in tables for at, why in table.crooked.items()]


def jsonl(lines: list[object]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def test_json_lines_have_dotted_columns_and_pointers(tmp_path: Path) -> None:
    history = open_history(write(tmp_path / "h", jsonl(LINES)))
    assert history.form.name == "jsonl"
    assert history.columns == (
        "ticket.id", "ticket.tags", "ticket.who", "at", "vip", "cost", "a.b", "deep.0.x",
    )  # fmt: skip
    names = ("ticket.id", "/ticket/id", "ticket.tags", "ticket.tags.1", "ticket.who", "vip", "cost", "a.b", "deep.0.x")
    assert rows(history, *names) == [
        ("7", "7", '["a","b"]', "b", "Zoë", "true", "1.5", None, None),
        ("8", "8", None, None, None, None, None, "dotted", None),
    ]
    assert rows(history.first(1), "ticket.id") == [("7",)]


def test_columns_that_come_late_are_found_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl_form, "SAMPLE", 2)
    path = write(tmp_path / "h", jsonl([{"a": 1}, {"a": 2}, {"a": 3, "late": {"x": 4}}, {"a": 5}]))
    assert open_history(path).columns == ("a",)
    assert open_history(path, asked=("late.x", "/late/x", "never")).columns == ("a", "late.x", "/late/x")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"a": 1', "the line is not JSON"),
        (b'{"a": "\xff"}', "the line is not JSON"),
        (b'{"a": NaN}', "the line is not JSON"),
        (b"[" * 10_000, "the line is not JSON"),
        (b"[1]", "the line holds no JSON object"),
        (b"null", "the line holds no JSON object"),
    ],
)
def test_a_line_that_is_no_object_is_set_aside_with_its_number(tmp_path: Path, line: bytes, why: str) -> None:
    history = open_history(write(tmp_path / "h", b'{"a": "x"}\n\n' + line + b'\n{"a": "y"}'))
    assert rows(history, "a") == [("x",), (None,), ("y",)]
    ((at, said, shown),) = crooked(history)
    assert (at, said) == (1, why)
    assert shown.startswith("line 3: ")


def test_a_line_of_endless_length_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl_form, "_LONGEST_LINE", 50)
    history = open_history(write(tmp_path / "h", b'{"a": "x"}\n{"a": "' + b"z" * 500 + b'"}\n{"a": "y"}\n'))
    assert rows(history, "a") == [("x",), (None,), ("y",)]


def test_xes_traces_are_tickets_and_events_rows(tmp_path: Path) -> None:
    history = open_history(write(tmp_path / "h", XES))
    assert history.form.name == "xes"
    names = ("case:concept:name", "case:product", "case:product.line", "event:concept:name")
    assert set(names) < set(history.columns)
    assert rows(history, *names) == [
        ("1-364285768", "PROD582", "L1", "Accepted"),
        ("1-364285768", "PROD582", "L1", "Completed & closed"),
        (None, None, None, None),
        (None, None, None, None),
        ("2", None, None, None),
    ]
    assert [why for _, why, _ in crooked(history)] == [
        "the trace has no event",
        "the event stands outside of any trace",
    ]
    first = rows(history, "event:time:timestamp", "event:lifecycle:transition", "event:org:resource", "event:labels")[0]
    assert first == ("2010-03-31T15:59:42.000+02:00", "In Progress", "Frederic", '["x","y"]')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<!DOCTYPE log [<!ENTITY a "b">]><log><trace/></log>', "a document type is declared"),
        ('<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "a document type is declared"),
        ("<html><body/></html>", "it begins with `html`"),
        ("<log><trace><event></trace></log>", "line 1: not readable as XML"),
        ("<log>\n<trace>", "not readable as XML"),
    ],
)
def test_xml_that_is_no_event_log_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnreadableHistory, match=said):
        list(open_history(write(tmp_path / "h.xes", text)).tables((), ()))


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    text = f'<!DOCTYPE log [<!ENTITY e0 "ha">{nested}]><log><trace><string key="a" value="&e11;"/></trace></log>'
    with pytest.raises(UnreadableHistory):
        open_history(write(tmp_path / "h.xes", text))


def packed(path: Path, raw: bytes, packing: str) -> Path:
    match packing:
        case "gzip":
            path.write_bytes(gzip.compress(raw))
        case "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("readme.txt", "about")
                archive.writestr("folder/h.json", raw)
        case _:
            path.write_bytes(raw)
    return path


@pytest.mark.parametrize("packing", ["plain", "gzip", "zip"])
@pytest.mark.parametrize("form", ["jsonl", "xes", "parquet", "csv"])
def test_every_form_may_be_packed(tmp_path: Path, form: str, packing: str) -> None:
    if form == "parquet":
        pl.DataFrame({"a": ["x", "y"]}).write_parquet(tmp_path / "raw")
    event = '<event><string key="a" value="{}"/></event>'
    raw = {
        "jsonl": b'{"a": "x"}\n{"a": "y"}\n',
        "csv": b"a,b\nx,1\ny,2\n",
        "xes": f"<log><trace>{event.format('x')}{event.format('y')}</trace></log>".encode(),
        "parquet": (tmp_path / "raw").read_bytes() if form == "parquet" else b"",
    }[form]
    history = open_history(packed(tmp_path / "h", raw, packing))
    assert history.form.name == form
    assert rows(history, "event:a" if form == "xes" else "a") == [("x",), ("y",)]


def test_a_member_of_a_zip_can_be_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "h.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.txt", "b\n2\n")
        archive.writestr("c.csv", "c\n3\n")
    with pytest.raises(UnreadableHistory, match=r"`member:`.*found `a.csv`, `b.txt`, `c.csv`"):
        open_history(tmp_path / "h.zip")
    assert rows(open_history(tmp_path / "h.zip", member="b.txt"), "b") == [("2",)]
    with pytest.raises(UnreadableHistory, match=r"holds no `d\.csv`"):
        open_history(tmp_path / "h.zip", member="d.csv")


def test_lists_and_structs_of_parquet_become_json(tmp_path: Path) -> None:
    frame = pl.DataFrame({"t": [["a", "b"], None], "s": [{"x": 1}, {"x": None}], "w": [[{"from": "f"}], []]})
    frame.write_parquet(tmp_path / "h")
    found = rows(open_history(tmp_path / "h"), "t", "s", "w")
    assert found == [('["a","b"]', '{"x":1}', '[{"from":"f"}]'), (None, '{"x":null}', "[]")]


@pytest.fixture
def memory() -> fsspec.AbstractFileSystem:
    """A file system of fsspec that lies in memory."""
    store = fsspec.filesystem("memory")
    yield store
    store.store.clear()


@pytest.mark.parametrize("packing", ["plain", "gzip", "zip"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_address_of_fsspec_is_read(
    tmp_path: Path, memory: fsspec.AbstractFileSystem, packing: str, form: str
) -> None:
    pl.DataFrame({"a": ["x", "y"]}).write_parquet(tmp_path / "raw")
    raw = b"a\nx\ny\n" if form == "csv" else (tmp_path / "raw").read_bytes()
    memory.pipe("/desk/h", packed(tmp_path / "h", raw, packing).read_bytes())
    for address in ("memory://desk/h", Path("memory://desk/h")):
        history = open_history(address)
        assert (history.name, history.form.name) == ("h", form)
        assert rows(history, "a") == [("x",), ("y",)]
        assert history.sha256 == open_history(tmp_path / "h").sha256


def test_addresses_of_fsspec_may_be_chained(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "h.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("c.csv", "c\n3\n")
    assert rows(open_history(f"zip://c.csv::{tmp_path}/h.zip"), "c") == [("3",)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("memory://none.csv", "memory://none.csv: no such file or directory"),
        ("nowhere://a.csv", "nowhere://a.csv: .*nowhere"),
        ("s3://bucket/a.csv", "s3://bucket/a.csv: .*s3fs"),
        ("gs://bucket/a.csv", "gs://bucket/a.csv: .*gcsfs"),
    ],
)
def test_an_address_that_cannot_be_read_says_why(address: str, said: str) -> None:
    with pytest.raises(UnreadableHistory, match=said):
        open_history(address)


def test_other_encodings_and_quotes(tmp_path: Path) -> None:
    raw = "id;note\n1;'Müller; €'\n".encode("cp1252")
    history = open_history(write(tmp_path / "h", raw), ";", encoding="cp1252", quote="'")
    assert rows(history, "note") == [("Müller; €",)]
    with pytest.raises(UnreadableHistory, match=r"not UTF-8 text, soon after line 1; .*`encoding: cp1252`"):
        rows(open_history(tmp_path / "h", ";"), "note")
    assert rows(open_history(write(tmp_path / "i", 'id,note\n1,"a\n'), quote=""), "note") == [('"a',)]
    wide = write(tmp_path / "j", "id\tnote\n1\tä\n".encode("utf-16"))
    assert rows(open_history(wide, "\t", encoding="utf-16"), "note") == [("ä",)]


def test_a_line_in_a_strange_encoding_spoils_no_other(tmp_path: Path) -> None:
    lines = [f"{n},text".encode() for n in range(100)]
    lines[50] = b"50,M\xfcller"
    lines[60] = b"60,nul\0"
    history = open_history(write(tmp_path / "h", b"id,note\n" + b"\n".join(lines)))
    assert [(at, why) for at, why, _ in crooked(history)] == [
        (50, "the line is not UTF-8 text"),
        (60, "the line holds a character that no text has (U+0000)"),
    ]
    assert sum(row == (None, None) for row in rows(history, "id", "note")) == 2


def test_a_stray_quote_swallows_no_rows(tmp_path: Path) -> None:
    lines = [f'{n},"fine, ""{n}"""' for n in range(40)]
    lines[10] = '10,"never closed'
    lines[20] = '20,"closed" too soon'
    lines[30] = '30,"two\nlines"'
    history = open_history(write(tmp_path / "h", "id,note\n" + "\n".join(lines) + "\n"))
    found = rows(history, "id")
    assert [row[0] for row in found if row[0]] == [str(n) for n in range(40) if n not in (10, 20)]
    assert [(shown.split(":")[0], why) for _, why, shown in crooked(history)] == [
        ("line 12", "a quote stands within a field"),
        ("line 22", "a quote stands within a field"),
    ]


def test_many_lines_after_a_quote_that_is_never_closed_come_back(tmp_path: Path) -> None:
    lines = [f"{n},text" for n in range(30_000)]
    lines[5] = '5,"open'
    history = open_history(write(tmp_path / "h", "id,note\n" + "\n".join(lines) + "\n"))
    assert len([row for row in rows(history, "id") if row[0]]) == 29_999
    ((at, why, _),) = crooked(history)
    assert at == 5
    assert why.startswith("a quote is never closed")


BEGINNINGS = st.sampled_from([
    b"", b"\xef\xbb\xbf", b"{", b'{"a":', b"<log><trace>", b"<", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"a,b\n", b'a\n"',
    b'{"kind":"decision","format":', b"[", b"\x00",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(begin=BEGINNINGS, rest=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, begin: bytes, rest: bytes) -> None:
    path = write(tmp_path_factory.mktemp("odd") / "h", begin + rest)
    said = ""
    try:
        history = open_history(path)
        for table in history.tables(history.columns, ("",)):
            assert set(table.crooked) <= set(range(table.frame.height))
    except UnreadableHistory as refused:
        said = str(refused)
    assert "\n" not in said
