"""Runs Schemathesis over a service in-process, and tells what it found in lines that a person can act on.

All of Schemathesis's checks are on. What the kit adds is only what JSON Schema and OpenAPI cannot say.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import schemathesis
from schemathesis import Case, HookContext, engine
from schemathesis.config._checks import (
    NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES,
    POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES,
)
from schemathesis.engine import events

LINES = ("application/x-ndjson", "application/jsonl")

TOO_LARGE_TOO = {
    "negative_data_rejection": NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES,
    "positive_data_acceptance": POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES,
}
"""A schema cannot say how many bytes a body may have: one that is too large is refused, whether it fits or not."""


@schemathesis.serializer(*LINES)
def as_lines(context: Any, value: Any) -> Any:
    """OpenAPI 3.1 has no words for a body of lines, so the document calls it a text; this sends the text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@dataclass
class Findings:
    """What a run did."""

    failures: dict[str, str] = field(default_factory=dict)
    """By operation, phase and title: what was sent and what came."""
    checks: Counter[str] = field(default_factory=Counter)
    """How often each check was made."""
    operations: Counter[str] = field(default_factory=Counter)
    """How many calls each operation got."""
    phases: set[str] = field(default_factory=set)


def explore(
    app: Any, *, seed: int, examples: int, phases: dict[str, Any], headers: dict[str, str], path: str | None = None
) -> Findings:
    """Call every operation of an application's OpenAPI document with what fits it and what does not.

    `path`, where it is given, is a regular expression: only operations whose paths it matches are called.
    """
    config = schemathesis.Config.from_dict({
        "seed": seed,
        "continue-on-failure": True,
        "headers": headers,
        "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
        "phases": phases,
        "checks": {name: {"expected-statuses": [*known, "413"]} for name, known in TOO_LARGE_TOO.items()},
    })  # fmt: skip
    whole = "/v1/openapi.json"  # also where /openapi.json holds only what anybody may know
    schema = schemathesis.openapi.from_asgi(whole, app, config=config, headers=headers)
    if path is not None:
        schema = schema.include(path_regex=path)
    findings = Findings()
    for event in engine.from_schema(schema).execute():
        _take(event, findings)
    return findings


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """JSON Schema cannot relate two values to each other: names that differ, an end that comes after its beginning."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for request in _requests(case.body):
        for number, member in enumerate(request.get("roster") or ()):
            member["id"] = f"{number}-{member['id']}"[:100_000]
        ticket = request.get("ticket") or {}
        for wait in ticket.get("waits") or ():
            if wait.get("until") and datetime.fromisoformat(wait["until"]) < datetime.fromisoformat(wait["from"]):
                wait["from"], wait["until"] = wait["until"], wait["from"]


def _requests(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, dict) and "rulebook" in body:
        yield body


def _take(event: Any, findings: Findings) -> None:
    if isinstance(event, events.NonFatalError | events.FatalError):
        error = event.value if isinstance(event, events.NonFatalError) else event.exception
        findings.failures[f"error {getattr(event, 'label', '')}"] = f"{type(error).__name__}: {error}"
    elif isinstance(event, events.ScenarioFinished):
        recorder = event.recorder
        findings.phases.add(event.phase.value)
        for case_id, node in recorder.cases.items():
            findings.operations[node.value.operation.label] += 1
            for check in recorder.checks.get(case_id, ()):
                findings.checks[check.name] += 1
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    key = f"{node.value.operation.label} {event.phase.value} {check.name}"
                    findings.failures.setdefault(
                        key, f"{failure.title}: {failure.message}\n{_exchange(recorder, case_id)}"
                    )


def _exchange(recorder: Any, case_id: str) -> str:
    case, interaction = recorder.cases[case_id].value, recorder.interactions.get(case_id)
    sent = f"{case.method} {case.formatted_path} {str(case.query)[:200]} {str(case.body)[:800]}"
    got = interaction.response if interaction is not None else None
    return sent if got is None else f"{sent}\n→ {got.status_code} {got.content[:600]!r}"
