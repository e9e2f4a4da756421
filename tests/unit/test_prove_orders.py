"""Of two requests the higher is never served later: what is compared, what counts as later, and what stays open."""

from pathlib import Path
from typing import Any

import pytest
from prove_kit import proof_of

from engine import Proof, parse_instant

URGENCY = """\
facts:
  ticket.urgency: {ordered: [low, normal, high]}
  ticket.channel: [mail, phone]
  requester.tier: [gold, silver]
  ticket.fields.count: {whole: {at_least: 0, at_most: 9}}
  ticket.fields.more: {whole: {at_least: 0, at_most: 9}}
  ticket.fields.pause: duration
  ticket.fields.vip: truth
"""
WITH_PRIORITY = (
    URGENCY
    + """\
priority:
  levels: [P1, P2]
  rules:
    - {rule: urgent, when: {ticket.urgency: high}, then: {level: P2}}
    - {rule: else, then: {level: P1}}
sla:
  rules:
    - {rule: first, when: {priority: P1}, then: {resolution: 1h}}
    - {rule: second, when: {priority: P2}, then: {resolution: 8h}}
"""
)
OFFICE = 'calendars:\n  office: {zone: UTC, hours: {mon-fri: "09:00-17:00"}}\n'


def verdict(root: Path, rules: str, invariant: str) -> Proof:
    return proof_of(root, URGENCY + rules, invariant)


def sla(*rows: str) -> str:
    return "sla:\n  rules:\n" + "".join(f"    - {{rule: r{i}, {row}}}\n" for i, row in enumerate(rows))


def target_of(proof: Proof, name: str = "resolution") -> list[Any]:
    return [one.decision["sla"]["targets"].get(name) for one in proof.shown]


def test_what_follows_from_the_fact_differs_too(tmp_path: Path) -> None:
    """The priority of each request is its own: here the more urgent one gets the lower."""
    proof = proof_of(tmp_path, WITH_PRIORITY, "monotone: {urgency: sla.resolution}")
    assert (proof.verdict, proof.certainty) == ("witness", "every")
    high, low = (one.request["ticket"]["urgency"] for one in proof.shown)
    assert high == "high" != low
    assert [target["within"] for target in target_of(proof)] == ["PT8H", "PT1H"]
    assert [part["request"] for part in proof.box] == [1, 2]
    swapped = WITH_PRIORITY.replace("level: P2}}", "level: P1}}", 1).replace(
        "then: {level: P1}}\nsla", "then: {level: P2}}\nsla"
    )
    assert proof_of(tmp_path, swapped, "monotone: {urgency: sla.resolution}").verdict == "proved"


@pytest.mark.parametrize(
    ("levels", "expected"), [(("1h", "8h"), "proved"), (("8h", "1h"), "witness"), (("8h", "8h"), "proved")]
)
def test_results_are_compared_over_all_that_gives_them(tmp_path: Path, levels: tuple[str, str], expected: str) -> None:
    rows = (f"when: {{priority: P{i}}}, then: {{resolution: {within}}}" for i, within in enumerate(levels, 1))
    rules = WITH_PRIORITY.split("sla:")[0] + sla(*rows)
    proof = proof_of(tmp_path, rules, "monotone: {priority: sla.resolution}")
    assert proof.verdict == expected
    if proof.shown:
        assert [one.decision["priority"]["level"] for one in proof.shown] == ["P1", "P2"]


def test_what_else_the_promise_depends_on_is_the_same(tmp_path: Path) -> None:
    """A silver P1 waits longer than a gold P2, and that is no fault: tiers are not compared here."""
    rules = WITH_PRIORITY.split("sla:")[0] + sla(
        "when: {priority: P1, requester.tier: gold}, then: {resolution: 1h}",
        "when: {priority: P2, requester.tier: gold}, then: {resolution: 2h}",
        "when: {priority: P1}, then: {resolution: 4h}",
        "when: {priority: P2}, then: {resolution: 8h}",
    )
    assert proof_of(tmp_path, rules, "monotone: {priority: sla.resolution}").verdict == "proved"


def test_results_that_hang_on_the_time_of_the_decision(tmp_path: Path) -> None:
    """In hours all is P1, out of hours all is P2: no two requests at one instant differ, and two at others do."""
    rules = OFFICE + URGENCY + """\
derive:
  at_work: {open: office}
priority:
  levels: [P1, P2]
  rules:
    - {rule: day, when: {at_work: true}, then: {level: P1}}
    - {rule: night, then: {level: P2}}
""" + sla("when: {priority: P1}, then: {resolution: 8h}", "when: {priority: P2}, then: {resolution: 1h}")  # fmt: skip
    proof = proof_of(tmp_path, rules, "monotone: {priority: sla.resolution}")
    assert proof.verdict == "witness"
    first, second = (parse_instant(one.request["at"]) for one in proof.shown)
    assert first != second


def test_no_promise_is_later_than_any(tmp_path: Path) -> None:
    rules = sla("when: {ticket.urgency: [low, normal]}, then: {resolution: 8h}")
    proof = verdict(tmp_path, rules, "monotone: {urgency: resolution}")
    assert proof.verdict == "witness"
    high, low = target_of(proof)
    assert high is None
    assert low["within"] == "PT8H"
    rules = sla("when: {ticket.urgency: [high, normal]}, then: {resolution: 8h}")
    assert verdict(tmp_path, rules, "monotone: {urgency: resolution}").verdict == "proved"


