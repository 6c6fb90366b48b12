"""A database for the length of a command, also while `hub serve` runs on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from sqlmodel import Session

    from hub.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


def opened(*, first_use: bool = False) -> Settings:
    """The settings, once the database is known to be of this version. Raises HubError otherwise.

    `first_use`: an empty database is migrated, so that a new hub needs no extra step.
    """
    from hub.db import migrate
    from hub.logs import configure_logs
    from hub.settings import load

    settings = load()
    configure_logs(settings.log_level)
    if first_use:
        migrate.upgrade_if_empty(settings.url)
    migrate.check(settings.url)
    return settings


def write(settings: Settings, action: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs the action in a transaction; returns when it is durable. Raises what it raised, or Unavailable."""
    import asyncio

    from hub.db.database import Database

    async def carry_out() -> T:
        db = Database(settings.url)
        try:
            return await db.write(action, *args, **kwargs)
        finally:
            await db.close()

    return asyncio.run(carry_out())


def read(settings: Settings, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs the query on a snapshot. Raises Unavailable when the database is away."""
    import asyncio

    from hub.db.database import Database

    async def ask() -> T:
        db = Database(settings.url)
        try:
            return await db.read(query, *args, **kwargs)
        finally:
            await db.close()

    return asyncio.run(ask())
