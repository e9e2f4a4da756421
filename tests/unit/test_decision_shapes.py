"""Readers of requests by their shape: bounded however many shapes come, and never taken for another shape's."""

import linecache
from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations
from types import MappingProxyType
from typing import Any

import pytest
from rulebook_kit import as_bytes, catalogue_of, compiled, refusal

from engine.decision import CLOSER_LOOK
from engine.decision.shapes import MET_ONCE, MOST_NAMES, MOST_READERS, Shapes, shape_of, write_reader

FIELDS = {f"ticket.fields.f{i}": "truth" for i in range(MOST_NAMES + 1)}
RULE = {"rule": "r", "when": {"ticket.fields.f0": True, "ticket.line": 2}, "then": {"kind": "k"}}
BOOK: dict[str, Any] = {
    "facts": {**FIELDS, "ticket.channel": ["mail", "phone"]},
    "classification": {"rules": [RULE, {"rule": "s", "when": {"ticket.channel": "mail"}, "then": {"kind": "m"}}]},
    "disclosures": {"rules": [{"rule": "d", "permit": ["prices"]}]},
}
HEAD = {"rulebook": "desk", "version": "1.0.0", "at": "2026-11-23T10:00:00Z"}


def some_shapes(count: int) -> list[dict[str, Any]]:
    """Requests of as many shapes, each ticket with three fields."""
    trios = combinations([fact.rpartition(".")[2] for fact in FIELDS], 3)
    return [{"ticket": {"fields": dict.fromkeys(trio, True)}} for trio, _ in zip(trios, range(count), strict=False)]


def reads_as_the_looks_do(shapes: Shapes, request: Mapping[str, Any]) -> bool:
    """Whether the cells are the same; the last stands for facts that no rule tests, and says nothing."""
    return shapes.read(request)[:-1] == shapes.look(request)[:-1]


def test_a_shape_that_comes_again_gets_a_reader_and_reads_alike() -> None:
    shapes = Shapes(compiled(BOOK).shapes.stated)
    request = {"ticket": {"id": "T1", "line": 2, "channel": "mail", "fields": {"f0": True}}, "explain": None}
    for _ in range(4):
        assert reads_as_the_looks_do(shapes, request)
    assert shapes.known == 1
    assert shapes.read(request) is not shapes.read(request)


def test_however_many_shapes_come_there_are_few_readers() -> None:
    shapes = Shapes(compiled(BOOK).shapes.stated)
    asked = some_shapes(3 * MOST_READERS)
    for request in [*asked, *asked, *asked]:
        assert reads_as_the_looks_do(shapes, request)
    assert shapes.known == MOST_READERS
    for request in asked:
        shapes.read({"ticket": {**request["ticket"], "line": 1}})
    assert shapes.known == MOST_READERS


def test_sources_are_bounded_however_often_a_rulebook_is_loaded() -> None:
    def sources() -> set[str]:
        return {name for name in linecache.cache if name.startswith("<desk 1.0.0, shape")}

    for _ in range(3):
        shapes = Shapes(compiled(BOOK).shapes.stated)
        for request in some_shapes(MOST_READERS + 5):
            shapes.read(request)
            shapes.read(request)
        assert len(sources()) == MOST_READERS


def test_shapes_that_came_once_are_forgotten_in_time() -> None:
    shapes = Shapes(compiled(BOOK).shapes.stated)
    asked = some_shapes(MET_ONCE + 1)
    for request in asked:
        shapes.read(request)
    shapes.read(asked[0])  # forgotten with all others: it counts as new
    assert shapes.known == 0
    shapes.read(asked[0])
    assert shapes.known == 1


def test_a_request_of_very_many_names_gets_no_reader() -> None:
    shapes = Shapes(compiled(BOOK).shapes.stated)
    request = {"ticket": {"fields": dict.fromkeys((fact.rpartition(".")[2] for fact in FIELDS), True)}}
    for _ in range(3):
        assert reads_as_the_looks_do(shapes, request)
    assert shapes.known == 0


