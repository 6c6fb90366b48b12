"""The greeting, the choice of a language, and the menus: where a caller says what the call is about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from channels.calling import Standing
from channels.voice.line import to_person
from channels.voice.script import KEYPAD, PERSON_KEY, REPEAT_KEY, Choice, Menu, Script, menu_at, plain_words, script
from channels.voice.spoken import MAX_TRIES
from channels.voice.turn import Turn
from channels.voice.voicemail import to_voicemail


@dataclass(frozen=True, slots=True)
class Way:
    """How a caller came through the menus: the choices in order."""

    choices: Sequence[Choice]

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(tag for choice in self.choices for tag in choice.tags)

    @property
    def about(self) -> str:
        return self.choices[-1].label if self.choices else ""


async def answer_call(turn: Turn) -> Response:
    """POST /in/voice/{inbox}: a call comes in."""
    standing = await turn.tell("began")
    turn.spoken.say(turn.words.greeting)
    if turn.words.languages:
        turn.spoken.languages(_offers(turn), step=1)
        return await _unchosen(turn, standing)
    return await _open(turn, standing, step=1)


async def _unchosen(turn: Turn, standing: Standing) -> Response:
    """Who chose no language hears the menu in their own of last time, within the same answer. What would already
    make something of the call waits for the request that tells of the silence."""
    silent = turn.speaking(standing.language)
    if silent.words.menu is None or not (silent.words.when_closed == "menu" or await _is_open(silent, standing)):
        turn.spoken.no_language(step=1)
        return turn.answer()
    if silent.words.tag:
        silent.spoken.say(silent.words.greeting)
    return await _open(silent, standing, step=2)


async def answer_language(turn: Turn) -> Response:
    """POST …/language?step=N: a key, or silence: then the language that this caller chose before."""
    if await _in_danger(turn, Way(())):
        return await to_person(turn, (), "")
    keys = _offers(turn)
    digits, said = turn.said("Digits"), plain_words(turn.said("SpeechResult"))
    spoken = next((key for key, (offer, _) in keys.items() if said and said in plain_words(offer)), "")
    chosen = keys.get(digits) or keys.get(spoken)
    standing = await turn.tell("began")
    tag = chosen[1].tag if chosen else standing.language
    turn = turn.speaking(tag)
    if turn.words.tag:
        turn.spoken.say(turn.words.greeting)
    if chosen:
        label = turn.words.language or "the first language"
        await turn.tell("chose", step=turn.step, key=digits or spoken, label=label)
    return await _open(turn, standing, step=turn.step + 1)


def _offers(turn: Turn) -> dict[str, tuple[str, Script]]:
    """Keys from 1 on, in the order of the config: what offers the language, and its script."""
    free = [key for key in KEYPAD if key not in (PERSON_KEY, REPEAT_KEY, "#")]
    scripts = [(offer, script(turn.inbox, tag)) for tag, offer in turn.words.languages.items()]
    return dict(zip(free, scripts, strict=False))


async def _open(turn: Turn, standing: Standing, step: int) -> Response:
    """What comes after the greeting, by the clock and the calendar."""
    words, spoken = turn.words, turn.spoken
    is_open = await _is_open(turn, standing)
    if not is_open:
        spoken.say(words.holidays.get(standing.today) or words.closed)
        if words.when_closed == "hang-up":
            spoken.farewell("", reference="")
            return turn.answer()
    if words.menu and (is_open or words.when_closed == "menu"):
        spoken.menu(words.menu, "", attempt=1, step=step)
        return turn.answer()
    if words.waiting and is_open:
        return await to_person(turn, (), "")
    return await to_voicemail(turn, (), "")


async def _is_open(turn: Turn, standing: Standing) -> bool:
    if turn.words.messages_only or standing.today in turn.words.holidays:
        return False
    return await turn.desk.is_open(turn.inbox.queue)


async def answer_key(turn: Turn) -> Response:
    """POST …/menu?at=2.1&try=N&step=N: a key, a word, or silence (neither)."""
    menu = menu_at(turn.words, turn.place)
    if menu is None:
        return await to_person(turn, (), "")
    way = _way(turn.words, turn.place)
    if await _in_danger(turn, way):
        return await to_person(turn, way.tags, way.about)
    choice = _chosen(menu, turn)
    if choice is None:
        return await _not_understood(turn, menu, way)
    await turn.tell("chose", step=turn.step, key=choice.key, label=choice.label)
    return await _lead(turn, menu, way, choice)


async def _in_danger(turn: Turn, way: Way) -> bool:
    """Words that are spoken are kept, and heard: who speaks of danger chooses nothing more."""
    words = turn.said("SpeechResult")
    if not words:
        return False
    message = replace(turn.message(way.tags), text=words)
    return (await turn.tell("said", step=turn.step, label=words, message=message)).in_danger


async def _lead(turn: Turn, menu: Menu, way: Way, choice: Choice) -> Response:
    taken = Way([*way.choices, choice])
    match choice.leads:
        case "menu" if choice.menu:
            turn.spoken.menu(choice.menu, f"{turn.place}.{choice.key}".strip("."), attempt=1, step=turn.step + 1)
        case "repeat":
            turn.spoken.menu(menu, turn.place, attempt=1, step=turn.step + 1)
        case "status":
            turn.spoken.ask_number("reference", "status_ask", attempt=1, step=turn.step + 1)
        case "hang-up":
            turn.spoken.farewell("", reference="")
        case "person":
            asked_for_anybody = choice.key == PERSON_KEY  # which says nothing about the matter
            return await to_person(turn, taken.tags, (way if asked_for_anybody else taken).about)
        case _:
            return await to_voicemail(turn, taken.tags, taken.about)
    return turn.answer()


async def _not_understood(turn: Turn, menu: Menu, way: Way) -> Response:
    """The menu again; after MAX_TRIES a person, or the voicemail where nobody takes calls."""
    heard = turn.said("Digits") or turn.said("SpeechResult")
    if turn.attempt >= MAX_TRIES:
        return await to_person(turn, way.tags, way.about)
    turn.spoken.phrase("wrong_key" if heard else "not_heard")
    turn.spoken.menu(menu, turn.place, turn.attempt + 1, turn.step)
    return turn.answer()


def _chosen(menu: Menu, turn: Turn) -> Choice | None:
    """By key, else by the longest words of a choice that the caller spoke; a person and a repetition always work."""
    offered = {**_always(turn.words), **menu.choices}
    if digits := turn.said("Digits"):
        return offered.get(digits)
    said = f" {plain_words(turn.said('SpeechResult'))} "
    heard = [(len(word), choice) for choice in offered.values() for word in choice.words if f" {word} " in said]
    return max(heard, key=lambda found: found[0])[1] if heard else None


def _always(words: Script) -> dict[str, Choice]:
    return {
        PERSON_KEY: Choice(PERSON_KEY, "", "a person", (), words.words("words_person"), "person"),
        REPEAT_KEY: Choice(REPEAT_KEY, "", "again", (), words.words("words_repeat"), "repeat"),
    }


def _way(words: Script, place: str) -> Way:
    choices: list[Choice] = []
    menu = words.menu
    for key in filter(None, place.split(".")):
        if menu is None or key not in menu.choices:
            break
        choices.append(menu.choices[key])
        menu = menu.choices[key].menu
    return Way(choices)
