"""A council with caseworkers in front of the console: through its forms, as a browser without scripts sees it."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from asgi_lifespan import LifespanManager
from sqlmodel import Session
from starlette.applications import Starlette

from hub.actions.casework.presence import set_presence
from hub.actions.council.people import set_password, start_sign_in
from hub.db.database import Database
from hub.main import create_app
from hub.models.base import utcnow
from hub.passwords import hash_password
from hub.queries.people import agent_for_password
from hub.reference import reference_of
from hub.running import Hub
from hub.settings import Settings
from hub.web.console.security import hashed
from hub.web.console.sign_in import SESSION
from hub.web.console.visit import cookie_name
from tests.console.forms import Form, form_to
from tests.queries.town import AGENTS, Town, build_town, living_in
from tests.support.settings import settings_of

BASE_URL = "http://hub.anytown.example"
PASSWORD = "a long enough password"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Person:
    """Somebody's browser."""

    http: httpx.AsyncClient
    page: httpx.Response | None = None

    async def see(self, path: str, **more: Any) -> str:
        """The page at this path; redirects are followed."""
        self.page = await self.http.get(path, follow_redirects=True, **more)
        return self.page.text

    async def send(
        self, action: str, at: str | None = None, headers: dict[str, str] | None = None, **typed: str
    ) -> str:
        """Fills in the form for `action` on the page that is open (or `at`), sends it, and reads what comes."""
        self.page = await self.post(self.form(action), action if at is None else at, headers, **typed)
        return self.page.text

    def form(self, action: str) -> Form:
        assert self.page is not None
        return form_to(self.page.text, action)

    async def post(self, form: Form, to: str, headers: dict[str, str] | None = None, **typed: str) -> httpx.Response:
        return await self.http.post(to, data={**form.fields, **typed}, headers=headers, follow_redirects=True)

    async def sign_in(self, email: str, password: str = PASSWORD) -> str:
        await self.see("/sign-in")
        return await self.send("/sign-in", email=email, password=password)

    @property
    def status(self) -> int:
        assert self.page is not None
        return self.page.status_code


@dataclass
class Council:
    town: Town
    settings: Settings
    app: Starlette
    _stack: AsyncExitStack = field(repr=False)

    @property
    def db(self) -> Database:
        return self.town.db

    @property
    def hub(self) -> Hub:
        hub: Hub = self.app.state.hub
        return hub

    async def visitor(self) -> Person:
        """Somebody who isn't signed in."""
        transport = httpx.ASGITransport(self.app)
        http = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=self.settings.base_url)
        )
        return Person(http)

    async def person(self, name: str) -> Person:
        """ann, bob, lea (a leader) or aud (an auditor), signed in, with no page open yet."""
        person = await self.visitor()
        person.http.cookies.set(*await self.session(name))
        return person

    async def session(self, name: str) -> tuple[str, str]:
        """A new one of theirs, as a cookie's name and value."""
        token = secrets.token_urlsafe(32)
        await self.db.write(_sign_in, f"{name}@anytown.example", hashed(token))
        return cookie_name(self.settings), token

    async def case(
        self, text: str = "missed bin in Elm Road", sender: str | None = "+447700900123", **more: Any
    ) -> str:
        """The path of the case that this message became part of."""
        return f"/cases/{reference_of(await self.town.case(text, sender, **more))}"


@asynccontextmanager
async def council_at_work(database_url: str, folder: Path, public_url: str = BASE_URL) -> AsyncIterator[Council]:
    """Serves no port: `lifespan` and forms in this process. The worker is off, so that nothing is sent."""
    settings = settings_of(folder / "var", database_url, public_url=public_url)
    async with living_in(database_url, _build) as town, AsyncExitStack() as stack:
        app = create_app(settings, parts=["web"])
        await stack.enter_async_context(LifespanManager(app))
        yield Council(town, settings, app, stack)


def _build(session: Session) -> None:
    """The town, whose agents have all the same password."""
    build_town(session)
    password_hash = hash_password(PASSWORD, CHEAP)
    for email in AGENTS:
        set_password(session, email, password_hash)


def _sign_in(session: Session, email: str, token_hash: str) -> None:
    """What the form for it does, which takes three pages."""
    found = agent_for_password(session, email)
    assert found is not None
    agent = found[0]
    start_sign_in(session, agent.id, token_hash, utcnow() + SESSION)
    if agent.may_change:
        set_presence(session, agent.id, "here")
