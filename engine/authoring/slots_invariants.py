"""What a place is meant for in invariants: what may be claimed of one rulebook, or of those below a root."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..decision import CompiledRulebook
from ..diagnostics import Path
from ..facts import Closed, Duration, FactType, Number, SetOf, Truth
from .kinds import ClauseIds, Facts, Slot, Tests, Values, Words
from .readings import Desk, merged

_EFFECTS: Final = Closed(("permit", "deny", "approval"))
_WITHIN: Final = ("when", "any")
"""Keys below which names stand again."""


def claim_keys(path: Path, desk: Desk) -> Iterator[Slot]:
    """What a key in invariants may be: facts, parts of the decision, and tests on them."""
    match path:
        case ("invariants", int(), "monotone"):
            kinds = desk.facts.items()
            yield Facts(tuple(name for name, kind in kinds if _is_ordered(kind)))
        case ("invariants", int(), "always" | "never" | "monotone", *rest):
            named = _named(rest)
            if not named:
                yield Facts(tuple(desk.facts))
                yield Words(tuple(_parts(desk)), "a part of the decision")
            elif len(named) == 1 and (found := _term(named[0], desk)) is not None:
                yield Tests(*found)


def claim_values(path: Path, desk: Desk) -> Iterator[Slot]:
    """What a value in invariants may be."""
    match path:
        case ("invariants", int(), "cites", int()):
            yield ClauseIds()
        case ("invariants", int(), "for", int()):
            books = (reading.rulebook for reading in desk.rulebooks)
            yield Words(tuple(dict.fromkeys(book.id for book in books if book is not None)), "a rulebook")
        case ("invariants", int() as place, "order", int()):
            said = desk.here(("invariants", place, "monotone"))
            facts = [name for name in said if name != "when"] if isinstance(said, dict) else []
            if len(facts) == 1 and (found := _term(str(facts[0]), desk)) is not None:
                yield Values(*found)
        case ("invariants", int(), "monotone", str() as name) if name != "when":
            yield Words(tuple(f"sla.{target}" for target in _targets(desk)), "a target")
        case ("invariants", int(), "always" | "never" | "monotone", *rest):
            named = _named(rest)
            if named and (found := _term(named[0], desk)) is not None:
                if named[1:2] == ["missing"]:
                    yield Words(("true", "false"), "whether it is absent")
                else:
                    yield Values(*found)


def meant(name: str, known: Iterable[str]) -> str:
    """The full name that a name stands for: its own, or the one that ends in it; empty for none, or several."""
    known = tuple(known)
    found = [name] if name in known else [full for full in known if full.endswith(f".{name}")]
    return found[0] if len(found) == 1 else ""


def _named(rest: Sequence[str | int]) -> list[str]:
    """From the name on: it, and the test that its value is in."""
    start = next((i for i, step in enumerate(rest) if isinstance(step, str) and step not in _WITHIN), len(rest))
    return [step for step in rest[start:] if isinstance(step, str)]


def _term(name: str, desk: Desk) -> tuple[str, FactType] | None:
    terms = {**desk.facts, **_parts(desk)}
    full = meant(name, terms)
    return (full, terms[full]) if full else None


def _parts(desk: Desk) -> dict[str, FactType]:
    """The parts of a decision that are no facts, each with the type of what is said of it."""
    found: dict[str, FactType] = {}
    for book in _books(desk):
        found |= {f"disclosures.{name}": _EFFECTS for name in book.topics}
        found |= {f"permissions.{name}": _EFFECTS for name in book.actions}
        stage = book.rulebook.stages.get("obligations")
        duties = tuple(dict.fromkeys(duty.do for row in (stage.rows if stage else ()) for duty in row.outcome))
        found["obligations"] = merged(found.get("obligations"), SetOf(duties))
        if book.audiences:
            found["ask.to"] = merged(found.get("ask.to"), Closed(book.audiences))
    return found | {f"sla.{target}.within": Duration() for target in _targets(desk)}


def _targets(desk: Desk) -> dict[str, None]:
    stages = (book.rulebook.stages.get("sla") for book in _books(desk))
    return dict.fromkeys(name for stage in stages if stage for row in stage.rows for name, _ in row.outcome.targets)


def _books(desk: Desk) -> Iterator[CompiledRulebook]:
    return (reading.book for reading in desk.rulebooks if reading.book is not None)


def _is_ordered(kind: FactType) -> bool:
    return isinstance(kind, Truth | Number | Duration) or (isinstance(kind, Closed) and kind.ordered)
