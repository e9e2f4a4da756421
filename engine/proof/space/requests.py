"""From cells to requests: values that lie in the cells asked for, with instants that fit together.

What the cells of single facts ask for is met exactly. What relates several facts (time between instants, sums, what a
target's clock says) is tried out, over a bounded number of requests; whoever asks decides them and sees.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, islice, product
from typing import Any

from ...facts import Instant, Number, SetOf, Text, format_instant
from ...rulebook import Same, Size, Sum
from ...tables import Marks
from ..values import example, written
from .implied import blank_text, lettered_text
from .moments import PLANS, derived_of, time_plans
from .space import Key, Situation, Space

_MEMBERS = 10
"""With no more members than this, every set of them is tried."""
_NAMES = ("ana", "bo", "chen", "dora", "emil", "fay", "gleb", "hana")
_COURSE = ("first_response_at", "last_update_at", "resolved_at")


def requests_for(space: Space, situation: Situation) -> Iterator[list[dict[str, Any]]]:
    """Requests, one for each side, whose facts lie in these cells; those that are most likely to do come first."""
    plain = _plain_values(space, situation)
    if plain is None:
        return
    for plan in islice(time_plans(space, situation), PLANS):
        for extra in _extras(space, situation):
            yield [_request(space, number, {**plain, **plan}, extra) for number in range(len(space.sides))]


def _request(space: Space, number: int, values: Mapping[Key, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    book = space.sides[number].book.rulebook
    request: dict[str, Any] = {"rulebook": book.id, "version": book.version, "at": format_instant(space.around)}
    for (fact, side), value in values.items():
        if value is None or side not in (None, number) or space.key(fact, number) != (fact, side):
            continue
        kind = space.kinds.get((fact, side)) or Instant()
        _put(request, fact, written(kind, value))
    at = request["at"]
    for fact, value in extra.items():
        _put(request, fact, value(at) if callable(value) else value, keep=True)
    return request


def _put(request: dict[str, Any], fact: str, value: Any, *, keep: bool = False) -> None:
    *path, name = fact.split(".")
    part = request
    for step in path:
        part = part.setdefault(step, {})
    if not (keep and name in part):
        part[name] = value


# Values that are no instants.


def _plain_values(space: Space, situation: Situation) -> dict[Key, Any] | None:
    """A value for each fact of a request that is no instant; None where none is found that fits together."""
    found: dict[Key, Any] = {}
    for key, cell in situation.cells.items():
        if space.is_input(key) and key not in space.instants:
            found[key] = _value(space, key, cell, situation)
    _make_same(space, situation, found)
    return found if _add_up(space, situation, found) else None


def _value(space: Space, key: Key, cell: int, situation: Situation) -> Any:
    kind = space.kinds[key]
    if cell == 0 or kind is None:
        return None
    partition = space.variables[key].partition
    if isinstance(kind, Text) and isinstance(partition, Marks):
        if key in situation.blanks:
            return blank_text(partition, cell)
        if not partition.bit_of:
            return _NAMES[sorted(space.kinds, key=str).index(key) % len(_NAMES)]
        if key in space.blanks:
            return lettered_text(partition, cell)
    return example(kind, partition, cell)


def _make_same(space: Space, situation: Situation, found: dict[Key, Any]) -> None:
    for key, _, (one, other) in derived_of(space, (Same,)):
        if one not in found or other not in found or situation.cells[key] == 0:
            continue
        is_same = situation.cells[key] == space.variables[key].partition.cell(True)
        if is_same and found[one] != found[other]:
            fits = space.variables[other].partition.cell(found[one]) == situation.cells[other]
            found[other if fits else one] = found[one if fits else other]
        elif not is_same and found[one] == found[other] and isinstance(found[other], str):
            for name in _NAMES:
                if name != found[one] and space.variables[other].partition.cell(name) == situation.cells[other]:
                    found[other] = name
                    break


def _add_up(space: Space, situation: Situation, found: dict[Key, Any]) -> bool:
    """Choose summands so that sums lie in their cells, and sets so that their sizes do."""
    for key, derived, needs in derived_of(space, (Sum, Size)):
        if situation.cells[key] == 0 or any(need not in found or found[need] is None for need in needs):
            continue
        wanted, sum_of = space.variables[key].partition, len if isinstance(derived, Size) else None
        choices = [_choices(space, need, situation.cells[need], wanted) for need in needs]
        for values in islice(product(*choices), 4096):
            total = sum_of(values[0]) if sum_of else sum(values)
            if wanted.cell(total) == situation.cells[key]:
                found.update(zip(needs, values, strict=True))
                break
        else:
            return False
    return True


def _choices(space: Space, key: Key, cell: int, wanted: Any) -> list[Any]:
    """Values of a cell among which a sum, or a size, may be reached."""
    kind, own = space.kinds[key], space.variables[key].partition
    points = [*getattr(wanted, "points", ()), *getattr(own, "points", ())]
    if isinstance(kind, SetOf):
        pool: Iterable[Any] = _sets(kind, own, example(kind, own, cell), max([*points, 1]) + 2)
    else:
        near = {p - q + step for p in (*points, 0) for q in (*points, 0) for step in (-1, 0, 1)} | {0, 1}
        low = kind.at_least if isinstance(kind, Number) else 0
        high = kind.at_most if isinstance(kind, Number) else None
        is_whole = not isinstance(kind, Number) or kind.whole
        fitting = (v for v in near if (low is None or v >= low) and (high is None or v <= high))
        pool = sorted(int(v) if float(v).is_integer() else v for v in fitting if not is_whole or float(v).is_integer())
    first = example(kind, own, cell) if kind else None
    return [first, *(value for value in pool if own.cell(value) == cell)]


def _sets(kind: SetOf, own: Any, least: frozenset[str], most: int) -> Iterator[frozenset[str]]:
    """Sets of all sizes that pass the same tests as one does, which may have few members."""
    members = kind.values or (*least, *(f"m{n}" for n in range(most)))
    if len(members) <= _MEMBERS:
        yield from (frozenset(some) for n in range(len(members) + 1) for some in combinations(members, n))
        return
    more = [m for m in members if m not in least and own.cell(least | {m}) == own.cell(least)]
    yield from (least.union(more[:n]) for n in range(len(more) + 1))


# What no rule tests, and what follows from it all the same.


def _extras(space: Space, situation: Situation) -> Iterator[dict[str, Any]]:
    """What else a request may say: nothing first; then what sets clocks and assignments in motion."""
    yield {}
    loose = {key[0] for key in space.loose if key in situation.cells}
    if any(fact.startswith("assignment.") for fact in loose):
        names = _assigned(space, situation)
        yield {"roster": [{**able_member(space), "id": names[0]}], "ticket.owner": names[0], "ticket.group": names[1]}
        yield {"roster": [{**able_member(space), "id": names[0]}]}
    if any(fact.startswith("sla.") for fact in loose):
        for name in _COURSE:
            yield {f"ticket.{name}": lambda at: at}
        yield {f"ticket.{name}": (lambda at: at) for name in _COURSE}
        yield {"ticket.status": "waiting"}
        yield {"ticket.waits": lambda at: [{"from": at}]}


def _assigned(space: Space, situation: Situation) -> tuple[str, str]:
    """An agent and a group by the names that the situation asks for, as far as it asks."""
    found = {"assignment.agent": _NAMES[0], "assignment.group": "first-line"}
    for key, cell in situation.cells.items():
        kind = space.kinds[key]
        if key[0] in found and cell and kind is not None:
            value = example(kind, space.variables[key].partition, cell)
            found[key[0]] = value if isinstance(value, str) else found[key[0]]
    return found["assignment.agent"], found["assignment.group"]


def able_member(space: Space) -> dict[str, Any]:
    """A member of a roster whom every order of the rulebooks may choose, as far as one can fit them all."""
    member: dict[str, Any] = {"id": "ana", "online": True, "in_distribution": True, "open_tickets": 0, "capacity": 9}
    skills: set[str] = set()
    for side in space.sides:
        stage = side.book.rulebook.stages.get("assignment")
        for row in stage.rows if stage else ():
            skills |= row.outcome.skills
            for name, condition in row.outcome.among.items():
                for test in condition:
                    if test.op == "one_of":
                        member[name] = sorted(test.operand, key=str)[0]
                    elif test.op in ("has_all", "has_any"):
                        skills |= test.operand
    return {**member, "skills": sorted(skills)} if skills else member
