"""The mapping of the service's own decision log, which needs no file: its requests map by themselves."""

from __future__ import annotations

from typing import Final

from .reading import Draft, draft_of

DECISION_LOG: Final = b"""\
mapping: decision-log
history: {rows: decision}
ticket: ticket
instants: {format: rfc3339, opened: request.at, event_at: request.at}
request: request
recorded:
  admission.outcome: decision.admission.outcome
  classification.kind: decision.classification.kind
  priority.level: decision.priority.level
  sla.calendar: decision.sla.calendar
  assignment.group: decision.assignment.group
  escalation.to: decision.escalation.to
"""


def builtin_mapping() -> Draft:
    """The mapping of a decision log."""
    return draft_of("decision-log", DECISION_LOG)
