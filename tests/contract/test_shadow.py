"""Shadow mode: a candidate decides beside the version in force; answers are not touched, differences are told."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_kit import DESK, REQUEST, decided, draft, running, until, write_rules

from api import Settings, UnknownCandidate, log_files, now, read_entries
from api.decision_log import ShadowRecord
from api.settings import DecisionLog, Log, ShadowOf
from engine import Catalogue, RulebookFaults

CANDIDATE = draft("2.0.0", ("rule: urgent, when: {ticket.urgency: high}, then: {level: P1}",
                            "rule: very-urgent, when: {ticket.urgency: high}, then: {level: P0}"))  # fmt: skip


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return write_rules(tmp_path, v2_0_0=CANDIDATE)


def shadowing(candidate: str | Path, **more: Any) -> Settings:
    return Settings(shadow=(ShadowOf(rulebook="front-desk", candidate=str(candidate)),), log=Log(calls="none"), **more)


async def shown(client: httpx.AsyncClient, compared: int | None = None) -> dict[str, Any]:
    """The first shadow, once it has compared so many decisions."""

    async def get() -> dict[str, Any]:
        response = await client.get("/v1/shadow")
        assert response.status_code == 200, response.text
        (shadow,) = response.json()["shadows"]
        return dict(shadow)

    async def has_compared() -> bool:
        return (await get())["compared"] == compared

    if compared is not None:
        await until(has_compared)
    return await get()


@pytest.mark.parametrize("as_file", [False, True])
def test_differences_are_counted_by_part_and_answers_are_not_touched(
    rules: Path, tmp_path: Path, as_file: bool
) -> None:
    file = tmp_path / "candidate.yaml"
    file.write_text(CANDIDATE, encoding="utf-8")

    async def run() -> tuple[dict[str, Any], dict[str, Any]]:
        async with running(rules, shadowing(file if as_file else "2.0.0")) as (_, client, _):
            answer = await decided(client, REQUEST)
            await decided(client, {**REQUEST, "ticket": {"urgency": "low"}})
            await decided(client, {**REQUEST, "version": "2.0.0"})
            return answer, await shown(client, 2)

    answer, shadow = asyncio.run(run())
    assert answer == Catalogue.load(rules).decide(REQUEST)
    assert (shadow["rulebook"], shadow["candidate"]["version"]) == ("front-desk", "2.0.0")
    assert (shadow["different"], shadow["parts"], shadow["failed"]) == (1, {"priority": 1}, 0)
    (latest,) = shadow["latest"]
    assert latest["version"] == "1.0.0"
    assert latest["parts"] == {"priority": {"in_force": ["urgent"], "candidate": ["very-urgent"]}}
    assert "The lift" not in json.dumps(shadow)


def test_names_and_obligations_tell_only_the_rules_that_differ(tmp_path: Path) -> None:
    rule = (
        'rule: call-back, when: {ticket.urgency: high}, then: {do: call_back, with: {who: "{ticket.fields.contact}"}}'
    )
    says = (rule, "rule: write-back, then: {do: write_back}")
    rules = write_rules(tmp_path, v2_0_0=draft("2.0.0", says, ("deny: [delivery_date]", "permit: [delivery_date]")))

    async def run() -> dict[str, Any]:
        async with running(rules, shadowing("2.0.0")) as (_, client, _):
            await decided(client, REQUEST)
            return await shown(client, 1)

    (latest,) = asyncio.run(run())["latest"]
    assert latest["parts"] == {
        "disclosures": {"in_force": ["no-dates"], "candidate": ["no-dates"]},
        "obligations": {"in_force": ["call-back"], "candidate": ["write-back"]},
    }


def test_differences_stand_in_the_decision_log_beside_their_decision(rules: Path, tmp_path: Path) -> None:
    for to in ("file", "parquet"):
        path = tmp_path / f"{to}.jsonl"
        settings = shadowing("2.0.0", decisions=DecisionLog(to=to, path=str(path)))

        async def run(settings: Settings = settings) -> None:
            async with running(rules, settings) as (_, client, _):
                await decided(client, REQUEST)
                await shown(client, 1)

        asyncio.run(run())
        entries = [entry for _, entry in read_entries(log_files(path))]
        (shadow,) = [entry for entry in entries if isinstance(entry, ShadowRecord)]
        (decision,) = [entry for entry in entries if not isinstance(entry, ShadowRecord)]
        assert shadow.parts["priority"].candidate == ["very-urgent"]
        assert (shadow.rulebook.version, shadow.candidate.version) == ("1.0.0", "2.0.0")
        assert (shadow.call, shadow.request_digest) == (decision.call, decision.request_digest)


def test_without_a_decision_log_they_are_told_at_a_bounded_rate(rules: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with running(rules, shadowing("2.0.0")) as (_, client, _):
            for _ in range(30):
                await decided(client, REQUEST)
            await shown(client, 30)

    with caplog.at_level(logging.INFO, "deskpolicy.api"):
        asyncio.run(run())
    said = [record.getMessage() for record in caplog.records if record.getMessage().startswith("shadow: ")]
    assert 1 <= len(said) <= 10
    assert "`front-desk` 2.0.0" in said[0]
    assert "very-urgent" in said[0]


def test_what_a_candidate_refuses_is_a_difference(tmp_path: Path) -> None:
    narrower = draft("2.0.0", ("[low, high]", "[low, highest]"), ("ticket.urgency: high", "ticket.urgency: highest"))
    rules = write_rules(tmp_path, v2_0_0=narrower)

    async def run() -> dict[str, Any]:
        async with running(rules, shadowing("2.0.0")) as (_, client, _):
            await decided(client, REQUEST)
            return await shown(client, 1)

    assert asyncio.run(run())["parts"] == {"refused": 1}


def test_a_candidate_that_fails_breaks_nothing(
    rules: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    decide_json = Catalogue.decide_json

    def fails(self: Catalogue, request: Any, *, languages: Any = ()) -> bytes:
        if request.get("version") == "2.0.0":
            raise ZeroDivisionError("the candidate")
        return decide_json(self, request, languages=languages)

    monkeypatch.setattr(Catalogue, "decide_json", fails)

    async def run() -> dict[str, Any]:
        async with running(rules, shadowing("2.0.0")) as (_, client, _):
            for _ in range(5):
                await decided(client, REQUEST)

            async def has_failed() -> bool:
                return (await shown(client))["failed"] == 5

            await until(has_failed)
            return await shown(client)

    shadow = asyncio.run(run())
    assert (shadow["compared"], shadow["different"]) == (0, 0)
    assert sum("failed in the shadow" in record.getMessage() for record in caplog.records) == 1


def test_a_shadow_that_is_too_slow_loses_comparisons_and_counts_them(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.shadow import running as module

    monkeypatch.setattr(module, "_WAITING", 10)

    async def run() -> tuple[int, dict[str, int]]:
        async with running(rules, shadowing("2.0.0")) as (service, client, _):
            shadows = service.beside.shadows
            assert shadows is not None
            monkeypatch.setattr(shadows.backlog, "_take", lambda until: None)
            for _ in range(30):
                await decided(client, REQUEST)
            return shadows.backlog.waiting, dict(shadows.figures())

    waiting, figures = asyncio.run(run())
    assert (waiting, figures["lost"]) == (10, 20)


def test_after_a_reload_candidates_are_looked_up_anew(rules: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> list[dict[str, Any]]:
        found = []
        async with running(rules, shadowing("2.0.0")) as (service, client, shelf):
            await decided(client, REQUEST)
            found.append(await shown(client, 1))
            file = rules / "front-desk" / "2.0.0.yaml"
            file.write_text(CANDIDATE.replace("very-urgent", "most-urgent"), encoding="utf-8")
            shelf.put(Catalogue.load(rules, clock=now))

            async def is_new() -> bool:
                return (await shown(client))["candidate"] != found[0]["candidate"]

            await until(is_new)
            await decided(client, REQUEST)
            found.append(await shown(client, 1))
            file.unlink()
            shelf.put(Catalogue.load(rules, clock=now))

            async def is_gone() -> bool:
                return (await shown(client))["candidate"] is None

            await until(is_gone)
            found.append(await shown(client))
            assert service.beside.shadows is not None
            totals = service.beside.shadows.figures()
            assert (totals["same"], totals["different"]) == (0, 2), "counters never go back"
        return found

    before, after, gone = asyncio.run(run())
    assert before["candidate"]["digest"] != after["candidate"]["digest"]
    assert after["latest"][0]["parts"]["priority"]["candidate"] == ["most-urgent"]
    assert gone["trouble"] == "shadow: `front-desk` has no version 2.0.0"
    assert gone["trouble"] in [record.getMessage() for record in caplog.records]


def test_a_file_that_becomes_faulty_leaves_the_former_candidate(rules: Path, tmp_path: Path) -> None:
    file = tmp_path / "candidate.yaml"
    file.write_text(CANDIDATE, encoding="utf-8")

    async def run() -> dict[str, Any]:
        async with running(rules, shadowing(file)) as (_, client, shelf):
            file.write_text("rulebook: front-desk\n", encoding="utf-8")
            shelf.put(shelf.catalogue)
            await decided(client, REQUEST)
            return await shown(client, 1)

    shadow = asyncio.run(run())
    assert shadow["different"] == 1
    assert "the former candidate goes on" in shadow["trouble"]


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        ("3.0.0", "`front-desk` has no version 3.0.0"),
        ("nowhere.yaml", "nowhere.yaml: neither a version nor a file"),
        ("other.yaml", "other.yaml holds `other-desk`, not `front-desk`"),
    ],
)
def test_a_candidate_that_is_not_there_keeps_the_service_from_starting(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, candidate: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text(DESK.replace("front-desk", "other-desk"), encoding="utf-8")

    async def run() -> None:
        async with running(rules, shadowing(candidate)):
            pass

    with pytest.raises(UnknownCandidate) as unknown:
        asyncio.run(run())
    assert str(unknown.value) == f"shadow: {said}"


def test_a_candidate_with_faults_keeps_the_service_from_starting(rules: Path, tmp_path: Path) -> None:
    file = tmp_path / "candidate.yaml"
    file.write_text(CANDIDATE.replace("outcome", "outcom"), encoding="utf-8")

    async def run() -> None:
        async with running(rules, shadowing(file)):
            pass

    with pytest.raises(RulebookFaults) as faults:
        asyncio.run(run())
    assert faults.value.report.errors


def test_without_shadows_there_are_none(rules: Path) -> None:
    async def run() -> Any:
        async with running(rules, Settings(log=Log(calls="none"))) as (service, client, _):
            assert service.beside.observers == ()
            return (await client.get("/v1/shadow")).json()["shadows"]

    assert asyncio.run(run()) == []
