"""What does not fit a schema, in a process owner's words: from the errors of jsonschema to misfits with a place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema.exceptions import ValidationError

from ..diagnostics import Diagnostic, Path, Source, nearest
from ..facts import shown

_SHORT = 40
_YES = {"yes": "true", "on": "true", "no": "false", "off": "false"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A piece of a file that does not fit: `path` is what must be left out, `at` where the fault shows."""

    code: str
    message: str
    path: Path
    at: Path
    is_key: bool = False
    help: str | None = None
    meant: Path | None = None
    """Where the piece was probably meant to stand."""

    def fault(self, source: Source) -> Diagnostic:
        """The diagnostic."""
        return source.fault(self.code, self.message, self.at, key=self.is_key, help=self.help)


def narrowed(error: ValidationError) -> Iterator[ValidationError]:
    """Of several shapes that would do, the one that the author meant: its faults instead of a bare refusal."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(int(inner.schema_path[0]), []).append(inner)
    meant = [
        found for found in branches.values()
        if not any(e.validator in ("type", "const", "anyOf") and not e.relative_path for e in found)
    ]  # fmt: skip
    if not meant:
        yield error
        return
    for inner in min(meant, key=len):
        yield from narrowed(inner)


def told(error: ValidationError) -> Iterable[Misfit]:
    """The misfits behind one error."""
    path: Path = tuple(error.absolute_path)
    instance: Any = error.instance
    listed: Any = error.validator_value
    expected = _expected(error)
    name = _name(path)
    if "propertyNames" in list(error.absolute_schema_path)[-3:]:
        at = (*path, instance)
        return [Misfit("wrong-value", f"{shown(instance)} must be {expected}", at, at, is_key=True)]
    match error.validator:
        case "additionalProperties":
            return _unknown_keys(instance, _properties(error), path)
        case "required":
            return _missing_keys(instance, error, path)
        case "type" | "anyOf" | "const":
            code = "wrong-shape" if instance is not None else "empty-value"
            said = f"{name} must be {expected}" if instance is not None else f"{name} is empty; it must be {expected}"
            return [Misfit(code, said, path, path, instance is None and bool(path), _found(instance, error))]
        case "minItems" | "minProperties" | "minLength":
            return [Misfit("empty-value", f"{name} is empty; it must be {expected}", path, path)]
        case "uniqueItems":
            at = (*path, _second(instance))
            said = f"{shown(instance[at[-1]])} is listed twice in {name}"
            return [Misfit("repeated-value", said, path, at, help="delete one of the two")]
        case "enum":
            known = [str(value) for value in listed] if isinstance(listed, list) else []
            said = f"unknown value {shown(instance)}{_hint(str(instance), known)}"
            return [Misfit("unknown-value", said, path, path, help=f"{name} must be {expected}")]
        case "maxLength":
            limit = f"at most {error.validator_value} characters are read"
            return [Misfit("wrong-value", f"{name} has {len(instance)} characters; {limit}", path, path)]
    return [Misfit("wrong-value", f"{shown(instance)} must be {expected}", path, path)]


def _expected(error: ValidationError) -> str:
    """What should stand there: the description of the schema, or of the nearest one around it."""
    at: Any = error
    while at is not None:
        if isinstance(at.schema, Mapping) and "description" in at.schema:
            return str(at.schema["description"])
        at = at.parent
    return "something else"


def _name(path: Path) -> str:
    if not path:
        return "the rulebook"
    if isinstance(path[-1], str):
        return shown(path[-1])
    kind = {"rules": "this rule", "rows": "this row"}.get(str(path[-2])) if len(path) > 1 else None
    return kind or "this"


def _properties(error: ValidationError) -> Sequence[str]:
    return tuple(error.schema.get("properties", ())) if isinstance(error.schema, Mapping) else ()


def _unknown_keys(instance: Any, known: Sequence[str], path: Path) -> Iterator[Misfit]:
    for key in instance:
        if key not in known:
            yield _unknown_key(key, known, [k for k in known if k not in instance], path)


def _unknown_key(key: str, known: Sequence[str], free: Sequence[str], path: Path) -> Misfit:
    near = nearest(key, free) or nearest(key, known)
    help = None if near else f"known here: {', '.join(known)}"
    said = f"unknown key {shown(key)}{_hint(key, near)}"
    return Misfit("unknown-key", said, (*path, key), (*path, key), True, help, (*path, near[0]) if near else None)


def _missing_keys(instance: Any, error: ValidationError, path: Path) -> Iterator[Misfit]:
    """A key that is missing; where one like it stands there, that one is the fault."""
    known, required = _properties(error), error.validator_value
    missing = [key for key in required if key not in instance] if isinstance(required, list) else []
    for key in missing:
        if f"'{key}'" not in error.message:
            continue
        near = nearest(key, [k for k in instance if k not in known])
        if near and key in nearest(near[0], [k for k in known if k not in instance]):
            yield _unknown_key(near[0], known, missing, path)
            continue
        where = _name(path)
        is_key = bool(path) and isinstance(path[-1], str)
        help = (
            f"{where} must be {_expected(error)}" if path else f"add a line such as `{key}: {_EXAMPLES.get(key, '…')}`"
        )
        yield Misfit("missing-key", f"`{key}` is missing in {where}", path, path, is_key, help)


_EXAMPLES = {"rulebook": "internal-it", "version": "1.0.0"}


def _hint(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean `{near[0]}`?" if near else ""


def _second(items: Sequence[Any]) -> int:
    return next(i for i, item in enumerate(items) if item in items[:i])


def _found(value: Any, error: ValidationError) -> str | None:
    match value:
        case None:
            return "write a value, or delete the key"
        case bool():
            return f"found `{str(value).lower()}`, a truth value"
        case int() | float():
            quotes = "; a text of digits needs quotes" if _takes_digits(error) else ""
            return f"found the number {shown(value)}{quotes}"
        case str():
            truth = _YES.get(value.lower()) if _takes_truth(error) else None
            if truth:
                return f"write `{truth}`"
            return f"put it in brackets: [{value}]" if _takes_list(error, value) else f"found the text {shown(value)}"
        case dict():
            return "found a mapping; start each item with `- `" if _takes_list(error) else "found a mapping"
    return "found a list"


def _takes_digits(error: ValidationError) -> bool:
    return _expected(error).startswith(("a text", "a word", "a clause id"))


def _takes_list(error: ValidationError, item: str = "") -> bool:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    return schema.get("type") == "array" and "[" not in item and len(item) <= _SHORT


def _takes_truth(error: ValidationError) -> bool:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    return schema.get("type") == "boolean" or schema.get("const") is True
