"""`deskpolicy map`: drafts a mapping that replay takes, with the evidence of each guess and the open questions."""

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import app
from simulations import draft_mapping

ROOT = Path(__file__).parents[2]
LOG = ROOT.parent / "shared" / "data" / "uci_incident_event_log" / "uci_week1.csv.gz"
RULEBOOK = """\
rulebook: small-desk
version: 1.0.0
in_force: {from: 2016-01-01}
title: Small desk
facts:
  ticket.impact: {ordered: [low, medium, high]}
  ticket.channel: [phone, email]
  ticket.fields.vip: truth
admission: {otherwise: {then: {outcome: accept}}}
"""
HEAD = "number;opened_at;sys_updated_at;mod_count;incident_state;u_impact;contact;vip;resolved_at;priority;note"
EVENTS = [
    "INC1;{d1} 09:00;{d1} 09:05;0;New;1 - High;Phone;true;{d2} 12:00;1 - Critical;?",
    "INC1;{d1} 09:00;{d1} 10:05;1;Awaiting User Info;1 - High;Phone;true;{d2} 12:00;1 - Critical;a",
    "INC1;{d1} 09:00;{d2} 12:00;2;Resolved;1 - High;Phone;true;{d2} 12:00;1 - Critical;b",
    "INC2;{d1} 10:00;{d1} 10:00;0;New;2 - Medium;E-mail;false;{d2} 11:00;2 - High;?",
    "INC2;{d1} 10:00;{d2} 11:00;1;Resolved;2 - Medium;E-mail;false;{d2} 11:00;2 - High;c",
]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="deskpolicy")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: `rules/` with one rulebook, and a history of events."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules" / "small-desk").mkdir(parents=True)
    (tmp_path / "rules" / "small-desk" / "1.0.0.yaml").write_text(RULEBOOK)
    history(tmp_path, "5/4/2026", "23/4/2026")
    (tmp_path / "log.jsonl").write_text('{"kind":"decision","format":1,"request_digest":"x","request":{}}\n')
    return tmp_path


def history(desk: Path, d1: str, d2: str) -> None:
    lines = [line.format(d1=d1, d2=d2) for line in EVENTS]
    (desk / "small.csv").write_text("\n".join([HEAD, *lines]) + "\n")


DRAFT = ("map", "small.csv", "--separator", ";", "--rulebook", "small-desk")


def test_a_draft_is_a_mapping_that_replay_takes(desk: Path) -> None:
    result = run(*DRAFT, "--out", "small.map.yaml")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    mapping = draft_mapping(desk / "small.map.yaml").settled().mapping
    assert (mapping.rows, mapping.ticket) == ("event", "number")
    assert (mapping.instants.opened, mapping.instants.event_at) == ("opened_at", "sys_updated_at")
    assert [column.name for column in mapping.order] == ["sys_updated_at", "mod_count"]
    facts = {fact.name: fact for fact in mapping.facts}
    assert facts["ticket.resolved_at"].known_from == "resolved_at"
    assert {name: fact.column.values for name, fact in facts.items() if fact.column and fact.column.values} == {
        "ticket.impact": {"1 - High": "high", "2 - Medium": "medium"},
        "ticket.channel": {"Phone": "phone", "E-mail": "email"},
        "ticket.status": {"New": "new", "Resolved": "resolved", "Awaiting User Info": "waiting"},
    }
    assert (facts["ticket.fields.vip"].column.kind) == "truth"
    assert mapping.course is not None
    assert mapping.course.waits is not None
    assert mapping.course.waits.during is not None
    assert mapping.course.waits.during.when == {"incident_state": ("Awaiting User Info",)}
    replayed = run("replay", "small.csv", "--map", "small.map.yaml", "--baseline", "small-desk", "--format", "json")
    assert replayed.exit_code == 0, replayed.output
    said = json.loads(replayed.stdout)
    assert said["size"] == {"rows": 5, "tickets": 2, "expected_rows": 5, "expected_tickets": 2}
    assert said["sound"] is True


def test_every_guess_has_its_evidence(desk: Path) -> None:
    said = " ".join(run(*DRAFT).stdout.split())
    for told in (
        "ticket: number # 2 distinct in 5 rows; 100% filled",
        'absent: ["?"] # 2 times ?',
        "column: mod_count, type: whole} # grows with the rows of nearly every ticket",
        "some numbers in the first place are greater than 12, so that is the day",
        "zone: UTC # a guess: the texts carry no offset",
        "resolved_at: resolved_at # lies after the first event of 100% of tickets",
        "opened: opened_at # never changes within a ticket",
        '"1 - Critical": P1 # by its digit',
        "# ? no column was found for: ticket.subject",
        "note: 3 distinct in 5 rows; 60% filled; a, b, c",
    ):
        assert told in said, told


@pytest.mark.parametrize(
    ("days", "form", "asks"),
    [
        (("5/4/2026", "23/4/2026"), "%d/%m/%Y %H:%M", False),
        (("4/5/2026", "4/23/2026"), "%m/%d/%Y %H:%M", False),
        (("5/4/2026", "6/4/2026"), "%d/%m/%Y %H:%M", True),
        (("2026-04-05", "2026-04-06"), "%Y-%m-%d %H:%M", False),
        (("05.04.2026", "06.04.2026"), "%d.%m.%Y %H:%M", False),
        (("5 Apr 2026", "6 Apr 2026"), "%d %b %Y %H:%M", False),
    ],
)
def test_the_order_of_day_and_month_is_told_or_asked(desk: Path, days: tuple[str, str], form: str, asks: bool) -> None:
    history(desk, *days)
    said = run(*DRAFT).stdout
    (line,) = [line for line in said.splitlines() if line.startswith("  format: ")]
    read = line.split("#")[0].removeprefix("  format: ").strip().strip('"')
    assert read in (form, "rfc3339")
    assert ("say which comes first, day or month" in said) is asks


