"""What is wrong with a voice inbox's config: a sentence each with its key first, for `hub apply`."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from channels.twilio_api import is_safe
from channels.voice.phrases import wrong_phrase
from channels.voice.script import KEYPAD, TRANSCRIBED_HERE
from channels.voice.softphone import KEYS as SOFTPHONE_KEYS
from channels.voice.softphone import check_softphone

WORDS = ("greeting", "voicemail", "closed", "language", "voice", "choose")
KEYS = (
    *WORDS, "menu", "languages", "when_closed", "holidays", "speech", "patience", "longest_message", "transcribe",
    "delete_recordings", "waiting", "outcomes", "phrases", "ring_seconds", "messages_only", *SOFTPHONE_KEYS,
)  # fmt: skip
OF_A_LANGUAGE = (*WORDS, "menu", "holidays", "phrases")
OF_A_CHOICE = ("say", "tag", "words", "label", "then", "menu")
LEADS = ("voicemail", "person", "status", "repeat", "hang-up")
DEEPEST = 4  # menus within each other: nobody remembers more

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*")
_EXAMPLE = '{ say = "For bins, press 1.", tag = "waste" }'
_NUMBERS = {
    "patience": (5, 60, "seconds"),
    "longest_message": (10, 3600, "seconds"),
    "ring_seconds": (5, 120, "seconds"),
}


def check_script(config: Mapping[str, Any]) -> list[str]:
    """Every sentence begins with its key, such as `menu.1.say: is missing`."""
    return list(_wrong(config))


def _wrong(config: Mapping[str, Any]) -> Iterator[str]:
    yield from _wrong_words("", config)
    yield from _wrong_menu("menu", config.get("menu", {}))
    yield from _wrong_holidays("holidays", config.get("holidays", {}))
    yield from _wrong_phrases("phrases", config.get("phrases", {}))
    yield from _wrong_languages(config)
    yield from _wrong_settings(config)
    yield from check_softphone(config)
    if "waiting" in config:
        yield from _wrong_waiting(config["waiting"])
    if "outcomes" in config:
        yield from _wrong_outcomes(config["outcomes"])


def _wrong_words(before: str, config: Mapping[str, Any]) -> Iterator[str]:
    for key in WORDS:
        if key in config and not _is_said(config[key]):
            yield f"{before}{key}: must be words"
    language = config.get("language")
    if isinstance(language, str) and not _LANGUAGE.fullmatch(language):
        yield f"{before}language: must be a language tag such as en-GB"


def _wrong_settings(config: Mapping[str, Any]) -> Iterator[str]:
    for key in ("speech", "delete_recordings", "messages_only"):
        if not isinstance(config.get(key, False), bool):
            yield f"{key}: must be true or false"
    if config.get("transcribe", True) not in (True, False, TRANSCRIBED_HERE):
        yield 'transcribe: must be true (the provider), "here" (the hub\'s own machine) or false'
    for key, (least, most, unit) in _NUMBERS.items():
        value = config.get(key, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            yield f"{key}: must be a whole number of {unit} from {least} to {most}"
    if config.get("when_closed", "menu") not in ("menu", "voicemail", "hang-up"):
        yield "when_closed: must be menu, voicemail or hang-up"


# --- menus ---------------------------------------------------------------------------------------------------


def _wrong_menu(where: str, menu: object, depth: int = 1) -> Iterator[str]:
    if not isinstance(menu, Mapping):
        yield f"{where}: must be a table such as {where}.1 = {_EXAMPLE}"
        return
    if depth > DEEPEST:
        yield f"{where}: menus go at most {DEEPEST} deep"
        return
    for key, entry in menu.items():
        if key == "say":
            if not _is_said(entry):
                yield f"{where}.say: must be words"
        elif key not in KEYPAD:
            yield f"{where}.{key}: must be one key of a telephone: 0 to 9, * or #"
        elif not isinstance(entry, Mapping):
            yield f"{where}.{key}: must be a table such as {_EXAMPLE.replace('1', key)}"
        else:
            yield from _wrong_choice(f"{where}.{key}", entry, depth)
    yield from _said_twice(where, menu)


def _wrong_choice(where: str, entry: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key in entry:
        if key not in OF_A_CHOICE:
            yield f"{where}.{key}: no such setting; there are {', '.join(OF_A_CHOICE)}"
    if not _is_said(entry.get("say")):
        yield f"{where}.say: is missing"
    if "label" in entry and not _is_said(entry["label"]):
        yield f"{where}.label: must be words"
    tag = entry.get("tag")
    if tag is not None and not (isinstance(tag, str) and _SLUG.fullmatch(tag)):
        yield f"{where}.tag: must be lower-case letters, digits and single hyphens"
    words = entry.get("words", [])
    if not isinstance(words, list | tuple) or not all(_is_said(word) for word in words):
        yield f'{where}.words: must be a list such as ["bins", "rubbish"]'
    yield from _wrong_lead(where, entry, depth)


def _wrong_lead(where: str, entry: Mapping[str, Any], depth: int) -> Iterator[str]:
    if "then" in entry and entry["then"] not in LEADS:
        yield f"{where}.then: must be one of {', '.join(LEADS)}"
    elif "then" in entry and "menu" in entry:
        yield f"{where}.then: a choice leads to a menu or elsewhere, not to both"
    if "menu" in entry:
        yield from _wrong_menu(f"{where}.menu", entry["menu"], depth + 1)
        if isinstance(entry["menu"], Mapping) and not set(entry["menu"]) - {"say"}:
            yield f"{where}.menu: has no choice"


def _said_twice(where: str, menu: Mapping[str, Any]) -> Iterator[str]:
    """Two choices of one menu that are spoken alike can't be told apart."""
    seen: dict[str, str] = {}
    for key, entry in menu.items():
        words = entry.get("words", ()) if isinstance(entry, Mapping) else ()
        for word in words if isinstance(words, list | tuple) else ():
            other = seen.setdefault(str(word).casefold().strip(), key)
            if other != key:
                yield f"{where}.{key}.words: {other} is called the same"


