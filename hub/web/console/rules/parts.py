"""How the conditions of a rule's form count together, in words: what must hold, alternatives, exceptions."""

import re
from collections.abc import Mapping

from hub.web.console.rules.fields import MOST_ROWS, Form, Row, number_of_part, numbers

COUNTS = {"all": "It must hold", "any": "It is one of several: one is enough", "none": "It must not hold"}
NEW = (("all", COUNTS["all"]), ("any.new", COUNTS["any"]), ("none.new", COUNTS["none"]))


def part_choices(rows: Mapping[int, Row], number: int) -> list[tuple[str, str]]:
    """How a condition may count: (part, in words). What it would be alone in has a number that no other row offers."""
    row = rows[number]
    beside = {other.part: other.title for place, other in rows.items() if place != number and other.kind != "all"}
    alone = {
        kind: row.part if row.kind == kind and row.part not in beside else f"{kind}.{MOST_ROWS + number}"
        for kind in ("any", "none")
    }
    found = [("all", COUNTS["all"]), *((alone[kind], COUNTS[kind]) for kind in ("any", "none"))]
    return found + [(part, _with(part, title)) for part, title in beside.items()]


def _with(part: str, title: str) -> str:
    return f"{COUNTS[part.partition('.')[0]]}, together with: {title}"


def with_even_parts(sent: Form) -> dict[str, str]:
    """The same form with its alternatives and its exceptions numbered from 0."""
    given = dict(sent)
    for kind in ("any", "none"):
        there = {sent.get(f"r{number}.part", "") for number in numbers(sent)}
        numbered = sorted((part for part in there if re.fullmatch(kind + r"\.\d\d?", part)), key=number_of_part)
        places = {part: f"{kind}.{place}" for place, part in enumerate(numbered)}
        for number in numbers(sent):
            key = f"r{number}.part"
            given[key] = places.get(given.get(key, ""), given.get(key, "all"))
    return given
