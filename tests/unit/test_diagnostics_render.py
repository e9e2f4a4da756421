"""How diagnostics are shown: the source line, the underline below the right columns, the help, and JSON."""

from __future__ import annotations

import json

from engine.diagnostics import Diagnostic, Related, Source, Span, Suppressed, read_source, render_text, to_json

FILE = "rules/connect-support/1.0.0.yaml"


def shown(line: str, start: int, end: int, **more: str) -> str:
    fault = Diagnostic("unknown-fact", "unknown fact", FILE, Span(1, start, 1, end), **more)  # type: ignore[arg-type]
    return render_text([fault], {FILE: line})


def test_a_fault_with_its_line_and_help() -> None:
    text = "rules:\n  - when: {requestor.tier: gold}\n"
    source, _ = read_source(FILE, text.encode())
    assert source is not None
    fault = source.fault(
        "unknown-fact",
        "unknown fact `requestor.tier`; did you mean `requester.tier`?",
        ("rules", 0, "when", "requestor.tier"),
        key=True,
        help="declare it under `facts`",
    )
    assert render_text([fault], {FILE: source}) == (
        f"{FILE}:2:12: unknown fact `requestor.tier`; did you mean `requester.tier`? [unknown-fact]\n"
        " 2 |   - when: {requestor.tier: gold}\n"
        "   |            ^^^^^^^^^^^^^^\n"
        "   help: declare it under `facts`\n"
    )


def test_a_warning_says_so_and_a_missing_file_shows_no_line() -> None:
    fault = Diagnostic("gap", "no rule", FILE, Span(3, 1, 3, 4), severity="warning")
    assert render_text([fault], {}) == f"{FILE}:3:1: warning: no rule [gap]\n"


def test_nothing_to_show() -> None:
    assert render_text([], {FILE: "x"}) == ""
    assert to_json([]) == []


def test_wide_characters_are_underlined_twice() -> None:
    assert shown("名前: 漢字 x", 5, 7).splitlines()[1:] == [" 1 | 名前: 漢字 x", "   |       ^^^^"]


def test_combining_characters_take_no_column() -> None:
    assert shown("cafe\u0301: te\u0301st", 8, 13).splitlines()[1:] == [" 1 | cafe\u0301: te\u0301st", "   |       ^^^^"]


def test_tabs_are_shown_as_four_spaces() -> None:
    assert shown("\ta\tb", 4, 5).splitlines()[1:] == [" 1 |     a    b", "   |          ^"]
    assert shown("\tb: 1", 1, 2).splitlines()[2] == "   | ^^^^"


def test_control_characters_do_not_reach_the_terminal() -> None:
    fault = Diagnostic("x", "bad \x1b[31m\nline", FILE, Span(1, 1, 1, 2), help="\x07")
    text = render_text([fault], {FILE: "\x1b[31mred"})
    assert "\x1b" not in text
    assert "\x07" not in text
    assert len(text.splitlines()) == 4


def test_an_empty_piece_and_one_behind_the_line_still_get_a_mark() -> None:
    assert shown("a:", 3, 3).splitlines()[2] == "   |   ^"
    assert shown("a:", 30, 40).splitlines()[2] == "   |   ^"


def test_a_piece_of_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    fault = Diagnostic("x", "m", FILE, Span(1, 4, 3, 2))
    assert render_text([fault], {FILE: "a: [1,\n  2\n  ]"}).splitlines()[2] == "   |    ^^^"


def test_a_long_line_is_clipped_round_the_fault() -> None:
    line = "x" * 500 + "HERE" + "y" * 500
    _, text, mark = shown(line, 501, 505).splitlines()
    assert len(text) == len(" 1 | ") + 100
    assert text[mark.index("^") : mark.rindex("^") + 1] == "HERE"
    assert text[5] == text[-1] == "…"


def test_a_long_line_is_clipped_at_one_end_only() -> None:
    at_start = shown("HERE" + "y" * 500, 1, 5).splitlines()[1]
    at_end = shown("x" * 500 + "HERE", 501, 505).splitlines()[1]
    assert at_start.startswith(" 1 | HERE")
    assert at_start.endswith("…")
    assert at_end.startswith(" 1 | …")
    assert at_end.endswith("HERE")