def test_json_lines_and_xes_are_drafted_too(desk: Path) -> None:
    lines = [
        {"ticket": {"id": f"T-{n}", "impact": "HIGH"}, "created_at": f"2026-01-0{n}T10:00:00Z", "vip": n % 2 == 0}
        for n in range(1, 9)
    ]
    (desk / "h.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run("map", "h.jsonl", "--rulebook", "small-desk", "--out", "j.map.yaml").exit_code == 0
    mapping = draft_mapping(desk / "j.map.yaml").settled().mapping
    assert (mapping.rows, mapping.ticket, mapping.instants.opened) == ("ticket", "ticket.id", "created_at")
    assert run("replay", "h.jsonl", "--map", "j.map.yaml", "--baseline", "small-desk").exit_code == 0
    name, moment = 'string key="concept:name"', 'date key="time:timestamp"'
    event = f'<event><{name} value="{{}}"/><{moment} value="2026-01-0{{}}T10:00:00Z"/></event>'
    traces = "".join(
        f'<trace><{name} value="C{n}"/>{event.format("Queued", n)}{event.format("Completed", n + 1)}</trace>'
        for n in range(1, 8)
    )
    (desk / "h.xes").write_text(f"<log>{traces}</log>")
    assert run("map", "h.xes", "--out", "x.map.yaml").exit_code == 0
    mapping = draft_mapping(desk / "x.map.yaml").settled().mapping
    assert (mapping.rows, mapping.ticket) == ("event", "case:concept:name")
    assert mapping.instants.opened == mapping.instants.event_at == "event:time:timestamp"
    result = run("replay", "h.xes", "--map", "x.map.yaml", "--baseline", "small-desk")
    assert result.exit_code == 0, result.output


def test_what_cannot_be_told_is_asked_and_named_by_replay(desk: Path) -> None:
    (desk / "odd.csv").write_text("colour,shape\nred,round\nred,square\n")
    result = run("map", "odd.csv", "--out", "odd.map.yaml")
    assert result.exit_code == 0, result.output
    text = (desk / "odd.map.yaml").read_text()
    assert "# ? ticket:" in text
    assert "# ? instants:" in text
    replayed = run("replay", "odd.csv", "--map", "odd.map.yaml", "--baseline", "small-desk")
    assert replayed.exit_code == 1
    assert "`ticket` is missing" in replayed.stderr
    assert "`instants` is missing" in replayed.stderr


@pytest.mark.parametrize(
    "text",
    ['id,"a: b # c"\n1,x\n', "id,yes\nT1,no\nT2,~\n", "id,é\u2028ü\n1,\u0085\n", "id,x\n", 'id,"[1]"\n"{","*a"\n'],
)
def test_whatever_the_history_holds_the_draft_is_yaml(desk: Path, text: str) -> None:
    (desk / "odd.csv").write_text(text)
    assert run("map", "odd.csv", "--out", "odd.map.yaml").exit_code == 0
    codes = {fault.code for fault in draft_mapping(desk / "odd.map.yaml").faults}
    assert codes <= {"missing-key", "empty-value"}, (desk / "odd.map.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.csv",), "none.csv: no such file or directory"),
        (("small.csv", "--rulebook", "small-dsk"), "did you mean `small-desk`?"),
        (("small.csv", "--rulebook", "small-desk@2.0.0"), "2.0.0"),
        (("small.csv", "--out", "small.csv"), "is there already"),
        (("small.csv", "--out", "none/a.map.yaml"), "no such file or directory"),
        (("small.csv", "--encoding", "utf-99"), "utf-99"),
        (("small.csv", "--separator", "ab"), "separator"),
        (("log.jsonl",), "a decision log needs no mapping; replay it with `--map decision-log`"),
    ],
)
def test_wrong_use_is_one_line(desk: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run("map", *arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.skipif(not LOG.is_file(), reason="the published history does not lie beside the checkout")
def test_the_published_log_is_drafted_so_that_replay_agrees_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    out = tmp_path / "draft.map.yaml"
    assert run("map", str(LOG), "--rulebook", "itil-incident-desk", "--out", str(out)).exit_code == 0
    arguments = ("--map", str(out), "--baseline", "itil-incident-desk", "--limit", "1500", "--format", "json")
    result = run("replay", str(LOG), *arguments)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    levels = [found for found in said["agreement"] if found["part"] == "priority.level"]
    assert levels
    assert [found["equal"] for found in levels] == [found["compared"] for found in levels]
    # What it records of targets is compared with the rulebook's own promises, which are others.
    assert [found["part"] for found in said["agreement"] if found not in levels] == ["sla.targets.resolution.state"]
    assert said["agreement"][1]["compared"] == 1500


def test_an_address_of_fsspec_is_drafted_and_replayed(desk: Path) -> None:
    with zipfile.ZipFile(desk / "all.zip", "w") as archive:
        archive.write("small.csv")
        archive.writestr("other.csv", "a,b\n1,2\n")
    address = "zip://small.csv::all.zip"
    assert run("map", address, *DRAFT[2:], "--out", "a.map.yaml").exit_code == 0
    result = run("replay", address, "--map", "a.map.yaml", "--baseline", "small-desk", "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["size"]["rows"] == 5
    result = run("replay", "nowhere://a.csv", "--map", "a.map.yaml", "--baseline", "small-desk")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
