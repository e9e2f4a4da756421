"""Sets of rulebooks exchanged in all workers together: two steps, and no mix, whoever refuses, dies or comes late."""

import asyncio
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from reload_kit import put, spoil, text
from service_kit import call

from api import Settings, Shelf, build_service, create_app
from api.fleet import Coordinator, Edition, Figures, Unfit
from api.fleet.holdings import Holdings
from api.fleet.members import Gone
from api.fleet.parts import Part
from api.wire import Receipt
from engine import Catalogue, RulebookFaults, lock_path


class Folder:
    """A source that gives what it is told to."""

    shown = "rules"

    def __init__(self, to: str) -> None:
        self.files: dict[str, bytes] | None = {}
        self.reads = 0
        self.put(to)

    def put(self, to: str, id: str = "front-desk") -> None:
        self.files = {**(self.files or {}), f"{id}/1.0.0.yaml": text(to, id).encode()}

    def read(self, *, afresh: bool) -> dict[str, bytes] | None:
        self.reads += 1
        return self.files


class Worker:
    """A member that compiles as real ones do, and dies, refuses or tarries when told to."""

    def __init__(self, number: int) -> None:
        self.number = self.pid = number
        self.digest = ""
        self.holdings = Holdings("bitmap")
        self.catalogue: Catalogue | None = None
        self.prepared: list[int] = []
        self.forgotten: list[int] = []
        self.ended = False
        self.dies_in = ""
        self.refuses = ""
        self.waits: asyncio.Event | None = None
        self.told: list[Receipt] = []

    async def prepare(self, attempt: int, parts: Sequence[Part]) -> Edition:
        if self.waits is not None:
            await self.waits.wait()
        if self.dies_in == "prepare":
            raise Gone("dead")
        if self.refuses:
            raise Unfit(self.refuses)
        self.prepared.append(attempt)
        return self.holdings.prepare(attempt, {part.key: lambda part=part: part.rulebooks for part in parts})

    async def swap(self, attempt: int) -> None:
        if self.dies_in == "swap":
            raise Gone("dead")
        self.catalogue = self.holdings.take(attempt)
        self.digest = f"sha256:{'0' * 63}{self.number}"

    def forget(self, attempt: int) -> None:
        self.holdings.forget(attempt)
        self.forgotten.append(attempt)

    def tell(self, receipt: Receipt, figures: Figures) -> None:
        self.told.append(receipt)

    def end(self) -> None:
        self.ended = True

    def to(self) -> str:
        assert self.catalogue is not None
        answer = self.catalogue.decide({"rulebook": "front-desk", "at": "2026-11-23T09:30:00Z"})
        return str(answer["decision"]["admission"]["to"])


async def begun(source: Folder, count: int = 2) -> tuple[Coordinator, list[Worker]]:
    """A coordinator over a source, with workers that have joined."""
    coordinator = Coordinator(source)
    coordinator.open()
    workers = [Worker(number) for number in range(1, count + 1)]
    for worker in workers:
        await coordinator.join(worker)
    return coordinator, workers


def test_a_new_set_is_answered_with_everywhere_and_the_receipt_says_so() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, workers = await begun(source)
        assert coordinator.receipt.outcome == "loaded"
        assert [worker.to() for worker in workers] == ["first", "first"]
        source.put("second")
        receipt = await coordinator.reload()
        assert (receipt.outcome, receipt.generation) == ("replaced", 2)
        assert [worker.to() for worker in workers] == ["second", "second"]
        assert [(state.worker, state.digest) for state in receipt.workers] == [
            (worker.number, worker.digest) for worker in workers
        ]
        assert [worker.told[-1] for worker in workers] == [receipt, receipt]
        figures = coordinator.figures()
        assert (figures.generation, figures.workers) == (2, 2)
        assert figures.reloads == {"replaced": 1, "unchanged": 0, "refused": 0}

    asyncio.run(run())


def test_the_same_set_is_unchanged_and_nobody_is_troubled() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, workers = await begun(source)
        receipt = await coordinator.reload()
        assert (receipt.outcome, receipt.generation) == ("unchanged", 1)
        assert all(worker.prepared == [0] for worker in workers)
        assert source.files
        source.files["front-desk/1.0.0.yaml"] += b"# a comment\n"
        digest = receipt.digest
        receipt = await coordinator.reload()
        assert (receipt.outcome, receipt.generation, receipt.digest) == ("unchanged", 1, digest)

    asyncio.run(run())


