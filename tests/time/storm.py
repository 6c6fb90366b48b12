"""A queue that has filled up, and many agents who work on it: rows put into the database behind the hub's back."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from hub.actions.events import new_ids
from hub.db.dialects import dialect_of
from hub.models import Agent, Case, Contact, Inbox, Membership, Presence, PresenceState, Priority, Queue
from hub.models.base import utcnow
from hub.reference import reference_of
from routing.turns import turn


def fill(session: Session, slug: str, count: int, seed: int = 1) -> list[int]:
    """So many new cases that nobody holds; their ids in the order in which they are to be taken."""
    chance, now = random.Random(seed), utcnow()
    queue = session.exec(select(Queue).where(Queue.slug == slug)).one()
    inbox = session.exec(select(Inbox)).first()
    assert inbox is not None
    dialect = dialect_of(session)
    contact = new_ids(session, 1)[0]
    dialect.insert(session, Contact, [{"id": contact, "created_at": now}])
    ids = dialect.reserve(session, "cases", count)
    ages = sorted((chance.randrange(20_000) for _ in ids), reverse=True)
    rows = [
        _row(case_id, queue.id, inbox.id, contact, now - timedelta(minutes=age), chance)
        for case_id, age in zip(ids, ages, strict=True)
    ]
    for start in range(0, count, 1000):
        dialect.insert(session, Case, rows[start : start + 1000])
    rows.sort(key=lambda row: (turn(-row["priority_rank"], row["due_at"], row["opened_at"]), row["id"]))
    return [row["id"] for row in rows]


def _row(
    case_id: int, queue: int | None, inbox: int | None, contact: int, opened: datetime, chance: random.Random
) -> dict[str, Any]:
    priority = chance.choices(list(Priority), [1, 6, 2, 1])[0]
    due = opened + timedelta(hours=chance.randrange(1, 80)) if chance.random() < 0.8 else None
    return {
        "id": case_id,
        "reference": reference_of(case_id),
        "priority": priority,
        "priority_rank": -priority.rank,
        "queue_id": queue,
        "contact_id": contact,
        "inbox_id": inbox,
        "channel": "sms",
        "opened_at": opened,
        "updated_at": opened,
        "due_at": due,
    }


def staff(session: Session, slug: str, count: int) -> list[int]:
    """So many agents who work in the queue and are here; their ids."""
    queue = session.exec(select(Queue).where(Queue.slug == slug)).one()
    first = len(session.exec(select(Agent.id)).all())
    agents = [Agent(email=f"a{first + n}@anytown.example", name=f"Agent {first + n}") for n in range(count)]
    session.add_all(agents)
    session.flush()
    now = utcnow()
    for agent in agents:
        session.add(Membership(agent_id=agent.id or 0, queue_id=queue.id or 0))
        session.add(Presence(agent_id=agent.id or 0, state=PresenceState.HERE, since=now, idle_since=now))
    session.flush()
    return [agent.id or 0 for agent in agents]
