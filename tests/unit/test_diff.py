"""What a comparison of two versions tells: which parts change, for which requests, by which rules, and what follows."""

from typing import Any

import pytest
from rulebook_kit import Written, compiled, text_of

from engine import Review, VersionFile, review_change
from engine.proof.differences.regions import Limits
from engine.rulebook import STAGES
from simulations.differences import sections_of

HEAD = "facts: {ticket.channel: [mail, phone, chat], ticket.fields.vip: truth}\n"
OFFICE = 'calendars: {office: {zone: UTC, hours: {mon-fri: "%s"}}}\n'
LEVELS = """
priority:
  rules:
    - {rule: by-phone, when: {ticket.channel: phone}, then: {level: %s}}
    - {rule: by-mail, when: {ticket.channel: mail}, then: {level: P2}}
  otherwise: {then: {level: P3}}
"""
SLA = """
sla:
  %s
  table:
    when: [priority]
    then: [resolution, calendar]
    rows: {%s second: [P2, %s, %s], third: [P3, 16h, %s]}
"""


def sla(
    second: str = "8h", calendar: str = "always", settings: str = "", first: str = "first: [P1, 4h, always],"
) -> str:
    return SLA % (settings, first, second, calendar, calendar)


def reviewed(old: Written, new: Written, limits: Limits | None = None) -> Review:
    files = [VersionFile(f"{name}.yaml", text_of(text).encode()) for name, text in (("old", old), ("new", new))]
    return review_change(*files, *([limits] if limits else [])).review


def told(review: Review) -> list[tuple[str, str | None, str]]:
    return [
        (one.stage, one.name, ", ".join(f"{o.name} {o.old} → {o.new}".strip() for o in one.outputs))
        for one in review.changes
    ]


def test_a_changed_result_is_told_with_its_requests_its_rules_and_both_decisions() -> None:
    review = reviewed(HEAD + LEVELS % "P1", HEAD + LEVELS % "P2")
    assert told(review) == [("priority", None, "level P1 → P2")]
    (change,) = review.changes
    assert change.certainty == "every"
    assert [region.words for region in change.regions] == ["accepted tickets where `ticket.channel` is `phone`"]
    assert change.is_complete
    (((old,), (new,)),) = change.rules
    assert (old.rule, old.file, old.line) == ("by-phone", "old.yaml", 7)
    assert (new.rule, new.file, new.line) == ("by-phone", "new.yaml", 7)
    assert change.witness is not None
    assert change.witness.request["ticket"] == {"channel": "phone"}
    assert (change.witness.old["level"], change.witness.new["level"]) == ("P1", "P2")


def test_what_an_earlier_stage_carries_along_is_told_as_a_consequence() -> None:
    review = reviewed(HEAD + LEVELS % "P3" + sla(first=""), HEAD + LEVELS % "P2" + sla(first=""))
    assert told(review) == [("priority", None, "level P3 → P2"), ("sla", None, "resolution 16h → 8h")]
    assert [change.follows_from for change in review.changes] == [(), ("priority",)]
    assert review.changes[1].regions[0].words == "accepted tickets where `priority` is `P3` before and is `P2` now"


def test_an_own_change_beside_a_consequence_is_told_apart() -> None:
    review = reviewed(HEAD + LEVELS % "P3" + sla("8h", first=""), HEAD + LEVELS % "P2" + sla("6h", first=""))
    assert {(said, change.follows_from) for (_, _, said), change in zip(told(review), review.changes, strict=True)} == {
        ("level P3 → P2", ()),
        ("resolution 8h → 6h", ()),
        ("resolution 16h → 6h", ("priority",)),
    }


def test_the_same_rulebook_written_otherwise_changes_nothing() -> None:
    review = reviewed(HEAD + LEVELS % "P1" + sla("8h"), "# a note\n" + HEAD + LEVELS % "P1" + sla("480m"))
    assert review.verdict == "same"
    assert not review.same_decision


def test_a_rule_of_another_name_leaves_the_decision_the_same() -> None:
    text = HEAD + LEVELS % "P1"
    review = reviewed(text, text.replace("by-phone", "on-the-phone"))
    assert review.verdict == "same"
    (one,) = review.same_decision
    assert (one.what, one.old[0].rule, one.new[0].rule) == (("rule",), "by-phone", "on-the-phone")
    assert one.words == ""


def test_another_reason_leaves_the_decision_the_same() -> None:
    text = HEAD + LEVELS % "P1"
    review = reviewed(
        text, text.replace("then: {level: P1}", "then: {level: P1}, because: {en: It rings}, cites: ['1']")
    )
    assert review.verdict == "same"
    assert [one.what for one in review.same_decision] == [("reason", "clauses")]


