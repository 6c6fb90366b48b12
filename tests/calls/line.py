"""A council that takes calls, seen from the provider: signed webhooks in, TwiML out, REST calls noted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx

from channels.voice.adapter import channel
from hub.actions.telephone.rings import claim_rings, record_ringing, set_phone
from hub.models import Call, Case, Message, Ring
from hub.models.base import utcnow
from hub.reference import case_id_of
from tests.cases.anytown import COUNCIL, Town, living
from tests.channels.phone_desk import Provider

CALLER = "+447700900123"
NUMBER = "+441632960100"
PHONE = "+441632960555"  # Ann's own
_VOICE = """channel = "voice"
name = "main"
address = "+441632960100"
queue = "triage"
config = { provider = "twilio", account_sid = "AC1", auth_token = "t", api_url = "http://127.0.0.1:9" }
"""
MENUS = """channel = "voice"
name = "main"
address = "+441632960100"
queue = "triage"
[inbox.config]
provider = "twilio"
account_sid = "AC1"
auth_token = "t"
api_url = "http://127.0.0.1:9"
speech = true
waiting = { longest = 10 }
[inbox.config.menu.1]
say = "For bins and recycling, press 1."
tag = "waste"
words = ["bins", "rubbish"]
then = "person"
[inbox.config.menu.2]
say = "For housing, press 2."
[inbox.config.menu.2.menu]
1 = { say = "For repairs, press 1.", tag = "housing-repairs" }
2 = { say = "To hear how your case stands, press 2.", then = "status" }
"""


@dataclass
class Heard:
    """An answer's TwiML, as a caller meets it."""

    text: str
    root: ElementTree.Element

    @property
    def verbs(self) -> list[str]:
        return [verb.tag for verb in self.root]

    @property
    def words(self) -> str:
        return " ".join(say.text or "" for say in self.root.iter("Say"))

    def find(self, verb: str) -> ElementTree.Element:
        found = next(self.root.iter(verb), None)
        assert found is not None, self.text
        return found

    def action(self, verb: str, name: str = "action") -> str:
        return self.find(verb).attrib[name]


@dataclass
class Line:
    """One council with the doors of its voice inbox."""

    town: Town
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.provider = Provider(channel, self.town.desk, token="t")  # type: ignore[arg-type]  # the real desk

    async def post(self, url: str, sid: str = "CA1", caller: str = CALLER, **form: str) -> httpx.Response:
        """A signed webhook; `url` may be a whole address that the hub gave."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        said = {"CallSid": sid, "AccountSid": "AC1", "From": caller, "To": NUMBER, "Direction": "inbound", **form}
        said.setdefault("CallStatus", "in-progress")
        self.seen.append((path, said))
        return await self.provider.post(path, said)

    async def hear(self, url: str = "/in/voice/main", sid: str = "CA1", caller: str = CALLER, **form: str) -> Heard:
        answer = await self.post(url, sid, caller, **form)
        assert answer.status_code == 200, answer.text
        return Heard(answer.text, ElementTree.fromstring(answer.text))

    async def end(self, sid: str = "CA1", caller: str = CALLER, seconds: int = 30) -> None:
        answer = await self.post(
            "/in/voice/main/status", sid, caller, CallStatus="completed", CallDuration=str(seconds)
        )
        assert answer.status_code == 204

    async def wait_in_line(self, sid: str = "CA1", caller: str = CALLER) -> Heard:
        """Dials, presses 1 for bins, and stands in line for a person."""
        menu = await self.hear(sid=sid, caller=caller, CallStatus="ringing")
        enqueued = await self.hear(menu.action("Gather"), sid, caller, Digits="1")
        assert "Enqueue" in enqueued.verbs, enqueued.text
        return enqueued

    async def ring(self) -> Ring:
        """The worker's part: the provider has taken the call to the agent's phone."""
        [due] = await self.town.db.write(claim_rings, utcnow())
        await self.town.db.write(record_ringing, due.id, f"CAring{due.id}")
        return await self.town.one(Ring, id=due.id)

    async def agent_takes(self, ring: Ring) -> Heard:
        """The agent's phone is answered and a key pressed: what connects them."""
        sid, door = ring.sid, f"/in/voice/main/agent?ring={ring.id}"
        await self.hear(door, sid, NUMBER, Direction="outbound-api")
        return await self.hear(f"/in/voice/main/accept?ring={ring.id}", sid, NUMBER, Digits="5")

    async def call(self, sid: str = "CA1") -> Call:
        return await self.town.one(Call, sid=sid)

    async def case_of(self, sid: str = "CA1") -> Case:
        return await self.town.one(Case, id=(await self.call(sid)).case_id)

    async def messages(self, case_id: int) -> list[Message]:
        return await self.town.rows(Message, case_id=case_id)


@asynccontextmanager
async def line_at_work(url: str, folder: Path, voice: str = MENUS, more: str = "") -> AsyncIterator[Line]:
    council = COUNCIL.replace(_VOICE, voice)
    assert voice in council
    async with living(url, folder, council=council + more) as town:
        await town.db.write(set_phone, town.agents["ann"], PHONE)
        yield Line(town)


def case_id(reference: str) -> int:
    found = case_id_of(reference)
    assert found is not None
    return found


def spoken_numbers(heard: Heard) -> str:
    return "".join(letter for letter in heard.words if letter.isdigit())


__all__ = ["CALLER", "MENUS", "NUMBER", "PHONE", "Any", "Heard", "Line", "line_at_work"]
