"""hub apply: the council file becomes the hub's configuration."""

from pathlib import Path
from typing import Annotated

import typer

from hub.commands import database, streams


def register(app: typer.Typer) -> None:
    app.command()(apply)


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
