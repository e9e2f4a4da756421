"""Whether a mapping and the rulebooks fit one another: asked before the work, and told all at once.

Knows of rulebooks only what they refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from engine import Diagnostic, RequestRefused, did_you_mean

from ..histories import History
from ..mappings import Column, HistoryMapping, Instant, MappingFaults, MappingFile, Readers
from .sides import Side

_NOT_IN_FORCE: Final = 409


def check_fit(history: History, mapping: MappingFile, sides: Iterable[Side]) -> None:
    """Check that every side takes the facts, and their values, that a mapping gives.

    A rulebook without a version in force at any instant of the history's beginning is not asked.

    Raises:
        MappingFaults: with all that does not fit, each where the mapping says it.
        UnreadableHistory: when the beginning of the history cannot be read.
    """
    instants = list(_first_instants(history, mapping.mapping))
    faults: list[Diagnostic] = []
    for side in sides:
        at = next((at for at in instants if _in_force(side, at)), None)
        faults += _unfit_facts(side, mapping, at) if at is not None else []
    if faults:
        raise MappingFaults(faults, mapping.source)


def _first_instants(history: History, mapping: HistoryMapping) -> Iterator[str]:
    opened = Column(mapping.instants.opened, "instant")
    reader = Readers(mapping.instants).of(opened)
    for frame in history.first(1_000).batches([opened.name], mapping.absent):
        values, _ = reader.values(frame[opened.name].to_list())
        yield from dict.fromkeys(value.text for value in values if isinstance(value, Instant))


def _in_force(side: Side, at: str) -> bool:
    try:
        side.decide({"at": at})
    except RequestRefused as refused:
        if refused.status == _NOT_IN_FORCE:
            return False
        raise
    return True


def _unfit_facts(side: Side, mapping: MappingFile, at: str) -> list[Diagnostic]:
    # Each fact is put to the rulebook alone, with each value that the mapping can give it, so that a fault points to it.
    found: list[Diagnostic] = []
    for path, fact, value in _said(mapping.mapping, at):
        try:
            side.decide({"at": at, **_alone(fact, value)})
        except RequestRefused as refused:
            fault = next(iter(refused.faults), None)
            message = f"{side.name} `{side}`: {fault.message if fault else refused.detail}"
            near = did_you_mean(fact, [fault.nearest]) if fault and fault.nearest else None
            found.append(mapping.source.fault("unfit-fact", message, path, key=path[-1] == fact, help=near))
    return found


def _said(mapping: HistoryMapping, at: str) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    samples: dict[str, Any] = {"text": None, "whole": 1, "decimal": 1.5, "truth": True, "instant": at}
    for fact in mapping.facts:
        if fact.column is None:
            yield ("facts", fact.name), fact.name, fact.constant
        elif fact.column.values is None:
            yield ("facts", fact.name), fact.name, samples[fact.column.kind]
        else:
            for text, value in fact.column.values.items():
                yield ("facts", fact.name, "values", text), fact.name, value
    for name, value in mapping.at_opening.items():
        if value is not None:
            yield ("at_opening", name), name, value


def _alone(fact: str, value: Any) -> dict[str, Any]:
    part, _, rest = fact.partition(".")
    own = rest.startswith("fields.")
    name = rest.removeprefix("fields.")
    return {part: {"fields": {name: value}} if own else {name: value}}
