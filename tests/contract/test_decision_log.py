"""The decision log: what a record holds, what stands in none, and that no sink has a say in decisions."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from service_kit import AT, REQUEST, decided, draft, running, until, write_rules

from api import Settings, log_files, read_entries
from api.decision_log import DecisionRecord, schema_document
from api.settings import DecisionLog, Log

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas" / "decision-log.schema.json"
SECONDS = 30


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return write_rules(tmp_path)


def logging_to(to: Any, path: Path, **more: Any) -> Settings:
    texts = more.pop("texts", False)
    return Settings(decisions=DecisionLog(to=to, path=str(path), **more), log=Log(calls="none", texts=texts))


def records(path: Path) -> list[DecisionRecord]:
    found = [entry for _, entry in read_entries(log_files(path))]
    assert all(isinstance(entry, DecisionRecord) for entry in found), found
    return [entry for entry in found if isinstance(entry, DecisionRecord)]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def log_of(rules: Path, settings: Settings, *requests: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    """The answers to requests, with the log of these settings."""

    async def run() -> list[dict[str, Any]]:
        async with running(rules, settings) as (_, client, _):
            return [await decided(client, request, **headers) for request in requests]

    return asyncio.run(run())


def test_a_record_holds_what_it_takes_to_decide_again(rules: Path, tmp_path: Path) -> None:
    named = {"accept-language": "ru, en;q=0.5", "x-request-id": "call-7"}
    (answer,) = log_of(rules, logging_to("file", tmp_path / "log.jsonl"), {**REQUEST, "explain": True}, **named)
    (record,) = lines(tmp_path / "log.1.jsonl")
    Draft202012Validator(schema_document()).validate(record)
    assert (record["kind"], record["format"], record["call"], record["caller"]) == ("decision", 1, "call-7", None)
    assert (record["worker"], record["engine"], record["languages"]) == (1, "bitmap", ["ru", "en"])
    assert record["rulebook"] == answer["rulebook"]
    assert record["decision"] == answer["decision"]
    assert record["decision"]["disclosures"]["delivery_date"]["say"] == "Это решает команда"
    assert record["request"]["at"] == answer["at"] == "2026-11-23T06:30:00Z"
    assert record["request"]["ticket"]["created_at"] == AT
    assert record["time"].endswith("Z")


def test_without_an_instant_the_record_has_the_one_that_was_decided_for(rules: Path, tmp_path: Path) -> None:
    (answer,) = log_of(rules, logging_to("file", tmp_path / "log.jsonl"), {"rulebook": "front-desk"})
    (record,) = lines(tmp_path / "log.1.jsonl")
    assert record["request"] == {"at": answer["at"], "rulebook": "front-desk"}


def test_refused_requests_are_not_decisions(rules: Path, tmp_path: Path) -> None:
    async def run() -> None:
        async with running(rules, logging_to("file", tmp_path / "log.jsonl")) as (_, client, _):
            for body in ({"rulebook": "front-desc"}, {**REQUEST, "ticket": {"urgency": "hihg"}}):
                assert (await client.post("/v1/decide", json=body)).status_code >= 400
            await decided(client, REQUEST)

    asyncio.run(run())
    assert len(lines(tmp_path / "log.1.jsonl")) == 1


@pytest.mark.parametrize("to", ["file", "parquet"])
def test_each_line_of_a_batch_is_logged(rules: Path, tmp_path: Path, to: str) -> None:
    async def run() -> None:
        async with running(rules, logging_to(to, tmp_path / "log.jsonl")) as (_, client, _):
            body = b"\n".join(json.dumps({**REQUEST, "ticket": {"id": str(i)}}).encode() for i in range(3))
            headers = {"content-type": "application/x-ndjson"}
            response = await client.post("/v1/decide/batch", content=body, headers=headers)
            assert response.status_code == 200, response.text

    asyncio.run(run())
    found = records(tmp_path / "log.jsonl")
    assert [msgspec.json.decode(record.request)["ticket"]["id"] for record in found] == ["0", "1", "2"]
    assert len({record.call for record in found}) == 1


@pytest.mark.parametrize("to", ["file", "parquet"])
def test_what_a_requester_wrote_stands_in_no_log(rules: Path, tmp_path: Path, to: str) -> None:
    log_of(rules, logging_to(to, tmp_path / "log.jsonl", mask=()), REQUEST, REQUEST)
    for file in log_files(tmp_path / "log.jsonl"):
        raw = file.read_bytes()
        assert not any(text in raw for text in (b"The lift", b"anna.k"))
    first, second = records(tmp_path / "log.jsonl")
    assert first.masked == ["/request/ticket/subject", "/request/ticket/text", "/request/requester/id"]
    request = msgspec.json.decode(first.request)
    assert request["ticket"]["text"].startswith("sha256:")
    assert request["ticket"]["text"] != request["ticket"]["subject"]
    assert bytes(first.request) == bytes(second.request)
    assert first.request_digest == second.request_digest


def test_texts_may_stand_in_it_where_the_settings_allow_them(rules: Path, tmp_path: Path) -> None:
    log_of(rules, logging_to("file", tmp_path / "a.jsonl", texts=True, mask=("/ticket/text",)), REQUEST)
    (record,) = lines(tmp_path / "a.1.jsonl")
    assert record["request"]["ticket"]["subject"] == "The lift"
    assert record["request"]["ticket"]["text"].startswith("sha256:")


def test_with_a_key_the_hashes_cannot_be_guessed(rules: Path, tmp_path: Path) -> None:
    found = []
    for name, key in (("a", b"one key\n"), ("b", b"another"), ("c", b"one key")):
        (tmp_path / f"{name}.key").write_bytes(key)
        settings = logging_to("file", tmp_path / f"{name}.jsonl", mask_key=str(tmp_path / f"{name}.key"))
        log_of(rules, settings, REQUEST)
        found.append(lines(tmp_path / f"{name}.1.jsonl")[0]["request"]["requester"]["id"])
    assert found[0].startswith("hmac-sha256:")
    assert found[0] == found[2] != found[1]


def test_a_masked_text_does_not_come_back_through_the_decision(rules: Path, tmp_path: Path) -> None:
    request = {**REQUEST, "ticket": {"urgency": "high", "fields": {"contact": "Анна, room 5"}}}
    log_of(rules, logging_to("file", tmp_path / "log.jsonl", mask=("/ticket/fields/contact",)), request)
    (record,) = lines(tmp_path / "log.1.jsonl")
    assert record["decision"]["obligations"][0]["with"]["who"].startswith("sha256:")
    assert "/decision/obligations/0/with/who" in record["masked"]
    assert "Анна" not in json.dumps(record, ensure_ascii=False)


def test_the_schema_of_a_record_is_the_one_in_the_folder_of_schemas() -> None:
    written = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert written == schema_document(), "write it anew: python tests/support/decision_log_schema.py"


def test_every_field_of_a_record_stands_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference" / "decision-log.md").read_text(encoding="utf-8")
    for field in msgspec.structs.fields(DecisionRecord):
        assert f"| `{field.name}` |" in reference, field.name
    for setting in msgspec.structs.fields(DecisionLog):
        settings_page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
        assert f"`decisions.{setting.name}`" in settings_page, setting.name


# Sinks that fail


async def decide_many(rules: Path, settings: Settings, count: int) -> tuple[list[float], dict[str, int]]:
    """The seconds that each decision took, and the figures of the log after them."""
    took = []
    async with running(rules, settings) as (service, client, _):
        log = service.beside.log
        assert log is not None
        for _ in range(count):
            start = time.perf_counter()
            await decided(client, REQUEST)
            took.append(time.perf_counter() - start)
        await asyncio.sleep(0.2)
        figures = dict(log.figures())
    return took, figures


def test_a_sink_that_hangs_holds_up_no_decision_and_what_is_lost_is_counted(rules: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "nobody-reads"
    os.mkfifo(pipe)
    reading = None
    try:
        took, figures = asyncio.run(decide_many(rules, logging_to("file", pipe, buffer=50), 200))
        assert figures["written"] == 0
        assert (figures["waiting"], figures["lost_full"]) == (50, 150)
        assert sorted(took)[len(took) * 99 // 100] < 1.0
    finally:
        reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # lets the thread go that still waits for a reader
        time.sleep(0.1)
        os.close(reading)


def test_what_is_lost_stands_in_the_metrics(rules: Path) -> None:
    async def run() -> str:
        async with running(rules, logging_to("file", Path("/dev/full"), buffer=5)) as (_, client, _):
            for _ in range(20):
                await decided(client, REQUEST)
            return (await client.get("/metrics")).text

    found = dict(line.rsplit(" ", 1) for line in asyncio.run(run()).splitlines() if "decision_log" in line)
    lost = sum(float(found[f'deskpolicy_decision_log_lost_total{{cause="{cause}"}}']) for cause in ("full", "failed"))
    assert (lost, float(found["deskpolicy_decision_log_waiting"])) == (15, 5)


def test_a_full_disk_holds_up_no_decision_and_what_is_lost_is_counted(
    rules: Path, caplog: pytest.LogCaptureFixture
) -> None:
    took, figures = asyncio.run(decide_many(rules, logging_to("file", Path("/dev/full"), buffer=50), 200))
    assert figures["written"] == 0
    assert figures["waiting"] == 50
    assert figures["lost_failed"] + figures["lost_full"] == 150
    assert sorted(took)[len(took) * 99 // 100] < 1.0
    said = [record.getMessage() for record in caplog.records if record.name == "deskpolicy.api"]
    assert sum("No space left on device" in message for message in said) == 1
    assert said[-1] == "the decision log is past its losses: 200 were lost"


def test_a_sink_that_is_well_again_is_written_to_and_the_loss_is_told_once(
    rules: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "logs"
    folder.write_text("in the way of the folder")

    async def run() -> dict[str, int]:
        async with running(rules, logging_to("file", folder / "log.jsonl", buffer=10)) as (service, client, _):
            assert service.beside.log is not None
            courier = service.beside.log.courier
            for _ in range(3):
                await decided(client, REQUEST)
            await until(lambda: courier.is_failing)
            for _ in range(20):
                await decided(client, REQUEST)
            folder.unlink()
            await until(lambda: courier.waiting == 0)
            await decided(client, REQUEST)
            await until(lambda: courier.waiting == 0)
            await until(lambda: any("past its losses" in record.getMessage() for record in caplog.records))
            return dict(service.beside.log.figures())

    figures = asyncio.run(run())
    assert (figures["written"], figures["lost_failed"], figures["waiting"]) == (11, 13, 0)
    assert len(lines(folder / "log.1.jsonl")) == 11
    said = [record.getMessage() for record in caplog.records]
    assert said.count("the decision log is past its losses: 13 were lost") == 1
    assert sum("fails, and is tried again" in message for message in said) == 1


def test_what_waits_when_the_service_ends_is_written(rules: Path, tmp_path: Path) -> None:
    log_of(rules, logging_to("file", tmp_path / "log.jsonl"), *[REQUEST] * 100)
    assert len(lines(tmp_path / "log.1.jsonl")) == 100


def test_large_requests_are_bounded_by_their_bytes(rules: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "nobody-reads"
    os.mkfifo(pipe)
    large = {**REQUEST, "ticket": {"text": "x" * 90_000}}

    async def run() -> dict[str, int]:
        async with running(rules, logging_to("file", pipe, buffer_bytes=500_000)) as (service, client, _):
            for _ in range(20):
                await decided(client, large)
            assert service.beside.log is not None
            return dict(service.beside.log.figures())

    figures = asyncio.run(run())
    os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
    assert (figures["waiting"], figures["lost_full"]) == (5, 15)


def test_an_item_that_cannot_be_written_down_is_lost_alone(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.decision_log import log as module

    kept = module.made_of

    def broken(decided: Any) -> Any:
        made = kept(decided)
        return made._replace(request=b"{") if made.call == "bad" else made

    monkeypatch.setattr(module, "made_of", broken)

    async def run() -> dict[str, int]:
        async with running(rules, logging_to("file", tmp_path / "log.jsonl")) as (service, client, _):
            for call in ("one", "bad", "two"):
                await decided(client, REQUEST, **{"x-request-id": call})
            log = service.beside.log
            assert log is not None
            await until(lambda: log.courier.waiting == 0)
            return dict(log.figures())

    figures = asyncio.run(run())
    assert (figures["written"], figures["lost_broken"]) == (2, 1)
    assert [line["call"] for line in lines(tmp_path / "log.1.jsonl")] == ["one", "two"]


def test_standard_output_is_the_logs_alone(tmp_path: Path) -> None:
    rules = write_rules(tmp_path, v2_0_0=draft("2.0.0"))
    code = (
        "import asyncio, sys; sys.path.insert(0, sys.argv[1]);"
        "from pathlib import Path; from api.settings import *;"
        "from service_kit import *;\n"
        "async def run():\n"
        "  async with running(Path(sys.argv[2]), Settings(decisions=DecisionLog(to='stdout'))) as (_, client, _):\n"
        "    for i in range(3): await decided(client, REQUEST)\n"
        "asyncio.run(run())"
    )
    kit = str(ROOT / "tests" / "support")
    command = [sys.executable, "-c", code, kit, str(rules)]
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=SECONDS)
    assert [json.loads(line)["kind"] for line in ended.stdout.splitlines()] == ["decision"] * 3
