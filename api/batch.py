"""`POST /v1/decide/batch`: one request a line in, one answer a line out, both as they come.

Reads no further than it has answered, and gives the event loop back after each slice of work, so that other calls stay
quick beside a batch. Knows nothing of how a decision is made.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from time import perf_counter
from typing import Final, cast

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from engine import Catalogue

from .answers import Answer
from .body import BodyHeaders
from .call import Call, call_of
from .decide import Decide
from .document import described_lines
from .languages import accepted_languages
from .lines import Lines
from .outgoing import Outgoing
from .problems import NOT_JSON_BY_TYPE, TOO_LARGE, TOO_SLOW, Problem, Refusal, problem_behind
from .settings import Limits
from .shelf import Shelf
from .telemetry import BATCH_LINES, Sample
from .turns import SLICE, Slices

PATH: Final = "/v1/decide/batch"
TYPES: Final = ("application/x-ndjson", "application/jsonl")
"""What a batch may be by its content type; its answer has the same."""

SHORT: Final = 65_536
FEW_LINES: Final = 100
"""Bytes and lines of a batch that is answered in one go."""
TOGETHER: Final = 24_000
"""Bytes of lines that are decoded together and decided before anybody looks at the time."""
LINE: Final = 500
"""Bytes that a line counts for beside its own: what deciding takes at least, beside decoding it."""

_DECISIONS: Final = {bytes}
_TYPE: Final = re.compile(rb'(application/(?:x-ndjson|jsonl))(?:[ \t]*;[ \t]*charset="?utf-?8"?)?[ \t]*', re.IGNORECASE)


class Batch:
    """The route as an ASGI application, and as a lane for calls that have come whole and are not long."""

    in_turn: Final = True
    """A call that has come whole is answered in its turn."""

    def __init__(self, decide: Decide, shelf: Shelf, limits: Limits) -> None:
        self._decide = decide
        self._shelf = shelf
        self._limits = limits
        self._slices = Slices()
        self.lines: Counter[int] = Counter()
        """How many lines were answered, by status."""

    def samples(self) -> Iterator[Sample]:
        """How many lines were answered, by status, as metrics."""
        for status, count in self.lines.items():
            yield Sample(BATCH_LINES, (str(status),), count)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        call = call_of(scope)
        try:
            content_type = _content_type(call.headers)
        except Refusal as refusal:
            await refusal.problem.answer().send(send)
            return
        await self._answer(call, receive, Outgoing(send, content_type))

    def takes_whole(self, raw: bytes) -> bool:
        """Whether a batch is so short that it takes about one slice."""
        return len(raw) <= SHORT and raw.count(b"\n") <= FEW_LINES

    def answer_whole(self, call: Call, raw: bytes) -> Answer:
        """The answer to a call whose body is there, all in one piece; never raises."""
        try:
            content_type = _content_type(call.headers)
        except Refusal as refusal:
            return refusal.problem.answer()
        batch = _Numbered(self._shelf.catalogue, accepted_languages(call.headers.accept_language), call)
        said: list[bytes] = []
        good: list[bytes] = []
        if not self._answer_together(raw, batch, said, good):
            lines = Lines(self._limits.body)
            left, is_done = iter([*lines.of(raw), *lines.last()]), False
            while not is_done and batch.line <= self._limits.batch_lines:
                is_done = self._answer_some(left, batch, said, good)
        self._count(good)
        if batch.line > self._limits.batch_lines:
            if not said:
                return self._too_many().answer()
            said.append(self._told(batch, self._too_many()))
        said.append(b"")
        body = b"\n".join(said)
        return Answer(200, [(b"content-type", content_type), (b"content-length", b"%d" % len(body))], body)

    async def _answer(self, call: Call, receive: Receive, out: Outgoing) -> None:
        """Answer every line, all with the catalogue that is in force when the first one comes."""
        lines = Lines(self._limits.body)
        batch = _Numbered(self._shelf.catalogue, accepted_languages(call.headers.accept_language), call)
        more = True
        while more:
            try:
                async with asyncio.timeout(self._limits.body_time):
                    message = await receive()
            except TimeoutError:
                detail = f"nothing more of the batch came for {self._limits.body_time:g} seconds"
                batch.line += 1  # the problem stands where the next line would
                await self._break_off(batch, Problem(TOO_SLOW, detail), out)
                return
            if message["type"] == "http.disconnect":
                return
            more = message.get("more_body", False)
            came = lines.of(message.get("body", b""))
            if not await self._answer_piece(chain(came, () if more else lines.last()), batch, out):
                return
        await out.send(more=False)

    async def _answer_piece(self, came: Iterable[bytes | None], batch: "_Numbered", out: Outgoing) -> bool:
        """Answer these lines, slice by slice. False when the batch has more lines than it may."""
        left, is_done = iter(came), False
        slices = self._slices.here()
        while not is_done:
            async with slices.lock:
                is_done = self._answer_slice(left, batch, out, slices)
                if slices.spent >= SLICE:
                    slices.spent = 0.0
                    await asyncio.sleep(0)
            if batch.line > self._limits.batch_lines:
                await self._break_off(batch, self._too_many(), out)
                return False
            if out.waiting:
                await out.send(more=True)
        return True

    def _answer_slice(self, left: Iterator[bytes | None], batch: "_Numbered", out: Outgoing, slices: Slices) -> bool:
        """Answer lines until there are none left (True), there are too many of them, or the slice is over (False)."""
        began = now = perf_counter()
        until = began + SLICE - slices.spent
        good: list[bytes] = []
        is_done = False
        while not is_done and batch.line <= self._limits.batch_lines:
            is_done = self._answer_some(left, batch, out.waiting, good)
            now = perf_counter()
            if now >= until:
                break
        self._count(good)
        slices.spent += now - began
        return is_done

    def _answer_together(self, raw: bytes, batch: "_Numbered", said: list[bytes], good: list[bytes]) -> bool:
        """Answer all lines of a short batch together; False, and nothing is done, where that cannot be."""
        text = raw if raw.endswith(b"\n") else raw + b"\n"
        count = text.count(b"\n")
        if count > self._limits.batch_lines or len(raw) > self._limits.body:
            return False
        answers = self._decide.decide_text(text, count, batch.catalogue, batch.languages, batch.call)
        if answers is None:
            return False
        self._say(answers, batch, said, good)
        return True

    def _answer_some(
        self, left: Iterator[bytes | None], batch: "_Numbered", said: list[bytes], good: list[bytes]
    ) -> bool:
        """Answer the next few lines. True when there are none left.

        All answers are put to `said`, decisions to `good` too. A line too many is counted and not answered.
        """
        remaining = self._limits.batch_lines - batch.line
        lines: list[bytes | None] = []
        room = TOGETHER
        for line in left:
            lines.append(line)
            room -= LINE + len(line or b"")
            if room <= 0 or len(lines) > remaining:
                break
        is_done, is_too_many = room > 0 and len(lines) <= remaining, len(lines) > remaining
        if is_too_many:
            lines.pop()
        self._say(self._answers(lines, batch), batch, said, good)
        batch.line += is_too_many
        return is_done

    def _say(
        self, answers: Sequence[bytes | Exception | None], batch: "_Numbered", said: list[bytes], good: list[bytes]
    ) -> None:
        """Put the answers to the next lines to `said`, decisions to `good` too."""
        if set(map(type, answers)) <= _DECISIONS:  # the usual case, in fewer steps
            decisions = cast(Sequence[bytes], answers)
            batch.line += len(decisions)
            good.extend(decisions)
            said.extend(decisions)
            return
        for answer in answers:
            batch.line += 1
            if isinstance(answer, bytes):
                good.append(answer)
                said.append(answer)
            elif answer is not None:
                said.append(self._told(batch, problem_behind(answer)))

    def _answers(self, lines: Sequence[bytes | None], batch: "_Numbered") -> Sequence[bytes | Exception | None]:
        """Of each line its decision, what is wrong with it, or None where it is blank."""
        whole = [line for line in lines if line is not None]
        decide, shared = self._decide, (batch.catalogue, batch.languages, batch.call)
        if len(whole) == len(lines):
            together = decide.decide_text(b"\n".join([*whole, b""]), len(whole), *shared)
            if together is not None:
                return together
        return [self._too_long() if line is None else decide.decide_line(line, *shared) for line in lines]

    def _count(self, good: list[bytes]) -> None:
        if good:
            self.lines[200] += len(good)
            self._decide.count(good)

    def _told(self, batch: "_Numbered", problem: Problem) -> bytes:
        """A problem as the answer to a line, and counted."""
        self.lines[problem.kind.status] += 1
        return msgspec.json.encode({**problem.document(), "line": batch.line})

    def _too_long(self) -> Refusal:
        return Refusal(Problem(TOO_LARGE, f"a line may have {self._limits.body:,} bytes at most"))

    def _too_many(self) -> Problem:
        return Problem(TOO_LARGE, f"a batch may have {self._limits.batch_lines:,} lines at most")

    async def _break_off(self, batch: "_Numbered", problem: Problem, out: Outgoing) -> None:
        """End the batch: with a problem as its last line, or as the whole answer where nothing was answered yet."""
        if not out.is_begun and not out.waiting:
            await out.refuse(problem)
            return
        out.waiting.append(self._told(batch, problem))
        await out.send(more=False)


class _Numbered:
    """What the lines of one batch share, and the number of the line that is answered now."""

    __slots__ = ("call", "catalogue", "languages", "line")

    def __init__(self, catalogue: Catalogue, languages: tuple[str, ...], call: Call) -> None:
        self.catalogue = catalogue
        self.languages = languages
        self.call = call
        self.line = 0


class _Streamed(Response):
    """Lets the batch answer by itself where FastAPI expects a response."""

    def __init__(self, batch: Batch) -> None:
        super().__init__()
        self._batch = batch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        await self._batch(scope, receive, send)


def batch_routes(batch: Batch) -> APIRouter:
    """The same as a route of FastAPI: for the OpenAPI document, and where another application mounts this one."""
    routes = APIRouter(tags=["decide"])

    @routes.post(PATH, operation_id="decideBatch", summary="Decide on many tickets", **described_lines(TYPES, 408, 415))
    async def decide_tickets(request: Request) -> Response:
        """One request a line (NDJSON), one answer a line, in the same order and as they come.

        A line that cannot be answered gets a problem in its place, with its `status` and the number of its `line`, and
        spoils no other. Blank lines are skipped.
        """
        return _Streamed(batch)

    return routes


def _content_type(headers: BodyHeaders) -> bytes:
    """The content type of the answer. Refuses (415) what is no NDJSON by its headers."""
    given = _TYPE.fullmatch(headers.content_type) if headers.content_type is not None else None
    if given is None:
        detail = "a batch is sent as `application/x-ndjson` or `application/jsonl`, in UTF-8"
        raise Refusal(Problem(NOT_JSON_BY_TYPE, detail, headers=[(b"accept", ", ".join(TYPES).encode())]))
    if headers.content_encoding not in (b"identity", b""):
        detail = "the batch is compressed; send it as it is, without `Content-Encoding`"
        raise Refusal(Problem(NOT_JSON_BY_TYPE, detail, headers=[(b"accept-encoding", b"identity")]))
    return given[1].lower()
