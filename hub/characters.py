"""Characters that no database takes: NUL and lone halves of surrogate pairs."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")


def printable(text: str) -> str:
    """The text with ␀ for every NUL and ? for every lone surrogate."""
    if "\x00" in text:
        text = text.replace("\x00", "␀")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def all_printable(value: T) -> T:
    """The same for every text in a frozen dataclass or (named) tuple, however deep; the very same when all was well."""
    if isinstance(value, str):
        return value if isinstance(value, Enum) else printable(value)  # type: ignore[return-value]  # str in, str out
    if isinstance(value, tuple):
        clean = [all_printable(each) for each in value]
        return value if all(map(_same, clean, value)) else _like(value, clean)
    kind: Any = type(value)
    changed: dict[str, Any] = {}
    for name in _field_names(kind):
        was = getattr(value, name)
        if not _same(clean := all_printable(was), was):
            changed[name] = clean
    return replace(value, **changed) if changed else value  # type: ignore[type-var]  # only a dataclass has names


@lru_cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    """Of a dataclass; () for anything else. Looked up for every message, hence once a type."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, str) and one == other)


def _like(value: Any, items: list[Any]) -> Any:
    return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
