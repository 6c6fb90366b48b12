"""What people do with their telephones: dial, press keys, speak, hang up, answer; and what the hub orders.

https://www.twilio.com/docs/voice/twiml/gather and …/record. One thing happens after the other; silence is a step, too.
"""

import asyncio
from typing import Literal
from urllib.parse import urljoin

from channels.simulator.carrier import API_VERSION, RestError, is_number
from channels.simulator.citizens import WITHHELD, as_written
from channels.simulator.errands import Errands
from channels.simulator.exchange import Exchange
from channels.simulator.legs import Leg
from channels.simulator.media import seconds_of
from channels.simulator.settings import MOUNT, PhoneInbox, SimulatorSettings
from channels.simulator.town import CallRecord, Line, Recording, Town, new_sid
from channels.simulator.twiml import Verb
from channels.simulator.webhooks import Webhooks

__all__ = ["CallError", "Calls"]


class CallError(Exception):
    """The caller can't do that now; the text says why."""


class Calls:
    def __init__(self, settings: SimulatorSettings, town: Town, webhooks: Webhooks, errands: Errands) -> None:
        self._settings = settings
        self._town = town
        self._errands = errands
        self._exchange = Exchange(settings, town, webhooks, errands)
        self._turn = asyncio.Lock()

    async def dial(self, caller: str, phone: PhoneInbox, *, withhold: bool = False) -> CallRecord:
        """Returns when the call waits for the caller or is over."""
        sender = WITHHELD if withhold else caller
        hub = self._settings.hub_url
        async with self._turn:
            leg = self._exchange.leg(caller, phone, sender=sender, to=phone.address, direction="inbound")
            leg.answered_at = self._settings.now()
            leg.status_url = f"{hub}/in/voice/{phone.name}/status"
            await self._exchange.load(leg, f"{hub}/in/voice/{phone.name}", {"CallStatus": "ringing"})
            await self._exchange.walk(leg)
        return leg.record

    async def press(self, sid: str, digits: str) -> CallRecord:
        """Keys one after another; none at all is silence until the time-out. Raises CallError."""
        async with self._turn:
            leg = self._leg(sid)
            if leg.record.waiting == "digits":
                await self._keys(leg, digits)
            elif leg.record.waiting == "recording" and digits[:1] in _finish_key(leg.verb, "1234567890*#"):
                await self._say_nothing(leg)
            elif leg.record.waiting == "queue" and not digits:
                await self._exchange.hear_line(leg)
            else:
                raise CallError("The call isn't waiting for keys.")
        return leg.record

    async def speak(self, sid: str, text: str, *, hang_up: bool) -> CallRecord:
        """Leave a message, then # or the receiver down; answer a question that takes speech; talk. Raises CallError."""
        async with self._turn:
            leg = self._leg(sid)
            if leg.record.waiting == "recording":
                await self._recorded(leg, text, hang_up=hang_up)
            elif leg.record.waiting == "digits" and "speech" in leg.verb.attributes.get("input", ""):
                self._exchange.line(leg, Line("citizen", text))
                await self._exchange.act(leg, {"SpeechResult": text, "Confidence": "0.9"})
            elif leg.record.waiting == "talking" and leg.peer is not None:
                self._exchange.line(leg, Line("citizen", text))
                self._exchange.line(leg.peer, Line("other", text))
            else:
                raise CallError("The call isn't waiting for words.")
        return leg.record

    async def hang_up(self, sid: str) -> CallRecord:
        """Raises CallError."""
        async with self._turn:
            leg = self._leg(sid)
            self._exchange.line(leg, Line("citizen", "Hung up"))
            if leg.record.waiting == "recording":
                self._errands.start(self._report_recording(leg, leg.verb, None, ""))
            await self._exchange.end(leg, "no-answer" if leg.record.waiting == "ringing" else "completed")
        return leg.record

    async def answer(self, sid: str) -> CallRecord:
        """Lift the receiver of a phone that rings. Raises CallError."""
        async with self._turn:
            leg = self._ringing(sid)
            await self._exchange.answered(leg)
        return leg.record

    async def decline(self, sid: str, result: Literal["busy", "no-answer"]) -> CallRecord:
        """Raises CallError."""
        async with self._turn:
            leg = self._ringing(sid)
            await self._exchange.unanswered(leg, result)
        return leg.record

    def _leg(self, sid: str) -> Leg:
        leg = self._exchange.legs.get(sid)
        if leg is None:
            raise CallError("There is no such call, or it is over.")
        return leg

    def _ringing(self, sid: str) -> Leg:
        leg = self._leg(sid)
        if leg.record.waiting != "ringing":
            raise CallError("This phone isn't ringing.")
        return leg

    # --- keys --------------------------------------------------------------------------------------------------

    async def _keys(self, leg: Leg, digits: str) -> None:
        self._exchange.line(leg, Line("citizen", f"Pressed {digits}" if digits else "Stayed silent"))
        finish, limit = _finish_key(leg.verb, "#"), leg.verb.number("numDigits", 0)
        for digit in digits:
            if finish and digit in finish:
                await self._gathered(leg)
                return
            leg.digits += digit
            if len(leg.digits) == limit:
                await self._gathered(leg)
                return
        if not digits:
            await self._gathered(leg)

    async def _gathered(self, leg: Leg) -> None:
        if leg.digits or leg.verb.yes("actionOnEmptyResult"):
            await self._exchange.act(leg, {"Digits": leg.digits})
        else:
            leg.record.waiting = ""
            await self._exchange.walk(leg)

    # --- recordings --------------------------------------------------------------------------------------------

    async def _say_nothing(self, leg: Leg) -> None:
        self._exchange.line(leg, Line("citizen", "Stayed silent"))
        self._errands.start(self._report_recording(leg, leg.verb, None, ""))
        leg.record.waiting = ""
        await self._exchange.walk(leg)

    async def _recorded(self, leg: Leg, text: str, *, hang_up: bool) -> None:
        self._exchange.line(leg, Line("citizen", text or "(a message)"))
        verb, sid = leg.verb, new_sid("RE")
        recording = Recording(
            seconds=seconds_of(text), call=leg.record, account_sid=leg.phone.account_sid, source="RecordVerb",
            at=self._settings.now(),
        )  # fmt: skip
        self._town.record(sid, recording)
        form = {**self._recording_form(leg, sid), "Digits": "hangup" if hang_up else "#"}
        if hang_up:
            leg.record.ended, leg.record.waiting = True, ""
            await self._exchange.tell(leg, urljoin(leg.url, verb.attributes.get("action", "")), form)
            leg.record.ended = False
            await self._exchange.end(leg)
        else:
            await self._exchange.act(leg, form)
        self._errands.start(self._report_recording(leg, verb, sid, text))

    def _recording_form(self, leg: Leg, sid: str) -> dict[str, str]:
        base = f"{self._settings.hub_url}{MOUNT}/{API_VERSION}/Accounts/{leg.phone.account_sid}"
        return {
            "RecordingSid": sid,
            "RecordingUrl": f"{base}/Recordings/{sid}",
            "RecordingDuration": str(kept.seconds if (kept := self._town.recordings.get(sid)) else 0),
        }

    async def _report_recording(self, leg: Leg, verb: Verb, sid: str | None, text: str) -> None:
        """recordingStatusCallback, then transcribeCallback; sid None: nothing was recorded."""
        recording = self._recording_form(leg, sid or new_sid("RE"))
        status = {"RecordingStatus": "completed", "RecordingChannels": "1", "RecordingSource": "RecordVerb"}
        if sid is None:
            status |= {"RecordingStatus": "absent", "RecordingDuration": "0"}
        await self._call_back(leg, verb.attributes.get("recordingStatusCallback", ""), {**recording, **status})
        if sid and (verb.yes("transcribe") or "transcribeCallback" in verb.attributes):
            words = {"TranscriptionSid": new_sid("TR"), "TranscriptionText": text, "TranscriptionStatus": "completed"}
            await self._call_back(leg, verb.attributes.get("transcribeCallback", ""), {**recording, **words})

    async def _call_back(self, leg: Leg, url: str, form: dict[str, str]) -> None:
        if url:
            await self._exchange.tell(leg, urljoin(leg.url, url), form)

    # --- what the hub orders -----------------------------------------------------------------------------------

    def accept(self, phone: PhoneInbox, form: dict[str, str], events: list[str]) -> Leg:
        """POST Calls.json: a phone rings. Raises RestError."""
        to, url = form.get("To", ""), form.get("Url", "")
        if not is_number(to):
            raise RestError(400, 21211, "Invalid 'To' Phone Number")
        if not url:
            raise RestError(400, 21205, "Url parameter is required.")
        leg = self._exchange.leg(to, phone, sender=phone.address, to=to, direction="outbound-api")
        leg.first_url, leg.status_url = url, form.get("StatusCallback", "")
        leg.status_events = frozenset(events or ["completed"])
        leg.record.waiting = "ringing"
        self._exchange.line(leg, Line("note", f"The phone rings: {as_written(phone.address)}"))
        self._errands.start(self._exchange.report(leg, "ringing"))
        return leg

    def find(self, account_sid: str, sid: str) -> Leg:
        """Raises RestError."""
        leg = self._exchange.legs.get(sid)
        if leg is None or leg.phone.account_sid != account_sid:
            raise RestError(404, 20404, "The requested resource was not found")
        return leg

    def change(self, leg: Leg, form: dict[str, str]) -> None:
        """POST Calls/{sid}.json: done a moment later, since the hub is answered first. Raises RestError."""
        if form.get("Status") in ("completed", "canceled"):
            self._errands.start(self._later(leg, ""))
        elif form.get("Url"):
            self._errands.start(self._later(leg, form["Url"]))
        else:
            raise RestError(400, 21218, "Url, Twiml or Status is required.")

    async def _later(self, leg: Leg, url: str) -> None:
        async with self._turn:
            if url:
                await self._exchange.redirect(leg, url)
            else:
                await self._exchange.end(leg)

    def pause(self, leg: Leg, status: str) -> str:
        """POST Calls/{sid}/Recordings/…: the recording's sid. Raises RestError."""
        if not leg.recording:
            raise RestError(404, 20404, "This call isn't being recorded.")
        if status not in ("paused", "in-progress", "stopped"):
            raise RestError(400, 21206, "Status is paused, stopped or in-progress.")
        self._exchange.line(leg, Line("note", {"paused": "Recording paused"}.get(status, f"Recording {status}")))
        return leg.recording


def _finish_key(verb: Verb, default: str) -> str:
    return verb.attributes.get("finishOnKey", default)
