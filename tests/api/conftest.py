"""The town of tests/queries, served: a client for each kind of caller."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager
from sqlmodel import Session
from starlette.applications import Starlette

from hub.actions.council.people import create_token
from hub.main import create_app
from hub.running import Hub
from hub.settings import Settings
from tests.queries.town import Town, living_in
from tests.support.settings import settings_of

BASE_URL = "http://hub.anytown.example"


@dataclass
class Api:
    """Callers by e-mail address; `anyone` has no token."""

    town: Town
    settings: Settings
    anyone: httpx.AsyncClient
    of: Callable[[str], httpx.AsyncClient]
    tokens: dict[str, str]
    hub: Hub

    @property
    def ann(self) -> httpx.AsyncClient:
        return self.of("ann@anytown.example")

    @property
    def bob(self) -> httpx.AsyncClient:
        return self.of("bob@anytown.example")

    @property
    def auditor(self) -> httpx.AsyncClient:
        return self.of("aud@anytown.example")


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    settings = settings_of(tmp_path / "var", database_url, public_url=BASE_URL)
    async with living_in(database_url) as town:
        tokens = await town.db.write(_create_tokens, town.agent_ids)
        app = create_app(settings, parts=["web"])
        async with LifespanManager(app), callers(app, tokens) as of:
            yield Api(town, settings, of(""), of, tokens, app.state.hub)


def _create_tokens(session: Session, emails: Iterable[str]) -> dict[str, str]:
    return {email: create_token(session, email) for email in emails}


@asynccontextmanager
async def callers(app: Starlette, tokens: dict[str, str]) -> AsyncIterator[Callable[[str], httpx.AsyncClient]]:
    clients = {
        email: httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=BASE_URL, headers={"Authorization": f"Bearer {token}"}
        )
        for email, token in tokens.items()
    }
    clients[""] = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)
    yield clients.__getitem__
    for client in clients.values():
        await client.aclose()