def test_the_source_of_a_reader_holds_no_text_of_a_request() -> None:
    stated = compiled(BOOK).shapes.stated
    shape = shape_of({"ticket": {"channel": "mail", "fields": {"f1": True}}, "ask": {"to": "client"}})
    assert shape is not None
    reader = write_reader("desk 1.0.0, a shape", shape, stated)
    source = "".join(linecache.getlines(reader.__code__.co_filename))  # type: ignore[attr-defined]
    assert source.startswith("def build(")
    for text in ("channel", "mail", "f1", "client", '"', "'"):
        assert text not in source


def warmed(book: Mapping[str, Any], request: Mapping[str, Any]) -> Any:
    """A catalogue that has a reader for a request."""
    catalogue = catalogue_of(dict(book))
    for _ in range(3):
        catalogue.decide(request)
    return catalogue


@pytest.mark.parametrize(
    ("ticket", "pointer"),
    [
        ({"line": 2, "chanel": "mail"}, "/ticket/chanel"),
        ({"line": True, "channel": "mail"}, "/ticket/line"),
        ({"line": 2, "channel": ["mail"]}, "/ticket/channel"),
        ({"line": 2, "channel": "fax"}, "/ticket/channel"),
        ([1, 2], "/ticket"),
        ("ab", "/ticket"),
    ],
)
def test_what_only_looks_like_a_known_shape_is_refused(ticket: Any, pointer: str) -> None:
    catalogue = warmed(BOOK, {**HEAD, "ticket": {"line": 2, "channel": "mail"}})
    refused = refusal(catalogue, {**HEAD, "ticket": ticket})
    assert [fault.pointer for fault in refused.faults] == [pointer]


@pytest.mark.parametrize(
    "others", [{"language": {"x": 1}}, {"versoin": "1.0.0"}, {"explain": "yes"}, {"roster": [{}]}, {"agent": []}]
)
def test_every_name_of_a_shape_must_be_there(others: dict[str, Any]) -> None:
    """Also those that the reader itself has no use for: as many others are no substitute."""
    shapes = Shapes(compiled(BOOK).shapes.stated)
    plain = {**HEAD, "ticket": {"line": 2}}
    for _ in range(3):
        shapes.read(plain)
    assert shapes.known == 1
    for left_out in HEAD:
        with pytest.raises(CLOSER_LOOK):
            shapes.read({**{name: plain[name] for name in plain if name != left_out}, **others})


def test_mappings_that_are_no_plain_dictionaries_are_read_without_a_reader() -> None:
    plain = {**HEAD, "ticket": {"line": 2, "channel": "mail"}}
    catalogue = warmed(BOOK, plain)
    expected = as_bytes(catalogue.decide(plain))
    proxied = {**HEAD, "ticket": MappingProxyType(plain["ticket"])}
    assert as_bytes(catalogue.decide(proxied)) == expected
    slip: defaultdict[str, Any] = defaultdict(lambda: None, {"line": 2, "chanel": "mail"})
    assert [fault.pointer for fault in refusal(catalogue, {**HEAD, "ticket": slip}).faults] == ["/ticket/chanel"]
    assert set(slip) == {"line", "chanel"}


def test_shapes_with_as_many_names_do_not_hide_each_other() -> None:
    catalogue = catalogue_of(BOOK)
    asked = [
        {**HEAD, "ticket": {"line": 2, "channel": "mail"}},
        {**HEAD, "ticket": {"line": 2, "fields": {"f0": True}}},
        {**HEAD, "ticket": {"id": "T", "owner": None}},
        HEAD,
    ]
    cold = [as_bytes(catalogue_of(BOOK).decide(request)) for request in asked]
    for _ in range(4):
        assert [as_bytes(catalogue.decide(request)) for request in asked] == cold