def test_a_set_with_faults_is_refused_and_every_fault_told() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, workers = await begun(source)
        spoilt = text("x").replace("outcome", "outcom").encode()
        source.files = {"front-desk/1.0.0.yaml": spoilt, "other/1.yaml": b"["}
        receipt = await coordinator.reload()
        assert receipt.outcome == "refused"
        assert {finding.file for finding in receipt.diagnostics} == {
            "rules/front-desk/1.0.0.yaml",
            "rules/other/1.yaml",
        }
        assert [worker.to() for worker in workers] == ["first", "first"]
        assert all(worker.prepared == [0] for worker in workers)
        source.files = {}
        receipt = await coordinator.reload()
        assert (receipt.outcome, receipt.diagnostics[0].code, receipt.diagnostics[0].file) == (
            "refused", "no-rulebooks", "rules",
        )  # fmt: skip
        assert coordinator.figures().reloads["refused"] == 2

    asyncio.run(run())


def test_only_the_folder_that_changed_is_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_one = Holdings._compiled

    def counted(self: Holdings, rulebooks: Sequence[Any]) -> Catalogue:
        compiled.extend(rulebook.id for rulebook in rulebooks)
        return compile_one(self, rulebooks)

    monkeypatch.setattr(Holdings, "_compiled", counted)

    async def run() -> None:
        source = Folder("first")
        source.put("there", "back-desk")
        coordinator, (worker,) = await begun(source, 1)
        assert sorted(compiled) == ["back-desk", "front-desk"]
        compiled.clear()
        source.put("second")
        assert (await coordinator.reload()).outcome == "replaced"
        assert compiled == ["front-desk"]
        assert worker.to() == "second"
        assert worker.catalogue is not None
        assert worker.catalogue.has("back-desk", "1.0.0")

    asyncio.run(run())


def test_a_worker_that_dies_while_it_prepares_is_gone_and_the_others_go_on() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, (one, two) = await begun(source)
        one.dies_in = "prepare"
        source.put("second")
        receipt = await coordinator.reload()
        assert (receipt.outcome, [state.worker for state in receipt.workers]) == ("replaced", [2])
        assert one.ended
        assert (one.to(), two.to()) == ("first", "second")
        late = Worker(1)
        await coordinator.join(late)
        assert late.to() == "second"
        assert [state.worker for state in coordinator.receipt.workers] == [1, 2]

    asyncio.run(run())


def test_when_all_die_while_they_prepare_the_set_is_refused() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, workers = await begun(source)
        for worker in workers:
            worker.dies_in = "prepare"
        source.put("second")
        assert (await coordinator.reload()).outcome == "refused"
        late = Worker(1)
        await coordinator.join(late)
        assert late.to() == "first"

    asyncio.run(run())


def test_when_one_worker_refuses_none_changes() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, (one, two) = await begun(source)
        two.refuses = "the engine cannot take it"
        source.put("second")
        receipt = await coordinator.reload()
        assert (receipt.outcome, receipt.diagnostics[0].message) == ("refused", "the engine cannot take it")
        assert (one.to(), two.to()) == ("first", "first")
        assert one.forgotten == [1]
        two.refuses = ""
        assert (await coordinator.reload()).outcome == "replaced"
        assert (one.to(), two.to()) == ("second", "second")

    asyncio.run(run())


def test_a_worker_that_does_not_swap_is_ended_rather_than_left_with_the_old_set() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, (one, two) = await begun(source)
        one.dies_in = "swap"
        source.put("second")
        receipt = await coordinator.reload()
        assert (receipt.outcome, [state.worker for state in receipt.workers]) == ("replaced", [2])
        assert (one.ended, two.ended, two.to()) == (True, False, "second")

    asyncio.run(run())


def test_a_worker_that_comes_late_gets_the_set_in_use_and_not_what_the_source_holds() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, _ = await begun(source)
        source.files = {"front-desk/1.0.0.yaml": b"half wri"}
        late = Worker(3)
        await coordinator.join(late)
        assert late.to() == "first"

    asyncio.run(run())


