"""The function that a rulebook's stages are written out as: its source, its faults, and what goes the long way."""

import linecache
import traceback
from collections.abc import Mapping
from typing import Any

import pytest
from rulebook_kit import AT, compiled

from engine.decision import CompiledRulebook, decide
from engine.decision.answers import answers_of
from engine.decision.written_out import write_out
from engine.facts import parse_instant
from engine.stages import AS_DATA, Case
from engine.tables.index import FRONT, LONG

SLY = '"); raise SystemExit  # '
BOOK: dict[str, Any] = {
    "facts": {"ticket.channel": ["mail", SLY], "ticket.fields.sly": [SLY, "plain"]},
    "admission": {
        "rules": [{"rule": "sly", "when": {"ticket.channel": SLY}, "then": {"outcome": "reject"}}],
        "otherwise": {"then": {"outcome": "accept"}},
    },
    "classification": {"rules": [{"rule": "kind", "when": {"ticket.fields.sly": SLY}, "then": {"kind": SLY}}]},
    "escalation": {"rules": [{"rule": "up", "when": {"classification": SLY}, "then": {"to": SLY, "level": 1}}]},
}


def source_of(book: CompiledRulebook) -> str:
    code = book.door("en", AS_DATA).short_way.__code__  # type: ignore[attr-defined]
    return "".join(linecache.getlines(code.co_filename))


def ask(book: CompiledRulebook, **ticket: Any) -> dict[str, Any]:
    decision: dict[str, Any] = decide(book, {"ticket": ticket}, parse_instant(AT), ())["decision"]
    return decision


def test_its_source_can_be_read_and_holds_no_text_of_the_rulebook() -> None:
    source = source_of(compiled(BOOK))
    assert source.startswith("def build(")
    assert "ready_admission[grid_admission[cells[" in source
    for text in ("SystemExit", "sly", "kind_", "ticket"):
        assert text not in source.replace("ticket = request.get('ticket') or ()", "").replace("isdisjoint(ticket)", "")


def test_what_a_row_gives_is_found_by_results_of_earlier_stages() -> None:
    book = compiled(BOOK)
    for _ in range(2):  # the second time all is ready
        decision = ask(book, channel="mail", fields={"sly": SLY})
        assert decision["escalation"] == {"to": SLY, "level": 1, "request": None, "by": "up"}
        assert ask(book, fields={"sly": "plain"})["escalation"]["by"] == "escalation.none"


def test_a_table_may_ask_about_thousands_of_facts() -> None:
    facts = {f"ticket.fields.f{i}": "truth" for i in range(3_000)}
    rule = {"rule": "all", "when": dict.fromkeys(facts, True), "then": {"kind": "k"}}
    book = compiled({"facts": facts, "classification": {"rules": [rule]}})
    stated = {name.rpartition(".")[2]: True for name in facts}
    assert ask(book, fields=stated)["classification"]["kind"] == "k"
    assert ask(book, fields={**stated, "f2999": False})["classification"]["kind"] is None


def test_of_a_long_table_the_first_row_decides_wherever_it_stands() -> None:
    """Also with a text condition, whose cells are worked out when they are seen, and without any row that applies."""
    asked = [(f"c{i % 70}", f"word{i // 70}") for i in range(LONG)]
    rows = {f"r{i}": [category, {"any_word": [word]}, f"k{i}"] for i, (category, word) in enumerate(asked)}
    table = {"when": ["ticket.category", "ticket.subject"], "then": ["kind"], "rows": rows}
    book = compiled({"facts": {"ticket.category": [f"c{i}" for i in range(71)]}, "classification": {"table": table}})
    assert "if not rows:" in source_of(book)
    for wanted in (0, 1, LONG // FRONT - 1, LONG // FRONT, LONG - 1, None):
        category, word = ("c70", "word0") if wanted is None else asked[wanted]
        ticket = {"category": category, "subject": f"a {word} here"}
        for explain in (False, True):
            answer = decide(book, {"ticket": ticket, "explain": explain}, parse_instant(AT), ())
            kind, by = (None, "classification.none") if wanted is None else (f"k{wanted}", f"classification.r{wanted}")
            assert answer["decision"]["classification"] == {"kind": kind, "by": by}


def test_a_ticket_that_is_not_accepted_goes_the_long_way() -> None:
    book = compiled(BOOK)
    for _ in range(2):
        decision = ask(book, channel=SLY)
        assert decision["admission"]["by"] == "sly"
        assert decision["classification"] is None
        assert decision["disclosures"] == {}


def test_a_fault_in_a_stage_shows_the_line() -> None:
    def broken(case: Case) -> None:
        raise RuntimeError("broken")

    def begin(request: Mapping[str, Any], at: int, cells: list[int]) -> Case:
        return Case(request, {}, at, "en", cells, compiled({}).shared, None)

    short_way = write_out("desk 1.0.0", begin, broken, [], lambda case: {}, answers_of({}, AS_DATA))
    with pytest.raises(RuntimeError) as caught:
        short_way({}, 0, [])
    assert "derive_first(case)" in "".join(traceback.format_exception(caught.value))