def test_tickets_that_are_not_accepted_are_not_compared(tmp_path: Path) -> None:
    rules = """\
admission:
  rules:
    - {rule: no, when: {ticket.urgency: high}, then: {outcome: reject}}
  otherwise: {then: {outcome: accept}}
""" + sla("then: {resolution: 8h}")  # fmt: skip
    assert verdict(tmp_path, rules, "monotone: {urgency: resolution}").verdict == "proved"


NUMBERS = {
    "more is sooner": ("ticket.fields.count: {at_least: 3}", "1h", "8h", "proved"),
    "more is later": ("ticket.fields.count: {at_least: 3}", "8h", "1h", "witness"),
    "one number is later": ("ticket.fields.count: 3", "8h", "1h", "witness"),
    "the last is later": ("ticket.fields.count: {more_than: 8}", "8h", "1h", "witness"),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_have_their_own_order(case: str, tmp_path: Path) -> None:
    when, if_so, otherwise, expected = NUMBERS[case]
    rules = sla(f"when: {{{when}}}, then: {{resolution: {if_so}}}", f"then: {{resolution: {otherwise}}}")
    proof = verdict(tmp_path, rules, "monotone: {ticket.fields.count: sla.resolution}")
    assert proof.verdict == expected
    if proof.shown:
        high, low = (one.request["ticket"]["fields"]["count"] for one in proof.shown)
        assert high > low


def test_a_number_that_only_a_sum_looks_at(tmp_path: Path) -> None:
    """No rule names the number itself, so its values share one cell: what is not excluded is not proved."""
    rules = "derive:\n  total: {sum: [ticket.fields.count, ticket.fields.more]}\n" + sla(
        "when: {total: {at_least: 7}}, then: {resolution: 8h}", "then: {resolution: 1h}"
    )
    proof = verdict(tmp_path, rules, "monotone: {ticket.fields.count: sla.resolution}")
    assert proof.verdict in ("witness", "unknown")
    again = verdict(tmp_path, rules, "monotone: {total: sla.resolution}")
    assert again.verdict == "witness"


def test_durations_and_truths_have_an_order(tmp_path: Path) -> None:
    rules = sla("when: {ticket.fields.pause: {at_least: 2h}}, then: {resolution: 8h}", "then: {resolution: 1h}")
    assert verdict(tmp_path, rules, "monotone: {ticket.fields.pause: resolution}").verdict == "witness"
    rules = sla("when: {ticket.fields.vip: true}, then: {resolution: 8h}", "then: {resolution: 1h}")
    assert verdict(tmp_path, rules, "monotone: {vip: resolution}").verdict == "witness"
    assert verdict(tmp_path, rules, "monotone: {vip: resolution}, order: [true, false]").verdict == "proved"


def test_a_list_is_ordered_by_the_invariant(tmp_path: Path) -> None:
    rules = sla("when: {requester.tier: gold}, then: {resolution: 1h}", "then: {resolution: 8h}")
    wanted = "monotone: {requester.tier: sla.resolution}"
    assert verdict(tmp_path, rules, wanted + ", order: [silver, gold]").verdict == "proved"
    assert verdict(tmp_path, rules, wanted + ", order: [gold, silver]").verdict == "witness"


def test_when_is_said_of_both(tmp_path: Path) -> None:
    rules = sla("when: {ticket.channel: phone, ticket.urgency: high}, then: {resolution: 8h}", "then: {resolution: 1h}")
    assert verdict(tmp_path, rules, "monotone: {urgency: resolution, when: {channel: mail}}").verdict == "proved"
    proof = verdict(tmp_path, rules, "monotone: {urgency: resolution, when: {channel: phone}}")
    assert proof.verdict == "witness"
    assert all(one.request["ticket"]["channel"] == "phone" for one in proof.shown)


def test_an_order_of_which_no_two_requests_are_says_nothing(tmp_path: Path) -> None:
    rules = sla("then: {resolution: 1h}")
    proof = verdict(tmp_path, rules, "monotone: {urgency: resolution, when: {urgency: high}}")
    assert (proof.verdict, proof.is_vacuous) == ("proved", True)
    assert not verdict(tmp_path, rules, "monotone: {urgency: resolution}").is_vacuous


CALENDARS = {
    "less of all time is never later": ("resolution: 4h", "resolution: 4h, calendar: office", "proved"),
    "more of all time may be later": ("resolution: 5h", "resolution: 4h, calendar: office", "witness"),
    "less of some time may be later": ("resolution: 4h, calendar: office", "resolution: 9h", "witness"),
    "nothing of this order is found": ("resolution: 1000h", "resolution: 999h, calendar: office", "unknown"),
}


@pytest.mark.parametrize("case", CALENDARS)
def test_on_other_calendars_the_due_times_tell(case: str, tmp_path: Path) -> None:
    high, low, expected = CALENDARS[case]
    rules = sla(f"when: {{ticket.urgency: high}}, then: {{{high}}}", f"then: {{{low}}}")
    proof = proof_of(tmp_path, OFFICE + URGENCY + rules, "monotone: {urgency: resolution}")
    assert proof.verdict == expected
    if proof.shown:
        assert proof.certainty == "some"
        later, sooner = (parse_instant(target["due"]) for target in target_of(proof))
        assert later > sooner
    if expected == "unknown":
        assert proof.why is not None
        assert "calendars differ" in proof.why
