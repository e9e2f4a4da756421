"""AuthZEN: evaluations of permissions and disclosures, faults at the caller's own places, no permit by mistake."""

import asyncio
from copy import deepcopy
from typing import Any

import httpx
import pytest
from authzen_kit import (
    AT,
    CONTEXT,
    DATE,
    ENGINEER,
    ENGINEER_AT_LARGE,
    LEAD,
    MANY,
    ONE,
    REASSIGN,
    RULES,
    TICKET,
    call,
    decided,
    errors,
    refused,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from api import Service, Settings, Shelf, build_service, create_app, now
from api.authzen import EvaluateMany
from api.call import Call
from api.settings import Limits
from engine import Catalogue


@pytest.fixture(scope="module")
def service() -> Service:
    """The service over the rulebooks of this project."""
    return create_app(RULES)


def test_a_permission_is_true_only_where_the_rulebook_permits(service: Service) -> None:
    found = decided(service, REASSIGN)
    assert found["decision"] is True
    assert found["context"]["effect"] == "permit"
    assert found["context"]["rulebook"]["id"] == "shift-lead-desk"
    denied = decided(service, {**REASSIGN, "subject": ENGINEER})
    assert denied["decision"] is False
    assert (denied["context"]["by"], denied["context"]["cites"]) == ("engineers-do-not-reassign", ["4.11"])
    assert denied["context"]["reason_admin"] == {"en": "Only the shift lead reassigns tickets"}


def test_an_approval_that_is_still_needed_is_false_and_names_the_approver(service: Service) -> None:
    found = decided(service, {**REASSIGN, "subject": ENGINEER, "action": {"name": "take_training"}})
    assert found["decision"] is False
    assert (found["context"]["effect"], found["context"]["approver"]) == ("approval", "shift_lead")


def test_it_says_what_the_decision_says(service: Service) -> None:
    request = {
        **CONTEXT,
        "agent": {"id": "kim", "role": "engineer"},
        "ticket": {"id": "T-7", "category": "issue"},
    }
    decision = Catalogue.load(RULES).decide(request)["decision"]["permissions"]
    assert len(decision) > 3
    for action, settled in decision.items():
        found = decided(service, {**REASSIGN, "subject": ENGINEER, "action": {"name": action}})
        assert found["decision"] is (settled["effect"] == "permit")
        assert {name: found["context"][name] for name in settled} == settled


@pytest.mark.parametrize(
    ("subject", "context"),
    [
        ({"type": "client", "id": "c-1"}, {}),
        ({"type": "requester", "id": "c-1", "properties": {"relation": "client"}}, {}),
        ({"type": "requester", "id": "c-1"}, {"to": "client"}),
        ({"type": "agent", "id": "kim"}, {"to": "client"}),
        ({"type": "agent", "id": "kim"}, {"requester": {"id": "c-1", "relation": "client"}}),
    ],
)
def test_a_disclosure_to_an_audience(service: Service, subject: dict[str, Any], context: dict[str, Any]) -> None:
    found = decided(service, {**DATE, "subject": subject, "context": {**DATE["context"], **context}})
    assert found["decision"] is False
    assert found["context"]["by"] == "no-dates"
    assert set(found["context"]["reason_user"]) == set(found["context"]["reason_admin"]) == {"en"}


def test_reasons_are_in_the_language_that_they_are_under(service: Service) -> None:
    evaluation = {**DATE, "context": {"rulebook": "connect-support", "at": AT}}
    assert "We cannot" in decided(service, evaluation)["context"]["reason_user"]["en"]
    for headers in ({"accept-language": "ru-RU, en;q=0.5"}, {"accept-language": "xx, ru;q=0.1"}):
        assert set(decided(service, evaluation, **headers)["context"]["reason_user"]) == {"ru"}
    speaking = {**evaluation, "subject": {"type": "client", "id": "c", "properties": {"language": "ru"}}}
    assert set(decided(service, speaking)["context"]["reason_user"]) == {"ru"}


def test_the_rulebook_may_stand_in_the_properties_of_the_resource(service: Service) -> None:
    facts = {"category": "issue", "rulebook": "shift-lead-desk", "version": "1.0.0"}
    inside = {**REASSIGN, "resource": {**TICKET, "properties": facts}, "context": {"at": AT}}
    assert decided(service, inside) == decided(service, REASSIGN)
    without_context = {name: part for name, part in inside.items() if name != "context"}
    assert decided(service, without_context)["decision"] is True
    both = {**inside, "context": CONTEXT}
    assert errors(decided(service, both)) == {"/resource/properties/rulebook": None}


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"action": {"name": "reasign"}}, {"/action/name": "reassign"}),
        ({"context": {}}, {"/context/rulebook": None}),
        ({"context": {**CONTEXT, "rulebook": "shift-lead-dsk"}}, {"/context/rulebook": "shift-lead-desk"}),
        ({"context": {**CONTEXT, "version": "9.9.9"}}, {"/context/version": None}),
        ({"context": {**CONTEXT, "at": "yesterday"}}, {"/context/at": None}),
        ({"context": {**CONTEXT, "at": "1990-01-01T00:00:00Z"}}, {"/context/at": None}),
        ({"context": {**CONTEXT, "to": "client"}}, {"/context/to": None}),
        ({"context": {**CONTEXT, "agent": {}}}, {"/context/agent": None}),
        ({"context": {**CONTEXT, "requester": {"relation": "clint"}}}, {"/context/requester/relation": "client"}),
        ({"subject": {"type": "agnt", "id": "kim"}}, {"/subject/type": "agent"}),
        ({"subject": {**LEAD, "properties": {"rol": 1}}}, {"/subject/properties/rol": "role"}),
        ({"resource": {"type": "tiket", "id": "T"}}, {"/resource/type": "ticket"}),
        (
            {"resource": {**TICKET, "properties": {"urgency": "hihg", "fields": {"approvd": True}}}},
            {"/resource/properties/urgency": "high", "/resource/properties/fields/approvd": "approved"},
        ),
        ({"resource": {**TICKET, "properties": {"id": "T-8"}}}, {"/resource/properties/id": None}),
    ],
)
def test_what_the_rulebook_does_not_know_is_no_permit_and_told_at_its_place(
    service: Service, change: dict[str, Any], places: dict[str, str | None]
) -> None:
    assert errors(decided(service, {**REASSIGN, **change})) == places


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"resource": {"type": "topic", "id": "delivery_dat"}}, {"/resource/id": "delivery_date"}),
        ({"subject": {"type": "clint", "id": "c"}}, {"/subject/type": "client"}),
        ({"action": {"name": "reassign"}}, {"/action/name": "disclose"}),
        ({"resource": {**DATE["resource"], "properties": {"x/y": 1}}}, {"/resource/properties/x~1y": None}),
        ({"context": {**DATE["context"], "to": "clint"}, "subject": ENGINEER_AT_LARGE}, {"/context/to": "client"}),
        ({"context": {**DATE["context"], "to": "client"}}, {"/subject/type": None}),
    ],
)  # fmt: skip
def test_a_disclosure_that_cannot_be_asked_is_no_permit(
    service: Service, change: dict[str, Any], places: dict[str, str | None]
) -> None:
    assert errors(decided(service, {**DATE, **change})) == places


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, {"": None}),
        ({**REASSIGN, "subject": None}, {"/subject": None}),
        ({**REASSIGN, "subject": {"id": "kim"}}, {"/subject": None}),
        ({**REASSIGN, "subject": {"type": 1, "id": 2}}, {"/subject/type": None, "/subject/id": None}),
        ({**REASSIGN, "action": {"name": "reassign", "properties": []}}, {"/action/properties": None}),
        ({**REASSIGN, "context": {"rulebook": 1, "roster": {}}}, {"/context/rulebook": None, "/context/roster": None}),
        ({**REASSIGN, "context": {**CONTEXT, "requestor": {}}}, {"/context/requestor": "requester"}),
        ({**REASSIGN, "subject": {**LEAD, "propertys": {}}}, {"/subject/propertys": "properties"}),
        ({**REASSIGN, "contxt": {}}, {"/contxt": "context"}),
        ([], {"": None}),
    ],
)
def test_a_wrong_shape_is_a_bad_request_at_both_doors(
    service: Service, body: Any, places: dict[str, str | None]
) -> None:
    assert refused(service, body) == places
    assert refused(service, body, MANY) == places


