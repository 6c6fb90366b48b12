"""Walking TwiML: what a telephone does with each verb of the documents that the hub answers.

https://www.twilio.com/docs/voice/twiml. A leg stops at a <Gather>, a <Record>, in a line, or in a conversation until
somebody does something; no clock runs.
"""

from abc import ABC, abstractmethod
from datetime import datetime
from urllib.parse import urljoin

from channels.simulator.errands import Errands
from channels.simulator.legs import NO_VERB, Leg, Lines, Method, Stay
from channels.simulator.settings import MOUNT, SimulatorSettings
from channels.simulator.town import Line, Town, Waiting
from channels.simulator.twiml import TwimlError, Verb, parse
from channels.simulator.webhooks import UndeliveredError, Webhooks

_MAX_DOCUMENTS = 60
_APOLOGY = "We are sorry, an application error has occurred. Goodbye."


class Walking(ABC):
    """The half of the exchange that reads documents; `exchange` connects telephones."""

    def __init__(self, settings: SimulatorSettings, town: Town, webhooks: Webhooks, errands: Errands) -> None:
        self.settings = settings
        self.town = town
        self.webhooks = webhooks
        self.errands = errands
        self.lines = Lines()
        self.legs: dict[str, Leg] = {}

    # --- documents ---------------------------------------------------------------------------------------------

    async def load(self, leg: Leg, url: str, form: dict[str, str], method: Method = "POST") -> None:
        """Fetch the next document; when that fails the phone hears what the carrier says, and the call is over."""
        leg.documents += 1
        try:
            if leg.documents > _MAX_DOCUMENTS:
                raise TwimlError("the call goes round in circles")
            answer = await self.webhooks.post(leg.phone, url, {**leg.form(), **form}, method)
            leg.url, leg.rest = url, parse(answer) if answer.strip() else []
        except (UndeliveredError, TwimlError) as error:
            self.line(leg, Line("say", _APOLOGY))
            self.line(leg, Line("note", f"The call failed: {error}."))
            leg.rest = [NO_VERB]

    async def walk(self, leg: Leg) -> None:
        while leg.rest and not leg.record.waiting and not leg.is_over:
            await self.do(leg, leg.rest.pop(0))
        if leg.record.waiting or leg.is_over:
            return
        if leg.stay is not None:
            self.wait(leg, leg.verb, "queue")
        else:
            await self.end(leg)

    async def do(self, leg: Leg, verb: Verb) -> None:
        match verb.name:
            case "Say" | "Play" | "Pause":
                self.prompt(leg, verb)
            case "Gather":
                for prompt in verb.nested:
                    self.prompt(leg, prompt)
                leg.digits = ""
                self.wait(leg, verb, "digits")
            case "Record":
                if verb.attributes.get("playBeep", "true") != "false":
                    self.line(leg, Line("beep", "Beep"))
                self.wait(leg, verb, "recording")
            case "Redirect":
                await self.load(leg, urljoin(leg.url, verb.text), {}, method_of(verb))
            case "Enqueue":
                await self.enqueue(leg, verb)
            case "Leave" if leg.stay:
                await self.leave(leg, "leave")
            case "Dial":
                await self.dial(leg, verb)
            case "Hangup":
                await self.end(leg)
            case "Reject":
                self.line(leg, Line("note", f"The call was rejected: {verb.attributes.get('reason', 'rejected')}."))
                await self.end(leg)
            case other:
                self.line(leg, Line("note", f"<{other}> isn't simulated."))

    def prompt(self, leg: Leg, verb: Verb) -> None:
        match verb.name:
            case "Say":
                self.line(leg, Line("say", verb.text, verb.attributes.get("language", "")))
            case "Play":
                self.line(leg, Line("play", verb.text or verb.attributes.get("digits", "")))
            case "Pause":
                self.line(leg, Line("pause", f"{verb.number('length', 1)} s"))

    async def act(self, leg: Leg, form: dict[str, str]) -> None:
        """Hand what came of the waiting verb to its action, and go on with the document that it answers; without an
        action the document that it stood in goes on."""
        action = leg.verb.attributes.get("action", "")
        leg.record.waiting = ""
        if action or leg.verb.name != "Dial":
            await self.load(leg, urljoin(leg.url, action), form, method_of(leg.verb))
        await self.walk(leg)

    # --- lines -------------------------------------------------------------------------------------------------

    async def enqueue(self, leg: Leg, verb: Verb) -> None:
        name = verb.text
        leg.stay = Stay(name, self.lines.sid(name), verb, leg.url, leg.rest, self.settings.now())
        self.lines.join(name, leg)
        leg.record.queue = name
        self.line(leg, Line("note", f"In line “{name}”, place {self.lines.position(leg)}"))
        await self.hear_line(leg)

    async def hear_line(self, leg: Leg) -> None:
        """The wait document, from its start."""
        assert leg.stay is not None
        verb, leg.record.waiting, leg.rest = leg.stay.verb, "", []
        if wait_url := verb.attributes.get("waitUrl", ""):
            method: Method = "GET" if verb.attributes.get("waitUrlMethod", "POST").upper() == "GET" else "POST"
            await self.load(leg, urljoin(leg.stay.url, wait_url), self.line_form(leg), method)
        else:
            self.line(leg, Line("play", "the carrier's music"))
        await self.walk(leg)

    def line_form(self, leg: Leg) -> dict[str, str]:
        assert leg.stay is not None
        return {
            "QueueSid": leg.stay.sid,
            "QueueTime": str(self.seconds_since(leg.stay.since)),
            "QueuePosition": str(max(1, self.lines.position(leg))),
            "AvgQueueTime": str(self.seconds_since(leg.stay.since)),
            "CurrentQueueSize": str(self.lines.size(leg.stay.name)),
        }

    async def leave(self, leg: Leg, result: str, *, go_on: bool = True) -> None:
        """Out of the line: the verb's action is asked what is next. `go_on`: its answer is walked."""
        stay = leg.stay
        assert stay is not None
        form = {"QueueResult": result, "QueueSid": stay.sid, "QueueTime": str(self.seconds_since(stay.since))}
        self.lines.leave(leg)
        leg.stay, leg.record.queue, leg.record.waiting = None, "", ""
        action = stay.verb.attributes.get("action", "")
        if not action:
            leg.url, leg.rest = stay.url, stay.rest
        elif go_on:
            await self.load(leg, urljoin(stay.url, action), form, method_of(stay.verb))
        else:
            await self.tell(leg, urljoin(stay.url, action), form)
        if go_on and not leg.is_over:
            await self.walk(leg)

    # --- what both halves need ---------------------------------------------------------------------------------

    def wait(self, leg: Leg, verb: Verb, what: Waiting) -> None:
        leg.verb = verb
        leg.record.waiting = what
        self.town.changed(leg.record)

    def line(self, leg: Leg, line: Line) -> None:
        leg.record.lines.append(line)
        self.town.changed(leg.record)

    def seconds_since(self, moment: datetime) -> int:
        return max(0, int((self.settings.now() - moment).total_seconds()))

    async def tell(self, leg: Leg, url: str, form: dict[str, str]) -> None:
        """A callback whose answer nobody walks; one that isn't taken is gone."""
        if not url:
            return
        try:
            await self.webhooks.post(leg.phone, url, {**leg.form(), **form})
        except UndeliveredError as error:
            self.line(leg, Line("note", f"A callback was not taken: {error}."))

    def media_base(self, leg: Leg) -> str:
        return f"{self.settings.hub_url}{MOUNT}/2010-04-01/Accounts/{leg.phone.account_sid}"

    @abstractmethod
    async def dial(self, leg: Leg, verb: Verb) -> None:
        """<Dial>: to the first of a line, or to a number."""

    @abstractmethod
    async def end(self, leg: Leg, result: str = "completed") -> None:
        """The receiver is down."""


def method_of(verb: Verb) -> Method:
    return "GET" if verb.attributes.get("method", "POST").upper() == "GET" else "POST"
