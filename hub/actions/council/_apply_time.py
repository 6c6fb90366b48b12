"""What a council file says of time and work: columns of the council, its queues and agents, and the types of case."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from hub.calendars import Calendars
from hub.council_file import AgentTable, CouncilFile, QueueTable
from hub.council_file.time_tables import TypeTable
from hub.models import CaseType, Council, Queue


def time_of(file: CouncilFile) -> dict[str, Any]:
    """Of the council's row."""
    return {
        "holidays": [table.model_dump(mode="json") for table in file.holidays],
        "escalations": list(file.escalations),
    }


def work_of(table: QueueTable) -> dict[str, Any]:
    """Of a queue's row."""
    return {
        "next_response": table.next_response,
        "holidays": table.holidays,
        "assignment": table.assignment,
        "accept_within": table.accept_within,
        "overflow": table.overflow.model_dump(mode="json") if table.overflow else {},
        "skills": list(table.skills),
    }


def calendar_of(session: Session) -> Any:
    """All that dates are reckoned by, to be compared; None where nothing was applied yet."""
    session.flush()
    council = session.get(Council, 1)
    queues = session.exec(select(Queue).order_by(col(Queue.id)))
    return council and (Calendars.of(council), [(queue.slug, dict(queue.hours), queue.holidays) for queue in queues])


def talents_of(table: AgentTable) -> dict[str, Any]:
    """Of an agent's row."""
    return {"skills": list(table.skills), "languages": list(table.languages), "capacity": table.capacity}


def apply_types(session: Session, tables: Iterable[TypeTable]) -> list[str]:
    """Clocks that run already keep what they have; their terms are those of the file from now on."""
    rows = {row.slug: row for row in session.exec(select(CaseType).order_by(col(CaseType.id)))}
    changes: list[str] = []
    named = set()
    for table in tables:
        named.add(table.slug)
        wanted: dict[str, Any] = {
            "name": table.name,
            "clocks": list(table.clock),
            "another_than": table.another_than,
            "forget_after": table.forget_after,
            "active": True,
        }
        row = rows.get(table.slug)
        if row is None:
            session.add(CaseType(slug=table.slug, **wanted))
            changes.append(f"type {table.slug}: added")
        elif changed := sorted(name for name, value in wanted.items() if getattr(row, name) != value):
            for name in changed:
                setattr(row, name, wanted[name])
            changes.append(f"type {table.slug}: {', '.join(changed).replace('_', ' ')} changed")
    for slug in sorted(rows.keys() - named):
        if rows[slug].active:
            rows[slug].active = False
            changes.append(f"type {slug}: disabled")
    session.flush()
    return changes
