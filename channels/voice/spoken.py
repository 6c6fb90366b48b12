"""The TwiML that a caller hears. Source: https://www.twilio.com/docs/voice/twiml"""

from urllib.parse import quote

from starlette.responses import Response
from twilio.twiml.voice_response import Gather, VoiceResponse

from channels.contract import Desk, Inbox
from channels.voice.script import Script

PATIENCE_SECONDS = 10  # of silence: relayed and hesitant callers need more than the provider's 5
LONGEST_MESSAGE_SECONDS = 300
MAX_TRIES = 3

SORRY_WRONG_KEY = "Sorry, that isn't one of the choices."
SORRY_NOT_NOW = "Sorry, we can't take your call at the moment. Please try again in a few minutes."
THANKS = "Thank you. We have your message."
NOTHING_HEARD = "We didn't hear a message, but we have noted your call."
GOODBYE = "Goodbye."


class Spoken:
    """What is said and asked in one answer, in the order of the calls; `response()` ends it."""

    def __init__(self, inbox: Inbox, script: Script, desk: Desk) -> None:
        self._doors = f"{desk.public_url}/in/voice/{quote(inbox.name)}"
        self._script = script
        self._twiml = VoiceResponse()

    def say(self, words: str) -> None:
        self._say(self._twiml, words)

    def menu(self, attempt: int) -> None:
        """The choices; without an answer the caller goes on to the voicemail. attempt: from 1 to MAX_TRIES."""
        gather = self._twiml.gather(
            input="dtmf",
            num_digits=1,
            finish_on_key="",  # else # could not be a choice
            timeout=PATIENCE_SECONDS,
            action=f"{self._doors}/menu?try={attempt}",
            method="POST",
        )
        for choice in self._script.choices.values():
            self._say(gather, choice.say)
        self._twiml.redirect(f"{self._doors}/voicemail", method="POST")

    def voicemail(self, reference: str) -> None:
        """The tone and the recording. What follows <Record> is heard only when nothing was recorded."""
        self.say(self._script.voicemail)
        self._twiml.record(
            action=f"{self._doors}/recorded",
            method="POST",
            recording_status_callback=f"{self._doors}/recording",
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
            transcribe=True,
            transcribe_callback=f"{self._doors}/transcript",
            max_length=LONGEST_MESSAGE_SECONDS,
            timeout=PATIENCE_SECONDS,
            play_beep=True,
            finish_on_key="#",
        )
        self.farewell(NOTHING_HEARD, reference)

    def farewell(self, words: str, reference: str) -> None:
        """The words, the case's reference twice, and the end of the call."""
        self.say(words)
        if reference:
            digits = digit_by_digit(reference)
            self.say(f"Your reference is: {digits}. Again: {digits}.")
        self.say(GOODBYE)
        self._twiml.hangup()

    def response(self) -> Response:
        return Response(str(self._twiml), media_type="text/xml")

    def _say(self, verb: VoiceResponse | Gather, words: str) -> None:
        verb.say(words, language=self._script.language, voice=self._script.voice)


def digit_by_digit(reference: str) -> str:
    """`48210937` → `4 8 2 1, 0 9 3 7`: single digits, with a pause after every four."""
    fours = [reference[start : start + 4] for start in range(0, len(reference), 4)]
    return ", ".join(" ".join(four) for four in fours)