def test_names_that_the_standard_does_not_have_are_ignored(service: Service) -> None:
    more = deepcopy(REASSIGN)
    for part in more.values():
        part["x-trace"] = {"a": 1}
    more["page"] = {"limit": 1}  # type: ignore[assignment]
    more["action"]["properties"] = {"method": "PUT"}
    assert decided(service, more) == decided(service, REASSIGN)


def test_what_is_not_json_and_what_is_too_large_are_problems_as_elsewhere(service: Service) -> None:
    for path in (ONE, MANY):
        assert call(service, path, REASSIGN, **{"content-type": "text/plain"}).status_code == 415
        assert call(service, path, {**REASSIGN, "context": {"x": "y" * 1_100_000}}).status_code == 413


def test_the_name_of_the_call_comes_back(service: Service) -> None:
    name = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"
    assert call(service, ONE, REASSIGN, **{"x-request-id": name}).headers["x-request-id"] == name


def test_the_configuration_tells_where_the_endpoints_are(service: Service) -> None:
    response = call(service, "/.well-known/authzen-configuration", None)
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "policy_decision_point": "http://desk",
        "access_evaluation_endpoint": f"http://desk{ONE}",
        "access_evaluations_endpoint": f"http://desk{MANY}",
    }


def test_observers_are_told_of_the_decisions_behind_evaluations() -> None:
    told: list[Any] = []
    lane = EvaluateMany(Shelf(Catalogue.load(RULES, clock=now)), Limits(), (told.append,))
    body = httpx.Request("POST", "http://x", json={**REASSIGN, "evaluations": [{}, {"context": {}}]}).content

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    headers = [(b"content-type", b"application/json")]
    answer = asyncio.run(
        lane.answer(Call({"type": "http", "method": "POST", "path": MANY, "headers": headers}), receive)
    )
    assert answer.status == 200
    assert [decision.request["ask"]["do"] for decision in told] == [["reassign"]]  # what failed was no decision


