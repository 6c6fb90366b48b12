"""A telephone network that walks TwiML as Twilio's pages say, and shares nothing with the simulator.

It sends no parameter that isn't documented. A `Manner` says how it differs from the usual: what it leaves out, what it
adds, in which order, how often. Source: https://www.twilio.com/docs/voice/twiml and the page of each verb.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import httpx

Post = Callable[[str, dict[str, str]], Awaitable[httpx.Response]]

_COUNTED = count(1)


@dataclass(frozen=True)
class Manner:
    name: str
    only: frozenset[str] | None = None  # of the call's own parameters those that are sent; None = all
    more: Mapping[str, str] = field(default_factory=dict)
    status: str = "in-progress"  # the word that requests from within a call carry
    times: int = 1  # how often each request is made
    backwards: bool = False  # the fields of a form
    late: bool = False  # callbacks come once the call is over, the last one first


@dataclass
class Leg:
    """One telephone. `inputs`, in order: keys, "say WORDS", "" = silence, "message SECONDS", "hang up"."""

    network: "Network"
    number: str
    to: str
    inputs: list[str]
    direction: str = "inbound"
    sid: str = ""
    verbs: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    in_line: str = ""
    _waiting: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sid = self.sid or f"CA{next(_COUNTED):032x}"

    def next_input(self) -> str:
        return self.inputs.pop(0) if self.inputs else ""

    # --- requests ----------------------------------------------------------------------------------------------

    async def ask(self, url: str, base: str, **told: str) -> tuple[str, ElementTree.Element]:
        """A document, and the address that it was given at."""
        where = urljoin(base, url)
        answer = await self.network.send(where, self._form(**told))
        assert answer.status_code == 200, (where, answer.status_code, answer.text)
        assert answer.headers["content-type"].partition(";")[0] in ("text/xml", "application/xml")
        root = ElementTree.fromstring(answer.text)
        assert root.tag == "Response"
        return where, root

    async def tell(self, url: str, base: str, **told: str) -> None:
        """A callback: whatever is answered isn't heard."""
        form = self._form(**told)
        if self.network.manner.late:
            self._waiting.append((urljoin(base, url), form))
        else:
            await self._call_back(urljoin(base, url), form)

    async def _call_back(self, url: str, form: dict[str, str]) -> None:
        assert (await self.network.send(url, form)).status_code < 300, url

    def _form(self, **told: str) -> dict[str, str]:
        manner = self.network.manner
        own = {
            "CallSid": self.sid, "AccountSid": "AC1", "From": self.number, "To": self.to, "CallStatus": manner.status,
            "ApiVersion": "2010-04-01", "Direction": self.direction, "ForwardedFrom": "", "CallerName": "",
        }  # fmt: skip
        form = {name: value for name, value in own.items() if manner.only is None or name in manner.only}
        form |= {**manner.more, **told}
        return dict(reversed(form.items())) if manner.backwards else form

    # --- walking -----------------------------------------------------------------------------------------------

    async def dial(self, url: str) -> None:
        """From the first request to the end of the call, or into a line, where it waits for what else happens."""
        if not await self.walk(url, url):
            await self.over(url)

    async def walk(self, url: str, base: str, **told: str) -> bool:
        """Whether the leg stands in a line now; else the call is over."""
        base, root = await self.ask(url, base, **told)
        for verb in root:
            self.verbs.append(verb.tag)
            step = getattr(self, f"_{verb.tag.lower()}")
            done = await step(verb, base)
            if done is not None:
                return bool(done)
        return False

    async def _say(self, verb: ElementTree.Element, base: str) -> bool | None:
        self.said.append(verb.text or "")
        return None

    async def _play(self, verb: ElementTree.Element, base: str) -> bool | None:
        return None

    _pause = _play

    async def _hangup(self, verb: ElementTree.Element, base: str) -> bool | None:
        return False

    async def _redirect(self, verb: ElementTree.Element, base: str) -> bool | None:
        return await self.walk(verb.text or "", base)

    async def _gather(self, verb: ElementTree.Element, base: str) -> bool | None:
        """Digits end by their number, or by the finishing key, which isn't sent. Silence falls through."""
        for each in verb:
            self.verbs.append(f"Gather/{each.tag}")
        entered = self.next_input()
        if entered == "hang up":
            return False
        if entered.startswith("say ") and "speech" in verb.attrib.get("input", "dtmf"):
            told = {"SpeechResult": entered.removeprefix("say "), "Confidence": "0.91"}
        else:
            most, finish = int(verb.attrib.get("numDigits", 99)), verb.attrib.get("finishOnKey", "#")
            told = {"Digits": (entered.partition(finish)[0] if finish else entered)[:most]}
        if not next(iter(told.values())):
            return None
        return await self.walk(verb.attrib.get("action", ""), base, **told)

    async def _record(self, verb: ElementTree.Element, base: str) -> bool | None:
        spoken = self.next_input()
        if not spoken.startswith("message "):
            return None
        sid = f"RE{next(_COUNTED):032x}"
        recorded = {
            "RecordingSid": sid,
            "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/{sid}",
            "RecordingDuration": spoken.removeprefix("message "),
        }
        if told := verb.attrib.get("recordingStatusCallback"):
            await self.tell(told, base, **recorded, RecordingStatus="completed", RecordingChannels="1")
        return await self.walk(verb.attrib.get("action", ""), base, **recorded, Digits="hangup")

    async def _enqueue(self, verb: ElementTree.Element, base: str) -> bool | None:
        """The caller hears the wait's document over and over; each input is one round of it."""
        line, self.in_line = verb.text or "", verb.text or ""
        queue = {"QueueSid": f"QU{hash(line) & 0xFFFF:032x}"}
        action = urljoin(base, verb.attrib["action"])
        for seconds in range(0, 600, 20):
            if not self.inputs:
                self.network.line.setdefault(line, []).append((self, action))
                return True
            where = {"QueuePosition": "1", "QueueTime": str(seconds), "AvgQueueTime": "60", "CurrentQueueSize": "1"}
            left = await self._wait(verb.attrib["waitUrl"], base, **queue, **where)
            if left:
                return await self.walk(action, base, **queue, QueueResult=left, QueueTime=str(seconds))
        raise AssertionError("nobody ever left the line")

    async def _wait(self, url: str, base: str, **told: str) -> str:
        base, root = await self.ask(url, base, **told)
        for verb in root:
            self.verbs.append(f"Enqueue/{verb.tag}")
            assert verb.tag in ("Say", "Play", "Pause", "Gather", "Redirect", "Leave", "Hangup"), verb.tag
            if verb.tag == "Leave":
                return "leave"
            if verb.tag == "Gather":
                entered = self.next_input()
                if entered == "hang up":
                    return "hangup"
                if entered:
                    return await self._wait(verb.attrib["action"], base, **{**told, "Digits": entered[0]})
        return ""

    async def _dial(self, verb: ElementTree.Element, base: str) -> bool | None:
        called = next(iter(verb), None)
        assert called is not None
        if called.tag == "Queue":
            result = await self._dial_queue(called, base)
        else:
            result = await self._dial_number(called, verb.attrib.get("callerId", self.number), base)
        return await self.walk(verb.attrib["action"], base, **result)

    async def _dial_queue(self, called: ElementTree.Element, base: str) -> dict[str, str]:
        waiting = self.network.line.get(called.text or "", [])
        if not waiting:
            return {"DialCallStatus": "no-answer"}
        caller, action = waiting.pop(0)
        if (url := called.attrib.get("url")) and not self.network.quiet_meetings:
            await caller.ask(url, base, DequeueResult="bridged", DequeingCallSid=self.sid, QueueTime="20")
        if self.network.end_first:
            await caller.over(action)
        if not await caller.walk(action, action, QueueResult="bridged", QueueTime="20"):
            await caller.over(action)
        return {"DialCallStatus": "answered", "DialCallDuration": "40", "DialBridged": "true"}

    async def _dial_number(self, called: ElementTree.Element, caller_id: str, base: str) -> dict[str, str]:
        if (called.text or "") in self.network.silent:
            return {"DialCallStatus": "no-answer"}
        child = Leg(self.network, caller_id, called.text or "", [], direction="outbound-dial")
        if url := called.attrib.get("url"):
            await child.ask(url, base, ParentCallSid=self.sid)
        return {"DialCallStatus": "completed", "DialCallDuration": "40", "DialCallSid": child.sid}

    async def over(self, base: str) -> None:
        """The last word on the call, and the callbacks that took their time."""
        if self.network.status_url and self.direction == "inbound":
            await self.tell(self.network.status_url, base, CallStatus="completed", CallDuration="75", Duration="2")
        for url, form in reversed(self._waiting):
            await self._call_back(url, form)
        self._waiting.clear()


@dataclass
class Network:
    post: Post
    public_url: str
    manner: Manner
    status_url: str = ""
    silent: set[str] = field(default_factory=set)  # numbers where nobody answers
    quiet_meetings: bool = False  # a <Queue>'s url isn't asked
    end_first: bool = False  # a caller who has met somebody is told to be over before the line is
    line: dict[str, list[tuple[Leg, str]]] = field(default_factory=dict)

    async def send(self, url: str, form: dict[str, str]) -> httpx.Response:
        """As often as the manner says; each time the same is answered."""
        parts = urlsplit(url)
        assert url.startswith(self.public_url), url
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        answers: list[Any] = [await self.post(path, form) for _ in range(self.manner.times)]
        assert len({(answer.status_code, answer.text) for answer in answers}) == 1, [each.text for each in answers]
        return answers[0]  # type: ignore[no-any-return]
