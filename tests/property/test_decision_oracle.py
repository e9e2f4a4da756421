"""The engine against a naive second evaluator, on generated rulebooks and requests."""

from typing import Any

from generated_rulebooks import UNSHRUNK, requests, rulebooks
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_evaluator import Evaluation
from rulebook_kit import catalogue_of


def within(found: Any, wanted: Any) -> Any:
    """What was found, without the keys that the contract does not name and the engine adds."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {key: within(found[key], wanted[key]) for key in found if key in wanted}
    return found


@settings(max_examples=40, phases=UNSHRUNK)
@given(rulebooks(), st.lists(requests(), min_size=4, max_size=8))
def test_every_part_is_what_a_plain_reading_of_the_rules_gives(
    book: dict[str, Any], asked: list[dict[str, Any]]
) -> None:
    catalogue = catalogue_of(book)
    for request in asked:
        found = catalogue.decide(request)["decision"]
        wanted = Evaluation(book, request).decision()
        for stage, part in wanted.items():
            assert within(found[stage], part) == part, (stage, request)
        assert list(found) == list(wanted)
