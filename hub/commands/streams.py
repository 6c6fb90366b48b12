"""What commands read and print: files by name, JSON lines on stdin and stdout."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from hub.errors import NotFound


def content(path: Path) -> bytes:
    """Raises NotFound, saying why it can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(f"{path} can't be read: {(error.strerror or 'no file').lower()}.") from None


def print_json(value: Any) -> None:
    """One line of ASCII, so that no character in it can be taken for a line's end."""
    typer.echo(json.dumps(value))


def answer_lines(answer: Callable[[Any], Any]) -> None:
    """Answers each JSON line of stdin with one; {"error": …} where `answer` raises ValueError. Exits 1 if any did."""
    failed = False
    for line in _lines():
        try:
            print_json(answer(_parsed(line)))
        except ValueError as error:
            failed = True
            print_json({"error": str(error)})
    if failed:
        typer.echo("Some lines could not be answered; the reason stands in their place.", err=True)
        raise typer.Exit(1)


def _lines() -> Iterator[bytes]:
    yield from sys.stdin.buffer


def _parsed(line: bytes) -> Any:
    """The decoder's own words may quote what a citizen wrote: they are left out."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("the line isn't JSON") from None
