"""The glossary names what the code names."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENTRY = re.compile(r"^\*\*(.+?)\*\*: ", re.MULTILINE)
INTERNAL = {"Id block"}  # rows that nobody sees


def entries() -> list[str]:
    return ENTRY.findall((ROOT / "docs/glossary.md").read_text(encoding="utf-8"))


def tables() -> set[str]:
    """Every table's class, in words: CaseEvent is "Case event"."""
    files = (ROOT / "hub/models").glob("*.py")
    nodes = (node for file in files for node in ast.parse(file.read_text(encoding="utf-8")).body)
    classes = (node for node in nodes if isinstance(node, ast.ClassDef))
    return {in_words(node.name) for node in classes if any(word.arg == "table" for word in node.keywords)}


def in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name).capitalize()


def test_the_words_stand_in_alphabetical_order_and_once() -> None:
    words = [word.lower().replace("-", " ") for word in entries()]
    assert words == sorted(set(words))


def test_every_table_is_explained() -> None:
    known = {word.replace("-", " ") for word in entries()}
    assert tables() - INTERNAL - known == set()
