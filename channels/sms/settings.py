"""What `[inbox.config]` of a text inbox may hold whoever its provider is, and what is wrong with it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from channels.sms.keywords import KEYWORDS, LONGEST

COMMON_KEYS = frozenset({"answers", "keyword", "opt_out_answers", "part_price", "currency", "warn_parts"})
ANSWERED = ("stop", "start", "help", "status")
LONGEST_ANSWER = 1_000  # characters

_KEYWORD_KEYS = ("words", "answer", "consent")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_RESERVED = re.compile(r"(?:STATUS|STATWS)\b.*")


def check_common(config: Mapping[str, Any]) -> list[str]:
    """A sentence a fault, the key first."""
    faults = [*_check_answers(config.get("answers", {})), *_check_keywords(config.get("keyword", []))]
    if config.get("opt_out_answers", "hub") not in ("hub", "provider"):
        faults.append('opt_out_answers: must be "hub" or "provider": who confirms STOP and START')
    price = config.get("part_price", 0)
    if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < 100:
        faults.append("part_price: must be what one part costs, such as 0.04")
    if not re.fullmatch("[A-Z]{3}", str(config.get("currency", "GBP"))):
        faults.append("currency: must be three capital letters (ISO 4217), such as GBP")
    warn = config.get("warn_parts", 1)
    if isinstance(warn, bool) or not isinstance(warn, int) or not 1 <= warn <= 100:
        faults.append("warn_parts: must be a whole number from 1 to 100: more parts than these are warned of")
    return faults


def _check_answers(answers: object) -> Iterator[str]:
    if not isinstance(answers, dict):
        yield 'answers: must be a table, such as { help = "…" }'
        return
    for word, answer in answers.items():
        if word not in ANSWERED:
            yield f"answers.{word}: there is no such answer; there are {', '.join(ANSWERED)}"
            continue
        allowed = ("council", "reference", "status", "queue") if word == "status" else ("council",)
        yield from _check_answer(f"answers.{word}", answer, allowed)


def _check_keywords(keywords: object) -> Iterator[str]:
    if not isinstance(keywords, list):
        yield "keyword: must be a list of tables: write [[inbox.config.keyword]]"
        return
    seen: set[str] = set()
    for place, keyword in enumerate(keywords):
        if not isinstance(keyword, dict):
            yield f"keyword[{place}]: must be a table"
            continue
        yield from (
            f"keyword[{place}].{key}: there is no such key; there are {', '.join(_KEYWORD_KEYS)}"
            for key in keyword
            if key not in _KEYWORD_KEYS
        )
        yield from _check_words(f"keyword[{place}].words", keyword.get("words"), seen)
        yield from _check_answer(f"keyword[{place}].answer", keyword.get("answer"), ("council",))
        if keyword.get("consent", "stop") not in ("stop", "start"):
            yield f'keyword[{place}].consent: must be "stop" or "start": of messages sent to many'


def _check_words(key: str, words: object, seen: set[str]) -> Iterator[str]:
    if not isinstance(words, list) or not words:
        yield f'{key}: must be a list of words, such as ["BINS", "BINIAU"]'
        return
    for place, word in enumerate(words):
        bare = " ".join(word.upper().split()) if isinstance(word, str) else ""
        if not 0 < len(bare) <= LONGEST:
            yield f"{key}[{place}]: must be a word or a few, at most {LONGEST} characters"
        elif bare in KEYWORDS or _RESERVED.fullmatch(bare):
            yield f"{key}[{place}]: {bare} has its meaning already; its answer stands under answers"
        elif bare in seen:
            yield f"{key}[{place}]: {bare} is a keyword already"
        seen.add(bare)


def _check_answer(key: str, answer: object, allowed: tuple[str, ...]) -> Iterator[str]:
    """A text for everybody, or a table of texts by language."""
    if isinstance(answer, dict) and answer:
        for language, text in answer.items():
            if not _LANGUAGE.fullmatch(language):
                yield f"{key}.{language}: must be a language tag such as en or cy"
            yield from _check_text(f"{key}.{language}", text, allowed)
        return
    yield from _check_text(key, answer, allowed)


def _check_text(key: str, text: object, allowed: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield f"{key}: must be a text, or a table of texts by language"
    elif len(text) > LONGEST_ANSWER:
        yield f"{key}: longer than {LONGEST_ANSWER} characters"
    else:
        for name in _PLACEHOLDER.findall(text):
            if name not in allowed:
                there_are = " and ".join(f"{{{each}}}" for each in allowed)
                yield f"{key}: there is no {{{name}}}; there is {there_are}"
