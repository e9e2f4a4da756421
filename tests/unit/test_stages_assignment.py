"""The assignment stage: who of the roster takes a ticket, and why the others do not."""

from typing import Any

import pytest
from rulebook_kit import Desk

IN_TURN = """
facts: {ticket.fields.needed: {set: text}, ticket.fields.banned: {set: text}}
assignment:
  rules:
    - rule: in-turn
      then: {group: first-line, choose: round_robin, among: {online: true, in_distribution: true},
             skills: ticket.fields.needed, never: [ticket.parent_owner, ticket.fields.banned]}
"""
LEAST_BUSY = "assignment: {rules: [{rule: quiet, then: {group: first-line, choose: least_busy}}]}"


def assigned(written: str, roster: list[dict[str, Any]] | None = None, **ticket: Any) -> dict[str, Any]:
    found: dict[str, Any] = Desk(written).decide(ticket=ticket, roster=roster)["assignment"]
    return found


def here(id: str, **more: Any) -> dict[str, Any]:
    """A member who can take tickets."""
    return {"id": id, "online": True, "in_distribution": True, **more}


def last(minute: int) -> str:
    return f"2026-11-23T09:{minute:02}:00Z"


def test_round_robin_takes_the_one_assigned_longest_ago_and_tells_the_others_why() -> None:
    roster = [
        here("ana", last_assigned_at=last(50)),
        here("cy", last_assigned_at=last(40)),
        here("bo", last_assigned_at=last(45)),
    ]
    assert assigned(IN_TURN, roster) == {
        "group": "first-line", "agent": "cy", "strategy": "round_robin", "by": "in-turn",
        "passed_over": [{"agent": "ana", "why": "assigned more recently"}, {"agent": "bo",
            "why": "assigned more recently"}],
    }  # fmt: skip


def test_whoever_was_never_assigned_comes_first() -> None:
    assert assigned(IN_TURN, [here("ana", last_assigned_at=last(0)), here("zoe")])["agent"] == "zoe"
    assert assigned(IN_TURN, [here("ana", last_assigned_at="1970-01-01T00:00:00Z"), here("zoe")])["agent"] == "zoe"


def test_ties_go_by_id_whatever_the_order_of_the_roster() -> None:
    for roster in ([here("bo"), here("ana")], [here("ana"), here("bo")]):
        found = assigned(IN_TURN, roster)
        assert found["agent"] == "ana"
        assert found["passed_over"] == [{"agent": "bo", "why": "comes later by id"}]


@pytest.mark.parametrize(
    ("roster", "agent", "why"),
    [
        ([{"id": "a", "open_tickets": 3}, {"id": "b", "open_tickets": 1}], "b", "has more open tickets"),
        ([{"id": "a", "open_tickets": 1, "last_assigned_at": last(9)}, {"id": "b", "open_tickets": 1,
            "last_assigned_at": last(5)}], "b", "assigned more recently"),
        ([{"id": "b", "open_tickets": 1}, {"id": "a", "open_tickets": 1}], "a", "comes later by id"),
        ([{"id": "a", "open_tickets": 1, "last_assigned_at": last(5)}, {"id": "b", "open_tickets": 1}], "b",
            "assigned more recently"),
        ([{"id": "a", "open_tickets": 2}, {"id": "b"}], "b", "has more open tickets"),
    ],
    ids=["fewest", "tie: longest ago", "tie: by id", "tie: never assigned", "not stated counts as none"],
)  # fmt: skip
def test_least_busy(roster: list[dict[str, Any]], agent: str, why: str) -> None:
    found = assigned(LEAST_BUSY, roster)
    assert (found["agent"], found["strategy"]) == (agent, "least_busy")
    assert [each["why"] for each in found["passed_over"]] == [why]