def test_a_set_that_comes_into_use_while_a_worker_joins_is_the_one_it_joins_with() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, _ = await begun(source)
        late = Worker(3)
        late.waits = asyncio.Event()
        joining = asyncio.create_task(coordinator.join(late))
        await asyncio.sleep(0)
        source.put("second")
        receipt = await coordinator.reload()
        assert [state.worker for state in receipt.workers] == [1, 2]
        late.waits.set()
        await asyncio.wait_for(joining, 10)
        assert (late.prepared, late.forgotten) == ([0, 1], [0])
        assert late.to() == "second"

    asyncio.run(run())


def test_a_reload_that_is_asked_for_before_there_is_a_worker_waits_for_one() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator = Coordinator(source)
        coordinator.open()
        source.put("second")
        reload = asyncio.create_task(coordinator.reload(afresh=False))
        await asyncio.sleep(0.05)
        assert not reload.done()
        worker = Worker(1)
        await coordinator.join(worker)
        assert (await asyncio.wait_for(reload, 10)).outcome == "replaced"
        assert worker.to() == "second"

    asyncio.run(run())


def test_a_look_that_finds_nothing_new_is_no_reload() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, (one, _) = await begun(source)
        assert (await coordinator.reload(afresh=False)).outcome == "loaded"
        good, source.files = source.files, {}
        assert (await coordinator.reload(afresh=False)).outcome == "refused"
        source.files = good
        assert (await coordinator.reload(afresh=False)).outcome == "unchanged"
        source.files = None
        assert (await coordinator.reload(afresh=False)).outcome == "unchanged"
        assert coordinator.figures().reloads == {"replaced": 0, "unchanged": 1, "refused": 1}
        assert one.prepared == [0]

    asyncio.run(run())


def test_a_look_that_finds_the_set_in_use_says_that_it_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(float(second) for second in range(1_000))
    monkeypatch.setattr("api.fleet.coordinator.time.time", lambda: next(clock))

    async def run() -> None:
        source = Folder("first")
        coordinator, (one, _) = await begun(source)

        async def advances(files: dict[str, bytes] | None) -> bool:
            before, source.files = coordinator.figures().last_success, files
            await coordinator.reload(afresh=False)
            return coordinator.figures().last_success > before

        good = source.files
        assert await advances(good)
        assert await advances(None)  # a bundle that has not changed
        assert one.prepared == [0]
        assert not await advances({})
        assert not await advances(None), "what the source holds is not in use"

    asyncio.run(run())


def test_reloads_at_once_follow_one_another_and_one_goes_on_when_nobody_waits() -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, (one, _) = await begun(source)
        source.put("second")
        impatient = asyncio.create_task(coordinator.reload())
        await asyncio.sleep(0)
        impatient.cancel()
        receipts = await asyncio.gather(coordinator.reload(), coordinator.reload())
        assert [receipt.outcome for receipt in receipts] == ["unchanged", "unchanged"]
        assert one.to() == "second"
        assert coordinator.figures().reloads == {"replaced": 1, "unchanged": 2, "refused": 0}

    asyncio.run(run())


def test_an_error_that_nobody_foresaw_refuses_the_set(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        source = Folder("first")
        coordinator, (one, _) = await begun(source)
        source.read = lambda *, afresh: 1 / 0  # type: ignore[assignment, method-assign, return-value]
        with caplog.at_level(logging.CRITICAL):
            receipt = await coordinator.reload()
        assert (receipt.outcome, receipt.diagnostics[0].code) == ("refused", "unexpected")
        assert one.to() == "first"

    asyncio.run(run())


def test_the_lock_holds_reloads_too(tmp_path: Path) -> None:
    put(tmp_path, "first")
    lock_path(tmp_path)
    service = create_app(tmp_path)
    put(tmp_path, "second")
    answer = call(service, "POST", "/v1/reload")
    assert answer.status_code == 422
    assert "no longer says the same" in answer.json()["errors"][0]["message"]


def test_a_reload_without_a_released_rulebook_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "first")
    put(tmp_path, "first", "back-desk")
    lock_path(tmp_path)
    service = create_app(tmp_path)
    shutil.rmtree(tmp_path / "back-desk")
    answer = call(service, "POST", "/v1/reload")
    (error,) = answer.json()["errors"]
    assert answer.status_code == 422
    assert error["message"].endswith(
        "rulebooks.lock:3:5: version 1.0.0 of `back-desk` is released, and its file is gone"
    )
    put(tmp_path, "first", "back-desk")
    (tmp_path / "back-desk" / "1.0.0.yaml").rename(tmp_path / "back-desk" / "clauses.yaml")
    assert [error["message"] for error in call(service, "POST", "/v1/reload").json()["errors"]] == [error["message"]]


