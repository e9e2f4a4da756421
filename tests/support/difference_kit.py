"""Laws of comparisons, held against decisions: what both versions answer, part by part, and where a request lies."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.decision import CompiledRulebook, RequestRefused, decide
from engine.facts import parse_instant
from engine.proof.differences.differences import Comparison
from engine.proof.differences.membership import Cells, is_in, lies_in
from engine.proof.differences.regions import shows
from engine.proof.space.observed import looked_at

Part = tuple[str, str | None]


def parts_of(decision: Mapping[str, Any]) -> dict[Part, Any]:
    """The parts of a decision without the rules they name; duties by what is to be done, in no order."""
    found: dict[Part, Any] = {}
    for stage, part in decision.items():
        if stage in ("disclosures", "permissions"):
            found |= {(stage, name): _bare(said) for name, said in part.items()}
        elif stage == "obligations":
            for duty in part:
                found.setdefault((stage, duty["do"]), []).append(json.dumps(duty["with"], sort_keys=True))
        else:
            found[stage, None] = None if part is None else _bare(part)
    return {key: sorted(value) if isinstance(value, list) else value for key, value in found.items()}


def _bare(part: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != "by"}


def check_requests(
    comparison: Comparison, requests: Iterable[dict[str, Any]], closer: int = 1
) -> tuple[int, int]:  # fmt: skip
    """Hold a comparison against the decisions on requests; how many both took, and how many parts differed.

    Of those that both decide alike, every `closer`-th is held against what is told of the regions.
    """
    taken = differing = 0
    for number, request in enumerate(requests):
        decided = _decided((comparison.old, comparison.new), request)
        if decided is None:
            continue
        taken += 1
        old, new = (parts_of(answer["decision"]) for *_, answer in decided)
        parts = {part for part in {*old, *new} if old.get(part) != new.get(part)}
        differing += len(parts)
        if not parts and number % closer:
            continue
        seen = [looked_at(*one) for one in decided]
        cells: Cells = {}
        _nothing_is_left_out(comparison, parts, seen, request, cells)
        _nothing_is_told_in_vain(comparison, parts, seen, {*old, *new}, request, cells)
    return taken, differing


def is_taken(comparison: Comparison, request: dict[str, Any]) -> bool:
    """Whether both versions take a request."""
    return _decided((comparison.old, comparison.new), request) is not None


def _decided(books: Sequence[CompiledRulebook], request: dict[str, Any]) -> list[tuple[Any, ...]] | None:
    """The request as each version gets it, its instant and the answer; None where one does not take it."""
    at, found = parse_instant(request["at"]), []
    for book in books:
        own = {**request, "rulebook": book.rulebook.id, "version": book.rulebook.version}
        try:
            found.append((book, own, at, decide(book, own, at, ())))
        except RequestRefused:
            return None
    return found


def _nothing_is_left_out(
    comparison: Comparison, parts: set[Part], seen: Any, request: Any, cells: Cells
) -> None:  # fmt: skip
    """Every part that differs lies in a region, or was said to be undecided."""
    open_parts = {(one.stage, one.name) for one in comparison.undecided}
    for stage, name in parts:
        found = [f for f in comparison.found if f.part.stage == stage and (f.part.name == name or stage == "sla")]
        is_told = any(is_in(comparison, f, seen, cells) for f in found)
        assert is_told or (stage, name) in open_parts, ("not told", stage, name, request)


def _nothing_is_told_in_vain(
    comparison: Comparison, parts: set[Part], seen: Any, told: set[Part], request: Any, cells: Cells
) -> None:  # fmt: skip
    """Every request of a box shows what is told of it, and gets two answers where that is said of every request."""
    for found in comparison.found:
        part = (found.part.stage, found.part.name)
        if found.part.stage in ("disclosures", "permissions") and part not in told:
            continue  # the request asks about other names
        if any(lies_in(comparison.space, piece, seen, cells) for piece in found.pieces):
            assert shows(found.part, found.old, found.new)(seen), ("not shown", part, request)
            assert part in parts or not found.is_sure, ("the same", part, request)


def mirrored(comparison: Comparison) -> list[tuple[str, str | None, str, str]]:
    """What is told of a comparison, to be held against the one the other way round."""
    return sorted((f.part.stage, str(f.part.name), f.old.what, f.new.what) for f in comparison.found)
