"""The JSON Schema (2020-12) of the requests that one version of a rulebook takes, made from what reading them obeys.

What a schema cannot say is left to that: a wait that ends before it begins, one agent twice in a roster.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..facts import (
    CLEAN_TEXT_LIMIT,
    FACT_GROUPS,
    ROSTER,
    SET_LIMIT,
    Closed,
    Duration,
    FactType,
    Instant,
    Number,
    SetOf,
    Text,
    Truth,
)
from .compiled import CompiledRulebook
from .encoding import COURSE_LIMIT, SENDERS
from .requests import NEAR, REQUESTER, ROSTER_LIMIT

JsonSchema = dict[str, Any]

_LARGEST: Final = 2**63 - 1
_INSTANT: Final[JsonSchema] = {"type": "string", "format": "date-time", "pattern": r"^(19[7-9]|20[0-6])[0-9]-"}
_DURATION: Final = (
    r"^(([0-9]{1,6}d)?([0-9]{1,7}h)?([0-9]{1,9}m)?([0-9]{1,10}s)?"
    r"|P([0-9]{1,6}D)?(T([0-9]{1,7}H)?([0-9]{1,9}M)?([0-9]{1,10}(\.[0-9]{1,6})?S)?)?)$"
)
_LANGUAGE: Final[JsonSchema] = {
    "type": "string",
    "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
    "maxLength": 35,
    "description": "of `because` and `say`",
}
_TITLES: Final = {"ticket": "The ticket", "requester": "Who asks", "agent": "Who is acting"}


def request_schema(book: CompiledRulebook) -> JsonSchema:
    """The schema of the requests that a version takes. A draft is used only when asked for by its number."""
    rulebook = book.rulebook
    is_draft = rulebook.in_force is None
    version: JsonSchema = {"const": rulebook.version} if is_draft else {"enum": [rulebook.version, None]}
    return {
        "title": f"A request to {rulebook.id} {rulebook.version}",
        "type": "object",
        "required": ["rulebook", "version"] if is_draft else ["rulebook"],
        "additionalProperties": False,
        "properties": {
            "rulebook": {"const": rulebook.id},
            "version": version,
            "at": _or_null({**_INSTANT, "description": "the instant the decision is for; left out: now"}),
            **{group: _or_null(_group(book, group)) for group in FACT_GROUPS},
            "roster": _list_or_null(_record(ROSTER, required=("id",)), ROSTER_LIMIT),
            "ask": _or_null(_ask(book)),
            "explain": _explain(book),
            "language": _or_null(_LANGUAGE),
        },
    }


def _explain(book: CompiledRulebook) -> JsonSchema:
    near: JsonSchema = {"type": ["boolean", "null"], "description": "also return `near`"}
    audience: JsonSchema = {
        "enum": [*dict.fromkeys((*book.audiences, REQUESTER)), None],
        "description": "whom it is meant for; `requester`: the requester's own relation",
    }
    return {
        "description": "also return `trace`, and with `near` the rules that came near",
        "anyOf": [{"type": ["boolean", "null"]}, {"const": NEAR}, _object({NEAR: near, "to": audience})],
    }


def _group(book: CompiledRulebook, group: str) -> JsonSchema:
    facts = _record(book.types[group])
    facts["title"] = _TITLES[group]
    facts["properties"]["fields"] = _or_null(_record(book.types[f"{group}.fields"]))
    if group == "ticket":
        facts["properties"] |= _course(book)
    return facts


def _course(book: CompiledRulebook) -> JsonSchema:
    """The lists that tell the course of a ticket."""
    state: JsonSchema = {"type": "string", "minLength": 1, "maxLength": CLEAN_TEXT_LIMIT}
    if book.states is not None:
        state = {"enum": list(book.states)}
    wait = _object({"from": _INSTANT, "until": _or_null(_INSTANT)}, ("from",))
    message = {"at": _INSTANT, "from": {"enum": list(SENDERS)}, "channel": _fact(Text())}
    return {
        "waits": _list_or_null(wait, COURSE_LIMIT),
        "messages": _list_or_null(_object(message, ("at", "from")), COURSE_LIMIT),
        "states": _list_or_null(_object({"at": _INSTANT, "state": state}, ("at", "state")), COURSE_LIMIT),
    }


def _ask(book: CompiledRulebook) -> JsonSchema:
    return _object({
        "disclose": _names(book.topics),
        "to": {"enum": [*book.audiences, None]},
        "do": _names(book.actions),
    })  # fmt: skip


def _names(known: tuple[str, ...]) -> JsonSchema:
    """A list of names; where none is known, an empty one."""
    listed: JsonSchema = {"type": ["array", "null"]}
    return {**listed, "items": {"enum": list(known)}} if known else {**listed, "maxItems": 0}


def _record(types: Mapping[str, FactType], required: Iterable[str] = ()) -> JsonSchema:
    properties = {name: _plain(kind) if name in required else _fact(kind) for name, kind in types.items()}
    return _object(properties, required)


def _object(properties: JsonSchema, required: Iterable[str] = ()) -> JsonSchema:
    found: JsonSchema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": list(required)} if required else found


def _fact(kind: FactType) -> JsonSchema:
    """A fact, which may always be null: absent."""
    return _or_null(_plain(kind))


def _plain(kind: FactType) -> JsonSchema:
    match kind:
        case Closed(values, ordered):
            order: JsonSchema = {"description": "in this order, lowest first"} if ordered else {}
            return {"enum": list(values), **order}
        case Truth():
            return {"type": "boolean"}
        case Number():
            low = -_LARGEST if kind.at_least is None else kind.at_least
            high = _LARGEST if kind.at_most is None else kind.at_most
            return {"type": "integer" if kind.whole else "number", "minimum": low, "maximum": high}
        case Duration():
            return {"type": "string", "pattern": _DURATION, "minLength": 2, "description": "such as `PT30M`, `4h`"}
        case Instant():
            return dict(_INSTANT)
        case SetOf(None):
            return {"type": "array", "items": _plain(Text()), "maxItems": SET_LIMIT}
        case SetOf(values):
            return {"type": "array", "items": {"enum": list(values or ())}, "maxItems": SET_LIMIT}
        case Text():
            return {"type": "string", "maxLength": CLEAN_TEXT_LIMIT}


def _list_or_null(items: JsonSchema, limit: int) -> JsonSchema:
    return {"type": ["array", "null"], "items": items, "maxItems": limit}


def _or_null(schema: JsonSchema) -> JsonSchema:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}
