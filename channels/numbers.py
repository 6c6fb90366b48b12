"""Telephone numbers: E.164 by the council's country, and what networks send in place of a withheld one."""

import re

import phonenumbers

from channels.contract import Address

LONGEST_SHORT_CODE = 6  # digits; a longer number without a plus is a subscriber's, written as the country does

# What stands in From when the caller withheld the number: a word, or the same word keyed in on a phone's letters
# (ANONYMOUS is 266696687). Thousands of people share each of these: they are nobody's address.
_WITHHELD_WORDS = frozenset({"", "anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld"})
_WITHHELD_KEYED = frozenset({"+266696687", "+2562533", "+7748283", "+7378742833", "+86282452253", "+8656696", "+464"})

# E.164 as providers write it: it needs no parsing (25 µs). A zero within the three digits after the first may be a
# trunk prefix that doesn't belong there (+44 07700 …), so such a number is parsed.
_AS_PROVIDERS_WRITE_IT = re.compile(r"\+[1-9][1-9]{3}[0-9]{6,11}")


def is_withheld(number: str) -> bool:
    """True when this names no caller: empty, `anonymous`, `+266696687` and the like."""
    bare = number.strip().casefold()
    if bare.startswith("sip:"):
        bare = bare.removeprefix("sip:").partition("@")[0]
    return bare in _WITHHELD_WORDS or bare in _WITHHELD_KEYED


def e164(number: str, country: str) -> str | None:
    """`07700 900123` in GB → `+447700900123`; None for a short code, a sender's name, or no possible number.

    country: ISO 3166 alpha-2, for numbers without a country code.
    """
    if not number.startswith("+") and sum(map(str.isdecimal, number)) <= LONGEST_SHORT_CODE:
        return None
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if any(map(str.isalpha, number)) or not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def is_shared(number: str) -> bool:
    """True for a short code (60006) or a sender's name (AnytownNHS): many may write by it, nobody can answer it."""
    bare = number.strip()
    return not bare.startswith("+") or not bare[1:].isdecimal()


def telephone(number: str, country: str) -> Address | None:
    """The address behind a provider's `From`: E.164 where it is one, short codes and names kept as they are.

    None when the number was withheld.
    """
    if is_withheld(number):
        return None
    if _AS_PROVIDERS_WRITE_IT.fullmatch(number):
        return Address("tel", number)
    return Address("tel", e164(number, country) or number.strip())
