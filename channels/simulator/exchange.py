"""The carrier's exchange: telephones ring, are answered, stand in line, are connected, redirected, and put down."""

from urllib.parse import urljoin

from channels.simulator.citizens import as_written
from channels.simulator.legs import Leg, Method
from channels.simulator.settings import PhoneInbox
from channels.simulator.town import CallRecord, Line, Recording, new_sid
from channels.simulator.twiml import Verb
from channels.simulator.walking import Walking, method_of


class Exchange(Walking):
    """What happens between telephones. Every method expects that nothing else happens meanwhile."""

    def leg(self, holder: str, phone: PhoneInbox, *, sender: str, to: str, direction: str) -> Leg:
        """A telephone that is in a call from now on."""
        record = CallRecord(
            sid=new_sid("CA"), caller=holder, sender=sender, to=to, at=self.settings.now(), direction=direction
        )
        leg = Leg(record, phone)
        self.legs[record.sid] = leg
        self.town.add(record)
        return leg

    # --- ringing -----------------------------------------------------------------------------------------------

    async def answered(self, leg: Leg) -> None:
        """The receiver is lifted: the hub's first document, or what a called number hears before it is connected."""
        leg.record.waiting, leg.answered_at = "", self.settings.now()
        self.line(leg, Line("citizen", "Answered"))
        await self.report(leg, "in-progress")
        if leg.parent is None:
            await self.load(leg, leg.first_url, {})
            await self.walk(leg)
            return
        parent = leg.parent
        await self.whisper(leg)
        if not leg.is_over:
            await self.connect(parent, leg)

    async def unanswered(self, leg: Leg, result: str) -> None:
        """busy, no-answer"""
        self.line(leg, Line("note", {"busy": "Declined", "no-answer": "Not answered"}.get(result, result)))
        await self.end(leg, result)

    async def report(self, leg: Leg, status: str) -> None:
        """A status callback, when this one is asked for. `in-progress` is called `answered` among the events."""
        event = "answered" if status == "in-progress" else status if status == "ringing" else "completed"
        if leg.status_url and event in leg.status_events:
            form = {"CallStatus": status}
            if leg.is_over:
                since = leg.answered_at or leg.record.at
                form["CallDuration"] = str(self.seconds_since(since) if status == "completed" else 0)
            await self.tell(leg, leg.status_url, form)

    # --- <Dial> ------------------------------------------------------------------------------------------------

    async def dial(self, leg: Leg, verb: Verb) -> None:
        target = verb.nested[0] if verb.nested else Verb("Number", {}, verb.text, ())
        self.wait(leg, verb, "calling")
        if target.name == "Queue":
            await self._dial_line(leg, target)
        elif target.name == "Number":
            self._dial_number(leg, verb, target)
        else:
            self.line(leg, Line("note", f"<{target.name}> isn't simulated."))
            await self.act(leg, {"DialCallStatus": "failed"})

    async def _dial_line(self, leg: Leg, target: Verb) -> None:
        first = self.lines.first(target.text)
        if first is None:
            self.line(leg, Line("note", "Nobody is in that line."))
            await self.act(leg, {"DialCallStatus": "no-answer"})
            return
        self.lines.leave(first)
        first.parent = leg
        if target.attributes.get("url"):
            first.whisper = (urljoin(leg.url, target.attributes["url"]), method_of(target))
            await self.whisper(first, {"DequeingCallSid": leg.record.sid, **self.line_form(first)})
        await self.connect(leg, first)

    def _dial_number(self, leg: Leg, verb: Verb, target: Verb) -> None:
        sender = verb.attributes.get("callerId", leg.record.sender)
        child = self.leg(target.text, leg.phone, sender=sender, to=target.text, direction="outbound-dial")
        child.parent = leg
        if target.attributes.get("url"):
            child.whisper = (urljoin(leg.url, target.attributes["url"]), method_of(target))
        child.record.waiting = "ringing"
        self.line(leg, Line("note", f"Calling {as_written(target.text)}"))
        self.line(child, Line("note", f"The phone rings: {as_written(sender)}"))

    async def whisper(self, leg: Leg, form: dict[str, str] | None = None) -> None:
        """What one hears before being connected: only words, sounds and pauses."""
        if leg.whisper is None:
            return
        url, method = leg.whisper
        kept, leg.record.waiting = (leg.url, leg.rest), ""
        parent = {"ParentCallSid": leg.parent.record.sid} if leg.parent else {}
        await self.load(leg, url, {**parent, **(form or {})}, method)
        for verb in leg.rest:
            self.prompt(leg, verb)
        leg.url, leg.rest = kept

    async def connect(self, caller: Leg, called: Leg) -> None:
        caller.peer, called.peer = called, caller
        caller.talking_since = called.talking_since = self.settings.now()
        called.record.queue = ""
        for leg in (caller, called):
            self.line(leg, Line("note", "Connected"))
            leg.record.waiting = "talking"
            self.town.changed(leg.record)
        if caller.verb.attributes.get("record", "").startswith("record-from"):
            caller.recording = new_sid("RE")

    # --- parting -----------------------------------------------------------------------------------------------

    async def part(self, leg: Leg, *, redirected: bool = False) -> None:
        """The conversation ends; the telephone that dialled goes on with its document, a caller from a line with
        theirs. `redirected`: `leg` is taken elsewhere and must not go on."""
        peer = leg.peer
        if peer is None:
            return
        dialler, dialled = (leg, peer) if peer.parent is leg else (peer, leg)
        seconds = self.seconds_since(leg.talking_since or leg.record.at)
        for one in (leg, peer):
            one.peer = None
            one.record.waiting = ""
            self.town.changed(one.record)
        dialled.parent = None
        await self._report_recording(dialler, seconds)
        if dialled.stay is not None:
            result = "redirected-from-bridged" if redirected and dialled is leg else "bridged"
            await self.leave(dialled, result, go_on=dialled is not leg and not dialled.is_over)
        elif dialled is not leg:
            await self.end(dialled)
        if dialler is not leg and not dialler.is_over:
            await self.act(dialler, self._dial_form(dialled, seconds))
        elif dialler is leg and not redirected:
            await self.tell(dialler, self._dial_action(dialler), self._dial_form(dialled, seconds))

    def _dial_action(self, leg: Leg) -> str:
        action = leg.verb.attributes.get("action", "")
        return urljoin(leg.url, action) if action else ""

    def _dial_form(self, dialled: Leg, seconds: int) -> dict[str, str]:
        return {
            "DialCallStatus": "completed",
            "DialCallSid": dialled.record.sid,
            "DialCallDuration": str(seconds),
        }

    async def _report_recording(self, dialler: Leg, seconds: int) -> None:
        if not dialler.recording:
            return
        sid, dialler.recording = dialler.recording, ""
        seconds = max(1, min(seconds, 60))
        recording = Recording(
            seconds=seconds, call=dialler.record, account_sid=dialler.phone.account_sid, source="DialVerb",
            at=self.settings.now(),
        )  # fmt: skip
        self.town.record(sid, recording)
        url = dialler.verb.attributes.get("recordingStatusCallback", "")
        form = {
            "RecordingSid": sid,
            "RecordingUrl": f"{self.media_base(dialler)}/Recordings/{sid}",
            "RecordingDuration": str(seconds),
            "RecordingStatus": "completed",
            "RecordingChannels": "2",
            "RecordingSource": "DialVerb",
        }
        self.errands.start(self.tell(dialler, urljoin(dialler.url, url) if url else "", form))

    async def end(self, leg: Leg, result: str = "completed") -> None:
        """The receiver is down, or the other side's was never lifted."""
        if leg.is_over:
            return
        was_waiting = leg.record.waiting
        leg.record.waiting, leg.record.ended = "", True
        leg.record.ended_at = self.settings.now()
        leg.record.result = result if leg.record.direction != "inbound" else ""
        self.legs.pop(leg.record.sid, None)
        self.town.changed(leg.record)
        if leg.peer is not None:
            await self.part(leg)
        elif leg.stay is not None:
            await self.leave(leg, "hangup", go_on=False)
        elif was_waiting == "calling":
            await self._give_up_calling(leg)
        if leg.parent is not None and leg.parent.record.waiting == "calling":
            await self.act(leg.parent, {"DialCallStatus": result, "DialCallSid": leg.record.sid})
        await self.report(leg, result)

    async def _give_up_calling(self, leg: Leg) -> None:
        for child in [each for each in self.legs.values() if each.parent is leg]:
            child.parent = None
            self.line(child, Line("note", "The phone stops ringing"))
            await self.end(child, "canceled")

    # --- from outside ------------------------------------------------------------------------------------------

    async def redirect(self, leg: Leg, url: str, method: Method = "POST") -> None:
        """The hub takes a call that goes on elsewhere: https://www.twilio.com/docs/voice/tutorials/how-to-modify-calls-in-progress"""
        if leg.is_over:
            return
        if leg.peer is not None:
            await self.part(leg, redirected=True)
        elif leg.stay is not None:
            await self.leave(leg, "redirected", go_on=False)
        leg.record.waiting = ""
        await self.load(leg, url, {}, method)
        await self.walk(leg)
