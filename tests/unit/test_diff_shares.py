"""How large a region of a comparison is: combinations of cells, counted exactly."""

from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rulebook_kit import compiled

from engine.decision import CompiledRulebook
from engine.proof.differences.differences import compare
from engine.proof.differences.sayings import plain
from engine.proof.differences.shares import Share, share_of, union_size
from engine.proof.space.observed import observe

FACTS = ("a", "b", "c")
CELLS = st.frozensets(st.integers(0, 3), min_size=1)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(FACTS, CELLS)), max_size=8))
def test_combinations_in_several_boxes_count_once(boxes: list[dict[str, frozenset[int]]]) -> None:
    def lies_in(cells: tuple[int, ...], box: dict[str, frozenset[int]]) -> bool:
        return all(cell in box[fact] for fact, cell in zip(FACTS, cells, strict=True))

    inside = [cells for cells in product(range(4), repeat=3) if any(lies_in(cells, box) for box in boxes)]
    assert union_size(boxes) == len(inside)


VALUES: dict[str, list[Any]] = {
    "ticket.channel": [None, "mail", "phone", "chat"],
    "ticket.urgency": [None, "low", "normal", "high"],
    "requester.warnings": [None, 0, 1, 2, 3],  # rules ask for 1 and 3: below, 1, between, 3; and above
}


def desk(*rules: dict[str, Any], **more: Any) -> CompiledRulebook:
    channel, urgency = (values[1:] for values in [VALUES["ticket.channel"], VALUES["ticket.urgency"]])
    facts = {"ticket.channel": channel, "ticket.urgency": {"ordered": urgency}, "requester.warnings": "count", **more}
    levels = {"levels": ["P1", "P2", "P3"], "otherwise": {"then": {"level": "P3"}}}
    return compiled({"facts": facts, "priority": {**levels, "rules": list(rules)}})


def rule(name: str, level: str, **when: Any) -> dict[str, Any]:
    full = {
        "channel": "ticket.channel",
        "urgency": "ticket.urgency",
        "warnings": "requester.warnings",
        "text": "ticket.text",
    }
    return {"rule": name, "when": {full[fact]: test for fact, test in when.items()}, "then": {"level": level}}


def shares(old: CompiledRulebook, new: CompiledRulebook) -> list[Share | None]:
    found = compare(old, new)
    assert not found.undecided
    return [share_of(found.space, one) for one in found.found]


def request(channel: Any, urgency: Any, warnings: Any) -> dict[str, Any]:
    ticket = {name: value for name, value in (("channel", channel), ("urgency", urgency)) if value is not None}
    requester = {} if warnings is None else {"warnings": warnings}
    return {"rulebook": "desk", "at": "2026-01-05T08:00:00Z", "ticket": ticket, "requester": requester}


def test_a_share_is_what_deciding_every_combination_counts() -> None:
    often = rule("often", "P1", warnings={"at_least": 3})
    old = desk(often, rule("loud", "P2", channel="phone"), rule("soon", "P2", urgency="high"))
    new = desk(often, rule("loud", "P1", channel="phone"), rule("soon", "P1", urgency="high", warnings={"at_least": 1}))
    found = compare(old, new)
    counted = {"P1": 0, "P3": 0}
    for channel, urgency in product(VALUES["ticket.channel"], VALUES["ticket.urgency"]):
        for warnings in (None, 0, 1, 2, 3, 4):  # a value of each cell
            both = [observe(book, request(channel, urgency, warnings)).answer["decision"] for book in (old, new)]
            before, after = (decision["priority"]["level"] for decision in both)
            if before != after:
                counted[after] += 1
    told = {plain(one.new.said)["level"]: share_of(found.space, one) for one in found.found}
    assert {level: share.combinations for level, share in told.items() if share is not None} == counted
    assert told["P1"] == Share(counted["P1"], 4 * 4 * 6, ("requester.warnings", "ticket.channel", "ticket.urgency"))


def test_texts_are_not_counted_and_neither_is_what_follows() -> None:
    old, new = (desk(rule("loud", level, text={"contains": "fire"})) for level in ("P1", "P2"))
    assert shares(old, new) == [None]
    old, new = (desk(rule("loud", level, channel="phone")) for level in ("P1", "P2"))
    assert shares(old, new) == [Share(1, 4, ("ticket.channel",))]


def test_of_many_pairs_of_rules_that_decide_the_same_some_are_told_and_that_there_are_more() -> None:
    names = [f"v{i}" for i in range(30)]
    old, new = (
        compiled({
            "facts": {"ticket.channel": names},
            "priority": {"rules": [
                {"rule": f"{way}-{name}", "when": {"ticket.channel": name}, "then": {"level": f"P{i}"}}
                for i, name in enumerate(names)
            ]},
        })
        for way in ("old", "new")
    )  # fmt: skip
    found = compare(old, new)
    assert not found.found
    *told, more = found.resigned
    assert (len(told), more.what, more.old, more.new) == (found.search.limits.resigned, ("more",), (), ())
    assert all(one.what == ("rule",) for one in told)
