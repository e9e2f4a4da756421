"""A service run in-process with its lifespan, called over ASGI; and a small rulebook for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from api import Service, Settings, Shelf, build_service, now
from engine import Catalogue

DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
language: en
facts:
  ticket.urgency: {ordered: [low, high]}
  ticket.fields.contact: text
  ticket.fields.room: text
admission:
  otherwise: {then: {outcome: accept}, because: {en: Ours, ru: Наше}}
priority:
  rules:
    - {rule: urgent, when: {ticket.urgency: high}, then: {level: P1}}
  otherwise: {then: {level: P2}}
disclosures:
  rules:
    - rule: no-dates
      deny: [delivery_date]
      say: {en: The team decides this, ru: Это решает команда}
obligations:
  rules:
    - {rule: call-back, when: {ticket.urgency: high}, then: {do: call_back, with: {who: "{ticket.fields.contact}"}}}
"""
AT = "2026-11-23T09:30:00+03:00"
REQUEST: dict[str, Any] = {
    "rulebook": "front-desk",
    "at": AT,
    "ticket": {"id": "T1", "urgency": "high", "subject": "The lift", "text": "The lift is stuck", "created_at": AT},
    "requester": {"id": "anna.k", "relation": "client"},
}


def write_rules(folder: Path, **versions: str) -> Path:
    """A folder of rulebooks with `front-desk` 1.0.0, and drafts of it: a text by version, `_` for its dots."""
    desk = folder / "rules" / "front-desk"
    desk.mkdir(parents=True)
    (desk / "1.0.0.yaml").write_text(DESK, encoding="utf-8")
    for name, text in versions.items():
        (desk / f"{name.strip('v').replace('_', '.')}.yaml").write_text(text, encoding="utf-8")
    return folder / "rules"


def draft(version: str, *changes: tuple[str, str]) -> str:
    """A draft of `front-desk` with other words in it."""
    text = DESK.replace("version: 1.0.0\nin_force: {from: 2024-01-01}", f"version: {version}")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text


@asynccontextmanager
async def running(rules: Path, settings: Settings) -> AsyncIterator[tuple[Service, httpx.AsyncClient, Shelf]]:
    """A service with these settings, with all that runs beside it."""
    shelf = Shelf(Catalogue.load(rules, clock=now))
    service = build_service(shelf, settings)
    async with (
        service.router.lifespan_context(service),
        httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://desk") as client,
    ):
        yield service, client, shelf


def call(
    service: Any, method: str, path: str, *, client: tuple[str, int] = ("127.0.0.1", 1), **options: Any
) -> httpx.Response:
    """The answer to one call, without what runs beside the service; `client` is where it comes from."""

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(service, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
            return await http.request(method, path, **options)

    return asyncio.run(once())


async def decided(client: httpx.AsyncClient, request: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The answer to a request that fits."""
    response = await client.post("/v1/decide", json=request, headers=headers)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 10.0) -> None:
    """Wait until something is true, but not longer than this."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        found = true()
        if await found if isinstance(found, Awaitable) else found:
            return
        assert loop.time() < end, "it did not come true in time"
        await asyncio.sleep(0.01)
