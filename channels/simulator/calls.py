"""A phone call: the caller's side of the TwiML that the hub answers.

https://www.twilio.com/docs/voice/twiml/gather and …/record. A call stops at a <Gather> or a <Record> until the caller
presses keys, speaks, stays silent (no keys at all: the time-out), or hangs up.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin

import structlog

from channels.simulator.carrier import API_VERSION
from channels.simulator.citizens import WITHHELD
from channels.simulator.errands import Errands
from channels.simulator.media import RECORDING_SECONDS
from channels.simulator.settings import MOUNT, PhoneInbox, SimulatorSettings
from channels.simulator.town import CallRecord, Line, Town, new_sid
from channels.simulator.twiml import TwimlError, Verb, parse
from channels.simulator.webhooks import UndeliveredError, Webhooks

_MAX_DOCUMENTS = 25
_APOLOGY = "We are sorry, an application error has occurred. Goodbye."
_NO_VERB = Verb("Hangup", {}, "", ())

log = structlog.get_logger()


class CallError(Exception):
    """The caller can't do that now; the text says why."""


@dataclass(slots=True)
class Call:
    """Where a call stands in its document."""

    record: CallRecord
    phone: PhoneInbox
    url: str = ""  # of the document
    rest: list[Verb] = field(default_factory=list)  # still to be done
    verb: Verb = _NO_VERB  # the Gather or Record that waits
    digits: str = ""  # pressed so far
    documents: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Calls:
    def __init__(self, settings: SimulatorSettings, town: Town, webhooks: Webhooks, errands: Errands) -> None:
        self._settings = settings
        self._town = town
        self._webhooks = webhooks
        self._errands = errands
        self._running: dict[str, Call] = {}

    async def dial(self, caller: str, phone: PhoneInbox, *, withhold: bool = False) -> CallRecord:
        """Returns when the call waits for the caller or is over."""
        sender = WITHHELD if withhold else caller
        record = CallRecord(sid=new_sid("CA"), caller=caller, sender=sender, to=phone.address, at=self._settings.now())
        call = Call(record, phone)
        self._running[record.sid] = call
        self._town.add(record)
        async with call.turn:
            await self._load(call, f"{self._settings.hub_url}/in/voice/{phone.name}", {"CallStatus": "ringing"})
            await self._walk(call)
        return record

    async def press(self, sid: str, digits: str) -> CallRecord:
        """Keys one after another; none at all is silence until the time-out. Raises CallError."""
        call = self._call(sid)
        async with call.turn:
            if call.record.waiting == "digits":
                await self._keys(call, digits)
            elif call.record.waiting == "recording" and digits[:1] in _finish_key(call.verb, "1234567890*#"):
                await self._say_nothing(call)
            else:
                raise CallError("The call isn't waiting for keys.")
        return call.record

    async def speak(self, sid: str, text: str, *, hang_up: bool) -> CallRecord:
        """Leave a message, then # or the receiver down; or answer a question that takes speech. Raises CallError."""
        call = self._call(sid)
        async with call.turn:
            if call.record.waiting == "recording":
                await self._recorded(call, text, hang_up=hang_up)
            elif call.record.waiting == "digits" and "speech" in call.verb.attributes.get("input", ""):
                self._line(call, Line("citizen", text))
                await self._answer(call, {"SpeechResult": text, "Confidence": "0.9"})
            else:
                raise CallError("The call isn't waiting for words.")
        return call.record

    async def hang_up(self, sid: str) -> CallRecord:
        """Raises CallError."""
        call = self._call(sid)
        async with call.turn:
            self._line(call, Line("citizen", "Hung up"))
            if call.record.waiting == "recording":
                self._errands.start(self._report_recording(call, call.verb, None, ""))
            self._end(call)
        return call.record

    def _call(self, sid: str) -> Call:
        call = self._running.get(sid)
        if call is None:
            raise CallError("There is no such call, or it is over.")
        return call

    # --- walking through a document ---

    async def _load(self, call: Call, url: str, form: dict[str, str], method: Literal["POST", "GET"] = "POST") -> None:
        """Fetch the next document; when that fails the caller hears what the carrier says, and the call is over."""
        call.documents += 1
        try:
            if call.documents > _MAX_DOCUMENTS:
                raise TwimlError("the call goes round in circles")
            answer = await self._webhooks.post(call.phone, url, {**self._form(call), **form}, method)
            call.url, call.rest = url, parse(answer)
        except (UndeliveredError, TwimlError) as error:
            self._line(call, Line("say", _APOLOGY))
            self._line(call, Line("note", f"The call failed: {error}."))
            call.rest = [_NO_VERB]

    async def _walk(self, call: Call) -> None:
        while call.rest and not call.record.waiting and not call.record.ended:
            await self._do(call, call.rest.pop(0))
        if not call.record.waiting and not call.record.ended:
            self._end(call)

    async def _do(self, call: Call, verb: Verb) -> None:
        match verb.name:
            case "Say" | "Play" | "Pause":
                self._prompt(call, verb)
            case "Gather":
                for prompt in verb.nested:
                    self._prompt(call, prompt)
                call.digits = ""
                self._wait(call, verb, "digits")
            case "Record":
                if verb.attributes.get("playBeep", "true") != "false":
                    self._line(call, Line("beep", "Beep"))
                self._wait(call, verb, "recording")
            case "Redirect":
                await self._load(call, urljoin(call.url, verb.text), {}, _method(verb))
            case "Hangup":
                self._end(call)
            case "Reject":
                self._line(call, Line("note", f"The call was rejected: {verb.attributes.get('reason', 'rejected')}."))
                self._end(call)
            case other:
                self._line(call, Line("note", f"<{other}> isn't simulated."))

    def _prompt(self, call: Call, verb: Verb) -> None:
        match verb.name:
            case "Say":
                self._line(call, Line("say", verb.text, verb.attributes.get("language", "")))
            case "Play":
                self._line(call, Line("play", verb.text or verb.attributes.get("digits", "")))
            case "Pause":
                self._line(call, Line("pause", f"{verb.number('length', 1)} s"))

    def _wait(self, call: Call, verb: Verb, what: Literal["digits", "recording"]) -> None:
        call.verb = verb
        call.record.waiting = what
        self._town.changed(call.record)

    async def _go_on(self, call: Call) -> None:
        """The next verb after a Gather or Record that nothing came of."""
        call.record.waiting = ""
        await self._walk(call)

    async def _answer(self, call: Call, form: dict[str, str]) -> None:
        """Hand what the caller did to the waiting verb's action, and go on with the document it answers."""
        action = urljoin(call.url, call.verb.attributes.get("action", ""))
        call.record.waiting = ""
        await self._load(call, action, form, _method(call.verb))
        await self._walk(call)

    # --- keys ---

    async def _keys(self, call: Call, digits: str) -> None:
        self._line(call, Line("citizen", f"Pressed {digits}" if digits else "Stayed silent"))
        finish, limit = _finish_key(call.verb, "#"), call.verb.number("numDigits", 0)
        for digit in digits:
            if finish and digit in finish:
                await self._gathered(call)
                return
            call.digits += digit
            if len(call.digits) == limit:
                await self._gathered(call)
                return
        if not digits:
            await self._gathered(call)

    async def _gathered(self, call: Call) -> None:
        if call.digits or call.verb.yes("actionOnEmptyResult"):
            await self._answer(call, {"Digits": call.digits})
        else:
            await self._go_on(call)

    # --- recordings ---

    async def _say_nothing(self, call: Call) -> None:
        self._line(call, Line("citizen", "Stayed silent"))
        self._errands.start(self._report_recording(call, call.verb, None, ""))
        await self._go_on(call)

    async def _recorded(self, call: Call, text: str, *, hang_up: bool) -> None:
        self._line(call, Line("citizen", text or "(a message)"))
        verb, sid = call.verb, new_sid("RE")
        self._town.recordings.append(sid)
        form = {**self._recording_form(call, sid), "Digits": "hangup" if hang_up else "#"}
        if hang_up:
            self._end(call)
            await self._load(call, urljoin(call.url, verb.attributes.get("action", "")), form, _method(verb))
        else:
            await self._answer(call, form)
        self._errands.start(self._report_recording(call, verb, sid, text))

    def _recording_form(self, call: Call, sid: str) -> dict[str, str]:
        base = f"{self._settings.hub_url}{MOUNT}/{API_VERSION}/Accounts/{call.phone.account_sid}"
        return {
            "RecordingSid": sid,
            "RecordingUrl": f"{base}/Recordings/{sid}",
            "RecordingDuration": str(RECORDING_SECONDS),
        }

    async def _report_recording(self, call: Call, verb: Verb, sid: str | None, text: str) -> None:
        """recordingStatusCallback, then transcribeCallback; sid None: nothing was recorded."""
        recording = self._recording_form(call, sid or new_sid("RE"))
        status = {"RecordingStatus": "completed", "RecordingChannels": "1", "RecordingSource": "RecordVerb"}
        if sid is None:
            status |= {"RecordingStatus": "absent", "RecordingDuration": "0"}
        await self._call_back(call, verb.attributes.get("recordingStatusCallback", ""), {**recording, **status})
        if sid and (verb.yes("transcribe") or "transcribeCallback" in verb.attributes):
            words = {"TranscriptionSid": new_sid("TR"), "TranscriptionText": text, "TranscriptionStatus": "completed"}
            await self._call_back(call, verb.attributes.get("transcribeCallback", ""), {**recording, **words})

    async def _call_back(self, call: Call, url: str, form: dict[str, str]) -> None:
        if not url:
            return
        try:
            await self._webhooks.post(call.phone, urljoin(call.url, url), {**self._form(call), **form})
        except UndeliveredError as error:
            log.warning("a recording callback was not taken", why=str(error))

    # --- the call itself ---

    def _form(self, call: Call) -> dict[str, str]:
        record = call.record
        return {
            "CallSid": record.sid,
            "AccountSid": call.phone.account_sid,
            "From": record.sender,
            "To": record.to,
            "Caller": record.sender,
            "Called": record.to,
            "CallStatus": "completed" if record.ended else "in-progress",
            "Direction": "inbound",
            "ApiVersion": API_VERSION,
            "FromCountry": "GB",
            "ToCountry": "GB",
        }

    def _line(self, call: Call, line: Line) -> None:
        call.record.lines.append(line)
        self._town.changed(call.record)

    def _end(self, call: Call) -> None:
        call.record.waiting = ""
        call.record.ended = True
        self._running.pop(call.record.sid, None)
        self._town.changed(call.record)


def _method(verb: Verb) -> Literal["POST", "GET"]:
    return "GET" if verb.attributes.get("method", "POST").upper() == "GET" else "POST"


def _finish_key(verb: Verb, default: str) -> str:
    return verb.attributes.get("finishOnKey", default)
