"""Reads the objects of AuthZEN and tells each fault of their shape. Knows no rulebook and no meaning of properties."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from engine import Fault, nearest

from ..problems import UNFIT_EVALUATION, Problem, Refusal

MOST_EVALUATIONS: Final = 1_000
SEMANTICS: Final = ("execute_all", "deny_on_first_deny", "permit_on_first_permit")

_KINDS: Final[Mapping[type, str]] = {str: "a text", dict: "an object", list: "a list"}
_ENTITY: Final[Mapping[str, type]] = {"type": str, "id": str, "properties": dict}
_ACTION: Final[Mapping[str, type]] = {"name": str, "properties": dict}
_CONTEXT: Final[Mapping[str, type]] = {
    "rulebook": str,
    "version": str,
    "at": str,
    "language": str,
    "to": str,
    "ticket": dict,
    "requester": dict,
    "agent": dict,
    "roster": list,
}
_PARTS: Final[Mapping[str, tuple[Mapping[str, type], tuple[str, ...]]]] = {
    "subject": (_ENTITY, ("type", "id")),
    "action": (_ACTION, ("name",)),
    "resource": (_ENTITY, ("type", "id")),
    "context": (_CONTEXT, ()),
}
"""The parts of an evaluation: the members that each may have, and those that it must have."""

_NEEDED: Final = ("subject", "action", "resource")
_SHORTEST_SLIP: Final = 4
"""Names of fewer letters are too much like others to be taken for slips."""


class Part(NamedTuple):
    """A part of an evaluation, and its place in what was sent (a JSON Pointer)."""

    value: dict[str, Any]
    at: str


class Evaluation(NamedTuple):
    """One question: may this subject do this to that resource."""

    subject: Part
    action: Part
    resource: Part
    context: Part


class Evaluations(NamedTuple):
    """Several questions, and after which answer to stop."""

    each: list[Evaluation]
    semantic: str


def read_one(body: dict[str, Any]) -> Evaluation:
    """The evaluation that a body holds. Raises Refusal (400) with every fault of its shape."""
    faults = [*_slips(body, _PARTS, ""), *_part_faults(body, ""), *_missing(body, {}, "")]
    _refuse(faults)
    return _evaluation(body, {}, "")


def read_many(body: dict[str, Any]) -> Evaluations | Evaluation:
    """The evaluations that a body holds; the only one where it lists none. Raises Refusal (400) as `read_one` does."""
    listed = body.get("evaluations", [])
    faults = [*_slips(body, (*_PARTS, "evaluations", "options"), ""), *_part_faults(body, "")]
    semantic = _semantic(body.get("options", {}), faults)
    if not isinstance(listed, list) or len(listed) > MOST_EVALUATIONS:
        faults.append(Fault("/evaluations", f"must be a list of at most {MOST_EVALUATIONS:,} objects"))
        listed = []
    for i, own in enumerate(listed):
        at = f"/evaluations/{i}"
        if isinstance(own, dict):
            faults += [*_slips(own, _PARTS, at), *_part_faults(own, at), *_missing(own, body, at)]
        else:
            faults.append(Fault(at, "must be an object"))
    if not listed:
        faults += _missing(body, {}, "")
    _refuse(faults)
    if not listed:
        return _evaluation(body, {}, "")
    return Evaluations([_evaluation(own, body, f"/evaluations/{i}") for i, own in enumerate(listed)], semantic)


def _semantic(options: Any, faults: list[Fault]) -> str:
    if not isinstance(options, dict):
        faults.append(Fault("/options", "must be an object"))
        return SEMANTICS[0]
    faults += _slips(options, ("evaluations_semantic",), "/options")
    semantic = options.get("evaluations_semantic", SEMANTICS[0])
    if semantic not in SEMANTICS:
        close = nearest(semantic, SEMANTICS) if isinstance(semantic, str) else []
        said = f"must be one of {', '.join(f'`{known}`' for known in SEMANTICS)}"
        faults.append(Fault("/options/evaluations_semantic", said, close[0] if close else None))
        return SEMANTICS[0]
    assert isinstance(semantic, str)
    return semantic


def _evaluation(own: Mapping[str, Any], defaults: Mapping[str, Any], at: str) -> Evaluation:
    parts = {}
    for name in _PARTS:
        place = at if name in own else ""
        value = own.get(name, defaults.get(name, {}))
        parts[name] = Part(value, f"{place}/{name}")
    return Evaluation(**parts)


def _missing(own: Mapping[str, Any], defaults: Mapping[str, Any], at: str) -> list[Fault]:
    return [Fault(at, f"`{name}` is missing") for name in _NEEDED if name not in own and name not in defaults]


def _part_faults(own: Mapping[str, Any], at: str) -> list[Fault]:
    faults: list[Fault] = []
    for part, (members, needed) in _PARTS.items():
        if part not in own:
            continue
        value, here = own[part], f"{at}/{part}"
        if not isinstance(value, dict):
            faults.append(Fault(here, "must be an object"))
            continue
        faults += [Fault(here, f"`{name}` is missing") for name in needed if name not in value]
        faults += [
            Fault(f"{here}/{name}", f"must be {_KINDS[kind]}")
            for name, kind in members.items()
            if name in value and type(value[name]) is not kind
        ]
        faults += _slips(value, members, here)
    return faults


def _slips(value: Mapping[str, Any], known: Mapping[str, Any] | tuple[str, ...], at: str) -> list[Fault]:
    """Names that are not known, and look so much like one that is that they must be slips."""
    faults = []
    for name in value:
        if name not in known and len(name) >= _SHORTEST_SLIP:
            close = nearest(name, [other for other in known if len(other) >= _SHORTEST_SLIP])
            if close:
                faults.append(Fault(below(at, name), f"unknown name `{name}`; did you mean `{close[0]}`?", close[0]))
    return faults


def below(at: str, *names: str) -> str:
    """The pointer to what lies below another."""
    return at + "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        detail = f"{faults[0].pointer}: {faults[0].message}{more}" if faults[0].pointer else faults[0].message + more
        raise Refusal(Problem(UNFIT_EVALUATION, detail, [fault.to_json() for fault in faults[:100]]))
