"""The council as its file would say it: what `hub apply` and the console have made of it, as a file again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlmodel import Session, col, select

from hub.council_file.tables import UNCHANGED, AgentTable, CouncilTable, DepartmentTable, InboxTable, QueueTable
from hub.council_file.time_tables import HolidayTable, OverflowTable, TypeTable
from hub.council_file.writing_tables import TemplateTable
from hub.errors import NotFound
from hub.models import Agent, AgentPhone, CaseType, Council, Department, Inbox, Membership, Queue, RuleSet, Template

Table = dict[str, Any]
Row = TypeVar("Row", Department, Queue, Inbox, Agent, CaseType, Template)

_WRITTEN = ("acknowledge", "continuity", "rate")  # what an inbox's channel would fill in differs by channel


@dataclass(frozen=True, slots=True)
class CouncilTables:
    """`document`: the tables in the order of a file. `left_out`: secrets not told, "inbox sms/main: auth_token"."""

    document: Table
    left_out: tuple[str, ...]


def council_tables(session: Session, secrets: Mapping[str, Collection[str]]) -> CouncilTables:
    """All that isn't disabled. `secrets`: by channel, the keys of an inbox's config whose values nobody may read; names
    of variables stay. Raises NotFound when there is no council."""
    council = session.get(Council, 1)
    if council is None:
        raise NotFound("There is no council yet: `hub apply FILE.toml` makes one.")
    slugs = {queue.id: queue.slug for queue in session.exec(select(Queue))}
    departments = {row.id: row.slug for row in session.exec(select(Department))}
    inboxes = [_inbox(row, slugs[row.queue_id], secrets.get(row.channel, ())) for row in _active(session, Inbox)]
    rules = session.exec(select(RuleSet).order_by(col(RuleSet.version).desc()).limit(1)).first() or RuleSet()
    document = {
        "council": _told(CouncilTable, council),
        "holiday": [_told(HolidayTable, HolidayTable.model_validate(each)) for each in council.holidays],
        "type": [_told(TypeTable, row, clock=row.clocks) for row in _active(session, CaseType)],
        "escalation": council.escalations,
        "department": [_told(DepartmentTable, row) for row in _active(session, Department)],
        "queue": [_queue(row, departments[row.department_id]) for row in _active(session, Queue)],
        "inbox": [table for table, _ in inboxes],
        "template": [_template(row) for row in sorted(_active(session, Template), key=lambda row: row.place)],
        **rules.beside,
        "rule": rules.rules,
        "agent": _agents(session, slugs),
    }
    left_out = tuple(each for _, hidden in inboxes for each in hidden)
    return CouncilTables({name: tables for name, tables in document.items() if tables}, left_out)


def _active(session: Session, model: type[Row]) -> Sequence[Row]:
    """In the order in which they came."""
    return session.exec(select(model).where(col(model.active)).order_by(col(model.id))).all()


def _told(table: type[BaseModel], row: object, **named: Any) -> Table:
    """What the row says that the table wouldn't by itself; `named`: where the row has another name for it."""
    told = {}
    for key, field in table.model_fields.items():
        value = named[key] if key in named else getattr(row, key)
        value = list(value) if isinstance(value, tuple) else value
        usual = field.get_default(call_default_factory=True)
        if value is not None and value != (list(usual) if isinstance(usual, tuple) else usual):
            told[key] = value
    return told


def _queue(row: Queue, department: str) -> Table:
    overflow = _told(OverflowTable, OverflowTable.model_validate(row.overflow)) if row.overflow else None
    return _told(QueueTable, row, department=department, overflow=overflow)


def _inbox(row: Inbox, queue: str, secret: Collection[str]) -> tuple[Table, list[str]]:
    """And the secrets that stand in the council file itself."""
    hidden = [key for key in row.config if key in secret and not str(row.config[key]).startswith("env:")]
    named = {
        "queue": queue,
        "config": row.config | dict.fromkeys(hidden, UNCHANGED),
        "acknowledge": _texts(row.acknowledgements),
        "continuity": row.continuity_days,
        "failover_after": row.failover_minutes,
    }
    table = _told(InboxTable, row, **named)
    table |= {key: named.get(key, getattr(row, key, None)) for key in _WRITTEN}
    return table, [f"inbox {row.channel}/{row.name}: {key}" for key in hidden]


def _template(row: Template) -> Table:
    return _told(TemplateTable, row, text=_texts(row.texts))


def _texts(by_language: Mapping[str, str]) -> Mapping[str, str] | str:
    """A text that is for everybody, and alone, needs no table."""
    return by_language.get("", "") if by_language.keys() <= {""} else by_language


def _agents(session: Session, slugs: Mapping[int | None, str]) -> list[Table]:
    phones = {phone.agent_id: phone.number for phone in session.exec(select(AgentPhone))}
    queues: dict[int | None, list[str]] = {}
    for membership in session.exec(select(Membership)):
        queues.setdefault(membership.agent_id, []).append(slugs[membership.queue_id])
    return [
        _told(AgentTable, row, queues=sorted(queues.get(row.id, ())), phone=phones.get(row.id or 0, ""))
        for row in _active(session, Agent)
    ]
