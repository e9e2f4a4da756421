"""Decides logged decisions anew, and tells whether they come out the same. Knows no file of a log and no command."""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import msgspec

from engine import Catalogue, EngineName, RequestRefused, check_paths

from .building import digest_of, read_head
from .masking import steps_of
from .reads import Reads
from .record import DecisionRecord

_decode: Final = msgspec.json.Decoder().decode
_COVERED: Final = re.compile(r"/decision(?P<place>/assignment/(?:agent|group)|/obligations/\d+/with/.+)")
"""Where a decision may hold a masked text of its request."""
_IN_REQUEST: Final = "/request"


class Outcome(Enum):
    """What became of a record."""

    SAME = "same"
    DIFFERENT = "different"
    UNAVAILABLE = "unavailable"
    """The version is not there, or its digest is another now."""
    MASKED = "masked"
    """Something that the version reads is masked."""


class Part(NamedTuple):
    """A part that does not come out as recorded: one of the decision, or of the record itself."""

    name: str
    recorded: Any
    decided: Any


class Verdict(NamedTuple):
    """What became of a record, and why: the parts that differ; the digest that the version has now; what is masked."""

    outcome: Outcome
    parts: tuple[Part, ...] = ()
    digest_now: str | None = None
    masked: tuple[str, ...] = ()


class Verifier:
    """Decides records anew, with the versions and digests that they name."""

    def __init__(self, catalogue: Catalogue, reads: Mapping[tuple[str, str], Reads]) -> None:
        """`reads` tells what each version of a rulebook reads, by its id and number."""
        self._catalogue = catalogue
        self._reads = reads
        self._digests: dict[tuple[str, str], str] = {
            (book["id"], version["version"]): version["digest"]
            for book in catalogue.summaries()
            for version in book["versions"]
        }

    @classmethod
    def over(cls, rules: Path, engine: EngineName = "bitmap") -> Self:
        """Over the rulebooks of a folder. Raises what `Catalogue.load` raises."""
        catalogue = Catalogue.load(rules, engine=engine)
        return cls(catalogue, {(book.id, book.version): Reads(book) for book in check_paths([rules]).rulebooks})

    def judge(self, record: DecisionRecord) -> Verdict:
        """Decide a record anew."""
        used = record.rulebook
        now = self._digests.get((used.id, used.version))
        if now != used.digest:
            return Verdict(Outcome.UNAVAILABLE, digest_now=now)
        parts = tuple(_contradictions(record))
        if parts:
            return Verdict(Outcome.DIFFERENT, parts)
        hidden = [p.removeprefix(_IN_REQUEST) for p in record.masked if p.startswith(f"{_IN_REQUEST}/")]
        reads = self._reads.get((used.id, used.version))
        read = tuple(pointer for pointer in hidden if reads is None or reads.reads(pointer))
        if read:
            return Verdict(Outcome.MASKED, masked=read)
        parts = tuple(self._differences(record, hidden))
        return Verdict(Outcome.DIFFERENT if parts else Outcome.SAME, parts)

    def _differences(self, record: DecisionRecord, hidden: Iterable[str]) -> Iterable[Part]:
        request = _decode(record.request)
        for pointer in hidden:
            _take_out(request, pointer)
        request["version"] = record.rulebook.version
        recorded = _decode(record.decision)
        try:
            answer = self._catalogue.decide_json(request, languages=record.languages)
        except RequestRefused as refused:
            yield Part("decision", recorded, f"refused: {refused.detail}")
            return
        decided = _decode(read_head(answer).decision)
        if not isinstance(recorded, dict):
            yield Part("decision", recorded, decided)
            return
        for pointer in record.masked:
            covered = _COVERED.fullmatch(pointer)
            if covered:
                for side in (recorded, decided):
                    _take_out(side, covered["place"])
        for name in dict.fromkeys((*decided, *recorded)):
            if name not in recorded or name not in decided or not _equal(recorded[name], decided[name]):
                yield Part(name, recorded.get(name), decided.get(name))


def _contradictions(record: DecisionRecord) -> Iterable[Part]:
    """What of a record does not go together: it was changed after it was written."""
    digest = digest_of(record.languages, bytes(record.request))
    if digest != record.request_digest:
        yield Part("request_digest", record.request_digest, digest)
        return
    request = _decode(record.request)
    named = request.get("rulebook") if isinstance(request, dict) else None
    if named != record.rulebook.id and f"{_IN_REQUEST}/rulebook" not in record.masked:
        yield Part("rulebook", record.rulebook.id, named)


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: true is not 1."""
    return msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(other, order="deterministic")


def _take_out(node: Any, pointer: str) -> None:
    *way, last = steps_of(pointer)
    for step in way:
        if isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        elif isinstance(node, dict):
            node = node.get(step)
        else:
            return
    if isinstance(node, dict):
        node.pop(last, None)
