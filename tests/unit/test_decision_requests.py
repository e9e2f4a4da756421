"""Requests that do not fit: every fault at once, each with its JSON Pointer and, for a slip, the nearest known name."""

from typing import Any

import pytest
from rulebook_kit import AT, Desk, catalogue_of, refusal

DESK = """
facts:
  ticket.channel: [mail, phone]
  ticket.urgency: {ordered: [low, high]}
  ticket.fields.a/b~c: truth
  ticket.fields.count: count
  ticket.fields.grade: {whole: {at_least: 1, at_most: 5}}
  ticket.fields.ratio: decimal
  ticket.fields.pause: duration
  ticket.fields.call_at: instant
  ticket.fields.marks: {set: [red, blue]}
  requester.fields.vip: truth
  agent.fields.shift: [starting, ending]
disclosures: {rules: [{rule: d, permit: [prices, dates]}]}
permissions: {rules: [{rule: p, permit: [reassign]}]}
"""
desk = Desk(DESK)


@pytest.mark.parametrize(
    ("request_part", "pointer"),
    [
        ({"ticket": {"channel": "fax"}}, "/ticket/channel"),
        ({"ticket": {"channel": 1}}, "/ticket/channel"),
        ({"ticket": {"channle": "mail"}}, "/ticket/channle"),
        ({"ticket": {"line": 4}}, "/ticket/line"),
        ({"ticket": {"line": True}}, "/ticket/line"),
        ({"ticket": {"status": "parked"}}, "/ticket/status"),
        ({"ticket": {"reopened": -1}}, "/ticket/reopened"),
        ({"ticket": {"created_at": "2026-11-23"}}, "/ticket/created_at"),
        ({"ticket": {"created_at": "2026-11-23T10:00:00"}}, "/ticket/created_at"),
        ({"ticket": {"tags": "a"}}, "/ticket/tags"),
        ({"ticket": {"tags": [1]}}, "/ticket/tags"),
        ({"ticket": {"text": "\ud800"}}, "/ticket/text"),
        ({"ticket": {"fields": {"a/b~c": 1}}}, "/ticket/fields/a~1b~0c"),
        ({"ticket": {"fields": {"x/y~z": 1}}}, "/ticket/fields/x~1y~0z"),
        ({"ticket": {"fields": {"count": -1}}}, "/ticket/fields/count"),
        ({"ticket": {"fields": {"grade": 6}}}, "/ticket/fields/grade"),
        ({"ticket": {"fields": {"ratio": "1"}}}, "/ticket/fields/ratio"),
        ({"ticket": {"fields": {"pause": 30}}}, "/ticket/fields/pause"),
        ({"ticket": {"fields": {"call_at": 0}}}, "/ticket/fields/call_at"),
        ({"ticket": {"fields": {"marks": ["green"]}}}, "/ticket/fields/marks"),
        ({"ticket": {"fields": []}}, "/ticket/fields"),
        ({"ticket": []}, "/ticket"),
        ({"ticket": ""}, "/ticket"),
        ({"ticket": False}, "/ticket"),
        ({"requester": "ana"}, "/requester"),
        ({"requester": {"relation": "boss"}}, "/requester/relation"),
        ({"requester": {"waits": []}}, "/requester/waits"),
        ({"agent": {"fields": {"shift": "running"}}}, "/agent/fields/shift"),
        ({"tickets": {}}, "/tickets"),
        ({"a/b~c": {}}, "/a~1b~0c"),
        ({"roster": {}}, "/roster"),
        ({"roster": ["ana"]}, "/roster/0"),
        ({"roster": [{}]}, "/roster/0"),
        ({"roster": [{"id": None}]}, "/roster/0"),
        ({"roster": [{"id": 5}]}, "/roster/0/id"),
        ({"roster": [{"id": "a", "online": 1}]}, "/roster/0/online"),
        ({"roster": [{"id": "a", "nolnie": True}]}, "/roster/0/nolnie"),
        ({"roster": [{"id": "a", "nolnie": None}]}, "/roster/0/nolnie"),
        ({"roster": [{"id": "a", "fields": {}}]}, "/roster/0/fields"),
        ({"ticket": {"waits": {}}}, "/ticket/waits"),
        ({"ticket": {"waits": ["x"]}}, "/ticket/waits/0"),
        ({"ticket": {"waits": [{}]}}, "/ticket/waits/0"),
        ({"ticket": {"waits": [{"from": None}]}}, "/ticket/waits/0/from"),
        ({"ticket": {"waits": [{"from": AT, "untill": AT}]}}, "/ticket/waits/0/untill"),
        ({"ticket": {"waits": [{"from": AT, "until": 5}]}}, "/ticket/waits/0/until"),
        ({"ticket": {"waits": [{"from": AT, "until": "2026-11-23T09:00:00Z"}]}}, "/ticket/waits/0"),
        ({"ask": []}, "/ask"),
        ({"ask": {"disclsoe": []}}, "/ask/disclsoe"),
        ({"ask": {"disclose": "prices"}}, "/ask/disclose"),
        ({"ask": {"disclose": ["secrets"]}}, "/ask/disclose/0"),
        ({"ask": {"do": [None]}}, "/ask/do/0"),
        ({"ask": {"to": "everyone"}}, "/ask/to"),
        ({"ask": {"to": ["client"]}}, "/ask/to"),
        ({"explain": 1}, "/explain"),
        ({"explain": "true"}, "/explain"),
        ({"language": "яя"}, "/language"),
        ({"language": "e"}, "/language"),
        ({"language": 5}, "/language"),
        ({"at": "now"}, "/at"),
        ({"at": 5}, "/at"),
        ({"at": "2070-01-01T00:00:00Z"}, "/at"),
        ({"version": 1}, "/version"),
        ({"rulebook": 1}, "/rulebook"),
        ({"rulebook": None}, "/rulebook"),
    ],
)
def test_a_fault_is_pointed_at(request_part: dict[str, Any], pointer: str) -> None:
    refused = desk.refusal(**request_part)
    assert refused.status == 422
    assert [fault.pointer for fault in refused.faults] == [pointer]
    assert refused.detail.startswith(f"{pointer}: ")


