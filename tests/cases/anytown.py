"""Anytown's hub at work without a listener or a worker: what the tests of the core stand on.

`living(url, folder)` is the real composition root with a council applied from a file; citizens speak through the desk.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, col, select

from channels.contract import Address, Channel, Event, InboundMessage, Receipt, SendResult
from hub.actions.council.apply_council import apply_council
from hub.actions.sending.fates import record_sent
from hub.actions.sending.outbox import claim_due
from hub.council_file import parse
from hub.db.database import Database
from hub.desk import HubDesk
from hub.main import Part, running
from hub.models import Agent, Case, CaseEvent, Message
from hub.models.base import utcnow
from hub.reference import case_id_of
from hub.running import Hub
from hub.settings import Settings
from tests.support.settings import settings_of
from tests.support.snapshots import begin_with

Row = TypeVar("Row", bound=SQLModel)

COUNCIL = """
[council]
name = "Anytown Council"

[[department]]
slug = "town"
name = "Town"

[[queue]]
slug = "triage"
department = "town"
name = "Triage"

[[queue]]
slug = "waste"
department = "town"
name = "Waste"
first_response = "4h"

[[queue]]
slug = "roads"
department = "town"
name = "Roads"

[[inbox]]
channel = "sms"
name = "main"
address = "+441632960100"
queue = "triage"
acknowledge = "Thank you. {council} has it as {reference}."
config = { provider = "twilio", account_sid = "AC1", auth_token = "t", api_url = "http://127.0.0.1:9" }

[[inbox]]
channel = "sms"
name = "brief"
address = "+441632960101"
queue = "triage"
acknowledge = ""
continuity = 0
config = { provider = "twilio", account_sid = "AC1", auth_token = "t", api_url = "http://127.0.0.1:9" }

[[inbox]]
channel = "voice"
name = "main"
address = "+441632960100"
queue = "triage"
config = { provider = "twilio", account_sid = "AC1", auth_token = "t", api_url = "http://127.0.0.1:9" }

[[inbox]]
channel = "email"
name = "help"
address = "help@anytown.example"
queue = "triage"
acknowledge = "Thank you. Your reference is {reference}."
config = { smtp_host = "127.0.0.1", smtp_port = 9 }

[[inbox]]
channel = "email"
name = "waste"
address = "waste@anytown.example"
queue = "waste"
acknowledge = "Thank you. Your reference is {reference}."
config = { smtp_host = "127.0.0.1", smtp_port = 9 }

[[inbox]]
channel = "webchat"
name = "site"
queue = "triage"
acknowledge = ""
config = { origins = ["https://anytown.example"] }

[[rule]]
name = "Missed bin"
when = { text_contains = ["missed bin"] }
then = { queue = "waste", tags = ["missed-collection"] }

[[rule]]
name = "Danger"
when = { text_contains = ["danger"] }
then = { queue = "roads", priority = "urgent" }

[[agent]]
email = "ann@anytown.example"
name = "Ann Ash"
queues = ["triage", "waste"]

[[agent]]
email = "bob@anytown.example"
name = "Bob Birch"
queues = ["roads"]

[[agent]]
email = "lea@anytown.example"
name = "Lea Lime"
role = "leader"

