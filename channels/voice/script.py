"""What an inbox's line says and offers: its [inbox.config] as frozen words. `checking` has refused all else."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from channels.contract import Inbox
from channels.voice.phrases import phrases_for

Leads = Literal["voicemail", "person", "status", "menu", "repeat", "hang-up"]

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
PERSON_KEY, REPEAT_KEY = "0", "*"
_IN_ORDER = "1234567890*#"

TRANSCRIBED_HERE = "here"  # by the hub's own machine, instead of the provider's
PATIENCE = 10  # seconds of silence: relayed and hesitant callers need more than the provider's 5
LONGEST_MESSAGE = 300  # seconds
LONGEST_WAIT = 30 * 60  # seconds in line before the caller is offered the voicemail
OUTCOMES: Mapping[str, str] = {
    "answered": "Answered at once",
    "more-to-do": "Needs more work",
    "passed-on": "Passed on to somebody else",
    "no-answer": "Nobody answered",
    "wrong-number": "Wrong number",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One key of a menu: what is said about it, what callers may say instead, and where it leads."""

    key: str
    say: str  # names its key
    label: str  # in the path through the menu, and in the case's title
    tags: tuple[str, ...]  # what routing sees
    words: tuple[str, ...]  # spoken instead of the key, lower case
    leads: Leads
    menu: "Menu | None" = None


@dataclass(frozen=True, slots=True)
class Menu:
    say: str  # before the choices, "" = nothing
    choices: Mapping[str, Choice]  # by the key pressed; never empty


@dataclass(frozen=True, slots=True)
class Waiting:
    """How callers wait in line for a person."""

    music: str = ""  # URL of a sound that is played over and over; "" = silence between announcements
    longest: int = LONGEST_WAIT  # seconds
    callback: bool = True


@dataclass(frozen=True, slots=True)
class Script:
    """What the line says in one language; a recording notice is always part of the greeting."""

    tag: str  # of the language as the config names it, "" = the inbox's own
    language: str | None  # for the provider: BCP 47; None = its own default
    voice: str | None
    greeting: str
    closed: str
    when_closed: Literal["menu", "voicemail", "hang-up"]
    voicemail: str
    messages_only: bool  # nobody ever answers on this line: it is closed at any hour
    menu: Menu | None
    speech: bool  # whether callers may speak instead of pressing keys
    patience: int  # seconds
    longest_message: int  # seconds
    transcribe: bool  # by the provider
    waiting: Waiting | None
    holidays: Mapping[str, str]  # what is said on a closed day, by its date
    languages: Mapping[str, str] = field(default_factory=dict)  # what offers each: tag → words; own first
    phrases: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_people(self) -> bool:
        """Whether anybody ever takes calls on this line."""
        return self.waiting is not None and not self.messages_only

    def phrase(self, name: str, **filled: object) -> str:
        return self.phrases[name].format(**filled) if filled else self.phrases[name]

    def words(self, name: str) -> tuple[str, ...]:
        return spoken_words(self.phrases[name].split("|"))


def script(inbox: Inbox, tag: str = "") -> Script:
    """The inbox's script in that language; an unknown one is its own. Raises NotConfigured for an unset variable."""
    config = inbox.config
    others = config.get("languages", {})
    tag = tag if tag in others else ""
    told: Mapping[str, Any] = {**config, **others[tag]} if tag else config
    language = _setting(inbox, told, "language") or tag or None
    phrases = phrases_for(language or "en", told.get("phrases", {}))
    waiting = config.get("waiting")
    return Script(
        tag=tag,
        language=language,
        voice=_setting(inbox, told, "voice") or None,
        greeting=_greeting(inbox, told, phrases),
        closed=_setting(inbox, told, "closed") or phrases["closed"],
        when_closed=config.get("when_closed", "menu"),
        voicemail=_setting(inbox, told, "voicemail") or phrases["voicemail"],
        messages_only=config.get("messages_only", False),
        menu=_menu("", told.get("menu", {}), phrases),
        speech=config.get("speech", False),
        patience=config.get("patience", PATIENCE),
        longest_message=config.get("longest_message", LONGEST_MESSAGE),
        transcribe=config.get("transcribe", True) is True,
        waiting=_waiting(waiting) if waiting is not None else None,
        holidays=told.get("holidays", {}),
        languages=_offers(config),
        phrases=phrases,
    )


def outcomes_of(config: Mapping[str, Any]) -> Mapping[str, str]:
    """What an agent may say a call came to: words by code, in order."""
    own = config.get("outcomes")
    return own if isinstance(own, Mapping) and own else OUTCOMES


