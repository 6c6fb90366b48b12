"""hub forget: cases of citizens who wish it."""

from typing import Annotated

import typer

from hub.commands import database


def register(app: typer.Typer) -> None:
    app.command()(forget)


def forget(
    references: Annotated[
        list[str], typer.Argument(metavar="REFERENCE…", help="Of cases that are resolved or closed.")
    ],
) -> None:
    """Deletes what was said in these cases, their files, and who the citizen was: all of them, or none.

    That there was a case, in which queue, and when and by whom what was done, stays. The contents of files go by night.
    """
    from hub.actions.retention.cases import forget_now
    from hub.models.base import utcnow

    count = database.write(database.opened(), forget_now, references, utcnow())
    typer.echo(f"{count} case{'' if count == 1 else 's'} forgotten.", err=True)
