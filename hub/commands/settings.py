"""hub settings: all settings, what they are, and where they come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.commands import streams

if TYPE_CHECKING:
    from hub.settings import Settings

HIDDEN = "(hidden)"


def register(app: typer.Typer) -> None:
    app.command()(settings)


def settings(as_json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False) -> None:
    """All settings with their values and where these come from; secrets are hidden."""
    from hub.settings import load

    listed = _listed(load())
    if as_json:
        streams.print_json(listed)
        return
    for setting in listed:
        value = "" if setting["value"] is None else setting["value"]
        typer.echo(f"{setting['name']} = {value}  ({setting['source']})\n    {setting['description']}")


def _listed(current: Settings) -> list[dict[str, Any]]:
    from hub.settings import sources

    where = sources(current)
    return [
        {
            "name": f"HUB_{name.upper()}",
            "value": _shown(current, name),
            "source": where[name],
            "description": field.description,
        }
        for name, field in type(current).model_fields.items()
    ]


def _shown(current: Settings, name: str) -> Any:
    """The value in force: what is filled in when the setting is empty."""
    from pathlib import Path

    from pydantic import SecretStr

    value = {"database_url": current.url, "public_url": current.base_url}.get(name, getattr(current, name))
    if isinstance(value, SecretStr):
        return HIDDEN
    if name == "database_url":
        return _without_password(value)
    return str(value) if isinstance(value, Path) else value


def _without_password(url: str) -> str:
    url = re.sub(r"(://[^/@:]*):.*@", rf"\1:{HIDDEN}@", url)
    return re.sub(r"(password=)[^&]*", rf"\1{HIDDEN}", url)
