"""What requests may state, or ask about, to one of two versions only. Knows compiled rulebooks; asks no solver."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...decision import CompiledRulebook
from ...facts import Closed, FactType, SetOf
from ...tables import described


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """One thing that makes a request acceptable to one version only, or adds to its answer."""

    kind: str
    """`fact`, `values`, `type`, `state`, `topic`, `action` or `audience`."""
    name: str
    old: str | None
    """What the old version takes, in words; None: nothing."""
    new: str | None


def only_of_one(old: CompiledRulebook, new: CompiledRulebook) -> tuple[OnlyOne, ...]:
    """Everything of the kind, facts first."""
    return (*_facts(old, new), *_states(old, new), *_names(old, new))


def _facts(old: CompiledRulebook, new: CompiledRulebook) -> Iterator[OnlyOne]:
    known = [
        {f"{group}.{name}": kind for group, named in book.types.items() for name, kind in named.items()}
        for book in (old, new)
    ]
    for fact in sorted(known[0].keys() | known[1].keys()):
        one, other = (kinds.get(fact) for kinds in known)
        if one is None or other is None:
            said = [None if kind is None else described(kind) for kind in (one, other)]
            yield OnlyOne("fact", fact, *said)
        elif one != other:
            yield from _kinds(fact, one, other)


def _kinds(fact: str, one: FactType, other: FactType) -> Iterator[OnlyOne]:
    values = [getattr(kind, "values", None) for kind in (one, other)]
    if type(one) is type(other) and isinstance(one, Closed | SetOf) and values[0] is not None and values[1] is not None:
        gone, come = [v for v in values[0] if v not in values[1]], [v for v in values[1] if v not in values[0]]
        if gone or come:
            yield OnlyOne("values", fact, _listed(gone), _listed(come))
        return
    yield OnlyOne("type", fact, described(one), described(other))


def _listed(values: Iterable[str]) -> str | None:
    return ", ".join(f"`{value}`" for value in values) or None


def _states(old: CompiledRulebook, new: CompiledRulebook) -> Iterator[OnlyOne]:
    if old.states == new.states:
        return
    if old.states is None or new.states is None:
        said = ["any" if book.states is None else _listed(book.states) for book in (old, new)]
        yield OnlyOne("states", "ticket.status", *said)
        return
    gone = _listed(state for state in old.states if state not in new.states)
    come = _listed(state for state in new.states if state not in old.states)
    if gone or come:
        yield OnlyOne("states", "ticket.status", gone, come)


def _names(old: CompiledRulebook, new: CompiledRulebook) -> Iterator[OnlyOne]:
    pairs = (("topic", old.topics, new.topics), ("action", old.actions, new.actions),
             ("audience", old.audiences, new.audiences))  # fmt: skip
    for kind, before, after in pairs:
        for name in sorted({*before} ^ {*after}):
            yield OnlyOne(kind, name, "known" if name in before else None, "known" if name in after else None)
