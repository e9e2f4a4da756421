"""Random requests to a given rulebook, drawn from what it declares and where its tests cut.

For every fact the values at, just below and just above each limit that a test names, listed values, absence and null,
texts that differ from a tested one in case, in Unicode's forms or in their surroundings; now and then a request that
does not fit.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from engine.decision import CompiledRulebook
from engine.facts import (
    FACT_GROUPS,
    ROSTER,
    Closed,
    Duration,
    FactType,
    Instant,
    Number,
    SetOf,
    Text,
    Truth,
    format_duration,
    format_instant,
    parse_instant,
)
from engine.tables import Test

INSTANTS = ("2026-11-23T09:30:00+03:00", "2026-11-23T07:00:00+03:00", "2026-11-23T14:59:59.999999Z",
            "2026-11-21T23:00:00Z", "2026-12-31T21:00:00Z", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z",
            "2028-02-29T12:00:00Z")  # fmt: skip
"""In hours, at an opening, at a closing, on a weekend, at a new year, at both changes of the clock, on a leap day."""
WORDS = ("", " ", "ana", "bo", "Jos\u00e9", "Jose\u0301", "printer on fire", "STRASSE", "stra\u00dfe", "\u0130stanbul",
         "\u041f\u0420\u0418\u0412\u0415\u0422", "\u1e9e", "\ufb01ne", "\u200d", "\U0001f525", "true", "1",
         "null")  # fmt: skip
OFFSETS = (0, 1, -1, 60_000_000, 3_600_000_000, 86_400_000_000, 30 * 86_400_000_000)
"""Microseconds by which an instant lies before the decision's."""
LANGUAGES = (None, "en", "ru", "pl", "xx", "en-GB")
COURSE = ("waits", "messages", "states")
"""The lists of a request that tell a ticket's course."""
ABSENT = object()


def requests_to(book: CompiledRulebook, count: int = 5) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Some requests to a compiled rulebook, each but the first like the one before it except for a few facts.

    Drawing all facts takes far longer than deciding on them. About one request in twelve does not fit.
    """
    limits = _limits(book)
    spans = sorted({*OFFSETS, *(d for span in _durations(book, limits) for d in (span, span - 1, span + 1))})
    busy, idle = _facts(book, limits)
    rest = st.fixed_dictionaries({}, optional={**_rest(book), "roster": _rosters(spans)})
    some = st.lists(st.sampled_from(sorted(busy)), min_size=1, max_size=4, unique=True)
    unasked = st.lists(st.sampled_from(idle), max_size=4)

    @st.composite
    def drawn(draw: st.DrawFn) -> list[dict[str, Any]]:
        at = parse_instant(draw(st.sampled_from(INSTANTS)))
        facts = {fact: draw(values) for fact, values in busy.items()} | dict(draw(unasked))
        others = {**draw(rest), **_lists(draw, book, at, spans)}
        found = [_request(facts, others, at)]
        for _ in range(count - 1):
            facts |= {fact: draw(busy[fact]) for fact in draw(some)}
            if draw(st.booleans()):
                others |= draw(rest)
            found.append(_request(facts, others, at))
        return [draw(_spoilt(book, request)) if draw(st.integers(0, 11)) == 11 else request for request in found]

    return drawn()


def _facts(
    book: CompiledRulebook, limits: Mapping[str, tuple[Any, ...]]
) -> tuple[dict[str, st.SearchStrategy[Any]], list[tuple[str, Any]]]:
    """Values of each fact that something asks for, and pairs of facts and values that nothing asks for."""
    needs = {need for derived in book.rulebook.derived.values() for need in derived.needs}
    kinds = {f"{group}.{name}": kind for group, named in book.types.items() for name, kind in named.items()}
    asked = {
        fact
        for fact, kind in kinds.items()
        if fact in limits or fact in needs or isinstance(kind, Instant) or fact.startswith("ticket.fields.")
    } | {"ticket.status", "ticket.owner", "ticket.group", "requester.relation", "requester.language"}
    busy = {fact: _values(kinds[fact], limits.get(fact, ())) for fact in sorted(asked)}
    idle = [(fact, value) for fact in sorted(set(kinds) - asked) for value in _pool(kinds[fact], [])]
    return busy, idle


def _request(facts: Mapping[str, Any], others: Mapping[str, Any], at: int) -> dict[str, Any]:
    """A request of these facts, by full name, and of its other parts."""
    request: dict[str, Any] = {"at": format_instant(at), "ticket": {}, "requester": {}, "agent": {}}
    for fact, value in facts.items():
        if value is not ABSENT:
            *path, name = fact.split(".")
            part = request
            for step in path:
                part = part.setdefault(step, {})
            part[name] = _settled(value, at)
    ticket = {key: others[key] for key in COURSE if key in others}
    request["ticket"] |= ticket
    request |= {key: value for key, value in others.items() if key not in COURSE}
    if "roster" in request:
        request["roster"] = [{key: _settled(value, at) for key, value in m.items()} for m in request["roster"]]
    return request


class _Before(int):
    """An instant, as the microseconds by which it lies before the decision's."""


