"""What a message costs before it leaves: for a channel whose provider charges by the part."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from channels.contract import Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCosts:
    """Of one inbox's texts."""

    longest: int  # characters that the provider takes
    price: float  # of one part; 0 = not known
    currency: str  # ISO 4217
    warn_parts: int  # a caseworker is warned of more


@runtime_checkable
class CountsParts(Protocol):
    def part_costs(self, inbox: Inbox) -> PartCosts: ...