def test_two_rules_exchanged_change_only_what_both_meet() -> None:
    first = "{rule: vip, when: {ticket.fields.vip: true}, then: {level: P1}}"
    second = "{rule: by-mail, when: {ticket.channel: mail}, then: {level: P2}}"
    form = HEAD + "priority: {rules: [%s, %s], otherwise: {then: {level: P3}}}"
    review = reviewed(form % (first, second), form % (second, first))
    assert told(review) == [("priority", None, "level P1 → P2")]
    words = "accepted tickets where `ticket.channel` is `mail`, `ticket.fields.vip` is true"
    assert [region.words for region in review.changes[0].regions] == [words]


def test_stages_that_admission_opens_are_told_as_its_consequence() -> None:
    form = HEAD + """
admission:
  rules: [{rule: no-chat, when: {ticket.channel: %s}, then: {outcome: reject}}]
  otherwise: {then: {outcome: accept}}
""" + LEVELS % "P1"  # fmt: skip
    review = reviewed(form % "chat", form % "[chat, mail]")
    first, *others = told(review)
    assert first == ("admission", None, "outcome accept → reject")
    assert others == [(stage, None, "decided → not decided") for stage in STAGES[1:6]]
    assert {change.follows_from for change in review.changes[1:]} == {("admission",)}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("targets: {resolution: {warn_after: 50%}}", "warn_after 75% → 50%"),
        ("targets: {resolution: {pauses: stop_time}}", "pauses shift_due → stop_time"),
        ("targets: {resolution: {starts: ticket.last_update_at}}",
         "starts ticket.created_at → ticket.last_update_at"),
        ("targets: {resolution: {paused_by: []}}",
         "paused_by waits true, states none, replies false → waits false, states none, replies false"),
    ],
)  # fmt: skip
def test_a_target_measured_otherwise_shows_two_times(settings: str, said: str) -> None:
    review = reviewed(HEAD + LEVELS % "P1" + sla(), HEAD + LEVELS % "P1" + sla(settings=settings))
    assert told(review) == [("sla", "target resolution", said)]
    (change,) = review.changes
    assert change.certainty == "some"
    assert change.witness is not None
    assert change.witness.old["targets"] != change.witness.new["targets"]


def test_a_calendar_that_opens_earlier_shows_two_due_times() -> None:
    old, new = (
        OFFICE % hours + HEAD + LEVELS % "P1" + sla(calendar="office") for hours in ("09:00-17:00", "08:00-17:00")
    )
    review = reviewed(old, new)
    assert told(review) == [("sla", "calendar office", "hours on mon-fri 09:00-17:00 → 08:00-17:00")]
    witness = review.changes[0].witness
    assert witness is not None
    due = [part["targets"]["resolution"]["due"] for part in (witness.old, witness.new)]
    assert due[0] != due[1]


def test_a_calendar_written_otherwise_changes_nothing() -> None:
    old, new = (
        OFFICE % hours + HEAD + LEVELS % "P1" + sla(calendar="office") for hours in ("09:00-17:00", "09:00-13:00")
    )
    split = new.replace('"09:00-13:00"', '["09:00-13:00", "13:00-17:00"]')
    assert reviewed(old, split).verdict == "same"


def test_what_depends_on_a_calendar_is_told_with_an_instant() -> None:
    form = OFFICE + HEAD + """
derive: {at_work: {open: office}}
assignment:
  rules:
    - {rule: day, when: {at_work: true}, then: {group: first-line}}
    - {rule: night, then: {group: "duty-{ticket.channel}"}}
"""  # fmt: skip
    review = reviewed(form % "09:00-17:00", form % "08:00-17:00")
    assert told(review) == [("assignment", None, "group duty-{ticket.channel} → first-line")]
    (change,) = review.changes
    assert change.follows_from == ("at_work",)
    assert change.witness is not None
    assert change.witness.request["at"][11:13] == "08"


ORDER = """
assignment:
  rules: [{rule: in-turn, then: {group: front, choose: %s, among: {online: true}%s}}]
"""


@pytest.mark.parametrize(
    ("new", "said", "certainty"),
    [
        (ORDER % ("least_busy", ""), "choose round_robin → least_busy", "every"),
        (ORDER % ("round_robin", ", skills: [sap]"), "skills none → sap", "some"),
        (ORDER % ("round_robin", ", never: [ticket.owner]"), "never none → ticket.owner", "some"),
    ],
)
def test_an_order_of_assignment_is_told_with_a_roster_that_shows_it(new: str, said: str, certainty: str) -> None:
    review = reviewed(HEAD + ORDER % ("round_robin", ""), HEAD + new)
    assert told(review) == [("assignment", None, said)]
    (change,) = review.changes
    assert change.certainty == certainty
    assert change.witness is not None
    assert change.witness.old != change.witness.new


EFFECTS = """
disclosures:
  rules: [{rule: dates, %s: [dates], to: [client]%s}]
permissions:
  rules: [{rule: close, %s, when: {ticket.fields.vip: true}}]
"""


