"""How texts and phrases are compared: folded, by whole words, in any script."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

WORD = re.compile(r"\w+")
BETWEEN = "\0"  # stands between subject and text: no phrase spans both
SEQUENCE = re.compile(rf"\w+|{BETWEEN}")
UNSPACED = "\1"  # stands among the words of a text that is written, if only in part, without spaces

_PLAIN = str.maketrans(
    {
        "\u2018": "'",  # the apostrophes that telephones type
        "\u2019": "'",
        "\u02bc": "'",
        "\u2010": "-",
        "\u2011": "-",
        "\u00ad": None,  # soft hyphen and other invisible marks
        "\u200b": None,
        "\u2060": None,
        "\ufeff": None,
    }
)

# Thai, Lao, Burmese, Khmer, kana, Han: written without spaces, so there "whole word" can't be asked for.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def fold(text: str) -> str:
    """Case-folded, compatibility-normalised (NFKC), typographic apostrophes and hyphens made plain."""
    if text.isascii():
        return text.lower()
    once = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", once).translate(_PLAIN)


def is_unspaced(folded: str) -> bool:
    """Is there a character of a script that is written without spaces?"""
    return not folded.isascii() and _UNSPACED.search(folded) is not None


def holds_run(there: Sequence[str], wanted: Sequence[str]) -> bool:
    """Do all of `wanted` stand in `there`, one after the other? Both are of one type."""
    length = len(wanted)
    return any(there[place : place + length] == wanted for place, found in enumerate(there) if found == wanted[0])


@lru_cache(maxsize=4096)
def phrases_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern that finds any of these phrases in a folded text.

    Words of a phrase are separated by any whitespace; its ends are ends of words.
    """
    by_edges: dict[tuple[str, str], list[str]] = {}
    for words in sorted((fold(phrase).split() for phrase in phrases), key=len, reverse=True):
        edges = _start(words[0][0]), _end(words[-1][-1])
        by_edges.setdefault(edges, []).append(r"\s+".join(map(re.escape, words)))
    return re.compile("|".join(f"{start}(?:{'|'.join(bodies)}){end}" for (start, end), bodies in by_edges.items()))


def words_needed(phrase: str) -> frozenset[str]:
    """Words that a text must have among its words (`Facts.words`) to hold this phrase; empty when none is certain."""
    folded = fold(phrase).strip()
    if _UNSPACED.match(folded[0]) or _UNSPACED.match(folded[-1]):
        return frozenset({UNSPACED})
    return frozenset(WORD.findall(folded))


def _start(character: str) -> str:
    r"""An assertion that no word goes on before this character. A cheap `\b` spares most positions the rest."""
    if not _in_words(character):
        return ""
    return rf"\b(?<![{_marks()}])" if WORD.match(character) else rf"(?<![\w{_marks()}])"


def _end(character: str) -> str:
    """An assertion that no word goes on after this character."""
    return rf"(?![\w{_marks()}])" if _in_words(character) else ""


def _in_words(character: str) -> bool:
    """Is this what words are made of, in a script that parts them by spaces?"""
    return bool(WORD.match(character) or _is_mark(character)) and not _UNSPACED.match(character)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


@cache
def _marks() -> str:
    r"""The combining marks of the basic plane as ranges of a character class: `\w` leaves vowel signs out."""
    marks = [code for code in range(0x10000) if _is_mark(chr(code))]
    starts = [code for code in marks if not _is_mark(chr(code - 1))]
    ends = [code for code in marks if not _is_mark(chr(code + 1))]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
