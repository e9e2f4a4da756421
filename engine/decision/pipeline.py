"""The decision: facts to cells, the stages in sequence, and the answer put together.

Pure: the same request, rulebook and instant give the same answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..facts import Misfit, format_instant
from ..rulebook import STAGES
from ..stages import AS_DATA, AS_JSON, Case, Rendering
from .compiled import CompiledRulebook
from .encoding import Unfit
from .refusal import misfit
from .requests import careful_cells, faults_of
from .sequence import Door, Parts, in_chain, in_order

_ANSWER = b'{"rulebook":%%b,"at":"%%b","decision":{%b}' % b",".join(b'"%b":%%b' % name.encode() for name in STAGES)
"""An answer but for its end: its head, its instant, and the parts of its stages."""

CLOSER_LOOK = (KeyError, TypeError, ValueError, AttributeError, Unfit, Misfit)
"""What a first look at a request may raise where `faults_of` has to look closer."""


def decide(book: CompiledRulebook, request: Mapping[str, Any], at: int, languages: Sequence[str]) -> dict[str, Any]:
    """The answer to a request, at an instant; `rulebook`, `version` and `at` are already resolved.

    `languages` are those of the caller's Accept-Language header, best first. Raises RequestRefused, and EngineFault
    where the stages run in an engine that can fail.
    """
    door, case, parts = _decided(book, request, at, languages, AS_DATA)
    answer = {"rulebook": door.head(), "at": format_instant(at), "decision": parts}
    if case.trace is not None:
        answer["trace"] = case.trace
    return answer


def decide_json(book: CompiledRulebook, request: Mapping[str, Any], at: int, languages: Sequence[str]) -> bytes:
    """The same answer as compact JSON in UTF-8."""
    door, case, parts = _decided(book, request, at, languages, AS_JSON)
    answer = _ANSWER % (door.head(), format_instant(at).encode(), *parts.values())
    return answer + (b"}" if case.trace is None else b',"trace":[%b]}' % b",".join(case.trace))


def _decided(
    book: CompiledRulebook, request: Mapping[str, Any], at: int, languages: Sequence[str], rendering: Rendering
) -> tuple[Door, Case, Parts]:
    """The parts of a decision as the rendering hands them out, and the case with its trace."""
    try:
        cells = _cells(book, request)
    except CLOSER_LOOK:
        faults = faults_of(request, book)
        if faults:
            raise misfit(faults) from None
        cells = careful_cells(request, book)
    language = language_of(book, request, languages)
    trace: list[Any] | None = [] if request.get("explain") else None
    case = Case(request, request.get("ticket") or {}, at, language, cells, book.shared, trace)
    if book.is_at_tested:
        case.settle("at", at)
    door, chain = book.door(language, rendering), book.chain
    if chain is not None:
        return door, case, in_chain(chain, door, case)
    if trace is None:
        return door, case, door.short_way(case)
    return door, case, in_order(door.nothing, door.first, door.steps, case)


def _cells(book: CompiledRulebook, request: Mapping[str, Any]) -> list[int]:
    """The cells of a request that fits at first sight; otherwise any of the exceptions that `_decided` knows."""
    cells, looks = book.blank.copy(), book.looks
    for key, value in request.items():
        look = looks[key]
        if look is not None:
            look(value, cells)
    return cells


def language_of(book: CompiledRulebook, request: Mapping[str, Any], languages: Sequence[str]) -> str:
    """The first language of request, header, requester and English in which the rulebook has texts."""
    asked = request.get("language")
    wanted = [asked] if asked else languages
    requester = request.get("requester")
    if requester:
        spoken = requester.get("language")
        if spoken:
            wanted = [*wanted, spoken]
    for tag in wanted:
        language = tag.split("-", 1)[0].lower()
        if language in book.languages:
            return language
    return "en"