[[agent]]
email = "aud@anytown.example"
name = "Aud Alder"
role = "auditor"
"""
CITIZEN = "+447700900123"
SCHEME_OF = {"sms": "tel", "voice": "tel", "email": "mailto", "webchat": "chat"}
INBOX_OF = {"sms": "main", "voice": "main", "email": "help", "webchat": "site"}
MAIL_DOMAIN = "hub.anytown.example"

_numbers = count(1)


def said(text: str, sender: str | None = CITIZEN, *, channel: str = "sms", **more: Any) -> InboundMessage:
    """What a citizen said; an inbox and an external id of its own unless given."""
    words: dict[str, Any] = {"inbox": INBOX_OF[channel], "external_id": f"X{next(_numbers)}", **more}
    address = Address(SCHEME_OF[channel], sender) if sender is not None else None
    return InboundMessage(channel=channel, sender=address, text=text, **words)


def mailed(text: str, sender: str = "jo@example.org", *, message_id: str = "", **more: Any) -> InboundMessage:
    """A mail; its external id goes with its Message-ID and text, as in the channel."""
    message_id = message_id or f"m{next(_numbers)}@example.org"
    more.setdefault("external_id", f"{message_id}/{text}")
    return said(text, sender, channel="email", message_id=message_id, **more)


@dataclass(kw_only=True)
class Town:
    hub: Hub
    agents: Mapping[str, int] = field(default_factory=dict)  # ids by the name before the @

    @property
    def db(self) -> Database:
        return self.hub.db

    @property
    def desk(self) -> HubDesk:
        return self.hub.desk

    async def receive(self, *events: Event) -> list[Receipt]:
        return await self.desk.receive(events)

    async def say(self, text: str, sender: str | None = CITIZEN, **more: Any) -> Receipt:
        return (await self.receive(said(text, sender, **more)))[0]

    async def mail(self, text: str, sender: str = "jo@example.org", **more: Any) -> Receipt:
        return (await self.receive(mailed(text, sender, **more)))[0]

    async def case(self, receipt: Receipt) -> Case:
        """The case that a message became part of, as it stands now."""
        return await self.one(Case, reference=receipt.reference)

    async def kinds(self, case_id: int) -> list[str]:
        """What happened to the case, in order."""
        return [event.kind for event in await self.rows(CaseEvent, case_id=case_id)]

    async def rows(self, model: type[Row], **where: Any) -> list[Row]:
        return await self.db.read(_rows, model, where)

    async def one(self, model: type[Row], **where: Any) -> Row:
        [row] = await self.rows(model, **where)
        return row

    async def change(self, model: type[SQLModel], key: Any, **values: Any) -> None:
        """Puts values into a row behind the hub's back, such as an earlier time."""
        await self.db.write(_change, model, key, values)

    async def age(self, case_id: int, days: float) -> None:
        """Makes everything about a case so much older."""
        await self.db.write(_age, case_id, timedelta(days=days))

    async def act(self, verb: Callable[..., Any], receipt: Receipt, agent: str, *arguments: Any, **more: Any) -> Any:
        """A caseworker's verb on the case of that receipt."""
        return await self.db.write(verb, case_id_of(receipt.reference), self.agents[agent], *arguments, **more)

    async def send_all(self) -> list[int]:
        """Plays a worker whose provider takes everything: ids of what left, in order."""
        free = dict.fromkeys(self.hub.directory.inboxes, 100)
        out = await self.db.write(claim_due, utcnow() + timedelta(minutes=1), free, self.hub.settings.secret)
        for outgoing in out:
            await self.db.write(record_sent, outgoing.message.id, SendResult(external_id=f"SM{outgoing.message.id}"))
        return [outgoing.message.id for outgoing in out]


@asynccontextmanager
async def living(
    url: str,
    folder: Path,
    channels: dict[str, Channel] | None = None,
    parts: tuple[Part, ...] = (),
    council: str = COUNCIL,
) -> AsyncIterator[Town]:
    """The town in a migrated database; a second one in the same database finds the council as it is."""
    await begin_with(url, council, lambda db: db.write(apply_council, parse(council)))
    async with running(settings_for(url, folder), channels or {}, parts) as hub:
        agents = await hub.db.read(_rows, Agent, {})
        yield Town(hub=hub, agents={agent.email.partition("@")[0]: agent.id or 0 for agent in agents})


def settings_for(url: str, folder: Path) -> Settings:
    return settings_of(folder, url, public_url=f"http://{MAIL_DOMAIN}")


def _rows(session: Session, model: type[Row], where: Mapping[str, Any]) -> list[Row]:
    found = select(model).where(*(getattr(model, name) == value for name, value in where.items()))
    key = model.__table__.primary_key.columns  # type: ignore[attr-defined]  # set by SQLModel's metaclass
    return list(session.exec(found.order_by(*key)))


def _change(session: Session, model: type[SQLModel], key: Any, values: Mapping[str, Any]) -> None:
    row = session.get_one(model, key)
    for name, value in values.items():
        setattr(row, name, value)


def _age(session: Session, case_id: int, by: timedelta) -> None:
    case = session.get_one(Case, case_id)
    for name in ("opened_at", "updated_at", "acknowledged_at", "resolved_at", "closed_at"):
        if (moment := getattr(case, name)) is not None:
            setattr(case, name, moment - by)
    for message in session.exec(select(Message).where(col(Message.case_id) == case_id)):
        message.at -= by
