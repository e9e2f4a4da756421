"""The sequence of a decision: which stage follows which, and what is derived between them.

Three ways through the same sequence: in order, where each stage looks its rows up itself; written out, which is the
same in fewer steps for decisions without a trace; and as a chain inside an engine that finds a stage's rows, has the
stage run, and is told which comes next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ..rulebook import STAGES
from ..stages import Case, Chain, Give, Rendering, Run, Runner, SharedParts, StageProgram
from ..tables import Find, Index
from .answers import Answers, answers_of
from .written_out import ShortWay, Stage, write_out

Derived = tuple[tuple[str, Any], ...]
"""Facts to derive, by name."""
Step = tuple[str, Find, Run, Derived]
"""A stage to run: its name, what finds its rows, what runs it, and the derived facts to work out after it."""


@dataclass(frozen=True, slots=True)
class Door:
    """What runs for each request that is answered in one language and rendering."""

    answers: Answers
    nothing: Give
    """The part of a stage that a ticket does not get."""
    first: Derived
    """Derived facts to work out before the first stage."""
    steps: tuple[Step, ...]
    short_way: ShortWay
    """The same as `in_order` for a request that nobody asks to explain."""


def build_door(
    head: dict[str, Any],
    shared: SharedParts,
    programs: Sequence[StageProgram],
    derived: Sequence[Derived],
    language: str,
    rendering: Rendering,
) -> Door:
    """A door; `head` says which rulebook answers, `derived` what is derived before the first stage and after each."""
    first, *after = derived
    runners = [program.runner(language, rendering) for program in programs]
    parts = [program.parts for program in programs]
    steps = tuple(
        (part.name, _finder(part.table.index, runner), runner.run, facts)
        for part, runner, facts in zip(parts, runners, after, strict=True)
    )
    answers, nothing = answers_of(head, rendering), rendering.ready(None)

    def begin(request: Mapping[str, Any], at: int, cells: list[int]) -> Case:
        return Case(request, request.get("ticket") or {}, at, language, cells, shared, None)

    def long_way(case: Case) -> Any:
        return answers.whole(case.at, in_order(nothing, first, steps, case))

    stages = [
        Stage(part, runner, partial(derive, facts) if facts else None)
        for part, runner, facts in zip(parts, runners, after, strict=True)
    ]
    title = f"{head['id']} {head['version']}, {language}, {rendering.name}"
    short_way = write_out(title, begin, partial(derive, first) if first else None, stages, long_way, answers)
    return Door(answers, nothing, first, steps, short_way)


def _finder(index: Index, runner: Runner) -> Find:
    """What finds a stage's rows; the first alone where nothing but that is asked."""
    return index.finder() if runner.ready is None else index.first_finder()


NOT_DECIDED: Final = ("classification", "priority", "sla", "assignment", "escalation")
"""What is not decided of a ticket that is not accepted."""
_AFTER_REFUSAL: Final = STAGES.index("disclosures")
"""The first stage that such a ticket still gets after admission."""

Parts = dict[str, Any]
"""The parts of a decision by stage, in the order of the stages."""


def in_order(nothing: Give, first: Derived, steps: Sequence[Step], case: Case) -> Parts:
    """The parts of a decision, one stage after the other."""
    derive(first, case)
    parts: Parts = {}
    cells = case.cells
    for name, find, run, derived in steps:
        if case.is_refused and name in NOT_DECIDED:
            parts[name] = nothing()
        else:
            parts[name] = run(case, find(cells))
        if derived:
            derive(derived, case)
    return parts


def in_chain(chain: Chain, door: Door, case: Case) -> Parts:
    """The same, the stages being set off by the chain. Raises EngineFault."""
    parts: Parts = {}
    steps = door.steps

    def conclude(place: int, applying: int) -> int | None:
        name, _, run, derived = steps[place]
        parts[name] = run(case, applying)
        derive(derived, case)
        following = place + 1
        if case.is_refused and following == 1:
            following = _AFTER_REFUSAL
            for name, _, _, derived in steps[1:following]:
                parts[name] = door.nothing()
                derive(derived, case)
        return following if following < len(steps) else None

    derive(door.first, case)
    chain.run(case.cells, conclude)
    return parts


def derive(facts: Derived, case: Case) -> None:
    """Work out derived facts and make them known."""
    for name, derived in facts:
        case.settle(name, derived.work_out(case))
