"""Schemathesis over the whole OpenAPI document: all its checks, all its phases, no failure.

Whatever route the document has is covered, also one that is added later.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from schemathesis_kit import Findings, explore

from api import Service, Settings, Shelf, build_service, create_app, now
from api.access import fingerprint, fresh_key
from api.settings import Access, ApiKey
from engine import Catalogue

RULES = Path(__file__).parents[2] / "rules"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
CHECKS = {
    "allow_header_conformance",
    "content_type_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "object_level_authorization",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
    "use_after_free",
}
KEY = fresh_key()

SMALL = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 1970-01-01}
facts:
  ticket.channel: [mail, phone]
  ticket.urgency: {ordered: [low, high]}
  ticket.tags: {set: [vip, new]}
  ticket.fields.size: count
  ticket.fields.promised: duration
  ticket.fields.call_at: instant
admission:
  otherwise: {then: {outcome: accept}}
disclosures:
  rules:
    - {rule: no-dates, when: {ticket.urgency: low}, deny: [delivery_date], say: {en: The team decides this}}
permissions:
  rules:
    - {rule: all-reassign, permit: [reassign]}
"""


def only(*phases: str) -> dict[str, Any]:
    return {phase: {"enabled": phase in phases} for phase in PHASES}


def small(tmp_path: Path) -> Path:
    """A folder with one rulebook that has a fact of every kind, and its next version as a draft."""
    (tmp_path / "front-desk").mkdir()
    (tmp_path / "front-desk" / "1.0.0.yaml").write_text(SMALL, encoding="utf-8")
    draft = SMALL.replace("version: 1.0.0\nin_force: {from: 1970-01-01}", "version: 2.0.0").replace("phone", "letter")
    (tmp_path / "front-desk" / "2.0.0.yaml").write_text(draft, encoding="utf-8")
    return tmp_path


def hold(findings: Findings, service: Service, *phases: str) -> None:
    """The run found nothing, and was one: every operation was called, every check made, every phase passed."""
    assert not findings.failures, "\n\n".join(f"{where}\n{what}" for where, what in findings.failures.items())
    paths = service.document.whole()["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert set(findings.operations) == operations
    assert set(findings.checks) == CHECKS
    assert findings.phases >= set(phases)


def test_what_fits_is_taken_and_what_does_not_is_refused(tmp_path: Path) -> None:
    service = create_app(small(tmp_path))
    findings = explore(service, seed=1, examples=4, phases=only("examples", "fuzzing", "stateful"), headers={})
    hold(findings, service, "examples", "fuzzing", "stateful")


@pytest.mark.slow
def test_every_corner_of_the_rulebooks_of_this_project() -> None:
    service = create_app(RULES)
    hold(explore(service, seed=3, examples=40, phases=only(*PHASES), headers={}), service, *PHASES)


@pytest.mark.slow
def test_a_service_that_asks_who_calls(tmp_path: Path) -> None:
    key = ApiKey(id="tests", sha256=fingerprint(KEY), scopes=("admin",))
    settings = Settings(rules=str(small(tmp_path)), access=Access(required=True, keys=(key,)))
    service = build_service(Shelf(Catalogue.load(settings.rules, clock=now)), settings)
    headers = {"X-API-Key": KEY}
    hold(explore(service, seed=4, examples=40, phases=only(*PHASES), headers=headers), service, *PHASES)


@pytest.mark.parametrize(
    ("spoil", "phase", "found"),
    [
        ("wider", "fuzzing", "positive_data_acceptance"),
        ("narrower", "coverage", "negative_data_rejection"),
        ("other answer", "fuzzing", "response_schema_conformance"),
    ],
)
def test_a_document_that_is_not_true_is_found_out(tmp_path: Path, spoil: str, phase: str, found: str) -> None:
    service = create_app(small(tmp_path))
    document = json.loads(json.dumps(service.document.whole()))
    schemas = document["components"]["schemas"]
    if spoil == "wider":
        for name in ("Request.front-desk.1.0.0", "Request.front-desk.2.0.0"):
            schemas[name]["properties"]["explain"] = {"type": "string"}
            schemas[name]["required"].append("explain")
    elif spoil == "narrower":
        properties = {"rulebook": {"const": "front-desk"}, "explain": {"type": "boolean"}}
        schemas["Request"] = {"type": "object", "required": ["rulebook", "explain"], "properties": properties}
    schemas["Answer"]["required"] += ["trace"] if spoil == "other answer" else []
    service.document.whole = lambda: document  # type: ignore[method-assign]
    findings = explore(service, seed=5, examples=25, phases=only(phase), headers={}, path="/v1/decide$")
    assert any(key.startswith("POST /v1/decide") and key.endswith(found) for key in findings.failures), (
        findings.failures
    )
