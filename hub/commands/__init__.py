"""The commands of `hub` that change or ask something and end; those that keep running stand in hub/cli.py.

Each reads its settings, opens what it needs and closes it again. JSON goes to stdout alone, words for people to
stderr. Imports stand inside the functions: a command starts fast because it loads only what it uses.
"""

import typer

from hub.commands import council, demo, forget, inspect, learn, people, replay, route, settings


def register(app: typer.Typer) -> None:
    """Adds them all."""
    for module in (council, demo, inspect, learn, replay, route, people, forget, settings):
        module.register(app)
