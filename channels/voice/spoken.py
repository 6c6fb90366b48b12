"""The TwiML that a caller hears. Source: https://www.twilio.com/docs/voice/twiml"""

from urllib.parse import quote, urlencode

from starlette.responses import Response
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from channels.contract import Desk, Inbox
from channels.voice.script import PERSON_KEY, REPEAT_KEY, Menu, Script, key_words

MAX_TRIES = 3
_CHOICE_HINTS = 100  # the provider takes 500
_QUIET_SECONDS = 20  # of a wait without music, between two announcements
_LONGEST_NAME = 64  # of a queue at the provider


class Spoken:
    """What is said and asked in one answer, in the order of the calls; `response()` ends it."""

    def __init__(self, inbox: Inbox, script: Script, desk: Desk, twiml: VoiceResponse | None = None) -> None:
        """`twiml`: an answer that was begun in another language, and goes on in this one."""
        self._inbox = inbox
        self._doors = f"{desk.public_url}/in/voice/{quote(inbox.name)}"
        self._script = script
        self._twiml = VoiceResponse() if twiml is None else twiml

    def door(self, name: str, **query: object) -> str:
        """The whole address of a step below this inbox; it carries the language on."""
        told = {**query, **({"lang": self._script.tag} if self._script.tag else {})}
        return f"{self._doors}/{name}" + (f"?{urlencode(told)}" if told else "")

    def say(self, words: str) -> None:
        if words:
            self._say(self._twiml, words)

    def phrase(self, name: str, **filled: object) -> None:
        self.say(self._script.phrase(name, **filled))

    # --- asking ------------------------------------------------------------------------------------------------

    def languages(self, keys: dict[str, tuple[str, Script]], step: int) -> None:
        """Each language offers itself in its own voice; silence goes on to what follows. keys: by the key to press."""
        gather = self._gather(self.door("language", step=step), num_digits=1, finish_on_key="")
        for offer, script in keys.values():
            gather.say(offer, language=script.language, voice=script.voice)

    def no_language(self, step: int) -> None:
        self._twiml.redirect(self.door("language", step=step), method="POST")

    def menu(self, menu: Menu, place: str, attempt: int, step: int) -> None:
        """The choices, a repetition, and a person where people answer, asked until MAX_TRIES are over.

        Who stays silent falls through from one <Gather> to the next, without a request between them, and comes to
        the last try's door without Digits. attempt: from 1 to MAX_TRIES. place: the keys that led here.
        """
        for each in range(attempt, MAX_TRIES + 1):
            door = self.door("menu", **{"at": place, "try": each, "step": step})
            gather = self._gather(door, hints=self._hints(menu), num_digits=1, finish_on_key="")  # else # is no choice
            if each > attempt:
                self._say(gather, self._script.phrase("not_heard"))
            self._read(gather, menu)
        self._twiml.redirect(self.door("menu", **{"at": place, "try": MAX_TRIES, "step": step}), method="POST")

    def _read(self, gather: Gather, menu: Menu) -> None:
        if menu.say:
            self._say(gather, menu.say)
        for choice in menu.choices.values():
            self._say(gather, choice.say)
        if self._script.has_people and PERSON_KEY not in menu.choices:
            self._say(gather, self._script.phrase("person", key=PERSON_KEY))
        if REPEAT_KEY not in menu.choices:
            star = key_words(REPEAT_KEY, self._script.phrases)
            self._say(gather, self._script.phrase("repeat", key=star))

    def ask_number(self, name: str, question: str, attempt: int, **query: object) -> None:
        """Digits that end with #, asked until MAX_TRIES are over; silence comes to the last try's door without any."""
        for each in range(attempt, MAX_TRIES + 1):
            door = self.door(name, **{"try": each, **query})
            gather = self._twiml.gather(
                input="dtmf", finish_on_key="#", timeout=self._script.patience, action=door, method="POST"
            )
            if each > attempt:
                self._say(gather, self._script.phrase("not_heard"))
            self._say(gather, self._script.phrase(question))
        self._twiml.redirect(self.door(name, **{"try": MAX_TRIES, **query}), method="POST")

    def _gather(self, door: str, hints: str = "", **more: object) -> Gather:
        speech = {"input": "dtmf speech", "speech_timeout": "auto", "language": self._script.language}
        speech = {**speech, **({"hints": hints} if hints else {})}
        asked = speech if self._script.speech else {"input": "dtmf"}
        return self._twiml.gather(**asked, timeout=self._script.patience, action=door, method="POST", **more)

    def _hints(self, menu: Menu) -> str:
        words = [word for choice in menu.choices.values() for word in choice.words if len(word) > 1]
        words += [*self._script.words("words_person"), *self._script.words("words_repeat")]
        return ", ".join(dict.fromkeys(words[:_CHOICE_HINTS])) if self._script.speech else ""

    # --- the voicemail ---------------------------------------------------------------------------------------

    def voicemail(self, reference: str) -> None:
        """The tone and the recording. What follows <Record> is heard only when nothing was recorded."""
        self.say(self._script.voicemail)
        draft = {"transcribe": True, "transcribe_callback": self.door("transcript")} if self._script.transcribe else {}
        self._twiml.record(
            action=self.door("recorded"),
            method="POST",
            recording_status_callback=self.door("recording"),
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
            max_length=self._script.longest_message,
            timeout=self._script.patience,
            play_beep=True,
            finish_on_key="#",
            **draft,
        )
        self.farewell("nothing_heard", reference)

    def farewell(self, phrase: str, reference: str) -> None:
        """The words, the case's reference twice, and the end of the call."""
        if phrase:
            self.phrase(phrase)
        if reference:
            self.phrase("reference", digits=digit_by_digit(reference))
        self.phrase("goodbye")
        self._twiml.hangup()

    # --- the line ----------------------------------------------------------------------------------------------

    def enqueue(self, name: str, wait_door: str) -> None:
        """The caller stands in line; the wait door is asked for what they hear, again and again."""
        self._twiml.enqueue(name, action=self.door("left"), method="POST", wait_url=wait_door, wait_url_method="POST")

    def waiting(self, offer: str, music: str) -> None:
        """What is said and played while a key is listened for; then the provider asks anew."""
        gather = self._twiml.gather(
            input="dtmf", num_digits=1, finish_on_key="", timeout=1, action=self.door("line"), method="POST"
        )
        if offer:
            self._say(gather, self._script.phrase(offer))
        self.music(gather, music)

    def music(self, verb: VoiceResponse | Gather | None, music: str) -> None:
        verb = self._twiml if verb is None else verb
        if music:
            verb.play(music)
        else:
            verb.pause(length=_QUIET_SECONDS)

    def leave(self) -> None:
        """Out of the line: the provider asks the `left` door what is next."""
        self._twiml.leave()

    # --- an agent's own phone ----------------------------------------------------------------------------------

    def any_key(self, words: str, ring: int) -> None:
        """A key proves a person: an answering machine presses none."""
        gather = self._twiml.gather(
            input="dtmf",
            num_digits=1,
            finish_on_key="",
            timeout=10,
            action=self.door("accept", ring=ring),
            method="POST",
        )
        self._say(gather, words)
        self._twiml.hangup()

    def dial_queue(self, name: str, ring: int, *, records: bool, seconds: int = 5) -> None:
        """The first in line; `seconds` to wait when the caller has just gone."""
        self._dial(ring, records=records, timeout=seconds).queue(name, url=self.door("meet", ring=ring), method="POST")

    def dial_number(self, number: str, ring: int, *, records: bool, seconds: int = 45) -> None:
        dial = self._dial(ring, records=records, timeout=seconds, caller_id=self._inbox.address, answer_on_bridge=True)
        dial.number(number, url=self.door("meet", ring=ring), method="POST")

    def pass_on(self, number: str) -> None:
        """The caller is put through to another number, which sees the council's."""
        dial = self._twiml.dial(
            caller_id=self._inbox.address, timeout=30, action=self.door("sent"), method="POST", answer_on_bridge=True
        )
        dial.number(number)

    def holding(self, ring: int) -> None:
        """The agent stays on the line while the caller hears music."""
        door = self.door("back", ring=ring)
        gather = self._twiml.gather(input="dtmf", num_digits=1, finish_on_key="", timeout=5, action=door, method="POST")
        self._say(gather, self._script.phrase("agent_holds"))
        gather.pause(length=_QUIET_SECONDS)
        self._twiml.redirect(door, method="POST")

    def _dial(self, ring: int, *, records: bool, **more: object) -> Dial:
        recording = {
            "record": "record-from-answer-dual",
            "recording_status_callback": self.door("recording", ring=ring),
            "recording_status_callback_method": "POST",
            "recording_status_callback_event": "completed absent",
        }
        return self._twiml.dial(
            action=self.door("over", ring=ring), method="POST", **more, **(recording if records else {})
        )

    # --- the answer --------------------------------------------------------------------------------------------

    def speaking(self, script: Script, desk: Desk) -> "Spoken":
        """The same answer, gone on with in another language."""
        return Spoken(self._inbox, script, desk, self._twiml)

    def hang_up(self) -> None:
        self._twiml.hangup()

    def response(self) -> Response:
        return Response(str(self._twiml), media_type="text/xml")

    def _say(self, verb: VoiceResponse | Gather, words: str) -> None:
        verb.say(words, language=self._script.language, voice=self._script.voice)


def line_name(inbox: Inbox, queue: str) -> str:
    """What a line is called at the provider: unique in the account, at most 64 characters."""
    return f"{inbox.name}-{queue}"[:_LONGEST_NAME]


def hold_name(inbox: Inbox, agent: int) -> str:
    """Where an agent's caller hears music: one line an agent, so that they don't pile up at the provider."""
    return f"{inbox.name}-hold-{agent}"[:_LONGEST_NAME]


def digit_by_digit(reference: str) -> str:
    """`48210937` → `4 8 2 1, 0 9 3 7`: single digits, with a pause after every four."""
    fours = [reference[start : start + 4] for start in range(0, len(reference), 4)]
    return ", ".join(" ".join(four) for four in fours)
