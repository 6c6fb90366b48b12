"""Every key, table and list entry of a TOML document is found on its line."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.council_file.lines import Path, locate

DOCUMENT = '''\
title = "a # b" # no comment = here
"quoted key".inner = 1
dotted . key = 'single # quote'

[council] # the table
name = """
several = 1
"quotes" \\""" and [brackets]
"""
after = \'\'\'[[not.a.table]]
x = 1\'\'\'

[[queue]]
slug = "a"
[queue.hours]
mon-fri = "1"

[[ queue ]]
slug = "b"
hours = { mon = "1", tue = ["x", "y"] }
list = [
  "one, ]", # a comment ]
  { deep = [
      1979-05-27 07:32:00,
      """]""",
  ] },
]
[[queue.target]]
kind = "first"
[[queue.target]]
kind = "second"
[other]
last = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("quoted key", "inner"), 2),
        (("dotted", "key"), 3),
        (("council",), 5),
        (("council", "name"), 6),
        (("council", "after"), 10),
        (("queue", 0), 13),
        (("queue", 0, "slug"), 14),
        (("queue", 0, "hours"), 15),
        (("queue", 0, "hours", "mon-fri"), 16),
        (("queue", 1), 18),
        (("queue", 1, "slug"), 19),
        (("queue", 1, "hours", "tue", 1), 20),
        (("queue", 1, "list", 0), 22),
        (("queue", 1, "list", 1, "deep"), 23),
        (("queue", 1, "list", 1, "deep", 0), 24),
        (("queue", 1, "list", 1, "deep", 1), 25),
        (("queue", 1, "target", 0, "kind"), 29),
        (("queue", 1, "target", 1, "kind"), 31),
        (("other", "last"), 33),
    ],
)
def test_a_place_is_found_on_its_line(path: Path, line: int) -> None:
    tomllib.loads(DOCUMENT)
    assert locate(DOCUMENT).of(path) == line


@pytest.mark.parametrize(
    ("path", "line"), [(("queue", 1, "missing"), 18), (("council", "name", 3), 6), (("nowhere",), 1), ((), 1)]
)
def test_what_is_not_there_is_placed_at_what_is_around_it(path: Path, line: int) -> None:
    assert locate(DOCUMENT).of(path) == line


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def written(value: Any) -> str:
    """The value as TOML, strings and keys quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",\n".join(map(written, value)) + "]"
    return quoted(value) if isinstance(value, str) else str(value).lower()


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def places(value: Any, path: Path) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_the_finder_knows_every_place_of_any_document_that_tomllib_takes(document: dict[str, Any]) -> None:
    text = "".join(f"{quoted(key)} = {written(value)}\n" for key, value in document.items())
    assert tomllib.loads(text) == document
    found = locate(text)
    known = [path for key, value in document.items() for path in places(value, (key,))]
    assert all(path in found for path in known)
    starts = {(key,): text[: text.index(f"{quoted(key)} = ")].count("\n") + 1 for key in list(document)[:1]}
    assert all(found.of(path) == line for path, line in starts.items())
