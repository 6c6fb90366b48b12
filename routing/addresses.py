"""Numbers and mail addresses as rules compare them."""

import re

from routing.condition import ConditionError

_PHONE = re.compile(r"\+?[\d\s().-]+")
_PUNCTUATION = re.compile(r"[\s().-]")


def comparable_address(address: str) -> str:
    """Case-folded, without `tel:` or `mailto:`, a number without spaces and punctuation."""
    folded = address.strip().casefold().removeprefix("tel:").removeprefix("mailto:")
    return _PUNCTUATION.sub("", folded) if _PHONE.fullmatch(folded) else folded


def full_address(address: str) -> str:
    """The same of an address in a rule. Raises ConditionError for a number without its country."""
    folded = comparable_address(address)
    if folded.isdigit() and folded.startswith("0"):
        raise ConditionError(f"write the number {address} in full, with + and the country's code")
    return folded