def test_a_fault_longer_than_the_window_is_underlined_as_far_as_it_is_shown() -> None:
    _, text, mark = shown("x" * 50 + "漢" * 300, 51, 351).splitlines()
    assert mark.rindex("^") < len(" 1 | ") + 100
    assert text.endswith("…")


def test_the_gutter_is_as_wide_as_the_number() -> None:
    fault = Diagnostic("x", "m", FILE, Span(120, 1, 120, 2), help="h")
    assert render_text([fault], {FILE: "a\n" * 200}) == f"{FILE}:120:1: m [x]\n 120 | a\n     | ^\n     help: h\n"


def test_diagnostics_are_sorted_by_file_line_column_and_code() -> None:
    def at(file: str, line: int, column: int, code: str, end: int = 9) -> Diagnostic:
        return Diagnostic(code, "m", file, Span(line, column, line, column + end))

    wanted = [
        at("a", 1, 1, "b"),
        at("a", 1, 2, "a", end=99),
        at("a", 1, 2, "b"),
        at("a", 10, 1, "a"),
        at("b", 2, 1, "a"),
    ]
    assert sorted([*wanted[2:], *wanted[:2]]) == wanted
    assert [record["file"] for record in to_json(reversed(wanted))] == ["a", "a", "a", "a", "b"]


def test_json_records() -> None:
    fault = Diagnostic("x", "m", FILE, Span(1, 2, 3, 4))
    assert json.loads(json.dumps(to_json([fault]))) == [
        {
            "code": "x",
            "severity": "error",
            "message": "m",
            "file": FILE,
            "line": 1,
            "column": 2,
            "end_line": 3,
            "end_column": 4,
            "help": None,
        }
    ]


def test_a_source_made_by_hand_can_be_shown() -> None:
    source = Source(FILE, "a: 1\n", {"a": 1})
    assert " 1 | a: 1\n" in render_text([source.fault("x", "m", ("a",))], {FILE: source})


def test_further_places_are_shown_below_and_a_witness_last() -> None:
    other = "rules/connect-support/clauses.yaml"
    related = (Related(FILE, Span(2, 1, 2, 4), "`first` covers it"), Related(other, Span(7, 1, 7, 2), "and cites this"))
    fault = Diagnostic("dead", "`late` never fires", FILE, Span(10, 3, 10, 7), "delete it", "warning", related,
                       "- scenario: x\n\n  at: \x1b[31m\n")  # fmt: skip
    text = "rule\nfirst\n" + "\n" * 7 + "- late\n"
    assert render_text([fault], {FILE: text}) == (
        f"{FILE}:10:3: warning: `late` never fires [dead]\n"
        " 10 | - late\n"
        "    |   ^^^^\n"
        f"    see: {FILE}:2:1: `first` covers it\n"
        "  2 | first\n"
        "    | ^^^\n"
        f"    see: {other}:7:1: and cites this\n"
        "    help: delete it\n"
        "    witness:\n"
        "      - scenario: x\n"
        "\n"
        "        at: \ufffd[31m\n"
    )


def test_of_many_further_places_the_number_is_told() -> None:
    related = tuple(Related(FILE, Span(line, 1, line, 2), "covers it") for line in range(1, 12))
    shown_ = render_text([Diagnostic("dead", "m", FILE, Span(1, 1, 1, 2), related=related)], {})
    assert shown_.count(": covers it\n") == 8
    assert shown_.endswith(" see: 3 further places\n")


def test_json_records_of_further_places_witnesses_and_what_is_suppressed() -> None:
    related = (Related(FILE, Span(2, 1, 2, 4), "covers it"),)
    first = Diagnostic("dead", "m", FILE, Span(3, 1, 3, 2), related=related, witness="- scenario: x\n")
    second = Diagnostic("gap", "m", FILE, Span(1, 1, 1, 2))
    hushed, told = to_json([first], [Suppressed(second, {"ru": "так", "en": "so"}, Span(9, 3, 9, 8))])
    assert told["related"] == [
        {"message": "covers it", "file": FILE, "line": 2, "column": 1, "end_line": 2, "end_column": 4}
    ]
    assert told["witness"] == "- scenario: x\n"
    assert hushed["suppressed"] == {"because": {"ru": "так", "en": "so"}, "line": 9}
    assert "suppressed" not in told
    assert not {"related", "witness"} & hushed.keys()
