"""The decision: facts to cells, the stages in sequence, and the answer put together.

Pure: the same request, rulebook and instant give the same answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..stages import AS_DATA, AS_JSON, Case, Rendering
from .compiled import CompiledRulebook
from .explanation import explained
from .looks import CLOSER_LOOK
from .refusal import misfit
from .requests import careful_cells, faults_of
from .sequence import in_chain, in_order


def decide(book: CompiledRulebook, request: Mapping[str, Any], at: int, languages: Sequence[str]) -> dict[str, Any]:
    """The answer to a request, at an instant; `rulebook`, `version` and `at` are already resolved.

    `languages` are those of the caller's Accept-Language header, best first. Raises RequestRefused, and EngineFault
    where the stages run in an engine that can fail.
    """
    answer: dict[str, Any]
    answer, case = _decided(book, request, at, languages, AS_DATA)
    if case is not None and case.trace is not None:
        answer |= explained(book, case, answer["decision"])
    return answer


def decide_json(book: CompiledRulebook, request: Mapping[str, Any], at: int, languages: Sequence[str]) -> bytes:
    """The same answer as compact JSON in UTF-8."""
    answer: bytes
    answer, case = _decided(book, request, at, languages, AS_JSON)
    if case is None or case.trace is None:
        return answer
    if request["explain"] is not True:  # told of the parts as data, and rarely asked for
        return AS_JSON.made(decide(book, request, at, languages))
    return b'%b,"trace":[%b]}' % (answer[:-1], b",".join(case.trace))


def _decided(
    book: CompiledRulebook, request: Mapping[str, Any], at: int, languages: Sequence[str], rendering: Rendering
) -> tuple[Any, Case | None]:
    """The answer without explanation as the rendering hands it out, and the case where one was needed."""
    try:
        cells = book.shapes.read(request)
    except CLOSER_LOOK:
        faults = faults_of(request, book)
        if faults:
            raise misfit(faults) from None
        cells = careful_cells(request, book)
    if book.at_slot is not None:
        cells[book.at_slot] = book.cell_map.cell("at", at)
    language = language_of(book, request, languages)
    door, chain = book.door(language, rendering), book.chain
    explain = request.get("explain")
    is_explained = explain is not None and explain is not False
    if chain is None and not is_explained:
        return door.short_way(request, at, cells), None
    trace: list[Any] | None = [] if is_explained else None
    case = Case(request, request.get("ticket") or {}, at, language, cells, book.shared, trace)
    parts = in_order(door.nothing, door.first, door.steps, case) if chain is None else in_chain(chain, door, case)
    return door.answers.whole(at, parts), case


def language_of(book: CompiledRulebook, request: Mapping[str, Any], languages: Sequence[str]) -> str:
    """The first language of request, header, requester and English in which the rulebook has texts."""
    asked, requester = request.get("language"), request.get("requester")
    spoken = requester.get("language") if requester else None
    if not (asked or spoken or languages):
        return "en"
    wanted = [asked] if asked else languages
    for tag in [*wanted, spoken] if spoken else wanted:
        language = tag.split("-", 1)[0].lower()
        if language in book.languages:
            return language
    return "en"
