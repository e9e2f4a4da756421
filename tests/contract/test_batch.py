"""Many tickets in one call: order, bad lines, limits, and how the answer flows while the request still comes."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_kit import call
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Message

from api import Service, Settings, Shelf, app_over, build_service
from api.lines import Lines
from api.observers import Decided
from api.settings import Limits
from api.turns import SLICE
from engine import Catalogue

RULES = Path(__file__).parents[2] / "rules"
AT = "2026-11-23T09:30:00Z"
NDJSON = {"content-type": "application/x-ndjson"}
SECONDS = 30


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(RULES)


@pytest.fixture(scope="module")
def service(catalogue: Catalogue) -> Service:
    return app_over(catalogue)


def limited(catalogue: Catalogue, **limits: Any) -> Service:
    return build_service(Shelf(catalogue), Settings(limits=Limits(**limits)))


def request(number: int, **more: Any) -> dict[str, Any]:
    return {"rulebook": "internal-it", "at": AT, "ticket": {"id": f"T{number}", "channel": "hm"}, **more}


def lines_of(*requests: Any) -> bytes:
    return b"".join(json.dumps(request).encode() + b"\n" for request in requests)


def post(service: Any, body: bytes | AsyncIterator[bytes], path: str = "/v1/decide/batch", **headers: str) -> Any:
    return call(service, "POST", path, content=body, headers={**NDJSON, **headers})


def answers(response: httpx.Response) -> list[Any]:
    assert response.status_code == 200, response.text
    assert response.text == "" or response.text.endswith("\n")
    return [json.loads(line) for line in response.content.splitlines()]


def test_each_line_has_the_bytes_of_a_single_decision_in_the_same_order(service: Service, catalogue: Catalogue) -> None:
    requests = [request(number, explain=number % 2 == 0) for number in range(20)]
    response = post(service, lines_of(*requests))
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["x-request-id"]
    assert response.content == b"".join(catalogue.decide_json(one) + b"\n" for one in requests)


@pytest.mark.parametrize(
    "content_type", ["application/jsonl", "Application/X-NDJSON", "application/jsonl; charset=utf-8"]
)
def test_the_answer_has_the_content_type_of_the_request(service: Service, content_type: str) -> None:
    response = post(service, lines_of(request(1)), **{"content-type": content_type})
    assert response.headers["content-type"] == content_type.split(";")[0].lower()
    assert len(answers(response)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        {"content-type": "application/json-seq"},
        {"content-type": "application/x-ndjson; charset=latin-1"},
        {"content-encoding": "gzip"},
    ],
)
def test_what_is_no_ndjson_is_refused(service: Service, headers: dict[str, str]) -> None:
    response = post(service, lines_of(request(1)), **headers)
    assert (response.status_code, response.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert "accept" in response.headers or "accept-encoding" in response.headers


def test_a_bad_line_is_answered_by_its_problem_and_spoils_no_other(service: Service) -> None:
    misspelt_name = json.dumps({"rulebook": "internal-it", "at": AT, "ticket": {"chanel": "hm"}}).encode()
    bad = [b"{", b'{"rulebook": "internal-itt"}', b"\xff", misspelt_name]
    bad += [b'{"rulebook": "internal-it", "rulebook": "internal-it"}', b"[]", b'{"rulebook": "internal-it"} {}']
    good = json.dumps(request(1)).encode()
    found = answers(post(service, b"\n".join([good, *(line for one in bad for line in (one, good))])))
    assert [one.get("status", 200) for one in found] == [
        200, 400, 200, 404, 200, 400, 200, 422, 200, 422, 200, 422, 200, 400, 200,
    ]  # fmt: skip
    assert [one["line"] for one in found if "status" in one] == [2, 4, 6, 8, 10, 12, 14]
    misspelt = found[7]
    assert misspelt["errors"][0]["pointer"] == "/ticket/chanel"
    assert misspelt["errors"][0]["nearest"] == "channel"


def test_a_fault_of_the_service_is_one_line_too(catalogue: Catalogue, caplog: pytest.LogCaptureFixture) -> None:
    class Fragile(Catalogue):
        def decide_json(self, request: Any, *, languages: Any = ()) -> bytes:
            if request["ticket"]["id"] == "T2":
                raise RuntimeError("the secret of the house")
            return catalogue.decide_json(request, languages=languages)

    with caplog.at_level(logging.ERROR, "deskpolicy.api"):
        response = post(app_over(Fragile([])), lines_of(*(request(number) for number in (1, 2, 3))))
    first, second, third = answers(response)
    assert (second["status"], second["line"], second["type"]) == (500, 2, "/problems/unexpected")
    assert "secret" not in response.text
    assert second["instance"] in caplog.text
    assert "decision" in first
    assert "decision" in third


def test_blank_lines_are_skipped_but_counted_and_line_ends_may_be_crlf(service: Service) -> None:
    one = json.dumps(request(1)).encode()
    found = answers(post(service, b"\r\n" + one + b"\r\n \t\n\n" + one + b"\r\n{\r\n" + one))
    assert ["decision" in answer for answer in found] == [True, True, False, True]
    assert found[2]["line"] == 6


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\n"])
def test_a_batch_without_requests_has_an_answer_without_lines(service: Service, body: bytes) -> None:
    assert answers(post(service, body)) == []


def test_a_line_too_long_is_answered_in_its_place(catalogue: Catalogue) -> None:
    service = limited(catalogue, body=300)
    good, long = json.dumps(request(1)).encode(), json.dumps(request(2, language="x" * 400)).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (good + b"\n" + long, long, long, b"\n" + good + b"\n" + long + b"\n" + good + b"\n", long):
            yield piece

    found = answers(post(service, pieces()))
    assert [one.get("status", 200) for one in found] == [200, 413, 200, 413, 200, 413]
    assert [one["line"] for one in found if "status" in one] == [2, 4, 6]


def test_after_too_many_lines_a_problem_is_the_last(catalogue: Catalogue) -> None:
    service = limited(catalogue, batch_lines=3)
    found = answers(post(service, lines_of(*(request(number) for number in range(3)))))
    assert all("decision" in one for one in found)
    *kept, last = answers(post(service, lines_of(*(request(number) for number in range(9)))))
    assert len(kept) == 3
    assert all("decision" in one for one in kept)
    assert (last["status"], last["line"], last["type"]) == (413, 4, "/problems/too-large")


def test_the_header_names_the_language_of_all_lines(service: Service) -> None:
    sent = [
        request(1, requester={"relation": "employee"}),
        request(2, requester={"relation": "employee"}, language="en"),
    ]
    first, second = answers(post(service, lines_of(*sent), **{"accept-language": "ru"}))
    said = [one["decision"]["disclosures"]["support_channels"]["say"] for one in (first, second)]
    assert said[0] != said[1]


def test_it_answers_where_another_application_mounts_it(service: Service) -> None:
    outer = Starlette(routes=[Mount("/desk", service)])
    assert len(answers(post(outer, lines_of(request(1), request(2)), "/desk/v1/decide/batch"))) == 2


def test_observers_are_told_each_decision(catalogue: Catalogue) -> None:
    from api.batch import Batch
    from api.decide import Decide

    told: list[Decided] = []
    shelf = Shelf(catalogue)
    batch = Batch(Decide(shelf, observers=(told.append,)), shelf, Limits())
    sent = asyncio.run(exchange(batch, [lines_of(request(1)), b"{\n", lines_of(request(2))]))
    assert [one.request["ticket"]["id"] for one in told] == ["T1", "T2"]
    assert [one.answer for one in told] == [line for line in written(sent).splitlines() if b'"decision"' in line]


def test_counts_are_told_the_answers_of_a_slice_together_and_fail_alone(
    catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    from api.batch import Batch
    from api.decide import Decide

    class Counted:
        def __init__(self) -> None:
            self.told: list[list[bytes]] = []

        def __call__(self, decided: Decided) -> None:
            raise AssertionError("it wants answers")

        def count(self, answers: Sequence[bytes]) -> None:
            self.told.append(list(answers))

    class Broken(Counted):
        def count(self, answers: Sequence[bytes]) -> None:
            raise RuntimeError("full")

    counted, shelf = Counted(), Shelf(catalogue)
    batch = Batch(Decide(shelf, observers=(Broken(), counted)), shelf, Limits())
    sent = asyncio.run(exchange(batch, [lines_of(request(1)) + b"{\n" + lines_of(request(2)), lines_of(request(3))]))
    good = [line for line in written(sent).splitlines() if b'"decision"' in line]
    assert [answer for told in counted.told for answer in told] == good
    assert len(good) == 3
    assert "a count of decisions failed" in caplog.text


def test_one_batch_keeps_to_the_catalogue_that_it_began_with(catalogue: Catalogue) -> None:
    shelf = Shelf(catalogue)
    service = build_service(shelf, Settings())

    async def pieces() -> AsyncIterator[bytes]:
        yield lines_of(request(1))
        shelf.put(Catalogue([]))
        yield lines_of(request(2))

    assert all("decision" in one for one in answers(post(service, pieces())))
    assert "decision" not in answers(post(service, lines_of(request(3))))[0]


def scope() -> dict[str, Any]:
    headers = [(name.encode(), value.encode()) for name, value in NDJSON.items()]
    return {"type": "http", "method": "POST", "path": "/v1/decide/batch", "headers": headers}


def written(sent: Iterable[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


async def exchange(app: Any, pieces: list[bytes]) -> list[Message]:
    """What an application sends when these pieces come, one after the other."""
    sent: list[Message] = []
    coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    coming.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope(), receive, send)
    return sent


def test_each_piece_is_answered_before_the_next_is_read(service: Service) -> None:
    seen: list[int] = []

    async def run() -> None:
        sent: list[Message] = []
        pieces = [lines_of(request(1), request(2)), lines_of(request(3))[:20], lines_of(request(3))[20:], b""]

        async def receive() -> Message:
            seen.append(written(sent).count(b"\n"))
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: Message) -> None:
            sent.append(message)

        await service(scope(), receive, send)
        assert sent[-1]["more_body"] is False

    asyncio.run(run())
    assert seen == [0, 2, 2, 3]


def test_what_comes_too_slowly_ends_with_a_problem(catalogue: Catalogue) -> None:
    service = limited(catalogue, body_time=0.05)

    async def run(pieces: list[bytes]) -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            if not pieces:
                await asyncio.sleep(SECONDS)
            return {"type": "http.request", "body": pieces.pop(0), "more_body": True}

        async def send(message: Message) -> None:
            sent.append(message)

        await asyncio.wait_for(service(scope(), receive, send), SECONDS / 2)
        return sent

    nothing = asyncio.run(run([]))
    assert nothing[0]["status"] == 408
    some = asyncio.run(run([lines_of(request(1))]))
    first, last = written(some).splitlines()
    assert some[0]["status"] == 200
    assert some[-1]["more_body"] is False
    assert b'"decision"' in first
    assert json.loads(last)["type"] == "/problems/too-slow"


def test_a_caller_who_goes_away_ends_the_batch(service: Service) -> None:
    async def run() -> list[Message]:
        sent: list[Message] = []
        coming: list[Message] = [
            {"type": "http.request", "body": lines_of(request(1)), "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Message:
            return coming.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        await service(scope(), receive, send)
        return sent

    assert written(asyncio.run(run())).count(b"\n") == 1


def test_the_event_loop_comes_round_while_batches_are_answered(service: Service, catalogue: Catalogue) -> None:
    one = request(1)
    began = perf_counter()
    for _ in range(50):
        catalogue.decide_json(one)
    each = (perf_counter() - began) / 50
    many = max(200, int(20 * SLICE / each))

    async def run() -> tuple[int, float]:
        batches = [asyncio.create_task(exchange(service, [lines_of(one) * many])) for _ in range(4)]
        rounds, longest, last = 0, 0.0, perf_counter()
        while not all(batch.done() for batch in batches):
            await asyncio.sleep(0)
            now = perf_counter()
            rounds, longest, last = rounds + 1, max(longest, now - last), now
        assert all(written(batch.result()).count(b"\n") == many for batch in batches)
        return rounds, longest

    rounds, _ = asyncio.run(run())
    assert rounds >= 20  # 4 × 20 slices of work; had no batch let go of the loop, it would have come round a few times


LINE = st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"\r"))


@given(
    parts=st.lists(LINE, max_size=8),
    cuts=st.lists(st.integers(0, 100), max_size=8),
    is_last_ended=st.booleans(),
)
def test_however_a_body_is_cut_it_has_the_same_lines(parts: list[bytes], cuts: list[int], is_last_ended: bool) -> None:
    limit = 8
    body = b"\n".join(parts) + (b"\n" if is_last_ended and parts else b"")
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    lines = Lines(limit)
    found = [line for a, b in pairwise(places) for line in lines.of(body[a:b])]
    found += lines.last()
    expected = body.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert found == [line if len(line) <= limit else None for line in expected]
