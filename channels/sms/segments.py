"""How many parts a text is sent, and paid, as.

GSM-7 (3GPP TS 23.038 §6.2.1): 160 units in one part, 153 in each of several; characters of the extension table take
two. Everything else goes as UCS-2: 70 units, then 67; characters beyond the basic plane take two. What takes two units
is never divided between parts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """units: septets of GSM-7, or 16-bit units of UCS-2; parts: 0 for an empty text."""

    encoding: Literal["gsm-7", "ucs-2"]
    units: int
    parts: int


def segments(text: str) -> Segments:
    """The encoding that this text needs, and its size in it."""
    if GSM_BASIC.union(GSM_EXTENSION).issuperset(text):
        widths = [2 if character in GSM_EXTENSION else 1 for character in text]
        return Segments("gsm-7", sum(widths), _parts(widths, single=160, joined=153))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Segments("ucs-2", sum(widths), _parts(widths, single=70, joined=67))


def _parts(widths: Iterable[int], single: int, joined: int) -> int:
    total = parts = room = 0
    for width in widths:
        total += width
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return min(parts, 1) if total <= single else parts
