"""Makes the hub what a council file says. What the file doesn't name any more is disabled, never deleted."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from hub.actions.council._agent_phones import apply_phones
from hub.actions.council._apply_time import apply_types, calendar_of, talents_of, time_of, work_of
from hub.actions.council._apply_writing import apply_templates
from hub.actions.time.calendar_later import date_all_anew
from hub.council_file import AgentTable, CouncilFile, InboxTable, QueueTable
from hub.council_file.tables import UNCHANGED
from hub.db.session import wake
from hub.errors import Invalid
from hub.models import Agent, Case, CaseStatus, Council, Department, Inbox, Membership, Queue, RuleSet
from hub.models.base import utcnow

_OPEN = [status for status in CaseStatus if status.is_open]


def apply_council(session: Session, file: CouncilFile) -> list[str]:
    """Returns what changed, a line each; [] when all was so already.

    Passwords, tokens and sign-ins stay as they are. Raises Invalid when a queue with open cases would be disabled.
    """
    calendar = calendar_of(session)
    council = _council(session, file)
    departments = _departments(session, file)
    queues = _queues(session, file, departments.ids)
    inboxes = _inboxes(session, file, queues.ids)
    agents = [*_agents(session, file, queues.ids), *apply_phones(session, file)]
    types = [*apply_types(session, file.types), *apply_templates(session, file.templates)]
    rules = _rules(session, file)
    changes = [*council, *departments.changes, *queues.changes, *inboxes, *agents, *types, *rules]
    if changes:
        session.get_one(Council, 1).revision += 1
        wake(session, "council")
    if calendar not in (None, calendar_of(session)):
        date_all_anew(session, utcnow())
    return changes


class _Applied:
    """The rows of one kind after the file: ids by slug, and what changed."""

    def __init__(self, rows: Mapping[str, Any], changes: list[str]) -> None:
        self.ids: dict[str, int] = {slug: row.id for slug, row in rows.items()}
        self.changes = changes


# --- one row --------------------------------------------------------------------------------------------------


def _change(row: Any, label: str, wanted: Mapping[str, Any], shown: Mapping[str, str] | None = None) -> list[str]:
    """Sets what differs. `shown`: words in place of values, such as a slug for an id, as "before → after"."""
    changes = []
    for name, value in wanted.items():
        before = getattr(row, name)
        if before == value:
            continue
        setattr(row, name, value)
        changes.append(f"{label}: {(shown or {}).get(name) or _difference(name, before, value)}")
    return changes


def _difference(name: str, before: Any, after: Any) -> str:
    if name == "active":
        return "enabled" if after else "disabled"
    if name == "acknowledgements":
        return "acknowledgement changed" if before and after else f"acknowledgement {'on' if after else 'off'}"
    if name == "config":
        changed = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
        return f"config changed: {', '.join(changed)}"
    if before and after and _are_tables(after):
        return f"{name.replace('_', ' ')} changed"
    return f"{name.replace('_', ' ')} {_words(before)} → {_words(after)}"


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _words(value: Any) -> str:
    if _are_tables(value):
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items()) or "always"
    if isinstance(value, list | tuple):
        return ", ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value if value not in ("", None) else "none")


def _add(session: Session, row: Any, label: str) -> list[str]:
    session.add(row)
    session.flush()
    return [f"{label}: added"]


def _disable(row: Any, label: str, detail: str = "") -> list[str]:
    if not row.active:
        return []
    row.active = False
    return [f"{label}: disabled{detail}"]


# --- the kinds ------------------------------------------------------------------------------------------------


def _council(session: Session, file: CouncilFile) -> list[str]:
    """Its row is locked, so that two who apply at once come one after the other."""
    wanted = file.council.model_dump() | {"languages": list(file.council.languages), **time_of(file)}
    wanted["sees_restricted"] = [role.value for role in file.council.sees_restricted]
    row = session.get(Council, 1, with_for_update=True)
    if row is None:
        return _add(session, Council(id=1, **wanted), f"council {file.council.name}")
    return _change(row, "council", wanted)


def _departments(session: Session, file: CouncilFile) -> _Applied:
    rows = {row.slug: row for row in session.exec(select(Department).order_by(col(Department.id)))}
    named = {table.slug for table in file.departments}
    changes: list[str] = []
    for table in file.departments:
        label = f"department {table.slug}"
        if table.slug not in rows:
            rows[table.slug] = Department(**table.model_dump())
            changes += _add(session, rows[table.slug], label)
        else:
            changes += _change(rows[table.slug], label, {"active": True, "name": table.name})
    for slug in sorted(rows.keys() - named):
        changes += _disable(rows[slug], f"department {slug}")
    return _Applied(rows, changes)


def _queues(session: Session, file: CouncilFile, department_ids: Mapping[str, int]) -> _Applied:
    rows = {row.slug: row for row in session.exec(select(Queue).order_by(col(Queue.id)))}
    gone = [row for slug, row in rows.items() if row.active and slug not in {table.slug for table in file.queues}]
    _refuse_open(session, gone)
    departments = {row_id: slug for slug, row_id in department_ids.items()}
    changes: list[str] = []
    for table in file.queues:
        label = f"queue {table.slug}"
        wanted = _queue_row(table, department_ids)
        row = rows.get(table.slug)
        if row is None:
            rows[table.slug] = Queue(slug=table.slug, **wanted)
            changes += _add(session, rows[table.slug], label)
        else:
            moved = f"department {departments[row.department_id]} → {table.department}"
            changes += _change(row, label, wanted, {"department_id": moved})
    for row in gone:
        changes += _disable(row, f"queue {row.slug}")
    return _Applied(rows, changes)


def _queue_row(table: QueueTable, department_ids: Mapping[str, int]) -> dict[str, Any]:
    return {
        "active": True,
        "name": table.name,
        "department_id": department_ids[table.department],
        "first_response": table.first_response,
        "resolution": table.resolution,
        "hours": table.hours,
        "record_calls": table.record_calls,
        "forget_after": table.forget_after,
        **work_of(table),
    }


def _refuse_open(session: Session, queues: Iterable[Queue]) -> None:
    ids = [queue.id for queue in queues]
    found = session.exec(
        select(Queue.slug, func.count())
        .join(Case, col(Case.queue_id) == col(Queue.id))
        .where(col(Queue.id).in_(ids), col(Case.status).in_(_OPEN))
        .group_by(col(Queue.slug))
        .order_by(col(Queue.slug))
    ).all()
    if found:
        full = ", ".join(f"queue {slug} has {count} open case{'' if count == 1 else 's'}" for slug, count in found)
        raise Invalid(f"A queue with open cases can't be disabled: {full}. Transfer or resolve them first.")


def _inboxes(session: Session, file: CouncilFile, queue_ids: Mapping[str, int]) -> list[str]:
    rows = {(row.channel, row.name): row for row in session.exec(select(Inbox).order_by(col(Inbox.id)))}
    addresses = _free_addresses(session, rows, file)
    queues = {row_id: slug for slug, row_id in queue_ids.items()}
    changes: list[str] = []
    for table in file.inboxes:
        label = f"inbox {table.channel}/{table.name}"
        wanted = _inbox_row(table, queue_ids)
        row = rows.get((table.channel, table.name))
        if row is None:
            wanted["config"] = _with_unchanged(label, table.config, {})
            changes += _add(session, Inbox(channel=table.channel, name=table.name, **wanted), label)
            continue
        wanted["config"] = _with_unchanged(label, table.config, row.config)
        shown = {"queue_id": f"queue {queues[row.queue_id]} → {table.queue}"}
        row.address = addresses[(row.channel, row.name)]
        changes += _change(row, label, wanted, shown)
    named = {(table.channel, table.name) for table in file.inboxes}
    for key in sorted(rows.keys() - named):
        changes += _disable(rows[key], f"inbox {'/'.join(key)}")
    return changes


def _inbox_row(table: InboxTable, queue_ids: Mapping[str, int]) -> dict[str, Any]:
    return {
        "active": True,
        "address": table.address,
        "queue_id": queue_ids[table.queue],
        "rate": table.rate,
        "continuity_days": table.continuity,
        "acknowledgements": table.acknowledge,
        "acknowledge_daily": table.acknowledge_daily,
        "config": table.config,
        "quiet": table.quiet,
        "failover": table.failover,
        "failover_minutes": table.failover_after,
    }


def _with_unchanged(label: str, written: dict[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """Secrets that `hub export` left out are those that the hub has. Raises Invalid where it has none."""
    missing = [key for key, value in written.items() if value == UNCHANGED and key not in there]
    if missing:
        raise Invalid(
            f'The hub has no {" and no ".join(missing)} of {label} that could stay "{UNCHANGED}": write "env:NAME".'
        )
    return {key: there[key] if value == UNCHANGED else value for key, value in written.items()}


def _free_addresses(
    session: Session, rows: Mapping[tuple[str, str], Inbox], file: CouncilFile
) -> dict[tuple[str, str], str | None]:
    """Takes addresses from the inboxes that lose them to another, before any gets a new one: they are unique.

    Returns all addresses as they were. An inbox that is disabled keeps its own unless another one claims it.
    """
    before = {key: row.address for key, row in rows.items()}
    claimed = {(table.channel, table.address): table.name for table in file.inboxes if table.address}
    for (channel, name), row in rows.items():
        if claimed.get((channel, row.address or ""), name) != name:
            row.address = None
    session.flush()
    return before


def _agents(session: Session, file: CouncilFile, queue_ids: Mapping[str, int]) -> list[str]:
    rows = {row.email: row for row in session.exec(select(Agent).order_by(col(Agent.id)))}
    changes: list[str] = []
    for table in file.agents:
        label = f"agent {table.email}"
        row = rows.get(table.email)
        if row is None:
            row = Agent(email=table.email, name=table.name, role=table.role, **talents_of(table))
            changes += _add(session, row, label)
            _set_queues(session, row, table, queue_ids)
            continue
        wanted = {"active": True, "name": table.name, "role": table.role, **talents_of(table)}
        changes += _change(row, label, wanted)
        changes += [f"{label}: {moved}" for moved in _set_queues(session, row, table, queue_ids)]
    for email in sorted(rows.keys() - {table.email for table in file.agents}):
        changes += _disable(rows[email], f"agent {email}", _held(session, rows[email]))
    return changes


def _set_queues(session: Session, row: Agent, table: AgentTable, queue_ids: Mapping[str, int]) -> list[str]:
    """Makes the memberships what the file says."""
    found = session.exec(select(Membership).where(Membership.agent_id == row.id))
    memberships = {membership.queue_id: membership for membership in found}
    wanted = {queue_ids[slug]: slug for slug in table.queues}
    slugs = {row_id: slug for slug, row_id in queue_ids.items()}
    assert row.id is not None
    for queue_id in wanted.keys() - memberships.keys():
        session.add(Membership(agent_id=row.id, queue_id=queue_id))
    for queue_id in memberships.keys() - wanted.keys():
        session.delete(memberships[queue_id])
    joined = sorted(slugs[queue_id] for queue_id in wanted.keys() - memberships.keys())
    left = sorted(slugs[queue_id] for queue_id in memberships.keys() - wanted.keys())
    return [f"joins {', '.join(joined)}"] * bool(joined) + [f"leaves {', '.join(left)}"] * bool(left)


def _held(session: Session, agent: Agent) -> str:
    """Said of who leaves with work in hand: somebody must take it over."""
    held = select(func.count()).where(col(Case.agent_id) == agent.id, col(Case.status).in_(_OPEN))
    count = session.exec(held.select_from(Case)).one()
    return f"; still holds {count} open case{'' if count == 1 else 's'}" if count else ""


def _rules(session: Session, file: CouncilFile) -> list[str]:
    """A new version only when the rules differ: every version that was in force is kept."""
    latest = session.exec(select(RuleSet).order_by(col(RuleSet.version).desc()).limit(1)).first()
    rules, beside = list(file.rules), dict(file.beside)
    if latest is None and not rules and not beside:
        return []
    if latest is not None and (latest.rules, latest.beside) == (rules, beside):
        return []
    added = RuleSet(rules=rules, beside=beside)
    session.add(added)
    session.flush()
    return [f"rules: version {added.version} ({len(rules)} rule{'' if len(rules) == 1 else 's'})"]
