"""What stands in a flip or in a record, said in a language: names of rulebooks stay, the words around them do not.

Findings write such values in English, in the few forms that are read here; any other text stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

from .wording import Words

_LEVEL: Final = re.compile(r"(?P<to>.+), level (?P<level>\d+)")
_OTHERWISE: Final = re.compile(r"(?P<do>.+), with other values")
_APPROVAL: Final = re.compile(r"approval by (?P<approver>.+)")
_PROMISE: Final = re.compile(r"(?P<within>P\S+|due otherwise)(?: on (?P<calendar>.+))?")
_OUTCOME: Final = re.compile(r"(?P<outcome>accept|redirect|reject)(?: to (?P<to>.+))?")
_NAMED: Final = ("sla", "disclosures", "permissions")
"""Stages whose values begin with a name and a colon."""


def value_said(stage: str, text: str, words: Words) -> str:
    """A value of a flip in a stage."""
    if stage in _NAMED and ": " in text:
        name, _, value = text.partition(": ")
        return f"{name}: {value_said(stage, value, words)}"
    if text in ("nothing", "not decided", "not known"):
        return words.say(text)
    if stage == "escalation" and (found := _LEVEL.fullmatch(text)):
        return words.say("value.level", to=value_said("", found["to"], words), level=found["level"])
    if stage == "obligations" and (found := _OTHERWISE.fullmatch(text)):
        return words.say("value.otherwise", do=found["do"])
    if stage == "sla" and (found := _PROMISE.fullmatch(text)):
        return _promise(found["within"], found["calendar"], words)
    if stage == "admission" and (found := _OUTCOME.fullmatch(text)):
        return outcome_said(found["outcome"], found["to"], words)
    return effect_said(text, words) if stage in _NAMED else text


def effect_said(text: str, words: Words) -> str:
    """An effect: what may be told or done."""
    found = _APPROVAL.fullmatch(text)
    return words.say("value.approval", approver=found["approver"]) if found else words.known("effect", text)


def outcome_said(outcome: str, to: str | None, words: Words) -> str:
    """An outcome of admission, and where to."""
    said = words.known("outcome", outcome)
    return said if to is None else words.say("value.to", outcome=said, to=to)


def recorded_said(value: object, words: Words) -> str:
    """A recorded or decided part of a decision."""
    return words.say("nothing") if value is None else words.known("record", str(value))


def _promise(within: str, calendar: str | None, words: Words) -> str:
    said = words.known("value", within) if within == "due otherwise" else words.span(within)
    return said if calendar is None else words.say("value.on", within=said, calendar=calendar)
