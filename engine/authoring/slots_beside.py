"""What a place is meant for in the files beside a rulebook: scenarios, clauses, mappings."""

from collections.abc import Iterator, Sequence

from ..diagnostics import Path
from ..facts import FACT_GROUPS, ROSTER
from ..rulebook import STAGES
from ..scenarios import Known, Listed, Named, Shape, answers_of
from .kinds import CalendarNames, ClauseIds, Facts, RuleIds, Slot, StageNames, Values, Words
from .places import Place
from .readings import Desk
from .slots import rulebook_keys, rulebook_values
from .slots_invariants import claim_keys, claim_values, meant

_GIVEN = (*FACT_GROUPS, "roster", "ask", "language")


def slots_at(place: Place, desk: Desk) -> list[Slot]:
    """All that may stand at a place, beside what the schema says of its shape."""
    found: list[Slot] = []
    as_key, as_value = place.role in ("key", "open"), place.role in ("value", "open")
    path = place.path
    match desk.kind:
        case "rulebook":
            found += rulebook_keys(path, desk) if as_key else ()
            found += rulebook_values(path, desk) if as_value else ()
        case "scenarios":
            found += _scenario_keys(path, desk) if as_key else ()
            found += _scenario_values(path, desk) if as_value else ()
        case "clauses":
            if as_key and not path:
                found.append(ClauseIds())
            elif as_value and path[1:2] == ("decides",):
                found.append(StageNames())
        case "invariants":
            found += claim_keys(path, desk) if as_key else ()
            found += claim_values(path, desk) if as_value else ()
        case "mapping":
            if as_key and path == ("facts",):
                found.append(Facts(tuple(name for name in desk.facts if name.split(".")[0] in FACT_GROUPS)))
    return found


def fact_named(place: Place, desk: Desk) -> str | None:
    """The fact that a key names by its last part alone, in what scenarios give and in invariants; None for others."""
    if desk.kind == "invariants":
        name = meant(place.word, desk.facts) if any(isinstance(slot, Facts) for slot in slots_at(place, desk)) else ""
        return name or None
    given = _after("given", place.path) if desk.kind == "scenarios" and place.role == "key" else None
    name = ".".join(str(step) for step in (*given, place.word)) if given else ""
    return name if name in desk.facts else None


def _scenario_keys(path: Path, desk: Desk) -> Iterator[Slot]:
    """What a key of a mapping in scenarios may be."""
    if (given := _after("given", path)) is not None:
        yield from _given_keys(given, desk)
    elif (expect := _expected(path)) is not None:
        yield from _answer_keys(expect, desk)
    elif (head := _cell(path, desk)) is not None and head[1]:
        yield from _answer_keys(tuple(head[0].split(".")), desk)


def _scenario_values(path: Path, desk: Desk) -> Iterator[Slot]:
    """What a value in scenarios may be."""
    if (given := _after("given", path)) is not None:
        yield from _given_values(given, desk)
        return
    if (expect := _expected(path)) is not None:
        yield from _answer_values(expect, desk)
        return
    match path:
        case ("rulebook",) if desk.rulebook.rulebook is not None:
            yield Words((desk.rulebook.rulebook.id,), "the rulebook of this folder")
        case ("versions", int()):
            yield Words(desk.versions, "a version of the rulebook")
        case (*_, "clauses", int()):
            yield ClauseIds()
        case ("tables", int(), "when", int()):
            yield Facts(tuple(name for name in desk.facts if name == "at" or name.split(".")[0] in FACT_GROUPS))
        case ("tables", int(), "then", int()):
            yield Words(tuple(_dotted(_shape(desk), "")), "a part of the decision")
        case ("tables", int(), "rows", *_):
            if (head := _cell(path, desk)) is not None:
                steps = tuple(head[0].split("."))
                yield from _answer_values(steps, desk) if head[1] else _given_values(steps, desk)


def _after(word: str, path: Path) -> Path | None:
    """The rest of a path behind a word that stands at the top or in a scenario."""
    return path[path.index(word) + 1 :] if word in path[:3] else None