@pytest.mark.parametrize(
    ("member", "why"),
    [
        ({"online": False}, "offline"),
        ({"online": None}, "`online` is not stated"),
        ({"in_distribution": False}, "not in the distribution"),
        ({"on_leave": True}, "on leave"),
        ({"on_leave": True, "online": False}, "on leave"),
        ({"group": "second-line"}, "another group"),
        ({"capacity": 5, "open_tickets": 5}, "full"),
        ({"capacity": 5, "open_tickets": 6}, "full"),
        ({"capacity": 0}, "full"),
        ({"skills": ["java"]}, "lacks a skill: sap"),
        ({"skills": None}, "lacks a skill: oracle, sap"),
        ({"id": "parent-owner"}, "excluded for this ticket"),
        ({"id": "banned"}, "excluded for this ticket"),
    ],
)
def test_why_one_is_passed_over(member: dict[str, Any], why: str) -> None:
    bo = {**here("bo", skills=["sap", "oracle"]), **member}
    needed = ["sap", "oracle"] if member.get("skills", 1) is None else ["sap"] if "skills" in member else []
    found = assigned(IN_TURN, [bo, here("ana", skills=["sap", "oracle"], last_assigned_at=last(1))],
                     parent_owner="parent-owner", fields={"needed": needed, "banned": ["banned", "x"]})  # fmt: skip
    assert found["agent"] == "ana"
    assert found["passed_over"] == [{"agent": bo["id"], "why": why}]


@pytest.mark.parametrize(
    "member",
    [
        {"group": "first-line"},
        {"group": None},
        {"capacity": 5, "open_tickets": 4},
        {"capacity": 1},
        {"open_tickets": 1000},
        {"on_leave": False},
        {"skills": ["sap", "oracle", "java"]},
    ],
)
def test_who_is_not_passed_over(member: dict[str, Any]) -> None:
    fields = {"needed": ["sap"]} if "skills" in member else {}
    assert assigned(IN_TURN, [here("ana", **member)], fields=fields)["agent"] == "ana"


def test_nobody_fits() -> None:
    found = assigned(IN_TURN, [here("ana", online=False)])
    assert (found["group"], found["agent"], found["strategy"]) == ("first-line", None, "round_robin")
    assert found["passed_over"] == [{"agent": "ana", "why": "offline"}]
    assert assigned(IN_TURN)["agent"] is None
    assert assigned(IN_TURN, [])["passed_over"] == []


def test_among_asks_for_group_role_line_skills_and_open_tickets() -> None:
    written = """
    assignment:
      rules:
        - rule: experts
          then:
            choose: least_busy
            among:
              {role: [engineer, lead], line: {at_least: 2}, skills: {has_any: [sap, oracle]},
               open_tickets: {less_than: 3}, group: experts}
    """
    good = {"role": "engineer", "line": 2, "skills": ["sap"], "open_tickets": 2, "group": "experts"}
    wrong = [("role", "boss", "another role"), ("line", 1, "another line"), ("skills", ["java"], "lacks a skill"),
             ("open_tickets", 3, "too many open tickets"), ("group", "x", "another group"), ("line", None,
                 "`line` is not stated")]  # fmt: skip
    roster = [{"id": "ana", **good}, *({"id": f"{i}", **good, key: value} for i, (key, value, _) in enumerate(wrong))]
    found = assigned(written, roster)
    assert found["agent"] == "ana"
    assert found["passed_over"] == [{"agent": f"{i}", "why": why} for i, (_, _, why) in enumerate(wrong)]


def test_listed_skills_must_all_be_had() -> None:
    written = "assignment: {rules: [{rule: s, then: {choose: round_robin, skills: [sap, ru]}}]}"
    found = assigned(written, [{"id": "a", "skills": ["sap"]}, {"id": "b", "skills": ["ru", "sap", "en"]}])
    assert (found["agent"], found["passed_over"]) == ("b", [{"agent": "a", "why": "lacks a skill: ru"}])


KEEP = """
assignment:
  rules:
    - {rule: keeps, when: {ticket.owner: {missing: false}}, then: {keep: owner}}
    - {rule: in-group, when: {ticket.group: {missing: false}}, then: {keep: group, choose: round_robin}}
    - {rule: else, then: {group: front}}
"""


def test_the_owner_keeps_it_in_its_group() -> None:
    roster = [{"id": "ana", "group": "night"}, {"id": "bo"}]
    assert assigned(KEEP, roster, owner="ana", group="day") == {
        "group": "day", "agent": "ana", "strategy": "keep_owner", "by": "keeps",
        "passed_over": [{"agent": "bo", "why": "the owner keeps it"}],
    }  # fmt: skip
    assert assigned(KEEP, roster, owner="ana")["group"] == "night"
    assert assigned(KEEP, None, owner="ana")["group"] is None


