"""The second engine on its own: names, rulesets, what it does when durable-rules fails, and tables of every shape."""

import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook_kit import AT, as_bytes, rulebook_of

from engine.decision import Catalogue, CompiledRulebook, compile_rulebook, decide
from engine.facts import parse_instant
from engine.rete import ReteChain
from engine.rete.core import Core, load_core
from engine.rete.names import WORDS, bit_name, cell_name, check_apart, fnv1a, session_name, state_id
from engine.rete.rulesets import RULES_LIMIT, build_ruleset
from engine.rete.sessions import Sessions
from engine.rulebook import build_cell_map, build_table
from engine.stages import EngineFault, EngineUnavailable

try:
    load_core()
except EngineUnavailable as unavailable:
    pytest.skip(str(unavailable), allow_module_level=True)

LEVELS = 9


def rows_on_one_fact(count: int) -> dict[str, Any]:
    """A classification of that many rules on one number, each of which holds from its own number on."""
    rules = [
        {"rule": f"r{i}", "when": {"ticket.reopened": {"at_least": i}}, "then": {"kind": f"k{i}"}}
        for i in reversed(range(count))
    ]
    return {"classification": {"rules": rules}}


def ask(book: CompiledRulebook, **ticket: Any) -> bytes:
    return as_bytes(decide(book, {"ticket": ticket, "explain": True}, parse_instant(AT), ()))


def test_names_that_hash_alike_are_refused() -> None:
    assert fnv1a("oudmbxcb") == fnv1a("thmkuwzz")
    with pytest.raises(EngineFault, match="cannot tell the names `oudmbxcb` and `thmkuwzz` apart"):
        check_apart(["c0", "oudmbxcb", "c1", "thmkuwzz"])


def test_the_names_of_a_large_rulebook_are_apart() -> None:
    cells = [cell_name(slot) for slot in range(300)]
    bits = [bit_name(slot, bit) for slot in range(100) for bit in range(100)]
    check_apart([*WORDS, *cells, *bits])
    sessions = [session_name(number) for number in range(1_000)]
    check_apart([*sessions, *map(state_id, sessions)])


def test_sessions_are_used_again_and_never_shared() -> None:
    sessions = Sessions(("f0",))
    first, second = sessions.take(), sessions.take()
    assert first != second
    sessions.give_back(first)
    assert sessions.take() == first


def test_conditions_become_bounds_exclusions_or_single_cells() -> None:
    book = rulebook_of(
        {
            "facts": {"ticket.channel": list("abcdefgh")},
            "classification": {
                "rules": [{"rule": f"{c}", "when": {"ticket.channel": c}, "then": {"kind": "k"}} for c in "abcdefgh"]
                + [
                    {"rule": "some", "when": {"ticket.channel": ["a", "h"]}, "then": {"kind": "k"}},
                    {"rule": "most", "when": {"ticket.channel": {"none_of": ["c"]}}, "then": {"kind": "k"}},
                    {"rule": "early", "when": {"ticket.reopened": {"at_most": 3}}, "then": {"kind": "k"}},
                ]
            },
        }
    )
    cells = build_cell_map(book)
    ruleset = build_ruleset([build_table(book.stages["classification"].rows, cells)], cells)
    tests = {place: ruleset.rules[f"r0.{place}"]["all"][0]["m"]["$and"][1:] for place in (0, 8, 9, 10)}
    assert tests == {
        0: [{"c0": 1}],
        8: [{"$or": [{"c0": 1}, {"c0": 8}]}],
        9: [{"$gte": {"c0": 1}}, {"$neq": {"c0": 3}}],
        10: [{"$gte": {"c1": 1}}, {"$lte": {"c1": 2}}],
    }


def test_a_rulebook_beyond_its_limit_is_refused() -> None:
    assert RULES_LIMIT == 4096
    with pytest.raises(EngineFault, match="takes 4,096 rules at most, and this rulebook needs 4,120"):
        compile_rulebook(rulebook_of(rows_on_one_fact(4_110)), "rete")


@pytest.mark.parametrize("count", [1, 16, 17, 63, 64, 65, 255, 256, 257, 700])
def test_any_number_of_rows_may_apply_at_once(count: int) -> None:
    bitmap, rete = (compile_rulebook(rulebook_of(rows_on_one_fact(count)), engine) for engine in ("bitmap", "rete"))
    for reopened in (None, 0, count // 2, count - 1, count):
        assert ask(bitmap, reopened=reopened) == ask(rete, reopened=reopened)


def test_rows_with_the_same_conditions_all_apply() -> None:
    duties = [{"rule": f"r{i}", "when": {"ticket.status": "new"}, "then": {"do": f"d{i}"}} for i in range(300)]
    bitmap, rete = (compile_rulebook(rulebook_of({"obligations": {"rules": duties}}), e) for e in ("bitmap", "rete"))
    assert ask(bitmap, status="new") == ask(rete, status="new")
    assert ask(bitmap, status="open") == ask(rete, status="open")


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 120), st.lists(st.integers(0, 2**32), min_size=5, max_size=20))
def test_random_tables(seed: int, count: int, asked: list[int]) -> None:
    body = random_table(random.Random(seed), count)
    bitmap, rete = (compile_rulebook(rulebook_of(body), engine) for engine in ("bitmap", "rete"))
    for number in asked:
        ticket = random_ticket(random.Random(number))
        assert ask(bitmap, **ticket) == ask(rete, **ticket), ticket


