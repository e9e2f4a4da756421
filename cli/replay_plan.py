"""From the command line of `deskpolicy replay` to a plan: history, mapping, sides, and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from engine import Catalogue, did_you_mean

from .rulebooks import reading_rulebooks
from .terminal import fail

if TYPE_CHECKING:
    from simulations import Guardrail, HistoryMapping, Plan, Side


class Wanted(NamedTuple):
    """What is to be replayed, as it was written."""

    history: str
    map: Path | None
    baseline: str
    candidate: str | None
    changes: tuple[str, ...]
    write_to: Path | None
    rules: Path
    limit: int | None
    language: str | None


def planned(wanted: Wanted, by: tuple[str, ...], lines: Sequence[str], file: Path | None) -> Plan:
    """The plan that the command line asks for, checked; what is wrong with rulebooks or guardrails ends the command.

    Raises:
        MappingFaults, GuardrailFaults, UnknownRulebook, UnreadableHistory, BadChange, OSError: as the parts raise them.
    """
    from simulations import Plan, check_fit, open_mapped

    guardrails = _guardrails(lines, file)
    sides, written = _sides(wanted)
    history, mapping = open_mapped(wanted.history, wanted.map)
    check_fit(history, mapping, sides)
    for fact in by:
        _check_fact(fact, mapping.mapping)
    if wanted.write_to is not None:
        _write_candidate(wanted.write_to, written)
    return Plan(history, mapping.mapping, sides, wanted.limit, by, guardrails, wanted.language)


def _sides(wanted: Wanted) -> tuple[tuple[Side, ...], dict[str, bytes]]:
    from simulations import side_of, side_of_changes, side_of_file

    candidate, root = wanted.candidate, wanted.rules
    with reading_rulebooks(root):
        catalogue = Catalogue.load(root)
        baseline = side_of("baseline", wanted.baseline, catalogue, root)
        if wanted.changes:
            changed, files = side_of_changes("candidate", baseline, root, wanted.changes)
            return (baseline, changed), files
        if candidate is None:
            return (baseline,), {}
        if candidate.endswith((".yaml", ".yml")):
            return (baseline, side_of_file("candidate", Path(candidate))), {}
        return (baseline, side_of("candidate", candidate, catalogue, root)), {}


def _guardrails(lines: Sequence[str], file: Path | None) -> tuple[Guardrail, ...]:
    from simulations import BadGuardrail, read_guardrail, read_guardrails

    listed = read_guardrails(file) if file is not None else ()
    for line in lines:
        try:
            listed = (*listed, read_guardrail(line))
        except BadGuardrail as bad:
            fail(f"--guardrail `{line}`: {bad}")
    return listed


def _check_fact(fact: str, mapping: HistoryMapping) -> None:
    known = [said.name for said in mapping.facts] + list(mapping.course.facts if mapping.course is not None else ())
    if mapping.request is None and fact not in known:
        fail(f"--by {fact}: the mapping gives no such fact; {did_you_mean(fact, known) or ', '.join(known)}")


def _write_candidate(path: Path, files: dict[str, bytes]) -> None:
    if len(files) != 1:
        fail(f"--write-candidate writes one version, and {len(files)} are changed: name one, such as `ID@1.0.0`")
    try:
        with path.open("xb") as file:
            file.write(next(iter(files.values())))
    except FileExistsError:
        fail(f"{path}: is there already, and nothing is overwritten")