def test_a_ticket_stays_in_its_group() -> None:
    found = assigned(KEEP, [{"id": "a", "group": "night"}, {"id": "b", "group": "day"}], group="day")
    assert (found["group"], found["agent"], found["by"]) == ("day", "b", "in-group")


def test_a_group_alone_names_nobody() -> None:
    assert assigned(KEEP, [{"id": "a"}]) == {
        "group": "front",
        "agent": None,
        "strategy": None,
        "passed_over": [],
        "by": "else",
    }


NAMED = """
facts: {ticket.fields.created_by: text}
assignment:
  rules:
    - rule: their-own
      then: {group: back, agent: "{ticket.fields.created_by}", choose: round_robin, never: [ticket.parent_owner]}
"""


def test_someone_is_named() -> None:
    found = assigned(NAMED, [{"id": "ana"}, {"id": "bo"}, {"id": "cy"}], fields={"created_by": "bo"}, parent_owner="cy")
    assert (found["group"], found["agent"], found["strategy"]) == ("back", "bo", "named")
    assert found["passed_over"] == [
        {"agent": "ana", "why": "another agent is named"}, {"agent": "cy", "why": "excluded for this ticket"},
    ]  # fmt: skip


@pytest.mark.parametrize("ticket", [{}, {"fields": {"created_by": "cy"}, "parent_owner": "cy"}])
def test_when_nobody_can_be_named_the_roster_is_asked(ticket: dict[str, Any]) -> None:
    found = assigned(NAMED, [{"id": "ana"}, {"id": "cy", "last_assigned_at": last(1)}], **ticket)
    assert (found["agent"], found["strategy"]) == ("ana", "round_robin")


def test_never_holds_for_an_owner_too() -> None:
    written = "assignment: {rules: [{rule: k, then: {keep: owner, choose: round_robin, never: [ticket.parent_owner]}}]}"
    found = assigned(written, [{"id": "ana"}, {"id": "bo"}], owner="ana", parent_owner="ana")
    assert (found["agent"], found["passed_over"]) == ("bo", [{"agent": "ana", "why": "excluded for this ticket"}])


def test_a_closed_list_may_be_named_in_the_group() -> None:
    written = (
        'facts: {ticket.channel: [hm, doc]}\nassignment: {rules: [{rule: d, then: {group: "duty-{ticket.channel}"}}]}'
    )
    assert assigned(written, channel="doc")["group"] == "duty-doc"
    assert assigned(written)["group"] is None


def test_the_same_agent_twice_is_refused_however_it_is_written() -> None:
    desk = Desk(IN_TURN)
    assert desk.faults(roster=[{"id": "a"}, {"id": "b"}, {"id": "a"}]) == [
        ("/roster/2/id", "the same agent stands at /roster/0")
    ]
    assert desk.faults(roster=[{"id": "Jos\u00e9"}, {"id": "Jose\u0301"}])[0][0] == "/roster/1/id"


def test_ids_are_compared_as_composed_texts() -> None:
    found = assigned(KEEP, [{"id": "Jose\u0301", "group": "night"}, {"id": "bo"}], owner="Jos\u00e9")
    assert (found["group"], found["passed_over"]) == ("night", [{"agent": "bo", "why": "the owner keeps it"}])


def test_later_stages_see_group_and_agent() -> None:
    written = (
        KEEP
        + """
escalation:
  rules:
    - {rule: ana-asks, when: {assignment.agent: ana}, then: {to: lead}}
    - {rule: front-asks, when: {assignment.group: front}, then: {to: desk}}
"""
    )
    assert Desk(written).decide(ticket={"owner": "ana"})["escalation"]["by"] == "ana-asks"
    assert Desk(written).decide()["escalation"]["by"] == "front-asks"
    assert Desk(written).decide(ticket={"owner": "bo"})["escalation"]["by"] == "escalation.none"


def test_the_order_in_which_among_is_written_changes_no_reason() -> None:
    reasons = []
    for among in ("{online: true, in_distribution: true}", "{in_distribution: true, online: true}"):
        written = f"assignment: {{rules: [{{rule: a, then: {{choose: round_robin, among: {among}}}}}]}}"
        reasons.append(assigned(written, [{"id": "a", "online": False, "in_distribution": False}]))
    assert reasons[0] == reasons[1]
