"""The number that a citizen reads out or keys in: a permutation of the case id and a Damm check digit.

Eight digits for the first ten million cases, nine after that: it grows and never collides. The check digit
catches every single wrong digit and every swap of two neighbours (H. M. Damm, 2004).
"""

import re
from itertools import islice

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_SHORTEST, _LONGEST = 7, 18  # digits before the check digit; an id of 18 digits is the last that all databases take
_FACTOR, _OFFSET = 6_180_339, 4_821_093  # the factor shares no divisor with 10: multiplying permutes
_QUOTED = re.compile(r"(?<!\d)(\d{4})[ -]?(\d{4,8})(?!\d)")
_MOST_NUMBERS = 200  # of a text that are looked at: each case that they name is locked while a message is stored
_EIGHT = re.compile(r"\d\d\d\d[ -]?\d\d\d\d")  # most texts have none, and are done with here at a tenth of the price


def reference_of(case_id: int) -> str:
    """The reference of a case, digits only."""
    width = max(_SHORTEST, len(str(case_id)))
    shuffled = (case_id * _FACTOR + _OFFSET) % 10**width
    digits = f"{shuffled:0{width}d}"
    return digits + str(_damm(digits))


def is_reference(digits: str) -> bool:
    """Digits of the right length whose check digit is right."""
    return _SHORTEST < len(digits) <= _LONGEST + 1 and digits.isascii() and digits.isdigit() and _damm(digits) == 0


def case_id_of(reference: str) -> int | None:
    """The case id that this reference was made from, None when it can't be one. Spaces and hyphens are ignored."""
    digits = re.sub(r"[ \-]", "", reference)
    if not is_reference(digits):
        return None
    width = len(digits) - 1
    inverse: int = pow(_FACTOR, -1, 10**width)
    case_id: int = (int(digits[:-1]) - _OFFSET) * inverse % 10**width
    if width > _SHORTEST and len(str(case_id)) != width:
        return None
    return case_id


def quoted_case_ids(text: str) -> list[int]:
    """The first cases whose references stand in this text, each once, in the order of the text."""
    if not _EIGHT.search(text):
        return []
    numbers = (quoted[1] + quoted[2] for quoted in islice(_QUOTED.finditer(text), _MOST_NUMBERS))
    return [case_id for number in dict.fromkeys(numbers) if (case_id := case_id_of(number)) is not None]


def spoken(reference: str) -> str:
    """As written for people: two groups of four."""
    return f"{reference[:4]} {reference[4:]}"


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