def _expected(path: Path) -> Path | None:
    found = _after("expect", path)
    return found if found is not None else _after("expect_not", path)


def _given_keys(rest: Path, desk: Desk) -> Iterator[Slot]:
    match rest:
        case ():
            yield Words(_GIVEN, "a part of the request")
        case (str() as group,) if group in FACT_GROUPS:
            known = [name.split(".", 1)[1] for name in desk.facts if name.startswith(f"{group}.")]
            yield Words(tuple(dict.fromkeys(name.split(".")[0] for name in [*known, "fields"])), f"a fact of `{group}`")
        case (str() as group, "fields"):
            start = f"{group}.fields."
            own = tuple(name.removeprefix(start) for name in desk.facts if name.startswith(start))
            yield Words(own, "a fact that the rulebook declares")
        case ("roster", int()):
            yield Words(tuple(ROSTER), "what the roster says of an agent")
        case ("ask",):
            yield Words(("disclose", "do", "to"), "a question")


def _given_values(rest: Sequence[str | int], desk: Desk) -> Iterator[Slot]:
    match rest:
        case ("ask", "disclose" | "do" as key, int()):
            shape = _part(_shape(desk), ("disclosures" if key == "disclose" else "permissions",))
            yield Words(tuple(shape.parts) if isinstance(shape, Named) else (), "a topic or action")
        case ("roster", int(), str() as name, *_) if name in ROSTER:
            yield Values(name, ROSTER[name])
        case _:
            steps = [step for step in rest if isinstance(step, str)]
            if (fact := ".".join(steps)) in desk.facts:
                yield Values(fact, desk.facts[fact])


def _shape(desk: Desk) -> Shape:
    return answers_of([desk.rulebook.book]) if desk.rulebook.book is not None else None


def _part(shape: Shape, steps: Sequence[str | int]) -> Shape:
    """The shape of a part of an answer; lists and the tests `has`, `has_any` are looked through."""
    for step in steps:
        if isinstance(shape, Listed):
            shape = shape.of
        if isinstance(shape, Named) and isinstance(step, str) and step in shape.parts:
            shape = shape.parts[step]
        elif not isinstance(step, int) and step not in ("has", "has_any", "has_all", "is", "one_of"):
            return None
    return shape.of if isinstance(shape, Listed) else shape


def _answer_keys(steps: Sequence[str | int], desk: Desk) -> Iterator[Slot]:
    if not steps:
        yield StageNames()
    elif isinstance(shape := _part(_shape(desk), steps), Named):
        yield Words(tuple(shape.parts), f"a part of `{steps[0]}`")


def _answer_values(steps: Sequence[str | int], desk: Desk) -> Iterator[Slot]:
    named = [step for step in steps if isinstance(step, str)]
    if len(named) > 1 and named[-1] == "by" and named[0] in STAGES:
        yield RuleIds(named[0])
    elif named[:2] == ["sla", "calendar"]:
        yield CalendarNames()
    elif isinstance(shape := _part(_shape(desk), steps), Known):
        yield Words(tuple(value for value in shape.values if isinstance(value, str)), f"`{'.'.join(named)}`")


def _cell(path: Path, desk: Desk) -> tuple[str, bool] | None:
    """What heads the column of a cell in a table of scenarios, and whether it is a part of the decision."""
    match path:
        case ("tables", int() as table, "rows", int() | str(), int() as column, *_):
            heads = [(desk.here(("tables", table, key)), key == "then") for key in ("when", "then")]
            listed = [(str(name), wanted) for names, wanted in heads for name in names or ()]
            return listed[column] if column < len(listed) else None
    return None


def _dotted(shape: Shape, above: str) -> Iterator[str]:
    """The parts of an answer that hold plain values, by their paths."""
    if isinstance(shape, Named):
        for name, part in shape.parts.items():
            yield from _dotted(part, f"{above}.{name}" if above else name)
    elif above and not isinstance(shape, Listed):
        yield above
