"""Candidates deciding in the shadow: after each decision, in a thread of their own, without a say.

Whatever a candidate does, the answer is on its way already. What is told of differences are rules, counts and digests.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from engine import Catalogue, EngineFault, RequestRefused, RulebookFaults

from ..backlog import Backlog, working
from ..decision_log import Builder, DecisionLog, Made, ShadowRecord, Sides, made_of, read_head
from ..observers import Decided
from ..settings import Settings, ShadowOf
from ..shelf import Shelf
from ..withheld import without_texts
from .candidates import Candidate, UnknownCandidate, find_candidate
from .comparing import differing_parts

log = logging.getLogger("deskpolicy.api")

REFUSED: Final = "refused"
"""The part that differs where a candidate refuses the request."""
_LATEST: Final = 10
_WAITING: Final = 2_000
_WAITING_BYTES: Final = 32 * 1024 * 1024
_OVERHEAD: Final = 1_000
_BETWEEN_LINES: Final = 1.0
"""Seconds between two lines in the log of the service."""

Note = Callable[[ShadowRecord], None]


class Shadow:
    """One candidate, and how often it decides otherwise."""

    def __init__(self, said: ShadowOf, candidate: Candidate) -> None:
        self.said = said
        self.candidate: Candidate | None = candidate
        self.trouble: str | None = None
        """Why it does not decide at present, or decides as it did before the rulebooks were read again."""
        self.compared = self.different = self.failed = 0
        self.parts: Counter[str] = Counter()
        self.latest: deque[ShadowRecord] = deque(maxlen=_LATEST)

    def found_anew(self, catalogue: Catalogue, settings: Settings) -> None:
        """Look the candidate up again: among other rulebooks, or in its file."""
        try:
            candidate = find_candidate(self.said, catalogue, settings)
        except UnknownCandidate as unknown:
            self.candidate, self.trouble = None, str(unknown)
        except RulebookFaults as faults:
            self.trouble = f"shadow: {self.said.candidate}: {faults}; the former candidate goes on"
        except (EngineFault, OSError) as error:
            self.trouble = f"shadow: {self.said.candidate}: {error}; the former candidate goes on"
        else:
            if self.candidate is None or candidate.used != self.candidate.used:
                self.compared = self.different = self.failed = 0
                self.parts.clear()
                self.latest.clear()
            self.candidate, self.trouble = candidate, None
        if self.trouble:
            log.warning("%s", self.trouble)

    def shown(self) -> dict[str, Any]:
        """How it stands, as JSON data."""
        used = self.candidate.used if self.candidate else None
        return {
            "rulebook": self.said.rulebook,
            "candidate": None if used is None else {"version": used.version, "digest": used.digest},
            "trouble": self.trouble,
            "compared": self.compared,
            "different": self.different,
            "failed": self.failed,
            "parts": dict(self.parts.copy()),
            "latest": [_shown(record) for record in list(self.latest)],
        }


class Shadows:
    """All candidates. An observer of decisions; `running` is its companion."""

    def __init__(self, shelf: Shelf, settings: Settings, builder: Builder, decision_log: DecisionLog | None) -> None:
        """Raises what `find_candidate` raises."""
        self._settings = settings
        self._builder = builder
        self._note: Note = _Line().write if decision_log is None else decision_log.note
        self._shadows = [Shadow(said, find_candidate(said, shelf.catalogue, settings)) for said in settings.shadow]
        self._rulebooks = frozenset(shadow.said.rulebook for shadow in self._shadows)
        self._put_down: deque[Catalogue] = deque(maxlen=1)
        """The rulebooks that were put on the shelf since candidates were looked up."""
        self._has_failed = False
        self._totals = dict.fromkeys(("same", "different", "failed"), 0)
        """Since the worker began, whatever candidates there were."""
        self._taken = 0
        self.backlog: Backlog[Made] = Backlog("shadow", self, most=_WAITING, most_bytes=_WAITING_BYTES)
        shelf.watch(self._changed)

    def __call__(self, decided: Decided) -> None:
        """Have the candidates decide too, later."""
        if decided.request.get("rulebook") in self._rulebooks:
            made = made_of(decided)
            self.backlog.put(made, len(made.request) + len(made.answer) + _OVERHEAD)

    def figures(self) -> Mapping[str, int]:
        """Decisions `same`, `different`, `failed`, `waiting` and `lost`, since the worker began."""
        return {**self._totals, "waiting": self.backlog.waiting, "lost": self.backlog.lost_in_all}

    def shown(self) -> dict[str, Any]:
        """How all stand, as JSON data."""
        waiting, lost = self.backlog.waiting, self.backlog.lost_in_all
        shadows = [shadow.shown() for shadow in self._shadows]
        return {"worker": self._builder.worker, "waiting": waiting, "lost": lost, "shadows": shadows}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Compare from now on."""
        async with working(self.backlog):
            yield

    # The work, in its thread

    def take(self, item: Made) -> None:
        """Have the candidates decide on one request."""
        self._look_up()
        head = read_head(item.answer)
        for shadow in self._shadows:
            candidate = shadow.candidate
            if candidate is None or shadow.said.rulebook != head.rulebook.id:
                continue
            if candidate.used.digest == head.rulebook.digest:
                continue
            try:
                self._compare(shadow, candidate, item)
            except Exception as error:
                shadow.failed += 1
                self._totals["failed"] += 1
                if not self._has_failed:  # the first tells what is the matter; all are counted
                    self._has_failed, withheld = True, without_texts(error)
                    log.error("a candidate of `%s` failed in the shadow", shadow.said.rulebook, exc_info=withheld)
        self._taken += 1

    def settle(self) -> int:
        """All that was taken is done with."""
        self._look_up()
        taken, self._taken = self._taken, 0
        return taken

    def close(self) -> None:
        """Nothing is left."""

    def _look_up(self) -> None:
        while self._put_down:
            catalogue = self._put_down.popleft()
            for shadow in self._shadows:
                shadow.found_anew(catalogue, self._settings)

    def _changed(self, catalogue: Catalogue) -> None:
        self._put_down.append(catalogue)

    def _compare(self, shadow: Shadow, candidate: Candidate, made: Made) -> None:
        head = read_head(made.answer)
        request = {**self._builder.read(made.request), "at": head.at, "version": candidate.used.version}
        try:
            answer = candidate.catalogue.decide_json(request, languages=made.languages)
        except RequestRefused:
            parts = {REFUSED: Sides([], [])}
        else:
            parts = differing_parts(bytes(head.decision), bytes(read_head(answer).decision))
        shadow.compared += 1
        self._totals["different" if parts else "same"] += 1
        if not parts:
            return
        shadow.different += 1
        shadow.parts.update(parts.keys())
        record = ShadowRecord(
            time=made.time,
            call=made.call,
            worker=self._builder.worker,
            engine=self._builder.engine,
            rulebook=head.rulebook,
            candidate=candidate.used,
            request_digest=self._builder.digest(made.request, head.at, made.languages),
            parts=parts,
        )
        shadow.latest.append(record)
        self._note(record)


