"""Loads the council's configuration as one snapshot."""

from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session, col, select

from channels.contract import Inbox as InboxPort
from hub.calendars import Calendars
from hub.directory import Directory, InboxEntry, QueueEntry
from hub.models import Agent, Council, Department, Inbox, Queue, Role, RuleSet, Template
from hub.queries.names import council_names
from routing.rules import RuleErrors
from routing.rules import RuleSet as CompiledRules
from routing.time.calendars import Hours
from routing.time.escalations import Escalation

log = structlog.get_logger()


def load_directory(session: Session, public_url: str) -> Directory:
    """Works on an empty database too: no queues, no inboxes, no rules."""
    council = session.get(Council, 1) or Council(name="")
    calendars = Calendars.of(council)
    found = (
        select(Queue, Department)
        .join(Department, col(Department.id) == col(Queue.department_id))
        .order_by(col(Queue.id))
    )
    entries = [_queue(queue, department, calendars) for queue, department in session.exec(found)]
    queues = {entry.id: entry for entry in entries}
    inboxes = {
        entry.id: entry
        for entry in (
            _inbox(inbox, queues[inbox.queue_id], council, public_url) for inbox in session.exec(select(Inbox))
        )
    }
    agents = session.exec(select(Agent).where(col(Agent.active))).all()
    return Directory(
        council=council.name,
        revision=council.revision,
        country=council.country,
        zone=ZoneInfo(council.timezone),
        languages=tuple(council.languages),
        queues=queues,
        inboxes=inboxes,
        escalations=tuple(Escalation.of_table(table) for table in council.escalations),
        calendars=calendars,
        agents={agent.email: (agent.id or 0, agent.name) for agent in agents if agent.role != Role.AUDITOR},
        spoken=frozenset(language for agent in agents for language in agent.languages),
        templates={row.slug: row.texts for row in session.exec(select(Template).where(col(Template.active)))},
        rules=load_rules(session, None),
        names=council_names(session),
    )


def load_rules(session: Session, version: int | None) -> CompiledRules:
    """The rule set of that version, or the one in force when it is None; checked when it was kept."""
    newest = select(RuleSet).order_by(col(RuleSet.version).desc()).limit(1)
    try:
        stored = session.exec(newest).first() if version is None else session.get(RuleSet, version)
    except ValueError:  # its row is no JSON: without rules every case still finds its inbox's own queue
        log.exception("the rules in force can't be read")
        stored = None
    if stored is None:
        return CompiledRules.parse([], None, version or 0)
    try:
        return CompiledRules.parse(stored.rules, None, stored.version or 0, beside=stored.beside)
    except RuleErrors as errors:  # kept by a hub that knew more conditions
        log.error("some of the rules in force can't be read", problems=[str(each) for each in errors.problems])
        return CompiledRules.parse(stored.rules, None, stored.version or 0, beside=stored.beside, in_force=True)


def _queue(queue: Queue, department: Department, calendars: Calendars) -> QueueEntry:
    assert queue.id is not None
    return QueueEntry(
        id=queue.id,
        slug=queue.slug,
        name=queue.name,
        department=department.slug,
        department_name=department.name,
        hours=calendars.hours(queue),
        first_response=queue.first_response,
        resolution=queue.resolution,
        active=queue.active,
        is_given_out=queue.assignment != "pull" or bool(queue.overflow),
    )


def _inbox(inbox: Inbox, queue: QueueEntry, council: Council, public_url: str) -> InboxEntry:
    assert inbox.id is not None
    port = InboxPort(
        id=inbox.id,
        channel=inbox.channel,
        name=inbox.name,
        address=inbox.address or "",
        queue=queue.slug,
        public_url=public_url,
        council=council.name,
        country=council.country,
        languages=tuple(council.languages),
        config=inbox.config,
    )
    return InboxEntry(
        port=port,
        id=inbox.id,
        channel=inbox.channel,
        queue_id=inbox.queue_id,
        acknowledgements=inbox.acknowledgements,
        acknowledge_daily=inbox.acknowledge_daily,
        continuity_days=inbox.continuity_days,
        rate=inbox.rate,
        active=inbox.active,
        quiet=Hours.parse(inbox.quiet) if inbox.quiet else None,
    )
