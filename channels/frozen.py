"""Frozen dataclasses of many fields, made as fast as others.

What `@dataclass(frozen=True)` writes sets every field by a call of object.__setattr__: a message of thirty fields took
as long to make as its signature to check.
"""

from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def quickly_made(frozen: type[T]) -> type[T]:
    """Above `@dataclass(frozen=True, slots=True, kw_only=True)`: while it is made, an object is of a twin with the same
    slots that isn't frozen."""
    names = fields(frozen)  # type: ignore[arg-type]  # a dataclass, by what stands above
    twin: Any = make_dataclass(
        frozen.__name__,
        [(each.name, each.type, _default(each)) for each in names],
        slots=True,
        kw_only=True,
        eq=False,
        repr=False,
    )
    fill, become = twin.__init__, object.__setattr__

    def make(self: Any, **values: Any) -> None:
        become(self, "__class__", twin)
        fill(self, **values)
        self.__class__ = frozen

    frozen.__init__ = make  # type: ignore[method-assign]  # in place of the one that is slow
    return frozen


def _default(each: "Field[Any]") -> Any:
    if each.default_factory is not MISSING:
        return field(default_factory=each.default_factory)
    return field() if each.default is MISSING else field(default=each.default)
