"""The conditions: every module of this package is one, and offers its class as `condition`.

A new one is a new file; nothing else changes. A file that doesn't offer a usable condition is refused at the first
use, before any rule is read.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

import routing.conditions
from routing.condition import Condition

Catalogue = Mapping[str, type[Condition]]

COMBINATORS = ("all", "any", "none")


class CatalogueError(Exception):
    """The condition files on disk don't make a set."""


@cache
def discover() -> Catalogue:
    """All conditions by name. Raises CatalogueError."""
    names = sorted(module.name for module in pkgutil.iter_modules(routing.conditions.__path__))
    modules = (importlib.import_module(f"routing.conditions.{name}") for name in names)
    return catalogue((module.__name__, getattr(module, "condition", None)) for module in modules)


def catalogue(offers: Iterable[tuple[str, object]]) -> Catalogue:
    """Conditions by name from (where it was found, what is offered). Raises CatalogueError naming the place."""
    found: dict[str, type[Condition]] = {}
    for place, offer in offers:
        condition = _checked(place, offer)
        if condition.name in found:
            raise CatalogueError(f"two conditions are called {condition.name}: one is {place}")
        found[condition.name] = condition
    return MappingProxyType(found)


def _checked(place: str, offer: object) -> type[Condition]:
    if not (isinstance(offer, type) and issubclass(offer, Condition)):
        raise CatalogueError(f"{place} offers no `condition` that is a class of Condition")
    if inspect.isabstract(offer):
        missing = ", ".join(sorted(offer.__abstractmethods__))
        raise CatalogueError(f"{place}: the condition lacks {missing}")
    for needed in ("name", "subject"):
        if not isinstance(getattr(offer, needed, None), str) or not getattr(offer, needed):
            raise CatalogueError(f"{place}: the condition has no {needed}")
    if offer.name in COMBINATORS:
        raise CatalogueError(f"{place}: {offer.name} is not free, it combines conditions")
    return offer
