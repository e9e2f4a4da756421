"""What topics of disclosure cover: the facts, rules and stages that an explanation shows to nobody whom it is denied.

Read when all stages are known, since any of them may be named. Knows rules, and of a topic only its name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .model import STAGES, Cover, Stage
from .reader import Reader

SECTION = "disclosures"


def read_covers(body: Any, stages: Mapping[str, Stage], reader: Reader) -> tuple[Cover, ...]:
    """What stands under `covers` of the disclosures; names that are not known are noted."""
    raw = body.get("covers", {}) if isinstance(body, Mapping) else {}
    reader.enter(len(STAGES))
    found = []
    for topic, covered in raw.items():
        path = (SECTION, "covers", topic)
        if SECTION in stages and topic not in _topics(stages[SECTION]) and not reader.doubts.within((SECTION,)):
            reader.unknown("unknown-value", "topic", topic, _topics(stages[SECTION]), path, key=True)
        for i, fact in enumerate(covered.get("facts", ())):
            reader.fact(fact, (*path, "facts", i))
        for i, rule in enumerate(covered.get("rules", ())):
            _check_rule(rule, (*path, "rules", i), stages, reader)
        facts, rules, named = (frozenset(covered.get(key, ())) for key in ("facts", "rules", "stages"))
        found.append(Cover(topic, facts, rules, named))
    return tuple(sorted(found, key=lambda cover: cover.topic))


def _topics(stage: Stage) -> Iterable[str]:
    mentioned = {name for row in stage.rows for names in row.outcome.names.values() for name in names}
    return [*stage.settings.names, *sorted(mentioned - set(stage.settings.names))]


def _check_rule(rule: str, path: tuple[str | int, ...], stages: Mapping[str, Stage], reader: Reader) -> None:
    known = [row.id for stage in stages.values() for row in stage.rows]
    if rule not in known and not any(reader.doubts.within((name,)) for name in STAGES):
        reader.unknown("unknown-value", "rule", rule, known, path)
