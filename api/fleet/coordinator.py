"""Owns the set of rulebooks that the service answers with, and exchanges it in all workers together.

A set is read once, checked apart, prepared by every worker, and only then put in use, everywhere in one step. Knows
nothing of processes, of HTTP, or of what a rulebook says.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import msgspec

from engine import CheckReport, RulebookFaults, format_duration, format_instant, render_report, report_json

from ..wire import Finding, Outcome, Receipt, WorkerState
from .editions import Edition
from .fleet import Figures
from .members import Gone, Member, Unfit
from .parts import Checked, Checker, Part
from .sources import Source, SourceRefused

log = logging.getLogger("deskpolicy.reload")

PREPARE_LIMIT: Final = 600.0
"""Seconds that a worker may take to prepare a set."""
SWAP_LIMIT: Final = 10.0
_T = TypeVar("_T")
_OUTCOMES: Final[tuple[Outcome, ...]] = ("replaced", "unchanged", "refused")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The set in use; its edition is known once a worker has compiled it."""

    attempt: int
    parts: tuple[Part, ...]
    edition: Edition | None


class _Refused(Exception):
    def __init__(self, findings: Sequence[Finding], told: str) -> None:
        super().__init__(told)
        self.findings = tuple(findings)


class Coordinator:
    """Reads sets from a source and puts them in use in its members.

    Begun with `open`; all else runs in one event loop.
    """

    def __init__(self, source: Source | None) -> None:
        self._source = source
        self._checker = Checker()
        self._lock = asyncio.Lock()
        self._begun = asyncio.Event()
        """Set once a worker has joined: until then there is nothing to exchange."""
        self._members: list[Member] = []
        self._accepted = Accepted(0, (), None)
        self._attempts = 0
        self._counts: dict[str, int] = dict.fromkeys(_OUTCOMES, 0)
        self._generation = 1
        self._restarts = 0
        self._seconds = 0.0
        self._success = time.time()
        self._opened = time.perf_counter()
        self._receipt: Receipt | None = None
        self._running: set[asyncio.Task[Receipt]] = set()

    def open(self) -> tuple[Part, ...]:
        """Read and check the first set. Raises SourceRefused, and RulebookFaults when it has faults."""
        assert self._source is not None
        files = self._source.read(afresh=True)
        checked = self._checker.check(files or {}, self._source.shown)
        if checked.report.errors:
            raise RulebookFaults(checked.report)
        self._accepted = Accepted(0, checked.parts, None)
        return checked.parts

    @property
    def receipt(self) -> Receipt:
        """Of the last reload, or of the start. There is one once a worker has joined."""
        assert self._receipt is not None
        return self._receipt

    def figures(self) -> Figures:
        """The figures of all members."""
        return Figures(
            self._generation, dict(self._counts), self._seconds, self._success, len(self._members), self._restarts
        )

    async def join(self, member: Member) -> None:
        """Let a worker prepare the set in use and take part from now on. Raises Gone and Unfit."""
        while True:
            accepted = self._accepted
            edition = await _in_time(member.prepare(accepted.attempt, accepted.parts), PREPARE_LIMIT)
            async with self._lock:
                if accepted.attempt != self._accepted.attempt:
                    member.forget(accepted.attempt)
                    continue  # another set came into use meanwhile; that one, then
                await _in_time(member.swap(accepted.attempt), SWAP_LIMIT)
                self.enrol(member, edition)
                return

    def enrol(self, member: Member, edition: Edition) -> None:
        """Take in a worker that answers with the set in use."""
        if self._accepted.edition is None:
            self._accepted = replace(self._accepted, edition=edition)
            self._seconds = time.perf_counter() - self._opened
        self._members = sorted([*self._members, member], key=lambda one: one.number)
        if self._receipt is None or self._receipt.outcome == "loaded":
            self._receipt = self._written("loaded", self._seconds, ())
        self._begun.set()
        self._tell()

    def leave(self, member: Member, *, unasked: bool = True) -> None:
        """Go on without a worker that has ended."""
        if member in self._members:
            self._members.remove(member)
        self._restarts += unasked
        self._tell()

    async def reload(self, *, afresh: bool = True) -> Receipt:
        """Read the rulebooks again; returns when every worker answers with them, or they are refused.

        One reload at a time. Goes on to its end also when whoever waits for it does not. Not `afresh`: only when the
        source has something new; else the receipt of the last reload.
        """
        task = asyncio.create_task(self._reload_alone(afresh))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _reload_alone(self, afresh: bool) -> Receipt:
        await self._begun.wait()
        async with self._lock:
            began = time.perf_counter()
            outcome: Outcome = "refused"
            findings: tuple[Finding, ...] = ()
            try:
                checked = await asyncio.to_thread(self._read, afresh)
                if checked is None or (not afresh and self._is_in_use(checked)):
                    return self._found_again()
                outcome, findings = await self._put(checked), _findings(checked.report)
                self._success = time.time()
            except _Refused as refused:
                findings = refused.findings
                log.error("reload refused, the rulebooks before go on: %s", refused)
            except Exception as error:
                findings = (Finding("unexpected", "error", "an unexpected error; the log has the details", ""),)
                log.error("a reload failed, the rulebooks before go on", exc_info=error)
            self._seconds = time.perf_counter() - began
            self._counts[outcome] += 1
            self._receipt = receipt = self._written(outcome, self._seconds, findings)
            self._tell()
            if outcome != "refused":
                workers = len(receipt.workers)
                told = (outcome, self._seconds, receipt.digest, workers, "" if workers == 1 else "s")
                log.info("reload: %s in %.3f s, %s, %d worker%s", *told)
            return receipt

    def _read(self, afresh: bool) -> Checked | None:
        """A set from the source, checked; None where the source has nothing new. Raises _Refused."""
        if self._source is None:
            said = "this service was given its rulebooks by a program, and has no place to read them from"
            raise _Refused([Finding("no-source", "error", said, "")], said)
        try:
            files = self._source.read(afresh=afresh)
        except SourceRefused as refused:
            finding = Finding(refused.code, "error", str(refused), refused.file)
            raise _Refused([finding], f"{refused.file}: {refused}") from None
        if files is None:
            return None
        checked = self._checker.check(files, self._source.shown)
        if checked.report.errors:
            report = replace(checked.report, diagnostics=checked.report.errors)
            raise _Refused(_findings(checked.report), "\n" + render_report(report).rstrip("\n"))
        return checked

    def _found_again(self) -> Receipt:
        """The receipt of the last reload; what it put in use is still what the source holds."""
        if self.receipt.outcome != "refused":
            self._success = time.time()
            self._tell()
        return self.receipt

    def _is_in_use(self, checked: Checked) -> bool:
        """Whether a look found what it found the last time: a set that is in use, and no fault since."""
        return self._has(checked.parts) and self.receipt.outcome != "refused"

    def _has(self, parts: Sequence[Part]) -> bool:
        return [part.key for part in parts] == [part.key for part in self._accepted.parts]

    async def _put(self, checked: Checked) -> Outcome:
        """Put a set in use everywhere. Raises _Refused when a worker cannot take it, or none could."""
        if self._has(checked.parts):
            return "unchanged"
        self._attempts = attempt = self._attempts + 1
        asked = list(self._members)
        answers = await asyncio.gather(
            *(_in_time(member.prepare(attempt, checked.parts), PREPARE_LIMIT) for member in asked),
            return_exceptions=True,
        )
        ready: list[Member] = []
        editions: set[Edition] = set()
        unfit: list[str] = []
        for member, answer in zip(asked, answers, strict=True):
            if isinstance(answer, Edition):
                ready.append(member)
                editions.add(answer)
            elif isinstance(answer, Gone):
                member.end()
            else:
                unfit.append(str(answer) if isinstance(answer, Unfit) else f"a worker failed: {answer!r}")
        if unfit or len(editions) != 1:
            for member in ready:
                member.forget(attempt)
            said = unfit[0] if unfit else _why_none(len(editions))
            raise _Refused([Finding("unfit", "error", said, self._source.shown if self._source else "")], said)
        return await self._swap(Accepted(attempt, checked.parts, editions.pop()), ready)

    async def _swap(self, accepted: Accepted, ready: Sequence[Member]) -> Outcome:
        """The one step. From here on whoever joins gets the new set, and nobody goes on with the old one."""
        before, self._accepted = self._accepted, accepted
        answers = await asyncio.gather(
            *(_in_time(member.swap(accepted.attempt), SWAP_LIMIT) for member in ready), return_exceptions=True
        )
        swapped = {id(member) for member, answer in zip(ready, answers, strict=True) if answer is None}
        for member in [member for member in self._members if id(member) not in swapped]:
            member.end()
            with suppress(ValueError):
                self._members.remove(member)
        if before.edition == accepted.edition:
            return "unchanged"
        self._generation += 1
        return "replaced"

    def _written(self, outcome: Outcome, seconds: float, findings: tuple[Finding, ...]) -> Receipt:
        edition = self._accepted.edition
        assert edition is not None
        at = format_instant(int((time.time() - seconds) * 1_000_000))
        took = format_duration(round(seconds * 1_000) * 1_000)
        return Receipt(
            outcome=outcome, generation=self._generation, digest=edition.digest, rulebooks=edition.rulebooks,
            workers=self._workers(), at=at, took=took, diagnostics=findings,
        )  # fmt: skip

    def _workers(self) -> tuple[WorkerState, ...]:
        return tuple(WorkerState(one.number, one.pid, one.digest) for one in self._members)

    def _tell(self) -> None:
        if self._receipt is not None:
            self._receipt = msgspec.structs.replace(self._receipt, workers=self._workers())
            for member in self._members:
                member.tell(self._receipt, self.figures())


async def _in_time(doing: Awaitable[_T], seconds: float) -> _T:
    try:
        return await asyncio.wait_for(doing, seconds)
    except TimeoutError:
        raise Gone(f"no answer in {seconds:.0f} seconds") from None


def _why_none(editions: int) -> str:
    if editions:
        return "the workers do not agree on what the set resolves to: is their time zone or holiday data the same?"
    return "no worker lived to take the set"


def _findings(report: CheckReport) -> tuple[Finding, ...]:
    return tuple(msgspec.convert(report_json(report), list[Finding]))
