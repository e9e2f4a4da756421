"""What a request may have explained: `trace`, and with it the rules that came near; for the desk, or for an audience.

An audience is shown neither more nor other than `exposure` allows. Knows a decided case and its parts as data.
"""

from collections.abc import Mapping
from typing import Any

from ..stages import Case, why_none
from .compiled import CompiledRulebook
from .exposure import View, view_for
from .nearness import Told, near_rules
from .requests import NEAR, REQUESTER


def explained(book: CompiledRulebook, case: Case, decision: Mapping[str, Any]) -> dict[str, Any]:
    """The members that an answer gets beside its decision, from `explain` as the request has it."""
    asked, trace = case.request["explain"], case.trace or []
    if asked == NEAR:
        return {"trace": trace, "near": near_rules(book.programs, case, decision)}
    if not isinstance(asked, Mapping):
        return {"trace": trace}
    told: dict[str, Any] = {"trace": trace}
    view = None
    if asked.get("to") is not None:
        view = view_for(book.coverage(), book.programs, case, _audience(book, case, asked["to"]))
        told["trace"] = _shown(trace, view, book, case)
    if asked.get("near"):
        told["near"] = near_rules(book.programs, case, decision, _told(view) if view else None)
    return told


def _told(view: View) -> Told:
    return lambda stage: (view.near[stage], view.lines[stage])


def _audience(book: CompiledRulebook, case: Case, to: str) -> str | None:
    if to != REQUESTER or to in book.audiences:
        return to
    relation: str | None = (case.request.get("requester") or {}).get("relation")
    return relation


def _shown(trace: list[dict[str, Any]], view: View, book: CompiledRulebook, case: Case) -> list[dict[str, Any]]:
    """The lines that may be shown, without reasons that quote what may not."""
    found = []
    for line in trace:
        stage = line["stage"]
        place = view.places.get(stage, {}).get(line["rule"])
        if place is None:
            if stage not in view.closed:
                found.append({**line, "because": _why_none(line, view, book, case)})
        elif view.lines[stage] >> place & 1:
            because = line["because"]
            is_quoting = because is not None and any(name in because for name in view.names)
            found.append({**line, "because": None} if is_quoting else line)
    return found


def _why_none(line: Mapping[str, Any], view: View, book: CompiledRulebook, case: Case) -> Any:
    """Why no rule of a stage applies: of what is not stated, only what may be named."""
    table = next(program.parts.table for program in book.programs if program.name == line["stage"])
    if not table.rows:
        return line["because"]
    slots = book.cell_map.slots
    absent = [fact for fact in sorted(table.facts) if case.cells[slots[fact]] == 0 and fact not in view.facts]
    return why_none(absent, case.language)
