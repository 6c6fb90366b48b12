"""hub token, hub password: how agents get in."""

import sys
from typing import Annotated

import typer

from hub.commands import database

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The agent's e-mail address, as in the council file.")]


def register(app: typer.Typer) -> None:
    token = typer.Typer(help="API tokens.", no_args_is_help=True)
    token.command("create")(create_token)
    token.command("revoke")(revoke_tokens)
    token.callback()(_group)
    app.add_typer(token, name="token")
    app.command()(password)


def _group() -> None:
    """API tokens."""


def create_token(email: Email) -> None:
    """Prints a new API token of that agent, once: it can't be shown again."""
    from hub.actions.council import people

    typer.echo(database.write(database.opened(), people.create_token, email))


def revoke_tokens(email: Email) -> None:
    """Ends all API tokens of that agent: when one has leaked, or its program is gone."""
    from hub.actions.council import people

    count = database.write(database.opened(), people.revoke_tokens, email)
    typer.echo(f"{count} token{'' if count == 1 else 's'} revoked.", err=True)


def password(email: Email) -> None:
    """Sets an agent's password: the first line of stdin, or typed at a terminal. Their sign-ins end."""
    from hub.actions.council.people import set_password
    from hub.passwords import hash_password

    settings = database.opened()
    database.write(settings, set_password, email, hash_password(_given()))
    typer.echo("The password is set.", err=True)


def _given() -> str:
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")