def menu_tags(config: Mapping[str, Any]) -> frozenset[str]:
    """Of every menu in every language, whatever else is wrong with the config."""
    languages = config.get("languages")
    told = [config, *(languages.values() if isinstance(languages, Mapping) else ())]
    return frozenset(tag for each in told for tag in _tags_below(each))


def _tags_below(entry: object) -> Iterator[str]:
    menu = entry.get("menu") if isinstance(entry, Mapping) else None
    for choice in menu.values() if isinstance(menu, Mapping) else ():
        if isinstance(choice, Mapping) and isinstance(choice.get("tag"), str):
            yield choice["tag"]
        yield from _tags_below(choice)


def _setting(inbox: Inbox, told: Mapping[str, Any], key: str) -> str:
    """Of the language when it has one; a value of the inbox itself may stand in the environment."""
    value = told.get(key, "")
    return inbox.setting(key, "") if value == inbox.config.get(key) else str(value)


def _greeting(inbox: Inbox, told: Mapping[str, Any], phrases: Mapping[str, str]) -> str:
    """A caller is told of the recording before it begins, whatever the council wrote."""
    own = _setting(inbox, told, "greeting")
    if "record" in own.casefold() or "recordio" in own.casefold():
        return own
    return f"{own or phrases['thanks_for_calling'].format(council=inbox.council)} {phrases['notice']}"


def _offers(config: Mapping[str, Any]) -> Mapping[str, str]:
    others = config.get("languages", {})
    if not others:
        return {}
    return {"": config.get("choose", ""), **{tag: told.get("choose", "") for tag, told in others.items()}}


def _waiting(written: Mapping[str, Any]) -> Waiting:
    return Waiting(
        music=written.get("music", ""),
        longest=int(written.get("longest", LONGEST_WAIT // 60) * 60),
        callback=written.get("callback", True),
    )


def _menu(say: str, written: Mapping[str, Any], phrases: Mapping[str, str]) -> Menu | None:
    """None without a choice: nothing to press."""
    own = {key: entry for key, entry in written.items() if key != "say"}
    if not own:
        return None
    keys = sorted(own, key=_IN_ORDER.index)  # a table of its own stands at a file's end, and not so on the phone
    return Menu(written.get("say", say), {key: _choice(key, own[key], phrases) for key in keys})


def _choice(key: str, entry: Mapping[str, Any], phrases: Mapping[str, str]) -> Choice:
    say, tag = entry["say"], entry.get("tag", "")
    menu = _menu("", entry["menu"], phrases) if "menu" in entry else None
    names_its_key = key in say or KEYPAD[key] in say.casefold() or key_words(key, phrases) in say.casefold()
    return Choice(
        key=key,
        say=say if names_its_key else phrases["press"].format(key=key_words(key, phrases), say=say),
        label=entry.get("label") or label_of(say),
        tags=(tag,) if tag else (),
        words=spoken_words([*entry.get("words", ()), KEYPAD[key], key]),
        leads="menu" if menu else entry.get("then", "voicemail"),
        menu=menu,
    )


def key_words(key: str, phrases: Mapping[str, str]) -> str:
    return {"*": phrases["key_star"], "#": phrases["key_hash"]}.get(key, key)


_ASIDE = re.compile(r"[,;:]?\s*(please\s+)?\bpress\s+(\w+|\*|#)\b\.?|\bpress\s+\w+\s+(for|to)\s+", re.IGNORECASE)


def label_of(say: str) -> str:
    """`For bins and recycling, press 1.` → `bins and recycling`."""
    words = _ASIDE.sub("", say).strip(" .,;:")
    words = re.sub(r"^(for|to)\s+", "", words, flags=re.IGNORECASE)
    return words[:80].strip() or say.strip()[:80]


def spoken_words(written: list[str]) -> tuple[str, ...]:
    return tuple(plain for each in written if (plain := plain_words(each)))


def plain_words(said: str) -> str:
    """Lower case, letters and digits only, single spaces: what a recogniser and a council both write."""
    return " ".join(re.findall(r"[\w'*#]+", said.casefold()))


def menu_at(script_: Script, place: str) -> Menu | None:
    """The menu behind these keys ("" = the first, "2.1" = behind 2, then 1); None when there is none such."""
    menu = script_.menu
    for key in filter(None, place.split(".")):
        choice = menu.choices.get(key) if menu else None
        menu = choice.menu if choice else None
    return menu
