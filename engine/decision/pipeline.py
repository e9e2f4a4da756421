"""The decision: facts to cells, stage after stage, and the parts put together.

Pure: the same request, rulebook and instant give the same answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..facts import ROSTER, Misfit, format_instant, parse_instant
from ..stages import Case
from .compiled import CompiledRulebook
from .encoding import Unfit
from .refusal import misfit
from .requests import ASK_KEYS, KEYS, ROSTER_LIMIT, careful_cells, faults_of

NOT_DECIDED = dict.fromkeys(("classification", "priority", "sla", "assignment", "escalation"))
"""The parts of a ticket that is not accepted."""
_AFTER_ADMISSION = 6
"""The first stage that a ticket that is not accepted still gets."""


class _CloserLook(Exception):
    """Something did not fit at first sight."""


def decide(book: CompiledRulebook, request: Mapping[str, Any], at: int, languages: Sequence[str]) -> dict[str, Any]:
    """The answer to a request, at an instant; `rulebook`, `version` and `at` are already resolved.

    `languages` are those of the caller's Accept-Language header, best first. Raises RequestRefused.
    """
    try:
        cells = _cells(book, request)
    except (_CloserLook, KeyError, TypeError, ValueError, AttributeError, Unfit, Misfit):
        faults = faults_of(request, book)
        if faults:
            raise misfit(faults) from None
        cells = careful_cells(request, book)
    case = Case(request, at, _language(book, request, languages), cells, book.shared, request.get("explain") is True)
    _settle_at(book, case)
    answer: dict[str, Any] = {
        "rulebook": {"id": book.rulebook.id, "version": book.rulebook.version, "digest": book.digest},
        "at": format_instant(at),
        "decision": _decision(book, case),
    }
    if case.trace is not None:
        answer["trace"] = case.trace
    return answer


def _decision(book: CompiledRulebook, case: Case) -> dict[str, Any]:
    derived = book.derived_after
    programs = book.programs
    if derived[0]:
        _derive(derived[0], case)
    admission = programs[0].run(case)
    parts: dict[str, Any] = {"admission": admission}
    first = 1
    if derived[1]:
        _derive(derived[1], case)
    if admission["outcome"] != "accept":
        parts.update(NOT_DECIDED)
        first = _AFTER_ADMISSION
    for i in range(first, len(programs)):
        program = programs[i]
        parts[program.name] = program.run(case)
        if derived[i + 1]:
            _derive(derived[i + 1], case)
    return parts


def _derive(facts: Sequence[tuple[str, Any]], case: Case) -> None:
    for name, derived in facts:
        case.settle(name, derived.work_out(case))


def _settle_at(book: CompiledRulebook, case: Case) -> None:
    slot = book.cell_map.slots.get("at")
    if slot is not None:
        case.cells[slot] = book.cell_map.cell("at", case.at)


def _cells(book: CompiledRulebook, request: Mapping[str, Any]) -> list[int]:
    """The cells of a request that fits at first sight; otherwise any of the exceptions that `decide` knows."""
    if not request.keys() <= KEYS:
        raise _CloserLook
    cells = [0] * (book.cell_map.spare + 1)
    for group in ("ticket", "requester", "agent"):
        part = request.get(group)
        if not part:
            if part is not None and part != {}:
                raise _CloserLook
            continue
        encoders = book.encoders[group]
        for name, value in part.items():
            if name == "fields":
                if value:
                    _encode_fields(book.encoders[group + ".fields"], value, cells)
                elif value is not None and value != {}:
                    raise _CloserLook
            elif name == "waits" and group == "ticket":
                _look_at_waits(value)
            else:
                slot, encode = encoders[name]
                cells[slot] = encode(value)
    if "roster" in request:
        _look_at_roster(request["roster"])
    if "ask" in request:
        _look_at_ask(book, request["ask"])
    if "explain" in request or "language" in request:
        _look_at_rest(request)
    return cells


def _encode_fields(encoders: Mapping[str, Any], fields: Any, cells: list[int]) -> None:
    for name, value in fields.items():
        slot, encode = encoders[name]
        cells[slot] = encode(value)


def _look_at_waits(waits: Any) -> None:
    if waits is None:
        return
    if type(waits) is not list or len(waits) > 1000:
        raise _CloserLook
    for wait in waits:
        begin = parse_instant(wait["from"])
        until = wait.get("until")
        if len(wait) > ("until" in wait) + 1 or (until is not None and parse_instant(until) < begin):
            raise _CloserLook


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
        ids.add(member["id"])
    if len(ids) != len(roster) or None in ids:
        raise _CloserLook


def _look_at_ask(book: CompiledRulebook, ask: Any) -> None:
    if ask is None:
        return
    for key in ask:
        if key not in ASK_KEYS:
            raise _CloserLook
    for key, known in (("disclose", book.topics), ("do", book.actions)):
        listed = ask.get(key)
        if listed is not None and (type(listed) is not list or not all(name in known for name in listed)):
            raise _CloserLook
    to = ask.get("to")
    if to is not None and to not in book.audiences:
        raise _CloserLook


def _look_at_rest(request: Mapping[str, Any]) -> None:
    explain = request.get("explain")
    if explain is not None and type(explain) is not bool:
        raise _CloserLook
    language = request.get("language")
    if language is not None and (type(language) is not str or len(language) != 2 or not language.isalpha()):
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