class _Line:
    """Differences in the log of the service, where there is no log of decisions: a line a second at most."""

    def __init__(self) -> None:
        self._next = 0.0
        self._untold = 0

    def write(self, record: ShadowRecord) -> None:
        now = time.monotonic()
        if now < self._next:
            self._untold += 1
            return
        more = f", and {self._untold:,} others before" if self._untold else ""
        self._next, self._untold = now + _BETWEEN_LINES, 0
        told = (record.rulebook.id, record.candidate.version, record.rulebook.version, _told(record.parts), record.call)
        log.info("shadow: `%s` %s would not decide as %s does: %s (call %s%s)", *told, more)


def _told(parts: Mapping[str, Sides]) -> str:
    return "; ".join(part if part == REFUSED else _told_part(part, sides) for part, sides in parts.items())


def _told_part(part: str, sides: Sides) -> str:
    return f"{part} by {', '.join(sides.candidate) or 'nothing'}, not {', '.join(sides.in_force) or 'nothing'}"


def _shown(record: ShadowRecord) -> dict[str, Any]:
    parts = {part: {"in_force": s.in_force, "candidate": s.candidate} for part, s in record.parts.items()}
    return {
        "time": record.time,
        "call": record.call,
        "version": record.rulebook.version,
        "request_digest": record.request_digest,
        "parts": parts,
    }
