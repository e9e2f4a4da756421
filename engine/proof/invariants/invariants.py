"""Invariants: what a rulebook must always or never do, read from `invariants.yaml` and said as formulas.

Which rulebooks an invariant is held against, and whether it holds, is asked elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from ...decision import CompiledRulebook
from ...diagnostics import Diagnostic, Path, Source, nearest
from ...facts import Closed, Duration, FactType, Misfit, Number, Truth, shown
from ...rulebook import Doubts, EnoughFaults, Reader, check_shape
from ...tables import described
from ..space import Every, Formula, Some
from .terms import Term, meant_by, terms_of

SCHEMA: Final = "invariants.schema.json"
INVARIANTS: Final = "invariants.yaml"
KINDS: Final = ("always", "never", "monotone")
ANY_OF: Final = "any"
"""A list of which one must hold."""
_UNKNOWN: Final = ("unknown-fact", "unknown-value")
_PARTS_HELP: Final = (
    "such as `ticket.urgency`, `priority`, `disclosures.<topic>`, `permissions.<action>`, `obligations`, "
    "`sla.<target>.within`"
)


@dataclass(frozen=True, slots=True)
class Written:
    """An invariant as a file says it."""

    name: str
    kind: str
    body: Mapping[str, Any]
    order: Sequence[Any] | None
    rulebooks: tuple[str, ...] | None
    """None: it is for all that know its names."""
    place: Path
    source: Source


@dataclass(frozen=True, slots=True)
class Statement:
    """What an invariant says of one rulebook: when something is given, the claim holds (of `never`: does not)."""

    written: Written
    given: Formula
    claim: Formula
    names: tuple[str, ...]
    """What it speaks of, by full names."""


@dataclass(frozen=True, slots=True)
class Order:
    """An invariant about two requests: the one that is higher in a fact is never served later."""

    written: Written
    given: Formula
    """What both requests have in common besides; said of side 0."""
    fact: str
    values: tuple[Any, ...]
    """Its values, lowest first; empty: a number, whose order is its own."""
    target: str
    names: tuple[str, ...]


def read_invariants(source: Source) -> tuple[list[Written], list[Diagnostic]]:
    """The invariants of a file, those with faults left out, and every fault of their shape."""
    data, faults = check_shape(source, SCHEMA)
    misshapen = [fault.span.line for fault in faults]
    found: list[Written] = []
    names: set[str] = set()
    items = data.get("invariants") if isinstance(data, dict) else None
    for i, item in enumerate(items if isinstance(items, list) else ()):
        place: Path = ("invariants", i)
        span = source.span(place)
        if not isinstance(item, dict) or any(span.line <= line <= span.end_line for line in misshapen):
            continue
        kinds = [kind for kind in KINDS if kind in item]
        if len(kinds) != 1:
            said = f"{shown(item['invariant'])} says {'nothing' if not kinds else 'several things'}"
            faults.append(source.fault("wrong-shape", said, (*place, "invariant"),
                                       help=f"write one of {', '.join(f'`{kind}`' for kind in KINDS)}"))  # fmt: skip
            continue
        if "order" in item and kinds != ["monotone"]:
            faults.append(source.fault("unknown-key", f"`order` is no part of `{kinds[0]}`", (*place, "order"),
                                       key=True, help="it says how the fact under `monotone` is ordered"))  # fmt: skip
        if item["invariant"] in names:
            said = f"another invariant is called {shown(item['invariant'])}"
            faults.append(source.fault("repeated-value", said, (*place, "invariant"), help="give it another name"))
        names.add(item["invariant"])
        wanted = tuple(item["for"]) if "for" in item else None
        found.append(Written(item["invariant"], kinds[0], item[kinds[0]], item.get("order"), wanted, place, source))
    return found, faults


def is_for(written: Written, rulebook: str) -> bool:
    """Whether an invariant may be about a rulebook."""
    return written.rulebooks is None or rulebook in written.rulebooks


def only_unknown(faults: Sequence[Diagnostic]) -> bool:
    """Whether all that is wrong is that a rulebook does not know the names."""
    return all(fault.code in _UNKNOWN for fault in faults)


def pairs_of(order: Order) -> Iterator[tuple[Any, Any]]:
    """Pairs of values, the higher one first."""
    return ((high, low) for low, high in combinations(order.values, 2))


def statement(written: Written, book: CompiledRulebook) -> tuple[Statement | Order | None, list[Diagnostic]]:
    """What an invariant says of a rulebook, or None and why it says nothing that can be read."""
    reading = _Reading(written, book)
    found = None
    with suppress(EnoughFaults):
        found = reading.order() if written.kind == "monotone" else reading.claim()
    return (None if reading.reader.faults else found), reading.reader.faults


class _Reading:
    """Reads what one invariant says of one rulebook."""

    def __init__(self, written: Written, book: CompiledRulebook) -> None:
        self.written = written
        self.book = book
        self.terms: Mapping[str, Term] = terms_of(book)
        self.reader = Reader(written.source, book.rulebook.language, Doubts())
        self.place: Path = (*written.place, written.kind)
        self.names: dict[str, None] = {}

    def claim(self) -> Statement:
        """What must always or never hold."""
        given = self._given()
        claims = {name: raw for name, raw in self.written.body.items() if name != "when"}
        if not claims:
            self.reader.fault("missing-key", f"`{self.written.kind}` claims nothing", self.place, key=True,
                              help="name what it is about, such as `priority: P1`")  # fmt: skip
        return Statement(self.written, given, self._all_of(claims, self.place), tuple(self.names))

    def order(self) -> Order | None:
        """Which fact is held against which target."""
        given = self._given()
        pairs = [(fact, target) for fact, target in self.written.body.items() if fact != "when"]
        if len(pairs) != 1:
            self.reader.fault("wrong-shape", "one fact is held against one target", self.place, key=True,
                              help="such as `{ticket.urgency: sla.resolution}`")  # fmt: skip
            return None
        written, raw = pairs[0]
        place = (*self.place, written)
        fact, target = self._full(written, self.book.rulebook.facts, place), self._target(raw, place)
        kind = None if fact is None else self.book.rulebook.facts[fact]
        values = None if kind is None else self._values(kind, place)
        if fact is None or target is None or values is None:
            return None
        return Order(self.written, given, fact, values, target, (*self.names, f"sla.{target}"))

    def _given(self) -> Formula:
        return self._all_of(self.written.body.get("when", {}), (*self.place, "when"))

    def _all_of(self, raw: Mapping[str, Any], place: Path) -> Formula:
        found: list[Formula] = []
        for name, test in raw.items():
            here = (*place, name)
            if name == ANY_OF:
                found.append(Some(tuple(self._all_of(one, (*here, i)) for i, one in enumerate(test))))
                continue
            full = self._full(name, self.terms, here)
            if full is not None:
                term = self.terms[full]
                found.append(term.said(self.reader.condition(test, term.kind, here), 0))
        return Every(tuple(found))

    def _full(self, name: str, known: Mapping[str, Any], place: Path) -> str | None:
        """The full name that is meant; None where none is, or several could be."""
        meant = meant_by(name, known)
        if len(meant) == 1:
            self.names[meant[0]] = None
            return meant[0]
        if meant:
            said = f"{shown(name)} could be {' or '.join(map(shown, meant))}"
            self.reader.fault("unclear-name", said, place, key=True, help="write the one that is meant in full")
            return None
        near = nearest(name, known)
        hint = f"; did you mean {shown(near[0])}?" if near else ""
        what = "fact or part of a decision" if known is self.terms else "fact"
        self.reader.fault("unknown-fact", f"no {what} is called {shown(name)}{hint}", place, key=True,
                          help=None if near else _PARTS_HELP)  # fmt: skip
        return None

    def _target(self, raw: str, place: Path) -> str | None:
        known = [name.removesuffix(".within") for name in self.terms if name.endswith(".within")]
        if raw not in known and f"sla.{raw}" not in known:
            self.reader.unknown("unknown-value", "target", raw, known, place)
            return None
        return raw.removeprefix("sla.")

    def _values(self, kind: FactType, place: Path) -> tuple[Any, ...] | None:
        """The values of a fact, lowest first; empty for a number."""
        if self.written.order is not None:
            return self._listed(kind, self.written.order)
        match kind:
            case Closed(ordered=True):
                return kind.values
            case Truth():
                return (False, True)
            case Number() | Duration():
                return ()
        self.reader.fault("wrong-type", f"{shown(place[-1])} is {described(kind)}, which has no order", place,
                          key=True, help="write `order:` with its values, lowest first")  # fmt: skip
        return None

    def _listed(self, kind: FactType, order: Sequence[Any]) -> tuple[Any, ...]:
        """The values of a fact as the file orders them."""
        found: list[Any] = []
        for i, raw in enumerate(order):
            here = (*self.written.place, "order", i)
            try:
                value = kind.read(raw)
            except Misfit as misfit:
                self.reader.fault("unknown-value", misfit.message, here)
                continue
            if value in found:
                self.reader.fault(
                    "repeated-value", f"{shown(raw)} is listed already", here, help="leave one of them out"
                )
            found.append(value)
        return tuple(found)
