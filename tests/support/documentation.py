"""What a page of docs/ shows and names, for the tests that hold it to the product."""

import re
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

COUNCIL = """
[council]
name = "Anytown Council"
languages = ["en", "cy"]
[[department]]
slug = "front-door"
name = "Front door"
[[department]]
slug = "waste"
name = "Waste"
[[queue]]
slug = "triage"
department = "front-door"
name = "Triage"
"""


def page(path: str) -> str:
    """A page's text; `path` as in "channels/email.md"."""
    return (Path(__file__).parents[2] / "docs" / path).read_text(encoding="utf-8")


def examples(page: str) -> list[str]:
    """The pieces of a council file that it shows, in their order, also those within a step of a list."""
    return [dedent(shown) for shown in re.findall(r"^ *```toml\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE)]


def unexplained(page: str, keys: Iterable[str]) -> list[str]:
    """Those settings that it neither names nor shows."""
    return [key for key in sorted(keys) if not re.search(rf"`{key}\b|\b{key} = |\.{key}\]", page)]
