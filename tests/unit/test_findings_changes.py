"""Named changes to a rulebook's file: paths by keys, ids and columns; the layout stays; what leads nowhere is told."""

import pytest

from engine import Catalogue, RulebookFaults
from simulations import BadChange, change_rulebook

RULEBOOK = """\
rulebook: desk
version: 1.0.0
in_force: {from: 2016-01-01}
title: Desk
facts:
  ticket.impact: [low, high]   # how much
  ticket.urgency: [low, high]
admission:
  otherwise: {then: {outcome: accept}}
priority:
  levels: [P1, P2]
  matrix:
    down: ticket.impact
    across: ticket.urgency
    levels: [high, low]
    high: [P1,   P2]
    low:  [P2,   P2]
sla:
  table:
    when: [priority, ticket.impact]
    then: [first_response, resolution]
    rows:
      urgent:    [P1, any,  20m,  4h]
      usual: [P2, &both high, &hour 1h,  *hour]
assignment:
  rules:
    - rule: in-turn
      when: {ticket.impact: *both}
      then: {group: first-line}
"""


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        ("priority.matrix.high.low=P1", "high: [P1,   P2]", "high: [P1,   P1]"),
        ("priority.high.low=P1", "high: [P1,   P2]", "high: [P1,   P1]"),
        ("sla.rows.urgent.first_response=10m", "any,  20m,", "any,  10m,"),
        ("sla.table.rows.urgent.ticket.impact=low", "[P1, any,", "[P1, low,"),
        ("sla.urgent.resolution=2h", "20m,  4h]", "20m,  2h]"),
        ("sla.usual.resolution=2h", "*hour]", "2h]"),
        ("assignment.rules.in-turn.then.group=second-line", "{group: first-line}", "{group: second-line}"),
        ("assignment.in-turn.group=second line", "{group: first-line}", "{group: second line}"),
        ("assignment.in-turn.group=a, b", "{group: first-line}", '{group: "a, b"}'),
        ("facts.ticket.urgency=[low, middle, high]", "urgency: [low, high]", "urgency: [low, middle, high]"),
        ("in_force.from=2017-01-01", "{from: 2016-01-01}", "{from: 2017-01-01}"),
    ],
)
def test_one_value_changes_and_all_else_stays(change: str, before: str, after: str) -> None:
    found = change_rulebook("desk.yaml", RULEBOOK.encode(), [change])
    assert RULEBOOK.count(before) == 1
    assert found.raw.decode() == RULEBOOK.replace(before, after)
    (told,) = found.changes
    line = RULEBOOK[: RULEBOOK.index(before)].count("\n") + 1
    assert (told.path, told.line) == (change.partition("=")[0], line)


def test_changes_are_made_one_after_the_other() -> None:
    sets = ["priority.matrix.high.low=P1", "sla.rows.urgent.resolution=2h"]
    found = change_rulebook("desk.yaml", RULEBOOK.encode(), sets)
    assert [(told.before, told.after) for told in found.changes] == [("P2", "P1"), ("4h", "2h")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("priority.matrix.high.lows=P1", "leads nowhere at `lows`; did you mean `low`?"),
        ("sla.rows.urgnt.resolution=1h", "did you mean `urgent`?"),
        ("sla.rows.urgent.resolutoin=1h", "did you mean `resolution`?"),
        ("slaa.rows.urgent=1h", "did you mean `sla`?"),
        ("assignment.rules.other.then.group=x", "there are in-turn"),
        ("priority", "write PATH=VALUE"),
        ("priority.matrix.high.low=", "write PATH=VALUE"),
        ("sla.usual.first_response=2h", "cannot be changed alone"),
        ("title.en=Desk", "leads nowhere at `en`"),
    ],
)
def test_what_cannot_be_changed_is_told_with_what_is_near(change: str, said: str) -> None:
    with pytest.raises(BadChange) as refused:
        change_rulebook("desk.yaml", RULEBOOK.encode(), [change])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_changed_file_is_checked_as_any_other_with_places_in_the_file() -> None:
    raw = change_rulebook("desk.yaml", RULEBOOK.encode(), ["priority.matrix.high.low=P7"]).raw
    with pytest.raises(RulebookFaults) as refused:
        Catalogue.of_texts({"rules/desk/1.0.0.yaml": raw})
    (fault,) = refused.value.report.errors
    assert (fault.file, fault.span.line) == ("rules/desk/1.0.0.yaml", 16)
