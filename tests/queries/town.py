"""A small council for tests of the read side, filled through the real intake."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlmodel import Session, select

from channels.contract import Address, InboundMessage, Receipt
from hub.actions.intake.arrivals import Arrival, StoredFile
from hub.actions.intake.receive import Intake
from hub.db.database import Database
from hub.directory import Directory
from hub.models import Agent, Council, Department, Inbox, Membership, Queue, Role, RuleSet
from hub.queries.directory import load_directory
from hub.reference import case_id_of
from tests.support.snapshots import begin_with

RULES: list[dict[str, Any]] = [
    {
        "name": "Missed bin",
        "when": {"text_contains": ["missed bin", "bin not collected"]},
        "then": {"queue": "waste", "tags": ["missed-collection"]},
    },
    {
        "name": "Danger",
        "when": {"all": [{"channel": ["sms", "voice"]}, {"text_contains": ["gas", "fire"]}]},
        "then": {"queue": "highways", "priority": "urgent", "tags": ["danger", "call-back"]},
    },
    {"name": "Menu roads", "when": {"menu": ["roads"]}, "then": {"queue": "highways", "priority": "high"}},
    {"name": "From a school", "when": {"from_domain": ["school.example"]}, "then": {"queue": "waste"}},
    {"name": "At night", "when": {"time_between": "00:00-00:01"}, "then": {"queue": "highways"}},
]

QUEUES = {"triage": "contact-centre", "waste": "environment", "highways": "environment"}
INBOXES = {
    ("sms", "main"): ("+441632960100", 14),
    ("voice", "main"): ("+441632960100", 14),
    ("email", "help"): ("help@anytown.example", 0),
    ("webchat", "site"): (None, 14),
}
AGENTS = {
    "ann@anytown.example": ("Ann Ash", Role.AGENT, ("waste", "triage")),
    "bob@anytown.example": ("Bob Birch", Role.AGENT, ("highways",)),
    "lea@anytown.example": ("Lea Lime", Role.LEADER, ()),
    "aud@anytown.example": ("Aud Alder", Role.AUDITOR, ()),
}
SCHEME_OF = {"sms": "tel", "voice": "tel", "email": "mailto", "webchat": "chat"}


@dataclass
class Town:
    """A council that citizens may contact. `say` is one message through the intake."""

    db: Database
    directory: Directory
    agent_ids: dict[str, int]

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._intake = Intake(self.directory, "hub.anytown.example")

    async def say(
        self,
        text: str,
        sender: str | None = "+447700900123",
        *,
        channel: str = "sms",
        inbox: str | None = None,
        files: tuple[StoredFile, ...] = (),
        **more: Any,
    ) -> Receipt:
        message = InboundMessage(
            channel=channel,
            inbox=inbox or next(name for kind, name in INBOXES if kind == channel),
            external_id=more.pop("external_id", f"X{next(self._numbers)}"),
            sender=Address(SCHEME_OF[channel], sender) if sender else None,
            text=text,
            **more,
        )
        entry = self.directory.inbox_by_name[message.channel, message.inbox]
        uri = "" if message.shared_sender else str(message.sender or "")
        arrival = Arrival(message=message, inbox=entry, uri=uri, files=files)
        return (await self.db.write(self._intake.receive, [[arrival]]))[0][0]

    async def case(self, text: str, sender: str | None = "+447700900123", **more: Any) -> int:
        """The id of the case that the message became part of."""
        case_id = case_id_of((await self.say(text, sender, **more)).reference)
        assert case_id is not None
        return case_id

    async def reload(self) -> None:
        self.directory = await self.db.read(load_directory, "http://hub.anytown.example")
        self._intake = Intake(self.directory, "hub.anytown.example")


def add_dangers(session: Session) -> None:
    """Rules in force from now on that know two dangers; of one the citizen hears what to do."""
    dangers: list[dict[str, Any]] = [
        {"name": "Fire", "queue": "highways", "phrases": ["on fire"], "answer": {"en": "Call 999 now."}},
        {"name": "Gas leak", "queue": "highways", "phrases": ["gas leak"], "restricted": False},
    ]
    session.add(RuleSet(rules=RULES, beside={"danger": dangers}))


@asynccontextmanager
async def living_in(url: str, build: Callable[[Session], None] | None = None) -> AsyncIterator[Town]:
    """The town in a migrated, empty database; `build` puts it there."""
    build = build or build_town
    await begin_with(url, f"{build.__module__}.{build.__qualname__}", lambda db: db.write(build))
    db = Database(url)
    try:
        directory = await db.read(load_directory, "http://hub.anytown.example")
        agents = await db.read(_agent_ids)
        yield Town(db, directory, agents)
    finally:
        await db.close()


def build_town(session: Session) -> None:
    """Council, departments, queues, inboxes, rules and agents."""
    session.add(Council(id=1, name="Anytown Council", languages=["en"]))
    departments = {slug: Department(slug=slug, name=slug.title()) for slug in sorted(set(QUEUES.values()))}
    session.add_all(departments.values())
    session.flush()
    queues = {}
    for slug, department in QUEUES.items():
        department_id = departments[department].id or 0
        queues[slug] = Queue(slug=slug, name=slug.title(), department_id=department_id, first_response="4h")
    session.add_all(queues.values())
    session.flush()
    for (channel, name), (address, days) in INBOXES.items():
        queue_id = queues["triage"].id or 0
        session.add(Inbox(channel=channel, name=name, address=address, queue_id=queue_id, continuity_days=days))
    session.add(RuleSet(rules=RULES))
    _add_agents(session, queues)


def _add_agents(session: Session, queues: dict[str, Queue]) -> None:
    for email, (name, role, works_in) in AGENTS.items():
        agent = Agent(email=email, name=name, role=role)
        session.add(agent)
        session.flush()
        session.add_all(Membership(agent_id=agent.id or 0, queue_id=queues[slug].id or 0) for slug in works_in)


def _agent_ids(session: Session) -> dict[str, int]:
    return {agent.email: agent.id or 0 for agent in session.exec(select(Agent))}
