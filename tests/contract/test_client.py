"""The Python client: what it sends and gives back, what it raises, when it tries again, and that it stands alone."""

import ast
import asyncio
import contextlib
import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_service import live_service

from api import create_app
from deskpolicy_client import AsyncClient, Client, LineProblem, ProblemError, Unreachable, Unreadable, wire
from engine import Catalogue

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients" / "python" / "deskpolicy_client"
RULES = ROOT / "rules"
AT = "2026-11-23T11:00:00+03:00"
LISTED: dict[str, Any] = {"rulebooks": []}
REQUEST = wire.Request(
    "internal-it",
    at=AT,
    ticket=wire.Ticket(id="T-1", channel="zm", urgency="high", waits=[wire.Wait(AT)]),
    requester=wire.Requester(relation="employee"),
    roster=[wire.Member("ana", online=True, in_distribution=True)],
    explain=True,
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service as a process of its own."""
    with live_service(tmp_path_factory.mktemp("service"), {"rules": str(RULES)}) as live:
        yield live.address


def answering(*answers: httpx.Response | Exception) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A transport that gives these answers in turn, and the requests that it gets."""
    left, seen = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return httpx.MockTransport(answer), seen


def test_its_shapes_are_those_of_the_service(regenerate: bool) -> None:
    ours = {path.name: path.read_bytes() for path in (ROOT / "api" / "wire").glob("*.py")}
    copies = PACKAGE / "wire"
    if regenerate:
        for name, source in ours.items():
            (copies / name).write_bytes(source)
    theirs = {path.name: path.read_bytes() for path in copies.glob("*.py")}
    assert theirs == ours, "`pytest --regenerate` on this file brings the client's shapes up to date"


def test_it_stands_alone() -> None:
    allowed = {*sys.stdlib_module_names, "httpx", "msgspec"}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] in allowed, path


def test_a_decision_is_that_of_the_engine(address: str) -> None:
    with Client(address) as desk:
        answer = desk.decide(REQUEST, language="en")
    decided = Catalogue.load(RULES).decide_as(
        {
            "rulebook": "internal-it",
            "at": AT,
            "ticket": {"id": "T-1", "channel": "zm", "urgency": "high", "waits": [{"from": AT}]},
            "requester": {"relation": "employee"},
            "roster": [{"id": "ana", "online": True, "in_distribution": True}],
            "explain": True,
        },
        languages=("en",),
    )
    assert wire_json(answer) == decided


def wire_json(answer: Any) -> Any:
    import msgspec

    return msgspec.json.decode(msgspec.json.encode(answer))


def test_a_batch_longer_than_a_piece_keeps_its_order_and_its_numbers(address: str) -> None:
    taken = 0

    def requests() -> Iterator[dict[str, Any]]:
        nonlocal taken
        for number in range(1, 651):
            taken += 1
            yield {"rulebook": "internal-it" if number % 100 else "nowhere", "at": AT, "ticket": {"id": str(number)}}

    with Client(address) as desk:
        found = desk.decide_batch(requests())
        next(found)
        assert taken < 400  # the rest is taken as answers are wanted
        rest = list(found)
    problems = [one for one in rest if isinstance(one, LineProblem)]
    assert len(rest) == 649
    assert [(one.line, one.problem.status) for one in problems] == [(n, 404) for n in range(100, 651, 100)]


def test_a_batch_of_large_requests_and_answers_does_not_lock(address: str) -> None:
    request = {"rulebook": "internal-it", "at": AT, "explain": True, "ticket": {"text": "x" * 40_000}}
    with Client(address) as desk:
        assert sum(isinstance(found, wire.Answer) for found in desk.decide_batch([request] * 60)) == 60


def test_what_the_service_tells_of_itself(address: str) -> None:
    with Client(address) as desk:
        assert desk.ready().rulebooks == len(desk.rulebooks().rulebooks)
        listed = desk.rulebook("shift-lead-desk")
        details = desk.version("shift-lead-desk", listed.versions[0].version)
        assert "reassign" in details.actions
        assert desk.request_schema("shift-lead-desk", details.version)["required"] == ["rulebook"]
        with pytest.raises(ProblemError) as caught:
            desk.rulebook("shift/lead")
        assert caught.value.status == 404


def test_access_evaluations(address: str) -> None:
    lead = wire.AccessSubject("agent", "lee", {"role": "shift_lead"})
    context = wire.AccessContext(rulebook="shift-lead-desk", at=AT)
    ticket, reassign = wire.AccessResource("ticket", "T-1"), wire.AccessAction("reassign")
    engineer = wire.AccessDefaults(subject=wire.AccessSubject("agent", "kim", {"role": "engineer"}))
    with Client(address) as desk:
        assert desk.evaluate(wire.AccessEvaluation(lead, reassign, ticket, context)).decision
        many = wire.AccessEvaluations(lead, reassign, ticket, context, [wire.AccessDefaults(), engineer])
        assert [one.decision for one in desk.evaluate_many(many).evaluations] == [True, False]


