"""Words reduced to their stems, so that "collected" and "collecting" are one: the Snowball stemmers, by language."""

from functools import lru_cache
from threading import local
from typing import Any

import snowballstemmer

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_OFFERED = frozenset(snowballstemmer.algorithms())
LANGUAGES = tuple(sorted(tag for tag, name in _ALGORITHMS.items() if name in _OFFERED))  # ISO 639-1

_own = local()  # a stemmer keeps its place in the word: one a thread


@lru_cache(maxsize=100_000)
def stem(language: str, word: str) -> str:
    """The stem of a folded word; `language` is one of LANGUAGES."""
    stemmed: str = _stemmer(language).stemWord(word)
    return stemmed


def _stemmer(language: str) -> Any:
    stemmers: dict[str, Any] = _own.__dict__
    if language not in stemmers:
        stemmers[language] = snowballstemmer.stemmer(_ALGORITHMS[language])
    return stemmers[language]
