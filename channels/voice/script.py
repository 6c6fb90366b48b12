"""What an inbox's line says and offers: its [inbox.config], parsed once into frozen words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from channels.contract import Inbox

WORDS = ("greeting", "voicemail", "closed", "language", "voice")
KEYS = (*WORDS, "menu")

NOTICE = "If you leave a message, it is recorded so that we can deal with it."
CLOSED = "Our office is closed at the moment, but you can leave a message."
VOICEMAIL = "Please leave your name and your message after the tone. Press the hash key when you have finished."
KEYPAD = {
    "0": "zero",
    "1": "one",
    "2": "two",
    "3": "three",
    "4": "four",
    "5": "five",
    "6": "six",
    "7": "seven",
    "8": "eight",
    "9": "nine",
    "*": "star",
    "#": "hash",
}

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Choice:
    """One key of the menu: what is said about it, and the tags that routing sees when it is pressed."""

    say: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """What the line says; a recording notice is always part of the greeting."""

    greeting: str
    closed: str
    voicemail: str
    choices: Mapping[str, Choice]  # by the key pressed; empty = no menu
    language: str | None  # BCP 47; None = the provider's own default
    voice: str | None


def script(inbox: Inbox) -> Script:
    """The inbox's script; its config has passed `check_script`. Raises NotConfigured for an unset variable."""
    return Script(
        greeting=_greeting(inbox),
        closed=inbox.setting("closed", CLOSED),
        voicemail=inbox.setting("voicemail", VOICEMAIL),
        choices={key: _choice(key, entry) for key, entry in inbox.config.get("menu", {}).items()},
        language=inbox.setting("language", "") or None,
        voice=inbox.setting("voice", "") or None,
    )


def _greeting(inbox: Inbox) -> str:
    """A caller is told of the recording before it begins, whatever the council wrote."""
    own = inbox.setting("greeting", "")
    if "record" in own.casefold():
        return own
    return f"{own or f'Thank you for calling {inbox.council}.'} {NOTICE}"


def _choice(key: str, entry: Mapping[str, str]) -> Choice:
    say, tag = entry["say"], entry.get("tag", "")
    names_its_key = key in say or KEYPAD[key] in say.casefold()
    return Choice(say if names_its_key else f"Press {_spoken(key)}: {say}", (tag,) if tag else ())


def _spoken(key: str) -> str:
    return key if key.isdecimal() else KEYPAD[key]


def check_script(config: Mapping[str, Any]) -> list[str]:
    """What is wrong with the words and the menu, a sentence each with the key first."""
    return list(_wrong_words(config)) + list(_wrong_menu(config.get("menu", {})))


def _wrong_words(config: Mapping[str, Any]) -> Iterator[str]:
    for key in WORDS:
        if key in config and not _is_said(config[key]):
            yield f"{key}: must be words"
    language = config.get("language")
    if isinstance(language, str) and not _LANGUAGE.fullmatch(language):
        yield "language: must be a language tag such as en-GB"


def _wrong_menu(menu: object) -> Iterator[str]:
    if not isinstance(menu, Mapping):
        yield 'menu: must be a table such as menu.1 = { say = "For bins, press 1.", tag = "waste" }'
        return
    for key, entry in menu.items():
        if key not in KEYPAD:
            yield f"menu.{key}: must be one key of a telephone: 0 to 9, * or #"
        elif not isinstance(entry, Mapping):
            yield f'menu.{key}: must be a table such as {{ say = "For bins, press {key}.", tag = "waste" }}'
        else:
            yield from _wrong_choice(f"menu.{key}", entry)


def _wrong_choice(where: str, entry: Mapping[str, Any]) -> Iterator[str]:
    for key in entry:
        if key not in ("say", "tag"):
            yield f"{where}.{key}: no such setting; there are say, tag"
    if not _is_said(entry.get("say")):
        yield f"{where}.say: is missing"
    tag = entry.get("tag")
    if tag is not None and not (isinstance(tag, str) and _SLUG.fullmatch(tag)):
        yield f"{where}.tag: must be lower-case letters, digits and single hyphens"


def _is_said(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
