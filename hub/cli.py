"""The `hub` command. JSON goes to stdout alone, words for people to stderr.

Exit 0, or 1 with one clear sentence, 2 for usage.
"""

import gc
import os
import sys

import typer

from hub.errors import HubError

app = typer.Typer(
    name="hub",
    help="The citizen contact hub: texts, calls, mails and chats become one case in the right queue.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def serve() -> None:
    """Web, worker and mail in one process."""
    from hub import serving

    serving.serve(("web", "worker", "mail"))


@app.command()
def web() -> None:
    """The web server alone: webhooks, API, console, chat (needs PostgreSQL)."""
    from hub import serving

    serving.serve(("web",), alone=False)


@app.command()
def worker() -> None:
    """The worker alone: sends, fetches, keeps the timers (needs PostgreSQL)."""
    from hub import serving

    serving.work(("worker",))


@app.command()
def mail() -> None:
    """The mail listener alone (needs PostgreSQL)."""
    from hub import serving

    serving.work(("mail",))


@app.command()
def migrate() -> None:
    """Brings the database to this version of the hub."""
    from hub.db.migrate import upgrade
    from hub.settings import load

    changed = upgrade(load().url)
    typer.echo("The database is up to date." if not changed else "The database is migrated.", err=True)


def main() -> None:
    """The entry point: expected errors are one sentence, never a traceback."""
    os.umask(0o077)  # the database, its log and citizens' files are for nobody else on this machine
    gc.set_threshold(50_000, 10, 10)  # importing drops little: looking through it was a sixth of the start
    from hub.commands import register

    register(app)
    try:
        app()
    except HubError as error:
        details = [f"  {field}: {reason}" for field, reason in error.fields.items()]
        typer.echo("\n".join([error.message, *details]), err=True)
        sys.exit(1)
