"""Rulebooks from texts or plain data, and short ways to ask them."""

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from engine.decision import Catalogue, CompiledRulebook, RequestRefused, compile_rulebook
from engine.diagnostics import Diagnostic, read_source
from engine.rulebook import Rulebook, read_rulebook
from engine.stages import STAGE_FORMS

AT = "2026-11-23T10:00:00Z"
"""A Monday, inside the hours of the calendars used in tests."""

Written = str | Mapping[str, Any]


def text_of(written: Written) -> str:
    """A rulebook's file: a text as it is, data as JSON (which is YAML). The head is added where it is missing."""
    if isinstance(written, str):
        text = textwrap.dedent(written)
        return text if "rulebook:" in text else f"rulebook: desk\nversion: 1.0.0\n{text}"
    return json.dumps({"rulebook": "desk", "version": "1.0.0", **written}, ensure_ascii=False)


def read(written: Written) -> tuple[Rulebook | None, list[Diagnostic]]:
    """A rulebook, or None, and the faults of its file."""
    source, faults = read_source("desk.yaml", text_of(written).encode())
    assert source is not None, faults
    rulebook, found = read_rulebook(source, STAGE_FORMS)
    return rulebook, [*faults, *found]


def rulebook_of(written: Written) -> Rulebook:
    """A rulebook that is known to be without fault."""
    rulebook, faults = read(written)
    assert rulebook is not None, [(fault.code, fault.message) for fault in faults]
    return rulebook


def codes_of(written: Written) -> list[str]:
    """The codes of the faults of a file."""
    return [fault.code for fault in read(written)[1]]


def compiled(written: Written) -> CompiledRulebook:
    """A rulebook made ready."""
    return compile_rulebook(rulebook_of(written))


def catalogue_of(*written: Written, clock: Any = None) -> Catalogue:
    """A catalogue of these rulebooks."""
    return Catalogue([rulebook_of(one) for one in written], clock=clock)


class Desk:
    """One rulebook and short questions to it."""

    def __init__(self, written: Written) -> None:
        self.catalogue = catalogue_of(written)

    def answer(self, **request: Any) -> dict[str, Any]:
        """The whole answer; `rulebook`, `version` and `at` are filled in where they are left out."""
        return self.catalogue.decide({"rulebook": "desk", "version": "1.0.0", "at": AT, **request})

    def decide(self, **request: Any) -> dict[str, Any]:
        """The decision alone."""
        decision: dict[str, Any] = self.answer(**request)["decision"]
        return decision

    def refusal(self, **request: Any) -> RequestRefused:
        """The refusal of a request."""
        return refusal(self.catalogue, {"rulebook": "desk", "version": "1.0.0", "at": AT, **request})

    def faults(self, **request: Any) -> list[tuple[str, str]]:
        """The faults of a request: pointers and messages."""
        return [(fault.pointer, fault.message) for fault in self.refusal(**request).faults]


def refusal(catalogue: Catalogue, request: Any) -> RequestRefused:
    """The refusal of a request that must not be answered."""
    try:
        answer = catalogue.decide(request)
    except RequestRefused as refused:
        return refused
    raise AssertionError(f"expected a refusal, got {answer}")


def as_bytes(answer: Any) -> bytes:
    """An answer as bytes, in the order in which it was built."""
    return json.dumps(answer, ensure_ascii=False).encode()
