"""Proving: every invariant of every rulebook, over every possible request.

A verdict is *proved*, *witness* or *unknown*; an invariant of which nothing could be said is never passed over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ...decision import CheckReport, CompiledRulebook, RulebookFaults, check_paths, compile_rulebook
from ...diagnostics import Diagnostic, Source
from ...rulebook import STAGES
from ..space import (
    USUAL,
    Box,
    Budget,
    Formula,
    Not,
    Observed,
    Proved,
    Side,
    Space,
    Unknown,
    Verdict,
    Witness,
    ask,
    box_where,
    every,
    scenario,
)
from .box_conditions import conditions_of
from .gathering import Gathered, files_for, gather, is_invariants
from .invariants import Order, Statement
from .orders import Asked, prove_order

Said = Literal["proved", "witness", "unknown"]
_CHOSEN = ("admission", "classification", "priority", "sla", "assignment", "escalation")
"""The stages of which one rule settles the whole."""
_SAID = {"disclosures", "permissions"}
"""The stages that say something of each topic or action."""
_SIDES = ("the higher one", "the lower one")


@dataclass(frozen=True, slots=True)
class Responsible:
    """A rule that settled a part of a decision."""

    stage: str
    part: str | None
    """The topic, the action, or what is to be done."""
    rule: str
    file: str
    line: int | None
    """None: no rule applied, and that settled it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A request that goes against an invariant, as the engine decides it."""

    request: Mapping[str, Any]
    decision: Mapping[str, Any]
    rules: tuple[Responsible, ...]
    scenario: str
    """The same as a scenario that can be pasted beside the rulebook."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one invariant in one version of a rulebook."""

    invariant: str
    kind: str
    rulebook: str
    version: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    verdict: Said
    is_vacuous: bool = False
    """Whether no request is as it says, so that it is proved and says nothing."""
    why: str | None = None
    """Why nothing is known."""
    box: tuple[Mapping[str, Any], ...] = ()
    """The widest box of requests like the one shown: for each fact that matters, what it must be."""
    certainty: Literal["every", "some"] | None = None
    """Whether every request of the box goes against it, or only some, by what no rule tests."""
    shown: tuple[Shown, ...] = ()
    """What goes against it; two requests where two are compared, the higher one first."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An invariant that a version was not asked about, since it does not know what that speaks of."""

    invariant: str
    rulebook: str
    version: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    why: str


@dataclass(frozen=True, slots=True)
class ProofReport:
    """All proofs, what was not asked, and what is wrong with the files themselves."""

    proofs: tuple[Proof, ...]
    not_asked: tuple[PassedOver, ...]
    faults: CheckReport

    @property
    def said(self) -> frozenset[Said]:
        """The verdicts that occur."""
        return frozenset(proof.verdict for proof in self.proofs)


def prove_paths(paths: Iterable[Path], effort: int = 1) -> ProofReport:
    """Prove the invariants that lie beside rulebooks and in their root; of a file of invariants, those in it alone.

    `effort` says how many times the usual search is made before a question is left undecided. Raises RulebookFaults
    when a rulebook cannot be used, and OSError when a folder cannot be read.
    """
    paths = list(dict.fromkeys(paths))
    single = [path for path in paths if is_invariants(path)]
    places = [path for path in paths if path not in single]
    report = check_paths(_outermost([*places, *(path.parent for path in single)]))
    if report.errors:
        raise RulebookFaults(report)
    books = {name: compile_rulebook(book) for name, book in report.read.items()}
    given = {name for name in books if any(_lies_in(name, place) for place in places)}

    def is_wanted(file: Path, book: str) -> bool:
        return book in given or file in single

    gathered = gather(sorted({*files_for(given), *single}), books, is_wanted=is_wanted)
    sources = {**report.sources, **gathered.sources}
    checked = CheckReport([*report.files, *gathered.sources], sorted(set(gathered.faults)), sources)
    not_asked = tuple(_passed_over(*one) for one in gathered.not_asked)
    if checked.errors:
        return ProofReport((), not_asked, checked)
    budget = _enlarged(USUAL, effort)
    proofs = tuple(
        proof
        for name, book in books.items()
        for proof in prove(gathered.jobs[name], book, report.sources[name], budget)
    )
    warned = CheckReport(checked.files, sorted(_that_never_apply(proofs, gathered)), checked.sources)
    return ProofReport(proofs, not_asked, warned)


def prove(
    statements: Sequence[Statement | Order], book: CompiledRulebook, source: Source, budget: Budget = USUAL
) -> list[Proof]:
    """Prove what invariants say of one version of a rulebook; `source` is its file."""
    plain = [s for s in statements if isinstance(s, Statement)]
    space = Space([Side(book)], [formula for s in plain for formula in (s.given, s.claim)])
    found = []
    for said in statements:
        asked = prove_order(said, book, budget) if isinstance(said, Order) else _ask(said, space, budget)
        proof = replace(_proof(said, book, source, asked.verdict), is_vacuous=asked.is_vacuous)
        if isinstance(asked.verdict, Witness):
            box = tuple(conditions_of(asked.space, _box(asked.space, asked.formula, asked.verdict)))
            proof = replace(proof, box=box, certainty="every" if asked.is_exact else "some")
        found.append(proof)
    return found


