"""hub inspect: how the channels understand what they are given. Opens no database and needs no council."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.commands import streams


def register(app: typer.Typer) -> None:
    inspect = typer.Typer(help="How a mail or a text is understood.", no_args_is_help=True)
    inspect.command()(email)
    inspect.command()(sms)
    app.add_typer(inspect, name="inspect")


def email(files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Raw mails.")]) -> None:
    """How each mail is understood, a JSON object a line. A broken mail is a line with problems."""
    from channels.email.understanding.parsing import inspect_json
    from hub.errors import NotFound

    unread: list[str] = []
    for file in files:
        try:
            streams.print_json(inspect_json(str(file), streams.content(file)))
        except NotFound as error:
            unread.append(error.message)
    if unread:
        raise NotFound("\n".join(unread))


def sms(text: Annotated[str, typer.Argument(help='The text; "-" reads JSON strings, one a line.')]) -> None:
    """How a text would be sent: encoding, units, parts."""
    if text == "-":
        streams.answer_lines(_segments)
    else:
        streams.print_json(_segments(text))


def _segments(text: Any) -> dict[str, Any]:
    from channels.sms.segments import segments

    if not isinstance(text, str):
        raise ValueError("the line isn't a JSON string")
    return asdict(segments(text))