# --- the rest ------------------------------------------------------------------------------------------------


def _wrong_languages(config: Mapping[str, Any]) -> Iterator[str]:
    languages = config.get("languages", {})
    if not isinstance(languages, Mapping):
        yield 'languages: must be a table such as languages.cy = { choose = "Am Gymraeg, pwyswch 2." }'
        return
    if languages and not _is_said(config.get("choose")):
        yield 'choose: is missing; it offers the first language, such as "For English, press 1."'
    if len(languages) > len(KEYPAD) - 4:
        yield "languages: there are keys for eight besides the first"
    for tag, told in languages.items():
        where = f"languages.{tag}"
        if not _LANGUAGE.fullmatch(tag):
            yield f"{where}: must be named by a language tag such as cy or en-GB"
        elif not isinstance(told, Mapping):
            yield f'{where}: must be a table such as {{ choose = "Am Gymraeg, pwyswch 2." }}'
        else:
            yield from _wrong_language(where, told)


def _wrong_language(where: str, told: Mapping[str, Any]) -> Iterator[str]:
    for key in told:
        if key not in OF_A_LANGUAGE:
            yield f"{where}.{key}: no such setting; there are {', '.join(OF_A_LANGUAGE)}"
    if not _is_said(told.get("choose")):
        yield f"{where}.choose: is missing"
    yield from _wrong_words(f"{where}.", {key: value for key, value in told.items() if key != "choose"})
    yield from _wrong_menu(f"{where}.menu", told.get("menu", {}))
    yield from _wrong_holidays(f"{where}.holidays", told.get("holidays", {}))
    yield from _wrong_phrases(f"{where}.phrases", told.get("phrases", {}))


def _wrong_holidays(where: str, holidays: object) -> Iterator[str]:
    if not isinstance(holidays, Mapping):
        yield f'{where}: must be a table such as {where}."2026-12-25" = "We are closed for Christmas."'
        return
    for day, words in holidays.items():
        try:
            is_day = date.fromisoformat(day).isoformat() == day
        except ValueError:
            is_day = False
        if not is_day:
            yield f"{where}.{day}: must be a date such as 2026-12-25"
        if not _is_said(words):
            yield f"{where}.{day}: must be words"


def _wrong_phrases(where: str, phrases: object) -> Iterator[str]:
    if not isinstance(phrases, Mapping):
        yield f'{where}: must be a table such as {where}.goodbye = "Goodbye."'
        return
    for name, written in phrases.items():
        if wrong := wrong_phrase(name, written):
            yield f"{where}.{name}: {wrong}"


def _wrong_waiting(waiting: object) -> Iterator[str]:
    if not isinstance(waiting, Mapping):
        yield "waiting: must be a table such as waiting = { longest = 30 }; {} takes what is usual"
        return
    for key in waiting:
        if key not in ("music", "longest", "callback"):
            yield f"waiting.{key}: no such setting; there are music, longest, callback"
    music = waiting.get("music", "")
    if not isinstance(music, str) or (music and not is_safe(music)):
        yield "waiting.music: must be an https:// address of a sound"
    longest = waiting.get("longest", 30)
    if not isinstance(longest, int) or isinstance(longest, bool) or not 1 <= longest <= 180:
        yield "waiting.longest: must be a whole number of minutes from 1 to 180"
    if not isinstance(waiting.get("callback", True), bool):
        yield "waiting.callback: must be true or false"


def _wrong_outcomes(outcomes: object) -> Iterator[str]:
    if not isinstance(outcomes, Mapping) or not outcomes:
        yield 'outcomes: must be a table such as outcomes.answered = "Answered at once"'
        return
    for code, words in outcomes.items():
        if not _SLUG.fullmatch(code):
            yield f"outcomes.{code}: must be lower-case letters, digits and single hyphens"
        if not _is_said(words):
            yield f"outcomes.{code}: must be words"


def _is_said(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
