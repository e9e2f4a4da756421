"""Makes the record of a decision from what was read and what was sent. Knows masks, and no sink."""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw, Struct

from ..wire.decision import UsedRulebook
from .masking import Masks
from .record import DecisionRecord

WORKER: Final = "DESKPOLICYWORKER"
"""Holds the number of a worker in its process."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_canonical: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Head(Struct):
    """What is read of an answer; the rest stays as it was sent."""

    rulebook: UsedRulebook
    at: str
    decision: Raw


read_head: Final = msgspec.json.Decoder(Head).decode


class Made(NamedTuple):
    """A decision that was made, as little of it as it takes to write it down."""

    nanoseconds: int
    """Since 1970, when it was made."""
    request: bytes
    answer: bytes
    languages: tuple[str, ...]
    call: str
    caller: str | None

    @property
    def time(self) -> datetime:
        """When it was made."""
        return _EPOCH + timedelta(microseconds=self.nanoseconds // 1000)


def digest_of(languages: Sequence[str], request: bytes) -> str:
    """The digest of a request as it stands in a record: its JSON has sorted names and no white space."""
    return "sha256:" + hashlib.sha256(b'{"languages":%b,"request":%b}' % (_canonical(languages), request)).hexdigest()


def own_number() -> int:
    """The number of this worker, from 1; 1 where it is the only one."""
    number = os.environ.get(WORKER, "")
    return int(number) if number.isdigit() else 1


class Builder:
    """Makes records, in one worker."""

    def __init__(self, masks: Masks, engine: str, worker: int) -> None:
        self._masks = masks
        self.engine = engine
        self.worker = worker

    def record(self, made: Made) -> DecisionRecord:
        """The record of a decision."""
        head = read_head(made.answer)
        request, masked, texts = self._request(made.request, head.at)
        decision, covered = bytes(head.decision), list[str]()
        if texts:
            decision, covered = self._masks.mask_decision(decision, texts)
        return DecisionRecord(
            time=made.time,
            call=made.call,
            caller=made.caller,
            worker=self.worker,
            engine=self.engine,
            rulebook=head.rulebook,
            request_digest=digest_of(made.languages, request),
            languages=list(made.languages),
            request=Raw(request),
            masked=[*("/request" + pointer for pointer in masked), *("/decision" + pointer for pointer in covered)],
            decision=Raw(decision),
        )

    @staticmethod
    def read(raw: bytes) -> dict[str, Any]:
        """A request that was read before."""
        return _decode(raw)

    def digest(self, raw: bytes, at: str, languages: Sequence[str]) -> str:
        """The digest that the record of a request has."""
        return digest_of(languages, self._request(raw, at)[0])

    def _request(self, raw: bytes, at: str) -> tuple[bytes, list[str], list[str]]:
        request = _decode(raw)
        request["at"] = at
        masked, texts = self._masks.mask_request(request)
        return _canonical(request), masked, texts
