"""The clauses of a rulebook: read from their file, and held against the rules that cite them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ..diagnostics import Diagnostic, Path, Source, nearest
from ..facts import shown
from ..rulebook import check_shape, is_language
from .model import Clause, Clauses
from .rules import Rule, cite_place

SCHEMA: Final = "clauses.schema.json"
_OWN: Final = "en"


def read_clauses(source: Source) -> tuple[Clauses | None, list[Diagnostic]]:
    """The clauses of a file, or None, and every fault that was found. Clauses with faults are listed all the same."""
    data, faults = check_shape(source, SCHEMA)
    if not isinstance(data, dict):
        return None, faults
    found = list(faults)
    for id, clause in data.items():
        if ("decides" in clause) == ("no_decision" in clause) and not _is_faulty(id, faults, source):
            both = "decides" in clause
            said = f"clause {shown(id)} names " + ("both" if both else "neither") + " `decides` " + (
                "and" if both else "nor") + " `no_decision`"  # fmt: skip
            found.append(
                source.fault("unsettled-clause", said, (id,), key=True,
                             help="say which stages it decides, or why nothing can be decided from it")
            )  # fmt: skip
        found += _language_faults(clause, (id,), source)
    # A clause whose shape is faulty is not listed in the pruned data, but it may be cited.
    listed = {id: _clause(id, data.get(id, {})) for id in source.data}
    return Clauses(listed, source), sorted(found)


def citation_faults(rules: Sequence[Rule], source: Source, clauses: Clauses) -> Iterator[Diagnostic]:
    """What rules and clauses say of each other that does not fit: unknown, uncited and undecided clauses."""
    cited: dict[tuple[str, str], Rule] = {}
    told = set()
    for rule in rules:
        for id in rule.cites:
            cited.setdefault((id, rule.stage), rule)
            place = cite_place(rule, id, source)
            if place not in told:
                told.add(place)
                yield from _citation_fault(id, place, source, clauses.listed)
    for clause in clauses.listed.values():
        for i, stage in enumerate(clause.decides):
            if (clause.id, stage) not in cited:
                said = f"clause {shown(clause.id)} decides `{stage}`, but no rule of that stage cites it"
                help = f'add `cites: ["{clause.id}"]` to the rules that carry it out'
                yield clauses.source.fault("uncited-clause", said, (clause.id, "decides", i), help=help)


def clause_ids(clauses: Clauses | None, rules: Iterable[Rule]) -> list[str]:
    """The clauses that may be named: those listed or, without a list, those that rules cite."""
    return list(clauses.listed) if clauses is not None else sorted({id for rule in rules for id in rule.cites})


def _citation_fault(id: str, place: Path, source: Source, listed: Mapping[str, Clause]) -> Iterator[Diagnostic]:
    if id not in listed:
        near = nearest(id, listed)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        yield source.fault("unknown-clause", f"there is no clause {shown(id)}{hint}", place,
                           help="clauses are listed in clauses.yaml, beside the rulebook")  # fmt: skip
    elif listed[id].no_decision is not None:
        said = f"clause {shown(id)} is cited here, though nothing is to be decided from it"
        yield source.fault("undecided-clause", said, place,
                           help="leave it out, or let the clause say which stages it decides")  # fmt: skip


def _is_faulty(id: str, faults: Iterable[Diagnostic], source: Source) -> bool:
    """Whether the shape of a clause is faulty already: then what it lacks may be what was left out."""
    span = source.span((id,))
    return any(span.line <= fault.span.line <= span.end_line for fault in faults)


def _language_faults(clause: Mapping[str, Any], place: Path, source: Source) -> Iterator[Diagnostic]:
    for key in ("says", "no_decision", "value"):
        texts = clause.get(key)
        for code in texts if isinstance(texts, dict) else ():
            if not is_language(code):
                yield source.fault("unknown-language", f"{shown(code)} is no code of a language", (*place, key, code),
                                   key=True, help="codes are those of ISO 639, such as `en`, `ru`, `pl`")  # fmt: skip


def _clause(id: str, body: Mapping[str, Any]) -> Clause:
    why = body.get("no_decision")
    return Clause(
        id, _texts(body.get("says", "")), tuple(body.get("decides", ())), None if why is None else _texts(why)
    )


def _texts(raw: Any) -> dict[str, str]:
    return dict(raw) if isinstance(raw, dict) else {_OWN: str(raw)}
