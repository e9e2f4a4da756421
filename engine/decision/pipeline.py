"""The decision: facts to cells, the stages in sequence, and the answer put together.

Pure: the same request, rulebook and instant give the same answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..facts import ROSTER, Misfit, format_instant, normal
from ..stages import Case
from .compiled import CompiledRulebook
from .encoding import Unfit
from .refusal import misfit
from .requests import ASK_KEYS, KEYS, ROSTER_LIMIT, careful_cells, faults_of
from .sequence import in_chain, in_order


class _CloserLook(Exception):
    """Something did not fit at first sight."""


def decide(book: CompiledRulebook, request: Mapping[str, Any], at: int, languages: Sequence[str]) -> dict[str, Any]:
    """The answer to a request, at an instant; `rulebook`, `version` and `at` are already resolved.

    `languages` are those of the caller's Accept-Language header, best first. Raises RequestRefused, and EngineFault
    where the stages run in an engine that can fail.
    """
    try:
        cells = _cells(book, request)
    except (_CloserLook, KeyError, TypeError, ValueError, AttributeError, Unfit, Misfit):
        faults = faults_of(request, book)
        if faults:
            raise misfit(faults) from None
        cells = careful_cells(request, book)
    language = _language(book, request, languages)
    trace: list[dict[str, Any]] | None = [] if request.get("explain") else None
    case = Case(request, request.get("ticket") or {}, at, language, cells, book.shared, trace)
    if book.is_at_tested:
        case.settle("at", at)
    first, steps, chain = book.derived_after[0], book.steps(language), book.chain
    answer: dict[str, Any] = {
        "rulebook": {"id": book.rulebook.id, "version": book.rulebook.version, "digest": book.digest},
        "at": format_instant(at),
        "decision": in_order(first, steps, case) if chain is None else in_chain(chain, first, steps, case),
    }
    if trace is not None:
        answer["trace"] = trace
    return answer


def _cells(book: CompiledRulebook, request: Mapping[str, Any]) -> list[int]:
    """The cells of a request that fits at first sight; otherwise any of the exceptions that `decide` knows."""
    cells = [0] * (book.cell_map.spare + 1)
    encoders = book.encoders
    for key, value in request.items():
        known = encoders.get(key)
        if known is not None:
            if value is not None:
                for name, item in value.items():
                    slot, encode = known[name]
                    cells[slot] = encode(item)
                fields = value.get("fields")
                if fields is not None:
                    known = book.field_encoders[key]
                    for name, item in fields.items():
                        slot, encode = known[name]
                        cells[slot] = encode(item)
        elif key == "ask":
            _look_at_ask(book, value)
        elif key == "roster":
            _look_at_roster(value)
        elif key == "explain" or key == "language":
            _look_at_rest(key, value)
        elif key not in KEYS:
            raise _CloserLook
    return cells


def _look_at_roster(roster: Any) -> None:
    if roster is None:
        return
    if type(roster) is not list or len(roster) > ROSTER_LIMIT:
        raise _CloserLook
    ids = set()
    for member in roster:
        for key, value in member.items():
            if value is not None:
                ROSTER[key].read(value)
        ids.add(normal(member["id"]))
    if len(ids) != len(roster):
        raise _CloserLook


def _look_at_ask(book: CompiledRulebook, ask: Any) -> None:
    if ask is None:
        return
    for key, value in ask.items():
        if value is None and key in ASK_KEYS:
            continue
        if key == "to":
            if value not in book.audiences:
                raise _CloserLook
        elif key == "disclose" or key == "do":
            known = book.topics if key == "disclose" else book.actions
            if type(value) is not list or not all(name in known for name in value):
                raise _CloserLook
        else:
            raise _CloserLook


def _look_at_rest(key: str, value: Any) -> None:
    if value is not None:
        is_tag = type(value) is str and len(value) == 2 and value.isascii() and value.isalpha()
        fits = type(value) is bool if key == "explain" else is_tag
        if not fits:
            raise _CloserLook


def _language(book: CompiledRulebook, request: Mapping[str, Any], languages: Sequence[str]) -> str:
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