def test_an_application_in_another_program_reloads_when_asked(tmp_path: Path) -> None:
    put(tmp_path, "first")
    service = create_app(tmp_path)
    before = call(service, "GET", "/readyz").json()
    assert call(service, "GET", "/v1/reload").json()["outcome"] == "loaded"
    put(tmp_path, "second")
    receipt = call(service, "POST", "/v1/reload").json()
    assert (receipt["outcome"], receipt["generation"], receipt["workers"][0]["digest"]) == (
        "replaced", 2, receipt["digest"],
    )  # fmt: skip
    ready = call(service, "GET", "/readyz").json()
    assert (ready["generation"], ready["digest"]) == (2, receipt["digest"])
    assert ready["digest"] != before["digest"]
    spoil(tmp_path)
    refused = call(service, "POST", "/v1/reload")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/bad-rulebooks")
    assert refused.json()["receipt"]["outcome"] == "refused"
    assert refused.json()["receipt"]["digest"] == ready["digest"]
    assert "outcom" in refused.json()["errors"][0]["message"]
    decided = call(service, "POST", "/v1/decide", json={"rulebook": "front-desk", "at": "2026-11-23T09:30:00Z"})
    assert decided.json()["decision"]["admission"]["to"] == "second"
    assert call(service, "GET", "/v1/reload").json() == refused.json()["receipt"]


@pytest.mark.parametrize(("client", "status"), [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200),
                                                ("192.0.2.7", 403), ("", 403), ("testclient", 403)])  # fmt: skip
def test_where_nobody_need_say_who_calls_only_this_machine_may_reload(tmp_path: Path, client: str, status: int) -> None:
    put(tmp_path, "first")
    service = create_app(tmp_path)
    for method in ("GET", "POST"):
        assert call(service, method, "/v1/reload", client=(client, 1)).status_code == status


def test_rulebooks_given_by_a_program_cannot_be_read_again(tmp_path: Path) -> None:
    from api import app_over

    put(tmp_path, "first")
    refused = call(app_over(Catalogue.load(tmp_path)), "POST", "/v1/reload")
    assert (refused.status_code, refused.json()["receipt"]["diagnostics"][0]["code"]) == (422, "no-source")


def test_a_call_that_has_begun_ends_with_the_set_it_began_with(tmp_path: Path) -> None:
    """A batch reads its lines over a long time; a reload in between does not change its answers."""
    put(tmp_path, "first")
    shelf = Shelf(Catalogue.load(tmp_path))
    began = shelf.catalogue
    service = build_service(shelf, Settings(rules=str(tmp_path)))
    put(tmp_path, "second")
    assert call(service, "POST", "/v1/reload").json()["outcome"] == "replaced"
    request = {"rulebook": "front-desk", "at": "2026-11-23T09:30:00Z"}
    assert began.decide(request)["decision"]["admission"]["to"] == "first"
    assert shelf.catalogue.decide(request)["decision"]["admission"]["to"] == "second"


def test_a_service_that_ends_says_so(tmp_path: Path) -> None:
    put(tmp_path, "first")
    service = create_app(tmp_path)
    service.fleet.draining = True
    answer = call(service, "GET", "/readyz")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/shutting-down")
    assert call(service, "GET", "/healthz").status_code == 200


def test_the_first_set_must_be_without_faults() -> None:
    source = Folder("first")
    source.files = {"front-desk/1.0.0.yaml": b"["}
    with pytest.raises(RulebookFaults):
        Coordinator(source).open()
