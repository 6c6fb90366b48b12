"""Writes a council file: tables in, TOML text out that says exactly the same."""

import tomllib
from typing import Any

import tomli_w


def written(document: dict[str, Any]) -> str:
    """Texts of several lines stand in several lines, where nothing of them is lost by it."""
    text = tomli_w.dumps(document, multiline_strings=True)
    return text if tomllib.loads(text) == document else tomli_w.dumps(document)