def test_a_fault_of_the_service_is_a_problem_and_no_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    service = build_service(Shelf(Catalogue.load(RULES, clock=now)), Settings())
    monkeypatch.setattr(Catalogue, "decide_as", lambda *_, **__: 1 / 0)
    response = call(service, ONE, REASSIGN)
    assert (response.status_code, response.json()["type"]) == (500, "/problems/unexpected")


NAMES = st.sampled_from(["subject", "action", "resource", "context", "evaluations", "options", "type", "id", "name"])
WORDS = st.sampled_from(["agent", "ticket", "topic", "disclose", "reassign", "shift-lead-desk", "1.0.0", AT, "\0"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(part=st.sampled_from(["", "subject", "action", "resource", "context"]), changes=st.dictionaries(NAMES, VALUES))
def test_any_change_gets_an_answer_and_no_permit_by_mistake(
    service: Service, part: str, changes: dict[str, Any]
) -> None:
    denied: dict[str, Any] = {**REASSIGN, "subject": ENGINEER}
    body = {**denied, part: {**denied[part], **changes}} if part else {**denied, **changes}
    for path in (ONE, MANY):
        response = call(service, path, body)
        assert response.status_code in (200, 400), response.text
        if response.status_code == 200:
            found = response.json()
            assert not any(one["decision"] for one in found.get("evaluations", [found]))
