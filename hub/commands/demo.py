"""hub demo: a council to look around in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.commands import database

if TYPE_CHECKING:
    from hub.council_file import CouncilFile
    from hub.settings import Settings

PASSWORD = "anytown-demo"  # noqa: S105  # of every demo agent; it is printed, and never set in another council


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing when a council is there already.")] = False,
) -> None:
    """Sets up the demo council with its people and some traffic; their password is printed."""
    from hub.demo.place import demo_council, demo_name
    from hub.errors import Invalid

    settings = database.opened(first_use=True)
    serves = _council_of(settings)
    if serves and if_empty:
        _leave_as_it_is(settings, serves == demo_name())
        return
    if serves not in ("", demo_name()):
        raise Invalid(f"This hub serves {serves}. The demo is for a hub of its own: choose another HUB_DATA_DIR.")
    _set_up(settings, demo_council(settings))


def _council_of(settings: Settings) -> str:
    """Its name, "" on an empty database."""
    from hub.queries.directory import load_directory

    return database.read(settings, load_directory, settings.base_url).council


def _leave_as_it_is(settings: Settings, is_demo: bool) -> None:
    from hub.actions.council.reconfigure import reconfigure
    from hub.demo.place import SimulatorPlace

    if is_demo and settings.simulator:
        database.write(settings, reconfigure, SimulatorPlace.of(settings).config)
    if is_demo:
        typer.echo(f"The demo council is here. Its people's password was set to {PASSWORD}.", err=True)
    else:
        typer.echo("A council is here already; nothing was changed.", err=True)


def _set_up(settings: Settings, file: CouncilFile) -> None:
    import asyncio

    played = asyncio.run(_apply(settings, file))
    size = f"{len(file.queues)} queues, {len(file.rules)} rules, {played} new messages"
    typer.echo(f"{file.council.name} is set up: {size}.\n")
    width = max(len(agent.email) for agent in file.agents)
    for agent in file.agents:
        typer.echo(f"  {agent.email:{width}}  {agent.role:8} {', '.join(agent.queues)}".rstrip())
    typer.echo(f"\nSign in with any of these addresses and the password  {PASSWORD}")


async def _apply(settings: Settings, file: CouncilFile) -> int:
    """Returns how many messages of the traffic were new."""
    from hub.actions.council.apply_council import apply_council
    from hub.actions.council.people import set_password
    from hub.db.database import Database
    from hub.demo.traffic import play
    from hub.desk import HubDesk
    from hub.live import Live
    from hub.models.base import utcnow
    from hub.passwords import hash_password
    from hub.queries.directory import load_directory

    db = Database(settings.url)
    try:
        await db.write(apply_council, file)
        password_hash = hash_password(PASSWORD)
        for agent in file.agents:
            await db.write(set_password, agent.email, password_hash)
        directory = await db.read(load_directory, settings.base_url)
        desk = HubDesk(settings, db, Live(db), directory)
        return await play(db, desk, settings.mail_domain, directory.local(utcnow()))
    finally:
        await db.close()
