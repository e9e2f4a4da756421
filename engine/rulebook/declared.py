"""Reading `facts:`: the types of the facts that a rulebook declares."""

import re
from collections.abc import Mapping
from typing import Any

from ..diagnostics import Path, nearest
from ..facts import (
    COMMON,
    FACT_GROUPS,
    Closed,
    Duration,
    FactType,
    Instant,
    Number,
    SetOf,
    Text,
    Truth,
    is_declarable,
    normal,
    shown,
)
from ..tables import described
from .names import is_clear
from .reader import Reader

_PLAIN: Mapping[str, FactType] = {
    "truth": Truth(),
    "count": Number(at_least=0),
    "whole": Number(),
    "decimal": Number(whole=False),
    "duration": Duration(),
    "instant": Instant(),
    "text": Text(),
}
TYPE_WORDS = tuple(_PLAIN)
"""The types that a plain word can name."""
_USUAL = {
    "bool": "truth", "boolean": "truth", "flag": "truth", "yes/no": "truth",
    "int": "whole", "integer": "whole", "number": "whole", "float": "decimal", "double": "decimal", "real": "decimal",
    "str": "text", "string": "text", "date": "instant", "datetime": "instant", "timestamp": "instant",
    "time": "instant", "timedelta": "duration", "interval": "duration",
    "enum": "[a, b, c]", "list": "[a, b, c]", "set": "{set: text}", "array": "{set: text}", "tags": "{set: text}",
}  # fmt: skip
"""What other languages call our types."""
NAME = re.compile(r"[^\s.{}]+")
"""The last part of a fact's name, and the name of a derived fact."""


def read_facts(raw: Mapping[str, Any], reader: Reader) -> dict[str, FactType]:
    """The facts that the rulebook declares, by full name; they are in sight from here on."""
    declared = {}
    for name, body in raw.items():
        path = ("facts", name)
        if not is_clear(name) or not _may_be_named(name, path, reader):
            reader.unsure.add(name)
            continue
        kind = _fact_type(body, path, reader)
        if kind is None:
            reader.unsure.add(name)
        elif name in COMMON and not is_declarable(name, kind):
            reader.fault("fixed-fact", f"`{name}` is {described(COMMON[name])}, and no rulebook changes that", path,
                         key=True, help=_narrowing(name))  # fmt: skip
            reader.unsure.add(name)
        else:
            declared[name] = kind
            reader.facts[name] = kind
    return declared


def _narrowing(name: str) -> str:
    if isinstance(COMMON[name], Closed):
        return "leave the declaration out, or list only some of these values"
    return "leave the declaration out; a fact of your own is named `ticket.fields.…`"


def _may_be_named(name: str, path: Path, reader: Reader) -> bool:
    if name in COMMON:
        return True
    group, _, rest = name.partition(".")
    if group in FACT_GROUPS and rest.startswith("fields.") and NAME.fullmatch(rest[7:]):
        return True
    reader.unsure.update(nearest(name, COMMON))
    reader.unknown("unknown-fact", "fact", name, COMMON, path, key=True,
                   help="facts of your own are named `ticket.fields.…`, `requester.fields.…`, `agent.fields.…`, "
                   "without spaces, braces or further dots")  # fmt: skip
    return False


def _fact_type(body: Any, path: Path, reader: Reader) -> FactType | None:
    if isinstance(body, str):
        return _plain(body, path, reader)
    if isinstance(body, list):
        return _listed(body, path, reader)
    named = [key for key in body if key != "says"]
    if len(named) != 1:
        reader.fault("wrong-shape", "a fact has one type", path, key=True,
                     help="such as `{ordered: [low, high]}` or `count`")  # fmt: skip
        return None
    reader.texts(body.get("says"), (*path, "says"))
    word, inner = named[0], body[named[0]]
    if word in ("one_of", "ordered"):
        return _listed(inner, (*path, word), reader, ordered=word == "ordered")
    if word == "set":
        if inner == "text":
            return SetOf()
        closed = _listed(inner, (*path, word), reader)
        return SetOf(closed.values) if closed else None
    return _bounded(word, inner, path, reader) if isinstance(inner, dict) else _PLAIN[word]


def _plain(word: str, path: Path, reader: Reader) -> FactType | None:
    if word not in _PLAIN:
        usual = _USUAL.get(word.casefold())
        help = f"write `{usual}`" if usual else f"a type is a list of values, or one of: {', '.join(_PLAIN)}"
        if usual:
            reader.fault("unknown-type", f"unknown type {shown(word)}", path, help=help)
        else:
            reader.unknown("unknown-type", "type", word, _PLAIN, path, help=help)
    return _PLAIN.get(word)


def _bounded(word: str, bounds: Mapping[str, Any], path: Path, reader: Reader) -> FactType | None:
    low, high = bounds.get("at_least"), bounds.get("at_most")
    if word == "count":
        low = max(low or 0, 0)
    if low is not None and high is not None and high < low:
        reader.fault("wrong-value", f"no number lies between {low} and {high}", (*path, word),
                     help="let `at_most` be the greater one")  # fmt: skip
        return None
    return Number(whole=word != "decimal", at_least=low, at_most=high)


def _listed(values: list[Any], path: Path, reader: Reader, *, ordered: bool = False) -> Closed | None:
    wrong = next((i for i, value in enumerate(values) if not isinstance(value, str) or not value), None)
    if wrong is not None:
        reader.fault("wrong-value", f"{_said(values[wrong])} is not a text", (*path, wrong),
                     help=_instead_of(values[wrong]))  # fmt: skip
        return None
    texts: dict[str, None] = {}
    for i, value in enumerate(values):
        if value == "any":
            reader.fault("reserved-name", "`any` is the condition that always holds", (*path, i),
                         help="choose another value")  # fmt: skip
        elif normal(value) in texts:
            reader.fault("repeated-value", f"{shown(value)} is listed twice", (*path, i), help="delete one of the two")
        texts[normal(value)] = None
    return Closed(tuple(texts), ordered)


def _said(value: Any) -> str:
    return "an empty value" if value in ("", None) else shown(value)


def _instead_of(value: Any) -> str:
    if isinstance(value, bool):
        return "for true and false, declare `truth`; otherwise put it in quotes"
    if isinstance(value, int | float):
        return "put it in quotes, or declare `whole`, `count` or `decimal`"
    return "values are plain texts"
