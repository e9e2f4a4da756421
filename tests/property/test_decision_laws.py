"""Laws of decisions: the same request gives the same bytes, whatever was asked before and however it is laid out."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from generated_rulebooks import FACTS, UNSHRUNK, requests, rulebooks
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook_kit import as_bytes, catalogue_of, compiled

from engine import Catalogue, RequestRefused
from engine.decision import CLOSER_LOOK, CompiledRulebook
from engine.decision.requests import careful_cells, faults_of
from engine.decision.shapes import Shape, Shapes, shape_of, write_reader

JUNK: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, 3.0, 0.5, 1e300, float("inf"), 2**63, -(2**63), 2**63 - 1, "", " ", "x", "1",
        "true", "mail",
    "MAIL", "cafe\u0301", "caf\u00e9", "\ud800", "яя", "e\u0301\u0301", "2026-11-23T10:00:00Z", "2026-11-23", "30m",
        "PT30M", "x" * 100_001,
    [], [None], [1], ["red"], ["red", 1], [["red"]], {}, {"x": 1}, {"fields": {}}, [{}], [{"id": "a"}, {"id": "a"}],
    [{"id": None}], [{"id": "a", "online": 1}], [{"from": "2026-11-23T10:00:00Z"}], [{"from": None}],
        [{"until": "x"}], ("red",), b"red",
)  # fmt: skip
NAMES = ("ticket", "requester", "agent", "roster", "ask", "explain", "language", "at", "version", "fields", "channel",
    "channle", "waits",
         "line", "tags", "vip", "count", "ratio", "marks", "relation", "id", "from", "until", "to", "do", "disclose",
             "online", "", "a/b")  # fmt: skip


def answer(catalogue: Catalogue, request: Any) -> bytes:
    return as_bytes(catalogue.decide(request))


def reversed_keys(value: Any) -> Any:
    """The same data with the keys of every mapping in the opposite order."""
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def spoil(value: Any) -> None:
    """Change everything inside an answer that can be changed."""
    if isinstance(value, dict):
        for item in value.values():
            spoil(item)
        for key in value:
            value[key] = "spoiled"
        value["more"] = "spoiled"
    elif isinstance(value, list):
        for item in value:
            spoil(item)
        value[:] = [*value, "spoiled"]


@settings(max_examples=20, phases=UNSHRUNK)
@given(rulebooks(), st.lists(requests(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_same_request_gives_the_same_bytes(book: dict[str, Any], asked: list[dict[str, Any]], order: Any) -> None:
    catalogue = catalogue_of(book)
    cold = [answer(catalogue, request) for request in asked]
    assert [answer(catalogue, request) for request in asked] == cold
    assert [answer(catalogue_of(book), request) for request in asked] == cold
    assert [answer(catalogue, reversed_keys(request)) for request in asked] == cold
    assert [answer(catalogue_of(reversed_keys_of_conditions(book)), request) for request in asked] == cold
    shuffled = list(enumerate(asked)) * 2
    order.shuffle(shuffled)
    fresh = catalogue_of(book)
    assert all(answer(fresh, request) == cold[i] for i, request in shuffled)


def reversed_keys_of_conditions(book: dict[str, Any]) -> dict[str, Any]:
    """The rulebook with the keys of its mappings in the opposite order: the same digest."""
    turned = reversed_keys(book)
    for stage in turned.values():
        if isinstance(stage, dict) and "matrix" in stage:  # the order of its lines is the order of its rules
            matrix = stage["matrix"]
            stage["matrix"] = {key: matrix[key] for key in reversed(matrix)}
    return turned  # type: ignore[no-any-return]


@settings(max_examples=20, phases=UNSHRUNK)
@given(rulebooks(), st.lists(requests(), min_size=2, max_size=6))
def test_whatever_is_done_to_an_answer_no_later_one_changes(book: dict[str, Any], asked: list[dict[str, Any]]) -> None:
    catalogue = catalogue_of(book)
    asked = [{**request, "explain": True} for request in asked]
    before = [answer(catalogue_of(book), request) for request in asked]
    for _ in range(2):
        for request in asked:
            kept = copy.deepcopy(request)
            spoil(catalogue.decide(request))
            assert request == kept
    assert [answer(catalogue, request) for request in asked] == before


@settings(max_examples=20, phases=UNSHRUNK)
@given(rulebooks(), st.lists(requests(), min_size=1, max_size=6))
def test_a_trace_tells_of_every_part_and_changes_none(book: dict[str, Any], asked: list[dict[str, Any]]) -> None:
    catalogue = catalogue_of(book)
    for request in asked:
        plain = catalogue.decide({**request, "explain": False})
        told = catalogue.decide({**request, "explain": True})
        assert "trace" not in plain
        assert told["decision"] == plain["decision"]
        named = {(line["stage"], line["rule"]) for line in told["trace"]}
        for stage, part in told["decision"].items():
            inner = (
                part if stage == "obligations" else part.values() if stage in ("disclosures", "permissions") else [part]
            )
            assert {(stage, one["by"]) for one in inner if one} <= named
        assert all(
            line["because"] and set(line) == {"stage", "rule", "because", "cites", "assumed"} for line in told["trace"]
        )


BOOK = {
    "facts": FACTS,
    "priority": {
        "rules": [
            {"rule": f"r{i}", "when": when, "then": {"level": f"P{i}"}}
            for i, when in enumerate((
                {"ticket.channel": "mail"}, {"ticket.impact": {"more_than": 2}}, {"ticket.fields.vip": True},
                    {"ticket.fields.count": 3},
                {"ticket.fields.ratio": {"at_least": 0.5}}, {"ticket.fields.pause": {"less_than": "30m"}},
                    {"ticket.text": {"contains": "x"}},
                {"ticket.fields.call_at": {"from": "2026-11-23T10:00:00Z"}}, {"ticket.fields.marks": {"has": "red"}},
                    {"ticket.tags": "red"},
                {"requester.relation": ["client"]}, {"ticket.owner": {"missing": False}}, {"ticket.line": 2},
            ))
        ]
    },
    "disclosures": {"audiences": ["press"], "rules": [{"rule": "d", "permit": ["prices", "dates", "roadmap"]}]},
    "permissions": {"rules": [{"rule": "p", "permit": ["close", "reassign"]}]},
}  # fmt: skip
READY: CompiledRulebook = compiled(BOOK)
DESK = catalogue_of(BOOK)


@st.composite
def nearly(draw: st.DrawFn) -> Any:
    """A request that fits, with up to three places spoilt: another value, another name, or both."""
    request = draw(requests())
    for _ in range(draw(st.integers(0, 3))):
        place: Any = request
        while True:
            inner = [
                v for v in (place.values() if isinstance(place, dict) else place) if isinstance(v, dict | list) and v
            ]
            if not inner or draw(st.integers(0, 3)) == 0:
                break
            place = draw(st.sampled_from(inner))
        key = (
            draw(
                st.sampled_from(
                    NAMES if isinstance(place, dict) and draw(st.booleans()) else sorted(place, key=repr) or NAMES
                )
            )
            if isinstance(place, dict)
            else 0
        )
        junk = copy.deepcopy(draw(st.sampled_from(JUNK)))
        if isinstance(place, dict):
            place[key] = junk
        elif place:
            place[draw(st.integers(0, len(place) - 1))] = junk
        else:
            place.append(junk)
    return request


def refusal_of(request: Any) -> RequestRefused | None:
    try:
        DESK.decide(request)
    except RequestRefused as refused:
        return refused
    return None


def fast_cells(request: Any) -> list[int] | None:
    return cells_by(READY.shapes.look, request)


def cells_by(read: Callable[[Any], list[int] | None], request: Any) -> list[int] | None:
    """The cells of a request; None where it does not fit at first sight, or is left to others."""
    try:
        cells = read(request)
    except CLOSER_LOOK:
        return None
    return None if cells is None else cells[: READY.cell_map.spare]


@settings(max_examples=40, phases=UNSHRUNK)
@given(st.lists(nearly(), min_size=2, max_size=5))
def test_a_reader_of_a_shape_reads_what_the_looks_read(asked: list[Any]) -> None:
    """Each request is put to the readers of all that were asked: they take what has their names and fits."""
    by_shape = {shape_of(request): request for request in asked if isinstance(request, dict)}
    readers = {
        shape: write_reader("test", shape, READY.shapes.stated)
        for shape in by_shape
        if shape is not None and is_known(shape)
    }
    for request in asked:
        seen = fast_cells(request)
        for shape, reader in readers.items():
            read = cells_by(reader, request)
            assert read in (None, seen)
            if shape_of(request) == shape:
                assert read == seen
    for request in by_shape.values():
        for other in with_another_name(request):
            seen = fast_cells(other)
            assert all(cells_by(reader, other) in (None, seen) for reader in readers.values())


def with_another_name(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The request, and each of its groups, with another name in the place of each."""
    yield from swapped(request)
    for group in ("ticket", "requester", "ask"):
        if isinstance(request.get(group), dict):
            yield from ({**request, group: part} for part in swapped(request[group]))


