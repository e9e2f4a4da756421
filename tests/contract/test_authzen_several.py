"""AuthZEN: several evaluations in one request, what they share, and when to stop."""

import asyncio
from typing import Any

import httpx
import pytest
from authzen_kit import CONTEXT, ENGINEER, LEAD, MANY, REASSIGN, RULES, SEMANTIC, TICKET, decided, errors, refused

from api import Service, create_app


@pytest.fixture(scope="module")
def service() -> Service:
    """The service over the rulebooks of this project."""
    return create_app(RULES)


def test_several_evaluations_share_what_stands_at_the_top(service: Service) -> None:
    body = {**REASSIGN, "evaluations": [{}, {"subject": ENGINEER}, {"action": {"name": "reasign"}}, {"context": {}}]}
    found = decided(service, body, MANY)
    assert set(found) == {"evaluations"}
    first, second, third, fourth = found["evaluations"]
    assert (first, second["decision"]) == (decided(service, REASSIGN), False)
    assert errors(third) == {"/evaluations/2/action/name": "reassign"}
    assert errors(fourth) == {"/evaluations/3/context/rulebook": None}
    slip = {**REASSIGN, "subject": {**LEAD, "properties": {"rol": "x"}}, "evaluations": [{}]}
    assert errors(decided(service, slip, MANY)["evaluations"][0]) == {"/subject/properties/rol": "role"}


@pytest.mark.parametrize("listed", [{}, {"evaluations": []}])
def test_without_evaluations_the_top_is_the_only_one(service: Service, listed: dict[str, Any]) -> None:
    assert decided(service, {**REASSIGN, **listed}, MANY) == decided(service, REASSIGN)


@pytest.mark.parametrize(
    ("semantic", "decisions"),
    [
        (None, [True, False, True, False]),
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_the_semantic_says_when_to_stop(service: Service, semantic: str | None, decisions: list[bool]) -> None:
    wrong = {"action": {"name": "nonsense"}}
    body: dict[str, Any] = {**REASSIGN, "evaluations": [{}, wrong, {}, {"subject": ENGINEER}]}
    if semantic is not None:
        body["options"] = {"evaluations_semantic": semantic, "another": 1}
    assert [one["decision"] for one in decided(service, body, MANY)["evaluations"]] == decisions


def test_permit_on_first_permit_passes_over_what_fails(service: Service) -> None:
    wrong = {"action": {"name": "nonsense"}}
    options = {"evaluations_semantic": "permit_on_first_permit"}
    body = {**REASSIGN, "evaluations": [wrong, {"subject": ENGINEER}, {}, {}], "options": options}
    assert [one["decision"] for one in decided(service, body, MANY)["evaluations"]] == [False, False, True]


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"evaluations": {}}, {"/evaluations": None}),
        ({"evaluations": [1]}, {"/evaluations/0": None}),
        ({"evaluations": [{}] * 1001}, {"/evaluations": None}),
        ({"evaluations": [{"subject": []}]}, {"/evaluations/0/subject": None}),
        ({"options": []}, {"/options": None}),
        ({"options": {"evaluations_semantic": "deny_on_first"}}, {SEMANTIC: "deny_on_first_deny"}),
        ({"options": {"evaluation_semantic": "execute_all"}}, {"/options/evaluation_semantic": "evaluations_semantic"}),
        ({"evaluation": [{}]}, {"/evaluation": "evaluations"}),
    ],
)  # fmt: skip
def test_a_wrong_shape_of_several_is_a_bad_request(
    service: Service, change: dict[str, Any], places: dict[str, str | None]
) -> None:
    assert refused(service, {**REASSIGN, **change}, MANY) == places


def test_what_no_default_gives_is_missing(service: Service) -> None:
    body = {"subject": LEAD, "context": CONTEXT, "evaluations": [{"action": {"name": "x"}}, {"resource": TICKET}]}
    assert refused(service, body, MANY) == {"/evaluations/0": None, "/evaluations/1": None}


def test_other_calls_get_their_turn_while_many_costly_evaluations_are_made(service: Service) -> None:
    roster = [{"id": f"agent-{number}", "role": "engineer"} for number in range(4_000)]
    body = {**REASSIGN, "context": {**CONTEXT, "roster": roster}, "evaluations": [{}] * 12}

    async def run() -> tuple[int, int]:
        turns = 0
        async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://desk") as client:
            asked = asyncio.create_task(client.post(MANY, json=body))
            while not asked.done():
                turns += 1
                await asyncio.sleep(0)
            return len(asked.result().json()["evaluations"]), turns

    evaluations, turns = asyncio.run(run())
    assert evaluations == 12
    assert turns > evaluations
