"""Reading how targets are measured: `sla.targets`, the states that close a ticket, the channels that count."""

import re
from collections.abc import Mapping
from typing import Any

from ..diagnostics import Path
from ..facts import Instant, normal, shown
from ..rulebook import (
    AGENT_REPLY,
    MEETS,
    STARTS,
    UNANSWERED,
    InStates,
    PausedBy,
    Reader,
    read_paused_by,
    read_states,
)
from ..tables import described
from .target_rules import DEFAULTS, Moment, SlaSettings, TargetRule, usual_met
from .timeline import Channels

_NAME = re.compile(r"[^\s.{}]+")
_SHARE = re.compile(r"(\d{1,3})%", re.ASCII)
_RESERVED = ("calendar", "clock")
NOTHING = PausedBy(waits=False)


def read_sla_settings(body: Mapping[str, Any], path: Path, reader: Reader) -> SlaSettings:
    """How each target is measured: the contract's own, and what the rulebook says of them and of others."""
    rules = dict(DEFAULTS)
    for name, raw in sorted(body.get("targets", {}).items()):
        at = (*path, "targets", name)
        if name in _RESERVED or not _NAME.fullmatch(name):
            reader.fault("reserved-name", f"no target can be called {shown(name)}", at, key=True,
                         help="targets have plain names of their own, without dots, spaces and braces")  # fmt: skip
        rules[name] = _target_rule(raw, rules.get(name, DEFAULTS["resolution"]), at, reader)
    closed, channels = body.get("closed_states"), body.get("counted_channels", {})
    counted = Channels(_channels(channels.get("requester")), _channels(channels.get("agent")))
    if closed is None:
        return SlaSettings(rules, channels=counted)
    return SlaSettings(rules, read_states(closed, (*path, "closed_states"), reader), counted)


def _channels(listed: list[str] | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(map(normal, listed))


def _target_rule(raw: Mapping[str, Any], known: TargetRule, path: Path, reader: Reader) -> TargetRule:
    """How a target is measured; what is left out is as for the target of that name, or for `resolution`."""
    starts = _moments(raw["starts"], STARTS, (*path, "starts"), reader) if "starts" in raw else known.starts
    if "met" in raw:
        met = _moments(raw["met"], MEETS, (*path, "met"), reader)
    else:
        met = (usual_met(starts) if "starts" in raw else None) or known.met
    share, after = known.warn_share, known.warn_after
    if "warn_after" in raw:
        share, after = _warning(raw["warn_after"], (*path, "warn_after"), reader)
    paused_by = known.paused_by
    if "paused_by" in raw:
        paused_by = read_paused_by(raw["paused_by"], (*path, "paused_by"), reader)
    rule = TargetRule(
        starts,
        met,
        share,
        after,
        paused_by,
        raw.get("while_paused", known.while_paused),
        raw.get("pauses", known.pauses),
        raw.get("reopening", known.reopening),
    )
    _check_settings(rule, raw, path, reader)
    return rule


def _check_settings(rule: TargetRule, raw: Mapping[str, Any], path: Path, reader: Reader) -> None:
    """Refuse settings that contradict each other, or of which one can have no effect."""
    unanswered = next((start for start in rule.starts if start in UNANSWERED), None)
    if unanswered and AGENT_REPLY not in rule.met:
        said = f"a target that starts with {shown(unanswered)} is met by `{AGENT_REPLY}`, which `met` does not name"
        reader.fault("clashing-settings", said, (*path, "met"), help=f"add `{AGENT_REPLY}`, or leave `met` out")
    if rule.paused_by == NOTHING and not reader.doubts.within((*path, "paused_by")):
        for key in ("while_paused", "pauses"):
            if key in raw:
                reader.fault("clashing-settings", f"nothing pauses this target, so `{key}` can have no effect",
                             (*path, key), key=True, help="say what pauses it under `paused_by`")  # fmt: skip
    elif rule.pauses == "keep_due" and rule.while_paused == "stands":
        reader.fault("clashing-settings", "pauses keep the due time, so it stands in any case",
                     (*path, "while_paused" if "while_paused" in raw else "pauses"), key=True,
                     help="leave `while_paused` out")  # fmt: skip


def _moments(raw: Any, words: tuple[str, ...], path: Path, reader: Reader) -> tuple[Moment, ...]:
    """One moment or a list of them."""
    if not isinstance(raw, list):
        return (_moment(raw, words, path, reader),)
    return tuple(_moment(item, words, (*path, i), reader) for i, item in enumerate(raw))


def _moment(raw: Any, words: tuple[str, ...], path: Path, reader: Reader) -> Moment:
    """An instant by its fact, a word for a message, or the coming into some states."""
    if isinstance(raw, Mapping):
        return InStates(read_states(raw["states"], (*path, "states"), reader))
    name = str(raw)
    if name in words:
        return name
    if "." not in name and name not in reader.facts and name not in reader.unsure:
        known = [*words, *(fact for fact, kind in reader.facts.items() if isinstance(kind, Instant))]
        help = f"write a fact that holds an instant, {{states: […]}}, or one of: {', '.join(words)}"
        reader.unknown("unknown-value", "moment", name, known, path, help=help)
        return name
    kind = reader.fact(name, path)
    if kind is not None and not isinstance(kind, Instant):
        said = f"{shown(name)} is {described(kind)}, not an instant"
        reader.fault("wrong-type", said, path, help="a target is measured between instants")
    return name


def _warning(text: str, path: Path, reader: Reader) -> tuple[int | None, int | None]:
    """A share of the time in percent, or a duration."""
    match = _SHARE.fullmatch(text)
    if match is None and "%" not in text:
        return None, reader.duration(text, path)
    if match is None or int(match[1]) > 100:
        said = f"{shown(text)} is not a share of the target's time"
        reader.fault("wrong-value", said, path, help="write a whole number up to 100%, such as 75%, or a duration")
        return None, None
    return int(match[1]), None
