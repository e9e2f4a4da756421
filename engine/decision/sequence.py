"""The sequence of a decision: which stage follows which, and what is derived between them.

Two ways through the same sequence: in order, where each stage looks its rows up itself, and as a chain inside an engine
that finds a stage's rows, has the stage run, and is told which comes next.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..stages import Case, Chain
from .compiled import Derived, Step

NOT_DECIDED: Final = dict.fromkeys(("classification", "priority", "sla", "assignment", "escalation"))
"""The parts of a ticket that is not accepted."""
_AFTER_ADMISSION: Final = 6
"""The first stage that a ticket that is not accepted still gets."""

Parts = dict[str, Any]


def in_order(first: Derived, steps: Sequence[Step], case: Case) -> Parts:
    """The parts of a decision; `first` is derived before any stage."""
    if first:
        derive(first, case)
    name, admit, derived = steps[0]
    parts: Parts = {name: admit(case)}
    if derived:
        derive(derived, case)
    for name, run, derived in steps[_after_admission(parts, steps, case) :]:
        parts[name] = run(case)
        if derived:
            derive(derived, case)
    return parts


def in_chain(chain: Chain, first: Derived, steps: Sequence[Step], case: Case) -> Parts:
    """The same, the stages being set off by the chain. Raises EngineFault."""
    parts: Parts = {}

    def conclude(place: int, applying: int) -> int | None:
        name, run, derived = steps[place]
        case.applying = applying
        parts[name] = run(case)
        derive(derived, case)
        following = place + 1 if place else _after_admission(parts, steps, case)
        return following if following < len(steps) else None

    derive(first, case)
    chain.run(case.cells, conclude)
    return parts


def _after_admission(parts: Parts, steps: Sequence[Step], case: Case) -> int:
    """The place of the stage after admission. What a ticket that is not accepted does not get is noted."""
    admission: Mapping[str, Any] = parts["admission"]
    if admission["outcome"] == "accept":
        return 1
    parts.update(NOT_DECIDED)
    for _, _, derived in steps[1:_AFTER_ADMISSION]:
        derive(derived, case)
    return _AFTER_ADMISSION


def derive(facts: Derived, case: Case) -> None:
    """Work out derived facts and make them known."""
    for name, derived in facts:
        case.settle(name, derived.work_out(case))