def random_table(draw: random.Random, count: int) -> dict[str, Any]:
    """Obligations over a list, a number, a text and a set, with every kind of condition."""
    columns: dict[str, Any] = {
        "ticket.channel": lambda: draw.choice([draw.sample("abcdef", 2), {"none_of": draw.sample("abcdef", 2)}, "a"]),
        "ticket.reopened": lambda: draw.choice(
            [{"at_least": draw.randrange(LEVELS)}, {"none_of": draw.sample(range(LEVELS), 3)}, [1, LEVELS], 4]
        ),
        "ticket.text": lambda: draw.choice([{"contains": draw.choice("abcdef")}, {"any_word": "cafe"}, "cafe"]),
        "ticket.tags": lambda: draw.choice([{"has_none": ["x"]}, {"has_all": ["x", "y"]}, ["y", "z"]]),
    }
    rules = []
    for i in range(count):
        facts = draw.sample(sorted(columns), draw.randint(1, 4))
        when = {f: {"missing": draw.random() < 0.5} if draw.random() < 0.2 else columns[f]() for f in facts}
        rules.append({"rule": f"r{i}", "when": when, "then": {"do": f"d{i}"}})
    return {"facts": {"ticket.channel": list("abcdef")}, "obligations": {"rules": rules}}


def random_ticket(draw: random.Random) -> dict[str, Any]:
    found = {
        "channel": draw.choice("abcdef"),
        "reopened": draw.randrange(LEVELS + 2),
        "text": draw.choice(["cafe", "CAFE b", "cafe\u0301", "", "abc def", "f"]),
        "tags": draw.sample("xyz", draw.randrange(4)),
    }
    return {name: value for name, value in found.items() if draw.random() < 0.8}


def test_its_errors_are_ours_and_leave_the_next_decision_alone() -> None:
    marks = [f"<{i}>" for i in range(300)]
    rules = [{"rule": m[1:-1], "when": {"ticket.text": {"contains": m}}, "then": {"kind": "k"}} for m in marks]
    rete = compile_rulebook(rulebook_of({"classification": {"rules": rules}}), "rete")
    before = ask(rete, text="<7>")
    for _ in range(50):
        with pytest.raises(EngineFault, match="durable-rules failed: Could not assert fact, error code: 302"):
            ask(rete, text="".join(marks))
        assert ask(rete, text="<7>") == before


def chain_of(body: dict[str, Any]) -> ReteChain:
    chain = compile_rulebook(rulebook_of(body), "rete").chain
    assert isinstance(chain, ReteChain)
    return chain


def test_what_a_stage_raises_comes_through_and_its_session_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = chain_of(rows_on_one_fact(3))
    forgotten: list[str] = []
    forget = Core.forget
    monkeypatch.setattr(Core, "forget", lambda core, session: (forgotten.append(session), forget(core, session))[1])

    def fail(stage: int, applying: int) -> int | None:
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            chain.run([1, 0], fail)
    assert forgotten == ["s0", "s0", "s0"]


def test_a_chain_that_stops_early_or_fires_out_of_turn_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = chain_of(rows_on_one_fact(3))
    monkeypatch.setattr(Core, "next_action", lambda core, state: None)
    with pytest.raises(EngineFault, match="stopped before the last stage"):
        chain.run([1, 0], lambda stage, applying: stage + 1)
    monkeypatch.setattr(Core, "next_action", lambda core, state: "close5")
    with pytest.raises(EngineFault, match="`close5` out of turn"):
        chain.run([1, 0], lambda stage, applying: stage + 1)


def test_more_sessions_at_once_than_it_has_room_for_at_first() -> None:
    """durable-rules makes room for seven sessions and then for more; here twelve are under way at the same time."""
    chain, barrier = chain_of(rows_on_one_fact(40)), threading.Barrier(12, timeout=30)

    def run(number: int) -> list[int]:
        found: list[int] = []

        def conclude(stage: int, applying: int) -> int | None:
            barrier.wait()
            found.append(applying)
            return stage + 1 if stage < 8 else None

        chain.run([2 * number + 2, 0], conclude)
        return found

    with ThreadPoolExecutor(12) as threads:
        for number, found in enumerate(threads.map(run, range(12))):
            wanted = sum(1 << (39 - row) for row in range(number + 1))
            assert found == [0, wanted, *[0] * 7]


def test_an_engine_that_cannot_be_had_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    rulebook = rulebook_of(rows_on_one_fact(1))
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    with pytest.raises(EngineUnavailable, match=r"install the extra `rete` \(pip install '\.\[rete\]'\) under Python"):
        Catalogue([rulebook], engine="rete")
    with pytest.raises(EngineUnavailable, match="there is no engine `ret`; known are `bitmap` and `rete`"):
        Catalogue([rulebook], engine="ret")  # type: ignore[arg-type]
