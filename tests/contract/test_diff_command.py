"""`deskpolicy diff`: what it is given, what it prints and writes, and how it ends."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import html
from typer.testing import CliRunner, Result

from cli import app

ROOT = Path(__file__).parents[2]
BROWSER = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
RULES = ROOT / "rules"
NEWER = ROOT / "tests" / "golden" / "differences" / "internal-it-1.1.0.yaml"
GUIDE = ROOT / "docs" / "how-to" / "review-a-change.md"
BOOK = """\
rulebook: desk
version: {version}
in_force: {{from: {since}}}
facts: {{ticket.channel: [mail, phone]}}
priority:
  rules:
    - {{rule: by-phone, when: {{ticket.channel: phone}}, then: {{level: {level}}}}}
  otherwise: {{then: {{level: P3}}}}
"""
HISTORY = "id,opened,via\n1,2026-01-05T09:00:00Z,phone\n2,2026-01-05T10:00:00Z,mail\n3,2026-01-05T11:00:00Z,phone\n"
MAP = """\
mapping: desk-history
history: {rows: ticket}
ticket: id
instants: {format: rfc3339, opened: opened}
facts: {ticket.channel: via}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["diff", *arguments], prog_name="deskpolicy")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two versions of a rulebook in `rules`, the second in force from 2024 on, and a file of a third."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "rules" / "desk"
    folder.mkdir(parents=True)
    for version, since, level in (("1.0.0", "2023-01-01", "P1"), ("1.1.0", "2024-01-01", "P2")):
        text = BOOK.format(version=version, since=since, level=level)
        (folder / f"{version}.yaml").write_text(text, encoding="utf-8")
    text = BOOK.format(version="1.2.0", since="2025-01-01", level="P1")
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_two_versions_are_compared(desk: Path) -> None:
    result = run("desk@1.0.0", "desk@1.1.0")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:7] == [
        "desk 1.0.0 → desk 1.1.0",
        "1 change of decisions in priority",
        "",
        "priority",
        "  level P1 → P2",
        "    1 of 3 combinations of `ticket.channel`",
        "    accepted tickets where `ticket.channel` is `phone`",
    ]
    assert "`by-phone` (rules/desk/1.0.0.yaml:7) → `by-phone` (rules/desk/1.1.0.yaml:7)" in result.stdout


def test_no_change_is_proved_and_ends_with_0(desk: Path) -> None:
    result = run("desk@1.0.0", "new.yaml")
    assert result.exit_code == 0
    assert result.stdout == "desk 1.0.0 → desk 1.2.0\nno decision changes: proved over all requests\n"


def test_a_file_alone_is_compared_with_what_is_in_force(desk: Path) -> None:
    result = run("new.yaml")
    assert result.exit_code == 1
    assert result.stdout.startswith("desk 1.1.0 → desk 1.2.0\n")
    assert run("desk", "new.yaml").stdout == result.stdout


def test_json_tells_all_of_it(desk: Path) -> None:
    result = run("desk@1.0.0", "desk@1.1.0", "--format", "json")
    said = json.loads(result.stdout)
    assert said["verdict"] == "differs"
    assert (said["old"]["rulebook"], said["old"]["version"], said["old"]["file"]) == (
        "desk", "1.0.0", "rules/desk/1.0.0.yaml",
    )  # fmt: skip
    (change,) = said["changes"]
    assert change["outputs"] == [{"name": "level", "old": "P1", "new": "P2"}]
    assert (change["old"], change["new"], change["certainty"]) == ({"level": "P1"}, {"level": "P2"}, "every")
    assert change["witness"]["request"]["ticket"] == {"channel": "phone"}
    assert change["share"] == {"combinations": 1, "of": 3, "facts": ["ticket.channel"]}
    assert said["weights"] is None