def _settled(value: Any, at: int) -> Any:
    return format_instant(at - value) if isinstance(value, _Before) else value


def _lists(draw: st.DrawFn, book: CompiledRulebook, at: int, spans: list[int]) -> dict[str, Any]:
    """What tells the ticket's course: its waits, its messages, and the states that it was in."""
    times = st.lists(st.sampled_from(spans).map(lambda span: format_instant(at - span)), max_size=4)
    ends = sorted(draw(times))
    waits: list[dict[str, Any]] = [{"from": a, "until": b} for a, b in zip(ends[::2], ends[1::2], strict=False)]
    waits += [{"from": ends[-1]}] if len(ends) % 2 else []
    messages = [{"at": when, "from": draw(st.sampled_from(["agent", "requester"]))} for when in draw(times)]
    known = book.states or ("new", "open", "waiting", "re\u0301solu")
    states = [{"at": when, "state": draw(st.sampled_from(known))} for when in draw(times)]
    return {key: found for key, found in zip(COURSE, (waits, messages, states), strict=True) if found}


def _rest(book: CompiledRulebook) -> dict[str, st.SearchStrategy[Any]]:
    """What is asked, in which language, and whether reasons are wanted."""
    ask = {}
    for key, names in (("disclose", book.topics), ("do", book.actions)):
        if names:
            ask[key] = st.lists(st.sampled_from(names), unique=True)
    if book.audiences:
        ask["to"] = st.sampled_from(book.audiences)
    return {
        "ask": st.one_of(st.none(), st.fixed_dictionaries({}, optional=ask)),
        "language": st.sampled_from(LANGUAGES),
        "explain": st.sampled_from([True, True, True, False, None]),
    }


def _limits(book: CompiledRulebook) -> Mapping[str, tuple[Any, ...]]:
    """The values that tests name, by fact."""
    found: dict[str, dict[Any, None]] = {}
    for stage in book.rulebook.stages.values():
        for row in stage.rows:
            for fact, condition in row.when.items():
                found.setdefault(fact, {}).update(dict.fromkeys(v for test in condition for v in _operands(test)))
    return {fact: tuple(values) for fact, values in found.items()}


def _operands(test: Test) -> Iterable[Any]:
    return test.operand if isinstance(test.operand, frozenset | tuple) else (test.operand,)


def _durations(book: CompiledRulebook, limits: Mapping[str, tuple[Any, ...]]) -> set[int]:
    """The durations that tests and promises name."""
    kinds = book.rulebook.facts
    tested = {v for fact, values in limits.items() if isinstance(kinds[fact], Duration) for v in values}
    sla = book.rulebook.stages.get("sla")
    promised = {within for row in sla.rows for _, within in row.outcome.targets} if sla else set()
    return {v for v in tested | promised if not isinstance(v, bool)}