@pytest.mark.parametrize(
    ("request_part", "nearest"),
    [
        ({"ticket": {"channle": "mail"}}, "channel"),
        ({"ticket": {"channel": "mial"}}, "mail"),
        ({"ticket": {"Channel": "mail"}}, "channel"),
        ({"ticket": {"createdAt": AT}}, "created_at"),
        ({"ticket": {"fields": {"cuont": 1}}}, "count"),
        ({"ticket": {"fields": {"marks": ["rde"]}}}, None),
        ({"requester": {"relation": "emploee"}}, "employee"),
        ({"tikcet": {}}, "ticket"),
        ({"explian": True}, "explain"),
        ({"roster": [{"id": "a", "on_laeve": True}]}, "on_leave"),
        ({"ask": {"disclose": ["price"]}}, "prices"),
        ({"qqq": 1}, None),
    ],
)
def test_a_slip_is_answered_with_the_nearest_known_name(request_part: dict[str, Any], nearest: str | None) -> None:
    (fault,) = desk.refusal(**request_part).faults
    assert fault.nearest == nearest
    assert fault.to_json().get("nearest") == nearest
    if nearest:
        assert f"did you mean `{nearest}`?" in fault.message


def test_every_fault_is_told_at_once() -> None:
    faults = desk.faults(
        ticket={"channel": "fax", "line": 9, "oops": 1, "fields": {"count": "x", "nope": 2}, "waits": [{"from": "x"},
            5]},
        requester={"relation": "x", "fields": 5}, agent=7, roster=[{"id": "a"}, {"id": "a", "online": "no"}, {}],
        ask={"disclose": ["x"], "to": "y", "z": 1}, explain="yes", language="!", extra=None,
    )  # fmt: skip
    assert sorted(pointer for pointer, _ in faults) == sorted([
        "/ticket/channel", "/ticket/line", "/ticket/oops", "/ticket/fields/count", "/ticket/fields/nope",
            "/ticket/waits/0/from",
        "/ticket/waits/1", "/requester/relation", "/requester/fields", "/agent", "/roster/1/online", "/roster/1/id",
            "/roster/2",
        "/ask/disclose/0", "/ask/to", "/ask/z", "/explain", "/language", "/extra",
    ])  # fmt: skip


def test_a_wrong_instant_or_version_hides_no_other_fault() -> None:
    assert {pointer for pointer, _ in desk.faults(at="x", ticket={"line": 9}, extra=1)} == {
        "/at",
        "/ticket/line",
        "/extra",
    }
    assert {pointer for pointer, _ in desk.faults(version=1, ticket={"line": 9})} == {"/version", "/ticket/line"}
    assert {pointer for pointer, _ in desk.faults(at="x", version=1)} == {"/at", "/version"}