def _ask(said: Statement, space: Space, budget: Budget) -> Asked:
    against = every(said.given, said.claim if said.written.kind == "never" else Not(said.claim))
    verdict = ask(space, against, budget=budget)
    is_vacuous = isinstance(verdict, Proved) and isinstance(ask(space, said.given, budget=budget), Proved)
    return Asked(space, against, verdict, is_vacuous)


def _outermost(paths: Sequence[Path]) -> list[Path]:
    """The paths that lie in no other one, so that nothing is read twice."""
    return [path for path in dict.fromkeys(paths) if not any(other in path.parents for other in paths)]


def _lies_in(name: str, place: Path) -> bool:
    return Path(name) == place or place in Path(name).parents


def _enlarged(budget: Budget, times: int) -> Budget:
    return Budget(budget.answers * times, budget.requests * times, budget.texts * times)


def _box(space: Space, against: Formula, witness: Witness) -> Box:
    """The box around a witness, told in what requests state and instants show if that settles it."""
    question = space.literal(against)
    try:
        return box_where(space, question, witness.situation, told_in=[k for k in space.free if k not in space.loose])
    except ValueError:
        return box_where(space, question, witness.situation)


def _proof(said: Statement | Order, book: CompiledRulebook, source: Source, verdict: Verdict) -> Proof:
    written = said.written
    span = written.source.span((*written.place, "invariant"))
    told: Said = "unknown" if isinstance(verdict, Unknown) else "witness" if isinstance(verdict, Witness) else "proved"
    seen = verdict.seen if isinstance(verdict, Witness) else ()
    return Proof(
        invariant=written.name,
        kind=written.kind,
        rulebook=book.rulebook.id,
        version=book.rulebook.version,
        file=written.source.name,
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        verdict=told,
        why=verdict.why if isinstance(verdict, Unknown) else None,
        shown=tuple(_shown(said, one, i, len(seen), book, source) for i, one in enumerate(seen)),
    )


def _passed_over(written: Any, book: CompiledRulebook, why: str) -> PassedOver:
    at = written.source.span((*written.place, "invariant"))
    id, version = book.rulebook.id, book.rulebook.version
    places = (at.line, at.column, at.end_line, at.end_column)
    return PassedOver(written.name, id, version, written.source.name, *places, why)


def _that_never_apply(proofs: Sequence[Proof], gathered: Gathered) -> Iterable[Diagnostic]:
    """Invariants that say nothing wherever they are held against anything, which is everywhere."""
    by_name: dict[tuple[str, str], list[Proof]] = {}
    for proof in proofs:
        by_name.setdefault((proof.file, proof.invariant), []).append(proof)
    empty = {name for name, found in by_name.items() if all(proof.is_vacuous for proof in found)} & gathered.whole
    told = set()
    for written in (said.written for jobs in gathered.jobs.values() for said in jobs):
        name = (written.source.name, written.name)
        if name in empty and name not in told:
            told.add(name)
            yield written.source.fault(
                "never-applies", "no request is as this says, so it says nothing", (*written.place, "invariant"),
                severity="warning", help="change its `when`, or leave it out",
            )  # fmt: skip


# What goes against an invariant.


def _shown(
    said: Statement | Order, seen: Observed, number: int, count: int, book: CompiledRulebook, source: Source
) -> Shown:
    decision = seen.answer["decision"]
    heads = {name.partition(".")[0] for name in said.names}
    stages = [stage for stage in STAGES if stage in heads] or ["admission"]
    name = f"against: {said.written.name}" + (f" ({_SIDES[number]})" if count > 1 else "")
    spoken = {**decision, **{stage: _spoken_of(stage, decision[stage], said.names) for stage in _SAID & heads}}
    return Shown(
        seen.request,
        decision,
        tuple(_responsible(said.names, decision, book, source)),
        scenario(name, seen.request, {**seen.answer, "decision": spoken}, stages),
    )


def _spoken_of(stage: str, part: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, Any]:
    """Of a part of a decision the topics or actions that are named."""
    named = {name.removeprefix(f"{stage}.") for name in names}
    return {name: said for name, said in part.items() if name in named}


def _responsible(
    names: Iterable[str], decision: Mapping[str, Any], book: CompiledRulebook, source: Source
) -> Iterable[Responsible]:
    """The rules that settled the parts of a decision of which an invariant speaks, in the order of the stages."""
    told = set()
    for name in sorted(names, key=_by_stage):
        stage, _, part = name.partition(".")
        said = decision.get(stage)
        if not said or (stage in _SAID and part not in said):
            continue
        if stage == "obligations":
            settled = [(duty["do"], duty["by"]) for duty in said]
        else:
            settled = [(None, said["by"])] if stage in _CHOSEN else [(part, said[part]["by"])]
        for which, rule in settled:
            if (stage, which, rule) not in told:
                told.add((stage, which, rule))
                yield Responsible(stage, which, rule, source.name, _line(stage, rule, book, source))


def _by_stage(name: str) -> tuple[int, str]:
    stage = name.partition(".")[0]
    return (STAGES.index(stage) if stage in STAGES else -1, name)


def _line(stage: str, rule: str, book: CompiledRulebook, source: Source) -> int | None:
    rows = book.rulebook.stages[stage].rows if stage in book.rulebook.stages else ()
    return next((source.span(row.path).line for row in rows if row.id == rule), None)
