"""Where nobody need say who calls, a page of another site cannot use an operator's browser to reload the rulebooks."""

import asyncio
from pathlib import Path

import httpx
import pytest
from service_kit import write_rules

from api import Settings, Shelf, build_service, now
from api.access import fingerprint, fresh_key
from api.fleet import fleet_over, source_of
from api.settings import Access, ApiKey
from engine import Catalogue

HOST = "127.0.0.1:8080"


def reloaded(rules: Path, access: Access | None = None, **headers: str) -> httpx.Response:
    """The answer to a reload with these headers."""

    async def run() -> httpx.Response:
        settings = Settings(rules=str(rules), access=access or Access())
        shelf = Shelf(Catalogue.load(rules, clock=now))
        service = build_service(shelf, settings, fleet=fleet_over(shelf, settings, source_of(settings)))
        async with (
            service.router.lifespan_context(service),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(service), base_url=f"http://{HOST}", headers=headers
            ) as client,
        ):
            return await client.post("/v1/reload")

    return asyncio.run(run())


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return write_rules(tmp_path)


@pytest.mark.parametrize(
    ("host", "origin"),
    [(HOST, None), (HOST, f"http://{HOST}"), ("localhost:8080", "http://localhost:8080")],
)
def test_other_clients_and_our_own_pages_may(rules: Path, host: str, origin: str | None) -> None:
    named = {"origin": origin} if origin else {}
    assert reloaded(rules, host=host, **named).status_code == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (HOST, "https://elsewhere.example"),
        (HOST, "http://127.0.0.1:9999"),
        (HOST, "null"),
        (HOST, "http://[broken"),
        ("rebound.example:8080", "http://rebound.example:8080"),
    ],
)
def test_pages_of_other_sites_may_not(rules: Path, host: str, origin: str) -> None:
    response = reloaded(rules, host=host, origin=origin)
    assert (response.status_code, response.json()["type"]) == (403, "/problems/forbidden")
    assert response.headers["content-type"] == "application/problem+json"


def test_who_says_who_they_are_may_come_from_any_page(rules: Path) -> None:
    key = fresh_key()
    access = Access(keys=(ApiKey(id="ops", sha256=fingerprint(key), scopes=("admin",)),))
    response = reloaded(rules, access, origin="https://console.example", authorization=f"Bearer {key}")
    assert response.status_code == 200, response.text