def test_effects_are_told_by_topic_and_action() -> None:
    old = HEAD + EFFECTS % ("permit", "", "permit: [close]")
    new = HEAD + EFFECTS % ("deny", "", "approval: [close], from: lead")
    review = reviewed(old, new)
    assert told(review) == [
        ("disclosures", "dates", "effect permit → deny"),
        ("permissions", "close", "effect permit → approval, approver none → lead"),
    ]
    assert "the audience asked about" in review.changes[0].regions[0].words


def test_other_words_for_the_requester_are_a_change() -> None:
    old = HEAD + EFFECTS % ("permit", ", say: {en: Soon}", "permit: [close]")
    new = HEAD + EFFECTS % ("permit", ", say: {en: Never}", "permit: [close]")
    review = reviewed(old, new)
    assert told(review) == [("disclosures", "dates", "say en Soon → en Never")]
    assert review.changes[0].witness is not None


def test_a_duty_with_other_particulars_is_told() -> None:
    form = HEAD + "obligations: {rules: [{rule: survey, then: {do: send_survey, with: {metric: %s}}}]}"
    review = reviewed(form % "CSI", form % "NPS")
    assert told(review) == [("obligations", "send_survey", "demanded metric CSI → metric NPS")]
    assert [region.words for region in review.changes[0].regions] == ["every request"]


def test_what_one_version_alone_accepts_comes_first() -> None:
    old = "facts: {ticket.channel: [mail, phone], ticket.fields.vip: truth, ticket.fields.old: text}\n"
    new = "facts: {ticket.channel: [mail, chat], ticket.fields.vip: count}\n"
    review = reviewed(old, new)
    assert review.verdict == "differs"
    assert [(one["kind"], one["name"], one["old"], one["new"]) for one in review.only_one] == [
        ("values", "ticket.channel", "`phone`", "`chat`"),
        ("fact", "ticket.fields.old", "a text", None),
        ("type", "ticket.fields.vip", "true or false", "a whole number, at least 0"),
    ]


def test_a_region_of_more_boxes_than_are_told_says_so() -> None:
    facts = "facts: {" + ", ".join(f"ticket.fields.f{i}: truth" for i in range(4)) + "}\n"
    form = facts + "priority: {rules: [%s], otherwise: {then: {level: P3}}}"
    rules = ", ".join(f"{{rule: r{i}, when: {{ticket.fields.f{i}: true}}, then: {{level: %s}}}}" for i in range(4))
    old, new = (form % (rules % ((level,) * 4)) for level in ("P1", "P2"))
    assert reviewed(old, new).changes[0].is_complete
    review = reviewed(old, new, Limits(boxes=2))
    assert len(review.changes[0].regions) == 2
    assert not review.changes[0].is_complete
    assert len(review.changes[0].rules) == 4
    assert review.changes[0].has_all_rules


def test_where_pairs_of_rules_are_too_many_the_rules_of_each_side_are_told() -> None:
    """One new rule goes before thirty old ones: the pairs are cut off, and the one that makes the change is not."""
    names = ", ".join(f"v{i}" for i in range(30))
    rules = ", ".join(f"{{rule: r{i}, when: {{ticket.channel: v{i}}}, then: {{level: P2}}}}" for i in range(30))
    form = f"facts: {{ticket.channel: [{names}], ticket.fields.vip: truth}}\npriority: {{rules: [%s{rules}]}}"
    review = reviewed(form % "", form % "{rule: vip, when: {ticket.fields.vip: true}, then: {level: P1}}, ")
    change = next(change for change in review.changes if change.old == {"level": "P2"})
    assert not change.has_all_rules
    old, new = change.rules_by_side
    assert old is None
    assert new is not None
    assert [[rule.rule for rule in rules] for rules in new] == [["vip"]]
    told = [line for item in sections_of(review)[0].items for line in item.where]
    assert review.changes[0].is_complete or any("all of them settled now by `vip` (" in line for line in told)
    assert reviewed(form % "", form % "", Limits(pairs=2)).changes == ()


def test_a_difference_that_no_request_could_be_found_for_is_undecided_not_silent() -> None:
    form = HEAD + "obligations: {rules: [{rule: note, then: {do: note, with: {text: %s}}}]}"
    review = reviewed(form % '"{ticket.text}"', form % '"{ticket.subject}"', Limits(trials=0))
    assert review.verdict == "undecided"
    assert [one["stage"] for one in review.undecided] == ["obligations"]


def test_compiled_rulebooks_of_other_ids_can_be_compared() -> None:
    one: dict[str, Any] = {"rulebook": "a", "priority": {"otherwise": {"then": {"level": "P1"}}}}
    assert compiled(one).rulebook.id == "a"
    assert reviewed(one, {**one, "rulebook": "b"}).verdict == "same"