def swapped(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in part:
        for other in ("language", "explain", "version", "id", "line", "fields", "to", "odd"):
            if other not in part:
                yield {**{kept: part[kept] for kept in part if kept != name}, other: {"x": 1}}


def is_known(shape: Shape) -> bool:
    """Whether a shape has no names but those that the looks know."""
    stated = READY.shapes.stated
    top, *nested = shape
    known = [names for group in stated.groups for names in (stated.groups[group], stated.fields.get(group, {}))]
    return set(top or ()) <= set(stated.looks) and all(
        names is None or set(names) <= set(names_known) for names, names_known in zip(nested, known, strict=True)
    )


@settings(max_examples=40, phases=UNSHRUNK)
@given(st.lists(nearly(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_what_was_read_before_changes_nothing(asked: list[Any], order: Any) -> None:
    shapes = Shapes(READY.shapes.stated)
    for _ in range(4):
        order.shuffle(asked)
        for request in asked:
            assert cells_by(shapes.read, request) == fast_cells(request)


@settings(max_examples=150, phases=UNSHRUNK)
@given(st.lists(nearly(), min_size=5, max_size=10))
def test_what_fits_at_first_sight_fits_on_a_closer_look(asked: list[Any]) -> None:
    for request in asked:
        cells = fast_cells(request)
        if cells is not None:
            assert faults_of(request, READY) == []
            assert cells[: READY.cell_map.spare] == careful_cells(request, READY)[: READY.cell_map.spare]


@settings(max_examples=150, phases=UNSHRUNK)
@given(st.lists(nearly(), min_size=5, max_size=10))
def test_a_request_is_answered_or_refused_with_its_faults(asked: list[Any]) -> None:
    for request in asked:
        refused = refusal_of(request)
        if refused is not None:
            assert refused.status in (404, 409, 422)
            assert refused.faults
            as_bytes([fault.to_json() for fault in refused.faults])
            if refused.status == 422 and (request.get("rulebook"), request.get("version")) == ("desk", "1.0.0"):
                assert [f for f in refused.faults if f.pointer != "/at"] == faults_of(request, READY)
        else:
            assert faults_of(request, READY) == []


@settings(max_examples=60, phases=UNSHRUNK)
@given(st.lists(requests(), min_size=5, max_size=10))
def test_a_request_that_fits_fits_at_first_sight_unless_it_is_spelt_oddly(asked: list[Any]) -> None:
    """Otherwise the first sight would be worth nothing: plain requests never need the second."""
    for request in asked:
        if as_bytes(request).isascii() and request.get("language") in (None, "en", "ru", "de"):
            assert fast_cells(request) is not None