def _values(kind: FactType, limits: Iterable[Any]) -> st.SearchStrategy[Any]:
    """Values of a fact, present more often than not."""
    named = [v for v in limits if not isinstance(v, bool) or isinstance(kind, Truth)]
    pool = _pool(kind, named)
    chosen = st.sampled_from([*pool, *([ABSENT] * (1 + len(pool) // 4)), None])
    return st.one_of(chosen, chosen, chosen, st.text(max_size=12)) if isinstance(kind, Text) else chosen


def _pool(kind: FactType, named: list[Any]) -> list[Any]:
    match kind:
        case Closed():
            return [*kind.values, *named]
        case Truth():
            return [True, False]
        case Number():
            return _numbers(kind, named)
        case Duration():
            near = (max(0, v + d) for v in (*named, 0) for d in (-1, 0, 1))
            return [format_duration(v) for v in sorted(set(near))]
        case Instant():
            points = [format_instant(v + d) for v in named for d in (-1, 0, 1)]
            return [*points, *map(_Before, (*OFFSETS, 4 * 3_600_000_000, 8 * 3_600_000_000))]
        case SetOf():
            members = list(kind.values or {*(v for v in named if isinstance(v, str)), "other"})
            return [[], members, *([m] for m in members[:6]), members[:2], members[1:3]]
        case Text():
            return [*WORDS, *(form for v in named if isinstance(v, str) for form in _forms(v))]


def _numbers(kind: Number, named: list[Any]) -> list[Any]:
    steps = (-1, 0, 1) if kind.whole else (-1, -0.5, -1e-9, 0, 1e-9, 0.5, 1)
    near = {v + step for v in (*named, 0, 1) for step in steps} | {2**53, 2**63 - 1}
    low = -(2**63) + 1 if kind.at_least is None else kind.at_least
    high = 2**63 - 1 if kind.at_most is None else kind.at_most
    fitting = sorted(v for v in near if low <= v <= high)
    return [*fitting, *(float(v) for v in fitting[:3])]


def _forms(text: str) -> Iterator[str]:
    """A text as it is, in other cases, in other words, and decomposed."""
    yield from (text, text.upper(), f"x {text}, y", f"x{text}y", text.replace("a", "a\u0301"))


def _rosters(spans: list[int]) -> st.SearchStrategy[list[dict[str, Any]]]:
    told = [(name, value) for name, kind in ROSTER.items() if name != "id" for value in _pool(kind, [])]
    told += [("last_assigned_at", _Before(span)) for span in spans]
    members = st.lists(st.lists(st.sampled_from(told), max_size=5), max_size=3)
    ids = ("ana", "bo", "Jos\u00e9")
    return members.map(lambda found: [{"id": id, **dict(m)} for id, m in zip(ids, found, strict=False)])


def _spoilt(book: CompiledRulebook, request: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The request with something in it that does not fit."""
    facts = [(group, name) for group in FACT_GROUPS for name in book.types[group]]
    wrong = st.sampled_from([{}, [[]], 1e400, 2**70, True, "\ud800", "unheard of", -1, "1970", {"a": 1}])
    spoilers = st.one_of(
        st.tuples(st.sampled_from(facts), wrong).map(lambda pair: {pair[0][0]: {pair[0][1]: pair[1]}}),
        st.sampled_from([{"ticket": {"chanel": "x"}}, {"tickets": {}}, {"requester": {"fields": {"unheard_of": 1}}}]),
        st.sampled_from([{"roster": [{"id": "x"}, {"id": "x"}]}, {"roster": [{}]}, {"ask": {"to": "nobody"}}]),
        st.sampled_from([{"ask": {"disclose": ["weather"]}}, {"explain": "yes"}, {"language": "?"}, {"agent": "ana"}]),
    )
    return spoilers.map(lambda spoiler: _merged(request, spoiler))


def _merged(request: dict[str, Any], spoiler: dict[str, Any]) -> dict[str, Any]:
    inner = [key for key, value in spoiler.items() if isinstance(value, dict) and isinstance(request.get(key), dict)]
    return {**request, **spoiler, **{key: {**request[key], **spoiler[key]} for key in inner}}
