"""In which language is a text written, of those that the council, its agents or its rules speak of?

The model takes a second and 120 MB to load: only where there are several of them, from the first text on.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import cache, lru_cache
from typing import Any

_ENOUGH = 12  # letters; in fewer there is too little to go by
_READ = 2_000  # characters
_MODELS_KEPT = 16  # of as many sets of languages: somebody who writes a rule tries others than those in force
_SURE = 0.9  # of the model's probabilities among the council's languages


def in_language(texts: Mapping[str, str], languages: Iterable[str]) -> str:
    """In the first of these languages that there is, `cy` for `cy-GB` too; else that for everybody; else any."""
    for language in languages:
        for tag in (language, language.partition("-")[0]):
            if tag and tag in texts:
                return texts[tag]
    return texts.get("") or next(iter(texts.values()))


class Languages:
    """BCP 47 tags, the council's own first, and of two of one language the first; `of` answers with one of them."""

    def __init__(self, tags: Sequence[str]) -> None:
        self._tags = {tag.partition("-")[0].lower(): tag for tag in reversed(tags)}
        self._model: Any = None

    async def of(self, text: str) -> str:
        """A tag; "" for a single language, a text of few words, or one that may be in several or in none."""
        if len(self._tags) < 2 or sum(letter.isalpha() for letter in text[:_READ]) < _ENOUGH:
            return ""
        if self._model is None:
            self._model = await asyncio.to_thread(_model, frozenset(self._tags))
        if self._model is None:
            self._tags = {}
            return ""
        language, probability = self._model.classify(text[:_READ])
        if probability < _SURE or _is_of_others(text[:_READ], self._model):
            return ""
        return self._tags[str(language)]


def _is_of_others(text: str, model: Any) -> bool:
    """Is it surely in a language that isn't the model's? Hebrew, say, is nearer to Welsh than to English."""
    language, probability = _whole_model().classify(text)
    return bool(probability >= _SURE and language not in model.labels)


@cache
def _whole_model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=_MODELS_KEPT)
def _model(languages: frozenset[str]) -> Any:
    """None when it knows fewer than two of them: then there is nothing to tell apart."""
    model = copy(_whole_model())
    known = sorted(languages & {str(label) for label in model.labels})
    if len(known) < 2:
        return None
    model.set_languages(known)
    return model
