"""Frozen dataclasses of many fields, made as fast as others.

What `@dataclass(frozen=True)` writes sets every field by a call of object.__setattr__: a message of thirty fields took
as long to make as its signature to check.
"""

from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")


def quickly_made(frozen: type[T]) -> type[T]:
    """Above `@dataclass(frozen=True, kw_only=True)`, without slots: an object holds what it is given at once, and the
    defaults stay with the class. Raises TypeError for a default that is made anew each time."""
    declared = fields(frozen)  # type: ignore[arg-type]  # a dataclass, by what stands above
    if any(each.default_factory is not MISSING for each in declared):
        raise TypeError(f"{frozen.__name__}: a default_factory has no place here")
    names = {each.name for each in declared}
    needed = {each.name for each in declared if each.default is MISSING}
    slowly = frozen.__init__

    def make(self: Any, **values: Any) -> None:
        if needed <= values.keys() <= names:
            self.__dict__.update(values)
        else:
            slowly(self, **values)  # which says what is wrong

    frozen.__init__ = make  # type: ignore[method-assign]  # in place of the one that is slow
    return frozen
