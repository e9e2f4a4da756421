"""Requests as proof sees them once they are decided."""

from collections.abc import Iterable
from typing import Any

from engine.decision import CompiledRulebook, RequestRefused
from engine.proof.space.observed import Observed, observe


def observed(book: CompiledRulebook, requests: Iterable[dict[str, Any]]) -> list[Observed]:
    """The requests that fit, decided; whatever topics and actions they ask about, they are told of all."""
    found = []
    for request in requests:
        asked = {key: value for key, value in (request.get("ask") or {}).items() if key == "to"}
        try:
            found.append(observe(book, {**request, "ask": asked}))
        except RequestRefused:
            continue
    return found
