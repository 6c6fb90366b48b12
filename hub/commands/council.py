"""hub apply, hub export: the council file becomes the hub's configuration, and the configuration a file again."""

from pathlib import Path
from typing import Annotated

import typer

from hub.commands import database, streams


def register(app: typer.Typer) -> None:
    app.command()(apply)
    app.command()(export)


def apply(file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The council file.")]) -> None:
    """Makes the hub match a council file; says what changed. A bad file is refused whole, with lines and reasons."""
    from hub.actions.council.apply_council import apply_council
    from hub.council_file import parse
    from hub.errors import Invalid

    try:
        text = streams.content(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} isn't UTF-8 text: look at byte {error.start + 1}.") from None
    council = parse(text)
    for doubt in council.doubts:
        typer.echo(f"Please look: {doubt}", err=True)
    changes = database.write(database.opened(first_use=True), apply_council, council)
    typer.echo("\n".join(changes) if changes else "Nothing to change.")


def export() -> None:
    """Prints the council file of what is there; secrets are left out. `hub apply` of it changes nothing."""
    from channels.registry import discover
    from hub.council_file.writing import written
    from hub.queries.council_tables import council_tables

    secrets = {name: channel.secrets for name, channel in discover().items()}
    tables = database.read(database.opened(), council_tables, secrets)
    typer.echo(written(tables.document), nl=False)
    for secret in tables.left_out:
        typer.echo(f'Left out: {secret}. Written as "env:NAME", it would do for another hub, too.', err=True)