def test_a_problem_is_raised_with_its_faults(address: str) -> None:
    with Client(address) as desk, pytest.raises(ProblemError, match="does not fit") as caught:
        desk.decide({"rulebook": "internal-it", "ticket": {"urgency": "hihg", "colour": "red"}})
    assert (caught.value.status, caught.value.kind) == (422, "does-not-fit")
    assert {(fault.pointer, fault.nearest) for fault in caught.value.faults} >= {("/ticket/urgency", "high")}


def test_the_asynchronous_client_does_the_same() -> None:
    async def talk() -> None:
        transport = httpx.ASGITransport(create_app(RULES))
        async with AsyncClient("http://desk", transport=transport) as desk:
            assert (await desk.decide(REQUEST)).decision.assignment is not None
            assert [isinstance(found, wire.Answer) async for found in desk.decide_batch([REQUEST] * 250)] == [
                True
            ] * 250
            assert [found async for found in desk.decide_batch(trickle(2))][1].line == 2  # type: ignore[union-attr]
            assert (await desk.ready()).status == "ready"
            with pytest.raises(ProblemError, match="nowhere"):
                await desk.rulebook("nowhere")

    async def trickle(count: int) -> Any:
        for _ in range(count):
            await asyncio.sleep(0)
            yield {"rulebook": "nowhere"}

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("options", "header", "value"),
    [
        ({"key": "dpk_1"}, "x-api-key", "dpk_1"),
        ({"token": "abc"}, "authorization", "Bearer abc"),
        ({"token": lambda: "fresh"}, "authorization", "Bearer fresh"),
    ],
)
def test_it_says_who_calls(options: dict[str, Any], header: str, value: str) -> None:
    transport, seen = answering(httpx.Response(200, json=LISTED))
    with Client("http://desk", transport=transport, **options) as desk:
        desk.rulebooks()
    assert seen[0].headers[header] == value
    with pytest.raises(ValueError, match="not both"):
        Client("http://desk", key="a", token="b")


OVERLOADED = {"type": "/problems/overloaded", "title": "The service has too many calls in hand", "status": 503}


def overloaded(retry_after: str) -> httpx.Response:
    return httpx.Response(503, headers={"retry-after": retry_after}, json=OVERLOADED)


@pytest.mark.parametrize(
    ("answers", "pauses"),
    [
        ([httpx.ConnectError("refused"), httpx.Response(200, json=LISTED)], [0.1]),
        ([httpx.ConnectError("x")] * 3 + [httpx.Response(200, json=LISTED)], [0.1, 0.2, 0.4]),
        ([httpx.Response(503, headers={"retry-after": "2"}, json=OVERLOADED), httpx.Response(200, json=LISTED)], [2.0]),
        (
            [httpx.Response(503, headers={"retry-after": "999"}, json=OVERLOADED), httpx.Response(200, json=LISTED)],
            [30],
        ),
    ],
)
def test_it_tries_again_where_that_is_safe(
    monkeypatch: pytest.MonkeyPatch, answers: list[Any], pauses: list[float]
) -> None:
    paused: list[float] = []
    monkeypatch.setattr("deskpolicy_client.synchronous.time.sleep", paused.append)
    transport, _ = answering(*answers)
    with Client("http://desk", transport=transport) as desk:
        assert desk.rulebooks().rulebooks == []
    assert paused == pauses


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(503, json=OVERLOADED), ProblemError),
        (httpx.Response(503, headers={"retry-after": "Mon, 01 Jan 2029 00:00:00 GMT"}, json=OVERLOADED), ProblemError),
        (httpx.Response(500, json={**OVERLOADED, "status": 500}), ProblemError),
        (httpx.ReadTimeout("slow"), Unreachable),
        (httpx.Response(502, text="<html>bad gateway</html>"), Unreadable),
        (httpx.Response(200, text="hello"), Unreadable),
        (httpx.Response(302, headers={"location": "http://elsewhere/"}), Unreadable),
    ],
)
def test_it_does_not_try_again_otherwise(answer: Any, raised: type[Exception]) -> None:
    transport, seen = answering(answer)
    with Client("http://desk", transport=transport) as desk, pytest.raises(raised):
        desk.decide({"rulebook": "internal-it"})
    assert len(seen) == 1


def test_it_gives_up_after_the_tries_that_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskpolicy_client.synchronous.time.sleep", lambda seconds: None)
    transport, seen = answering(*[httpx.ConnectError("refused")] * 3)
    with Client("http://desk", transport=transport, retries=2) as desk, pytest.raises(Unreachable):
        desk.ready()
    assert len(seen) == 3


def test_an_answer_that_breaks_off_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    transport, _ = answering(httpx.Response(200, text=""))
    with Client("http://desk", transport=transport) as desk, pytest.raises(Unreachable, match="before line 1"):
        list(desk.decide_batch([REQUEST]))


def test_the_examples_of_the_readme_run(address: str) -> None:
    text = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    blocks: list[str] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    said = io.StringIO()
    run: Callable[[str, dict[str, Any]], None] = exec
    with contextlib.redirect_stdout(said):
        for block in blocks:
            run(block.replace("http://127.0.0.1:8080", address), names)
    assert said.getvalue().splitlines() == [
        "P2 priority.product_service.high",
        "accept",
        "accept",
        "accept",
        "422 does-not-fit /ticket/urgency high",
        "ready",
        "True",
    ]
