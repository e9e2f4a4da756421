"""Whether what a scenario expects can be met at all: unknown names, values that no rule gives, tests that say nothing.

A slip there would be a difference under `expect`, but under `expect_not` nobody would ever notice it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..diagnostics import Diagnostic, Path, Source, nearest
from ..facts import shown
from .answers import Known, Listed, Named, Shape
from .model import Part
from .wants import is_test, measure


def expectation_faults(parts: Sequence[Part], shape: Shape, source: Source) -> Iterator[Diagnostic]:
    """Every fault of these parts of an expectation."""
    for part in parts:
        here = shape
        for step in part.at:
            here = here.parts.get(step) if isinstance(here, Named) else None
        yield from _want_faults(part.want, here, part.place, source)


def step_fault(steps: Sequence[str], shape: Shape, place: Path, source: Source) -> Diagnostic | None:
    """What is wrong with a way into a decision, as the head of a table names it."""
    for i, step in enumerate(steps):
        if shape is None:
            return None
        where = ".".join(steps[:i])
        if not isinstance(shape, Named):
            said = f"`{where}` has no parts"
            return source.fault("unknown-part", said, place, help=f"end with `{where}`, and test it in the rows")
        if step not in shape.parts:
            return _unknown("unknown-part", "part", step, tuple(shape.parts), place, source, is_key=False)
        shape = shape.parts[step]
    return None


def _want_faults(want: Any, shape: Shape, place: Path, source: Source) -> Iterator[Diagnostic]:
    if is_test(want):
        for word, operand in want.items():
            yield from _test_faults(word, operand, shape, (*place, word), source)
    elif isinstance(want, Mapping):
        yield from _mapping_faults(want, shape, place, source)
    elif isinstance(want, list):
        if isinstance(shape, Named | Known):
            yield source.fault("wrong-test", "no list ever stands here", place, help=_help(shape))
        for i, item in enumerate(want):
            yield from _want_faults(item, shape.of if isinstance(shape, Listed) else None, (*place, i), source)
    elif want is not None:
        yield from _scalar_faults(want, shape, place, source)


def _mapping_faults(want: Mapping[str, Any], shape: Shape, place: Path, source: Source) -> Iterator[Diagnostic]:
    if isinstance(shape, Listed | Known):
        yield source.fault("wrong-test", "no mapping ever stands here", place, help=_help(shape))
        return
    for key, item in want.items():
        at = (*place, key)
        if shape is not None and key not in shape.parts:
            yield _unknown("unknown-part", "part", key, tuple(shape.parts), at, source, is_key=True)
        else:
            yield from _want_faults(item, shape.parts[key] if shape is not None else None, at, source)


def _scalar_faults(want: Any, shape: Shape, place: Path, source: Source) -> Iterator[Diagnostic]:
    if isinstance(shape, Known) and want not in shape.values:
        known = [value for value in shape.values if isinstance(value, str)]
        yield _unknown("unknown-value", "value", str(want), known, place, source, is_key=False)
    elif isinstance(shape, Named | Listed):
        kind = "list" if isinstance(shape, Listed) else "mapping"
        yield source.fault("wrong-test", f"a {kind} stands here, never {shown(want)}", place, help=_help(shape))


def _test_faults(word: str, operand: Any, shape: Shape, place: Path, source: Source) -> Iterator[Diagnostic]:
    wrong = _operand_fault(word, operand)
    if wrong:
        data = "; data of that name is written `{is: {…}}`"
        yield source.fault("wrong-test", f"`{word}` needs {wrong}, not {shown(operand)}", place, help=f"mend it{data}")
        return
    if word in ("has", "has_all", "has_none"):
        if isinstance(shape, Named | Known):
            yield source.fault("wrong-test", f"`{word}` looks into lists, and no list stands here", place, key=True)
            return
        of = shape.of if isinstance(shape, Listed) else None
        wanted = [(item, (*place, i)) for i, item in enumerate(operand)] if word == "has_all" else [(operand, place)]
        for item, at in wanted:
            yield from _want_faults(item, of, at, source)
    elif word in ("one_of", "none_of"):
        for i, item in enumerate(operand):
            yield from _want_faults(item, shape, (*place, i), source)
    elif word == "is" and not isinstance(operand, Mapping | list):
        yield from _want_faults(operand, shape, place, source)


def _operand_fault(word: str, operand: Any) -> str | None:
    """What a test needs, when it has something else."""
    if word in ("one_of", "none_of", "has_all"):
        return None if isinstance(operand, list) and operand else "a list"
    if word in ("at_least", "at_most"):
        return None if measure(operand) else "a number, a duration or an instant"
    if word == "size":
        is_count = isinstance(operand, int) and not isinstance(operand, bool) and operand >= 0
        return None if is_count or is_test(operand) else "a count, or a test of one such as {at_least: 2}"
    return None


def _help(shape: Shape) -> str:
    if isinstance(shape, Listed):
        return "look into the list with `has`, `has_all`, `has_none` or `size`"
    if isinstance(shape, Named):
        return f"it has the parts {', '.join(list(shape.parts)[:12])}" if shape.parts else "it is always empty"
    return "write one value, or a test such as {one_of: […]}"


def _unknown(
    code: str, what: str, name: str, known: Sequence[str], place: Path, source: Source, *, is_key: bool
) -> Diagnostic:
    near = nearest(name, known)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    help = None if near else f"known here: {listed}" if known else "this rulebook has none"
    if what == "value":
        said = f"no rule gives {shown(name)} here{hint}"
    else:
        said = f"a decision has no part {shown(name)} here{hint}"
    return source.fault(code, said, place, key=is_key, help=help)