def test_without_a_version_only_what_every_version_refuses_is_told() -> None:
    catalogue = catalogue_of(
        "rulebook: desk\nversion: 1.0.0\nfacts: {ticket.channel: [mail]}",
        "rulebook: desk\nversion: 2.0.0\nfacts: {ticket.channel: [mail, fax]}",
    )
    request = {"rulebook": "desk", "at": "x", "ticket": {"channel": "fax", "line": 9}}
    assert [fault.pointer for fault in refusal(catalogue, request).faults] == ["/at", "/ticket/line"]
    named = {**request, "version": "1.0.0"}
    assert [fault.pointer for fault in refusal(catalogue, named).faults] == ["/at", "/ticket/channel", "/ticket/line"]


def test_a_misspelt_rulebook_key_is_named() -> None:
    refused = refusal(desk.catalogue, {"rulebok": "desk", "explain": 1, "roster": 5})
    assert refused.status == 422
    assert [(fault.pointer, fault.nearest) for fault in refused.faults] == [
        ("/rulebook", None), ("/rulebok", "rulebook"), ("/roster", None), ("/explain", None),
    ]  # fmt: skip


@pytest.mark.parametrize("request_", [None, [], "x", 5])
def test_a_request_is_a_mapping(request_: Any) -> None:
    refused = refusal(desk.catalogue, request_)
    assert (refused.status, refused.faults[0].pointer) == (422, "")


@pytest.mark.parametrize(
    "request_part",
    [
        {"ticket": {"fields": {"count": 3.0, "ratio": 1, "grade": 5}}},
        {"ticket": {"text": "x" * 100_000, "subject": "\U0001f600"}},
        {"ticket": {"waits": [{"from": AT, "until": AT}, {"from": AT, "until": None}]}},
        {"ticket": {"tags": [], "fields": {"marks": ["red", "red"]}}},
        {"ticket": None, "requester": None, "agent": None, "roster": None, "ask": None, "explain": None,
            "language": None, "version": None},
        {"ticket": {"channel": None, "fields": {"a/b~c": None}, "waits": None, "tags": None}},
        {"roster": [{"id": "a", "online": None, "skills": [], "last_assigned_at": None}]},
        {"ask": {"disclose": None, "to": None, "do": None}},
        {"language": "en-GB"},
        {"language": "zh-Hant-TW"},
        {"language": "EN"},
    ],
)  # fmt: skip
def test_what_fits(request_part: dict[str, Any]) -> None:
    if "version" in request_part:
        catalogue = catalogue_of("in_force: {from: 2020-01-01}\n" + DESK)
        catalogue.decide({"rulebook": "desk", "at": AT, **request_part})
    else:
        assert desk.answer(**request_part)["at"] == AT


def test_values_are_composed_before_they_are_compared() -> None:
    written = (
        'facts: {ticket.category: ["caf\u00e9"]}\npriority: {rules: [{rule: a, '
        'when: {ticket.category: "cafe\u0301"}, then: {level: "{ticket.category}"}}]}'
    )
    for text in ("caf\u00e9", "cafe\u0301"):
        assert Desk(written).decide(ticket={"category": text})["priority"] == {"level": "caf\u00e9", "by": "a"}


def test_truth_is_not_one_and_one_is_not_a_text() -> None:
    for wrong in (1, 0, "true", "", 1.0):
        assert desk.faults(requester={"fields": {"vip": wrong}})[0][0] == "/requester/fields/vip"
    for wrong in (True, "1", [1]):
        assert desk.faults(ticket={"fields": {"count": wrong}})[0][0] == "/ticket/fields/count"


def test_numbers_beyond_64_bits_are_refused_whatever_the_bounds() -> None:
    wide = Desk("facts: {ticket.fields.n: {whole: {at_least: -1.0e+30, at_most: 1.0e+30}}}")
    assert wide.faults(ticket={"fields": {"n": 2**63}})[0][0] == "/ticket/fields/n"
    assert wide.faults(ticket={"fields": {"n": -(2**63)}})[0][0] == "/ticket/fields/n"
    assert wide.answer(ticket={"fields": {"n": 2**63 - 1}})["at"] == AT


def test_limits() -> None:
    assert desk.faults(ticket={"waits": [{"from": AT}] * 1001})[0][0] == "/ticket/waits"
    assert desk.faults(roster=[{"id": str(i)} for i in range(10_001)])[0][0] == "/roster"
    assert desk.faults(ticket={"tags": ["x"] * 1001})[0][0] == "/ticket/tags"
    assert (
        desk.answer(ticket={"waits": [{"from": AT}] * 1000}, roster=[{"id": str(i)} for i in range(10_000)])["at"] == AT
    )