def test_markdown_is_a_list(desk: Path) -> None:
    lines = run("desk@1.0.0", "desk@1.1.0", "--format", "markdown").stdout.splitlines()
    assert lines[0] == "## desk 1.0.0 → desk 1.1.0"
    assert "### priority" in lines
    assert "- **level P1 → P2**" in lines


def test_a_history_weights_the_changes(desk: Path) -> None:
    (desk / "history.csv").write_text(HISTORY, encoding="utf-8")
    (desk / "map.yaml").write_text(MAP, encoding="utf-8")
    arguments = ("desk@1.0.0", "desk@1.1.0", "--history", "history.csv", "--map", "map.yaml")
    result = run(*arguments)
    assert result.exit_code == 1, result.stderr
    assert "2 tickets of 3 (66.7%)" in result.stdout
    weights = json.loads(run(*arguments, "--format", "json").stdout)["weights"]
    assert weights == {"tickets": 3, "by_change": {"0": 2}, "refused": 0}


class Page(HTMLParser):
    """What a page would fetch, and the elements that it opens."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "srcset", "action") and value]
        self.fetched += [str(value) for name, value in attrs if name == "href" and value and value[0] != "#"]


def test_the_page_needs_no_network_and_escapes_what_it_quotes(desk: Path) -> None:
    text = (desk / "new.yaml").read_text(encoding="utf-8").replace("phone", '"<script>x</script>"')
    (desk / "new.yaml").write_text(text.replace("by-", "rule-"), encoding="utf-8")
    result = run("desk@1.0.0", "new.yaml", "--out", "page.html")
    assert result.exit_code == 1
    page = Page()
    page.feed((desk / "page.html").read_text(encoding="utf-8"))
    assert page.fetched == []
    assert "script" not in page.tags
    assert page.tags.count("article") > 0
    assert "code" in page.tags


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_browser_shows_the_page_under_its_policy(desk: Path) -> None:
    assert BROWSER is not None
    assert run("desk@1.0.0", "desk@1.1.0", "--out", "page.html").exit_code == 1
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom")
    address = (desk / "page.html").as_uri()
    done = subprocess.run([BROWSER, *options, f"--user-data-dir={desk / 'profile'}", address],
                          capture_output=True, timeout=60, check=True)  # fmt: skip
    tree = html.document_fromstring(done.stdout.decode())
    assert tree.xpath("//article/h3")[0].text_content() == "level P1 → P2"
    assert [code.text for code in tree.xpath("//article//li/code")] == ["ticket.channel", "phone"]
    assert tree.xpath("//details/summary")
    assert b"Content Security Policy" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("desk@1.0.0", "desk@9.9.9"), "there is no version of `desk` `9.9.9`"),
        (("disk@1.0.0", "new.yaml"), "there is no rulebook `disk`; did you mean `desk`?"),
        (("desk@", "new.yaml"), "a version is missing after `@`"),
        (("desk",), "is to be compared with what?"),
        (("new.yaml", "gone.yaml"), "no such file"),
        (("new.yaml", "--map", "m.yaml"), "give --history"),
    ],
)
def test_wrong_use_ends_with_2_and_one_line(desk: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_faulty_rulebook_is_told_as_check_tells_it(desk: Path) -> None:
    (desk / "new.yaml").write_text("rulebook: desk\nversion: 1.0.0\nfacts: {ticket.chanel: text}\n", encoding="utf-8")
    result = run("desk@1.0.0", "new.yaml")
    assert result.exit_code == 1
    assert "new.yaml:3:" in result.stderr


def without_witnesses(text: str) -> list[str]:
    """The lines of a review but for the requests that show it: which of many is shown means nothing."""
    return [line for line in text.splitlines() if not line.startswith(("    such as ", "      old ", "      new "))]


def test_the_guide_shows_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    told = run("internal-it@1.0.0", NEWER.relative_to(ROOT).as_posix()).stdout
    shown = re.search(r"<!-- the whole output -->\n```text\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    assert shown is not None
    assert without_witnesses(told) == without_witnesses(shown[1])
