"""Postcodes in a text, and what a prefix of one means.

British ones are recognised by their form (BS 7666), with or without the space; elsewhere whole numbers of four to six
digits count, so that a rule can ask for the postcodes of most countries.
"""

import re

_BRITISH = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b", re.ASCII)
_DIGITS = re.compile(r"(?<![\w.,/+-])\d{4,6}(?![\w/]|[.,-]\d)", re.ASCII)
_PREFIX = re.compile(r"[A-Z]{1,2}(\d([A-Z\d])?( \d([A-Z]{1,2})?)?)?|\d{1,6}", re.ASCII)
_WHOLE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", re.ASCII)


def postcodes_in(folded: str) -> tuple[str, ...]:
    """In the order of the text, in capitals, British ones with one space: ("SA1 2AB",)."""
    british = [f"{out} {inward}".upper() for out, inward in _BRITISH.findall(folded)]
    return tuple(dict.fromkeys([*british, *_DIGITS.findall(folded)]))


def prefix_of(written: str) -> str | None:
    """A postcode or its beginning as it is compared: "SA", "SA1", "SA1 2", "SA1 2AB", "101". None: it can't be one."""
    prefix = " ".join(written.upper().split())
    whole = _WHOLE.fullmatch(prefix)
    if whole:
        prefix = f"{whole[1]} {whole[2]}"
    return prefix if _PREFIX.fullmatch(prefix) else None


def begins(postcode: str, prefix: str) -> bool:
    """Does the postcode lie in the part of the country that the prefix names? "SA1" is not the beginning of "SA10"."""
    if not postcode.startswith(prefix):
        return False
    rest = postcode[len(prefix) :]
    if prefix.isalpha():
        return rest[:1].isdigit()
    return " " in prefix or prefix.isdigit() or rest[:1] in ("", " ")
