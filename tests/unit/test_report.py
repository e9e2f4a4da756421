"""The report of a replay: what it says, in both languages, and that nothing in a history can break out of it."""

import base64
import hashlib
import re
import string
from collections.abc import Mapping
from typing import Any, get_args

import msgspec
import pytest
from lxml import html

from simulations.report import Language, UnreadableSummary, report_html
from simulations.report.wording import TEXTS, Words

LANGUAGES: tuple[Language, ...] = get_args(Language)
EVIL = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{ 7*7 }}"""
NO_ESTIMATE = dict.fromkeys(("baseline", "candidate", "difference", "low", "high", "p", "adjusted"), None)
COUNTS = {"openings": 1, "events": 2, "tickets": 3}


def decision(level: str, state: str, effect: str) -> dict[str, Any]:
    target = {"state": state, "due": "2016-03-02T18:00:00Z", "within": "PT8H", "overrun": "PT2H13M"}
    return {
        "priority": {"by": "matrix.high", "level": level},
        "sla": {"by": "sla.high", "calendar": "desk", "targets": {"resolution": target}},
        "disclosures": {"progress": {"by": "tell", "effect": effect, "approver": None}},
        "obligations": [{"do": "confirm", "by": "second-look", "with": {}}] if level == "P2" else [],
    }


def opened(name: str) -> dict[str, Any]:
    trace = [
        {"stage": "priority", "rule": "matrix.high", "because": f"{name} is high.", "cites": [name], "assumed": False}
    ]
    sides = [("baseline", decision("P3", "met", "deny")), ("candidate", decision("P2", "breached", "permit"))]
    return {
        "ticket": name,
        "row": 4,
        "moment": "end",
        "at": "2016-03-05T12:00:00Z",
        "request": {"ticket": {"category": name}},
        "changed": ["priority"],
        "decisions": [{"side": side, "version": "1.0.0", "decision": said, "trace": trace} for side, said in sides],
    }


def flips(name: str) -> list[dict[str, Any]]:
    rules = [{"baseline": name, "candidate": None, "count": 9}]
    examples = [{"ticket": name, "row": 1, "moment": "opening"}]
    cells = [
        {"before": old, "after": new, **COUNTS, "rules": rules, "examples": examples}
        for old, new in (("P3", "P2"), (name, "P1"))
    ]
    stages = {"priority": cells, "any": []}
    return [
        {
            "stage": stage,
            "compares": "level",
            "openings": 1,
            "events": 2,
            "tickets": 21,
            "matrix": matrix,
            "unlisted": 2,
        }
        for stage, matrix in stages.items()
    ]


def tally(missed: int) -> dict[str, int]:
    return {"met": 100 - missed, "missed": missed, "open": 1, "none": 2}


def compared(name: str) -> dict[str, Any]:
    """What a summary with a candidate holds more than one without."""
    sure = {
        "baseline": 0.1, "candidate": 0.3, "difference": 0.2, "low": 0.1, "high": 0.31,
        "p": 0.001, "adjusted": 0.01, "clear": True,
    }  # fmt: skip
    rules = [{"baseline": name, "candidate": name, "count": 1}]
    side = {"side": "candidate", "rulebook": name, "versions": {"1.1.0": "sha256:b"}}
    change = {"path": name, "before": "P3", "after": name, "line": 66}
    topic = {"topic": name, "change": "newly permitted", "before": "deny", "after": "permit", "rules": rules}
    guardrail = {"says": name, "reading": 6.0, "unit": "points", "limit": 0.5, "confidence": False, "verdict": "broken"}
    return {
        "sides": [plain(name)["sides"][0], {**side, "changes": [change]}],
        "disclosures": [{**topic, **COUNTS, "examples": [{"ticket": name, "row": 1, "moment": "event"}]}],
        "flips": flips(name),
        "targets": [{**target("any", tally(30)), "breach_rate": sure}, target(name, tally(30))],
        "load": [load(name, (2, *[0] * 167))],
        "agreement_compared": {name: sure},
        "guardrails": [{**guardrail, "why": name}],
        "worst": [opened(name)],
        "method": {
            "interval": "BCa", "confidence": 0.95, "resamples": 2000, "seed": 1, "block": "day", "blocks": 20,
            "week_statistic": 3.5, "zone": name, "compared": 7,
        },
    }  # fmt: skip


def target(name: str, candidate: Any) -> dict[str, Any]:
    moves = [{"before": "met", "after": "missed", "tickets": 21}]
    return {
        "target": name, "level": None, "baseline": tally(10), "candidate": candidate, "newly_missed": 21,
        "newly_met": 1, "transitions": moves if candidate else [], "breach_rate": {**NO_ESTIMATE, "clear": False},
    }  # fmt: skip


def load(name: str, candidate: Any) -> dict[str, Any]:
    hours = (1, *[0] * 167)
    totals = {"baseline": 1, "candidate": None if candidate is None else 2}
    return {"group": name, **totals, "baseline_hours": hours, "candidate_hours": candidate}


def plain(name: str) -> dict[str, Any]:
    """A summary without a candidate, with ``name`` wherever a history, a mapping or a rulebook gives a text."""
    count = {"total": 22, "decided": 21, "set_aside": 1}
    agreement = {"part": name, "side": "baseline", "moment": "opening", "compared": 3, "equal": 2, "unrecorded": 1}
    row = {"value": name, "tickets": 3, "flipped": 0, "baseline": tally(10), "candidate": None}
    reason = {"decision": "event", "column": name, "reason": name, "count": 1, "first_row": 4, "examples": [name]}
    return {
        "history": name, "history_sha256": "c0ffee", "form": "csv", "mapping": name, "mapping_sha256": "beef",
        "limit": 3, "size": {"rows": 22, "tickets": 22, "expected_rows": 30, "expected_tickets": 25},
        "sides": [{"side": "baseline", "rulebook": name, "versions": {"1.0.0": "sha256:a"}, "changes": []}],
        "openings": count, "events": count, "ends": count, "set_aside": [reason],
        "agreement": [{**agreement, "differences": [{"recorded": name, "decided": None, "count": 1}]}],
        "agreement_compared": {}, "withheld": {name: 5}, "events_before_opening": 5,
        "recorded_shares": [
            {"name": name, "share_of": name, "tickets": 1, "of_tickets": 3, "rows": 2, "of_rows": 3}
        ],
        "doubtful_local_times": {"fold": 1, "gap": 0}, "disclosures": None, "flips": None,
        "targets": [target("any", None)], "load": [load(name, None)],
        "breakdown": [{"fact": name, "rows": [row, {**row, "value": None}]}],
        "rules_used": [
            {"stage": "priority", "rule": name, "baseline": 3, "candidate": None, "scenario": False},
            {"stage": "priority", "rule": "idle", "baseline": 0, "candidate": None, "scenario": None},
        ],
        "guardrails": [], "worst": [], "method": None, "notes": ["The recorded times are as they were.", name],
        "files": {"decisions.parquet": "f00d"}, "sound": False,
    }  # fmt: skip


def raw(name: str = "INC1", *, candidate: bool = True) -> bytes:
    return msgspec.json.encode({**plain(name), **(compared(name) if candidate else {})})


def text_of(page: bytes) -> str:
    body = html.document_fromstring(page.decode()).find("body")
    assert body is not None
    for script in body.iter("script"):
        script.text = ""
    return " ".join(body.text_content().replace("\u00a0", " ").split())


@pytest.mark.parametrize("candidate", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_a_history_becomes_markup(language: Language, candidate: bool) -> None:
    page = report_html(raw(EVIL, candidate=candidate), language).decode()
    tree = html.document_fromstring(page)
    assert len(tree.findall(".//script")) == 1
    assert not list(tree.iter("img", "iframe", "object", "embed", "link", "form", "base"))
    assert not [name for node in tree.iter("*") for name in node.attrib if name.startswith("on") or name == "style"]
    assert "<script>alert" not in page
    assert EVIL in tree.text_content(), "but it is shown, as it is: texts are no templates either"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_reaches_no_network(language: Language) -> None:
    tree = html.document_fromstring(report_html(raw(), language).decode())
    policy = tree.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert str(policy).startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(str(tree.findtext(f".//{tag}")).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in str(policy)
    assert "unsafe" not in str(policy)
    addresses = [str(found) for found in tree.xpath("//@href | //@src | //@action | //@data")]
    ids = {f"#{found}" for found in tree.xpath("//@id")}
    assert addresses
    assert set(addresses) <= ids, "links lead to parts of the page only, and each is there"
    assert "url(" not in str(tree.findtext(".//style"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_summary_gives_the_same_bytes(language: Language) -> None:
    assert report_html(raw(), language) == report_html(raw(), language)


def test_disclosures_stand_first_of_all_flips() -> None:
    tree = html.document_fromstring(report_html(raw()).decode())
    assert [section.get("id") for section in tree.iter("section")] == [
        "guardrails", "disclosures", "flips", "worst", "targets", "load",
        "conformance", "breakdown", "used", "aside", "made",
    ]  # fmt: skip


def test_three_sentences_come_first() -> None:
    said = text_of(report_html(raw()))
    assert "21 of 22 tickets (95.45%) would have been decided otherwise" in said
    assert "21 tickets that kept every target would have missed one, and 1 ticket the other way round" in said
    assert "from 10.00% to 30.00% (+20.00 points; 95% interval +10.00 to +31.00, clear after correction)" in said
    assert "newly permitted: 1; newly denied: 0; guardrails broken: 1 of 1." in said


def test_three_sentences_in_russian() -> None:
    said = text_of(report_html(raw(), "ru"))
    assert "решалось бы: 21 заявка; всего 22 заявки, доля 95,45 %." in said
    assert "а нарушили бы: 21 заявка; наоборот: 1 заявка." in said
    assert "с 10,00 % до 30,00 % (+20,00 п. п.;" in said


def test_three_sentences_in_polish() -> None:
    said = text_of(report_html(raw(), "pl"))
    assert "rozstrzygnięto by: 21 zgłoszeń; razem 22 zgłoszenia, udział 95,45%." in said
    assert "a przekroczyłyby jakiś: 21 zgłoszeń; odwrotnie: 1 zgłoszenie." in said
    assert "z 10,00% na 30,00% (+20,00 p.p.;" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_times_are_held_fixed_stands_on_every_page(language: Language) -> None:
    tree = html.document_fromstring(report_html(raw(), language).decode())
    fixed = Words(language).say("fixed")
    assert re.search(r"@page \{[^}]*@bottom-left \{ content: \"" + re.escape(fixed), str(tree.findtext(".//style")))
    assert text_of(report_html(raw(), language)).count(fixed) >= 3
    assert fixed in str(tree.xpath("string(//section[@id='targets'])"))


def test_the_page_says_how_many_flips_it_opens_and_how_many_there_are() -> None:
    said = "Opened on this page: 1; tickets that change at an opening or an event: 21."
    assert said in text_of(report_html(raw()))


def test_a_flip_is_told_in_sentences() -> None:
    tree = html.document_fromstring(report_html(raw()).decode())
    told = [str(item.text_content()).strip() for item in tree.xpath("//article/ul/li")]
    assert told == [
        "Disclosure progress: denied under the baseline, permitted under the candidate, by rule tell.",
        "priority: P3 under the baseline, P2 under the candidate, by rule matrix.high: “INC1 is high”.",
        "Target resolution: met (within 8 hr, due Mar 2, 2016, 6:00\u00a0PM) under the baseline, missed by "
        "2 hr 13 min (within 8 hr, due Mar 2, 2016, 6:00\u00a0PM) under the candidate, by rule sla.high.",
        "Newly owed: confirm, by rule second-look.",
    ]
    assert len(tree.xpath("//article/details/pre")) == 3, "what was asked, and both decisions"
    assert len(tree.xpath("//article/details/ol")) == 2, "both traces"


def test_a_replay_without_a_candidate_compares_nothing() -> None:
    said = text_of(report_html(raw(candidate=False)))
    assert "Decisions were taken on 21 of 22 tickets as at their opening; set aside: 1." in said
    assert "Candidate" not in said
    assert "Guardrails" not in said


@pytest.mark.parametrize("candidate", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_has_a_cell_for_each_column(language: Language, candidate: bool) -> None:
    tree = html.document_fromstring(report_html(raw(candidate=candidate), language).decode())
    tables = list(tree.iter("table"))
    assert len(tables) > 7
    for table in tables:
        columns = table.xpath("thead/tr/th[@scope='col']")
        assert table.findtext("caption/span")
        for row in table.xpath("tbody/tr"):
            assert len(row) == len(columns), table.findtext("caption/span")
            assert row[0].get("scope") == "row"


def test_unknown_notes_are_kept() -> None:
    assert "a new note" in text_of(report_html(raw("a new note"), "ru"))


@pytest.mark.parametrize(
    "broken", [b"", b"{}", b"[1]", b"\xff", raw()[:-40], raw().replace(b'"limit":3', b'"limit":"3"')]
)
def test_what_is_no_summary_is_refused(broken: bytes) -> None:
    with pytest.raises(UnreadableSummary, match="no summary of a replay") as caught:
        report_html(broken)
    assert "\n" not in str(caught.value)


def fields(text: str | Mapping[str, str]) -> set[str]:
    forms = [text] if isinstance(text, str) else text.values()
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_say_the_same(language: Language) -> None:
    said = {key: fields(text) for key, text in TEXTS[language].items()}
    assert said == {key: fields(text) for key, text in TEXTS["en"].items()}


@pytest.mark.parametrize(
    ("language", "forms"),
    [("en", {"one", "other"}), *((slavic, {"one", "few", "many", "other"}) for slavic in ("ru", "pl"))],
)
def test_plural_forms_are_those_of_the_language(language: Language, forms: set[str]) -> None:
    plural = {key: set(text) for key, text in TEXTS[language].items() if not isinstance(text, str)}
    assert plural
    assert {key: found for key, found in plural.items() if found != forms} == {}


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 заявок"), (1, "1 заявка"), (3, "3 заявки"), (5, "5 заявок"), (11, "11 заявок"), (112, "112 заявок"),
     (24_921, "24\u00a0921 заявка")],
)  # fmt: skip
def test_russian_counts(count: int, said: str) -> None:
    assert Words("ru").say("tickets", n=count) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 zgłoszeń"), (1, "1 zgłoszenie"), (3, "3 zgłoszenia"), (5, "5 zgłoszeń"), (12, "12 zgłoszeń"),
     (22, "22 zgłoszenia"), (24_921, "24\u00a0921 zgłoszeń")],
)  # fmt: skip
def test_polish_counts(count: int, said: str) -> None:
    assert Words("pl").say("tickets", n=count) == said


def test_shares_are_rounded_down() -> None:
    words = Words("en")
    assert [words.share(*pair) for pair in ((99_999, 100_000), (5, 5), (0, 0), (1, 3))] == [
        "99.99%", "100.00%", "–", "33.33%",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ("PT30H", ("30 hr", "30 ч", "30 godz.")),
        ("PT2H13M", ("2 hr 13 min", "2 ч 13 мин", "2 godz. 13 min")),
        ("later", ("later",) * 3),
    ],
)
def test_spans(span: str, said: tuple[str, ...]) -> None:
    assert tuple(Words(language).span(span) for language in LANGUAGES) == said
