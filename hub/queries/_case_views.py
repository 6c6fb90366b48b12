"""Rows of cases and contacts as frozen views, a fixed number of statements for any number of them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from channels.contract import Verification
from hub.models import (
    Address,
    Agent,
    Case,
    CaseStatus,
    CaseType,
    Contact,
    Department,
    Direction,
    Message,
    Queue,
    Textless,
)
from hub.queries.sharing import shared_queues
from hub.queries.time import clocks_of, types_of
from hub.queries.views import AddressView, CaseView, ClockView, ContactView, SharedQueue
from hub.reference import reference_of


def case_views(session: Session, case_ids: Sequence[int]) -> tuple[CaseView, ...]:
    """The cases in the order of their ids as given; an id without a case is left out. Few statements for any number."""
    if not case_ids:
        return ()
    found = (
        select(Case, Queue, Department, Agent)
        .join(Queue, col(Queue.id) == col(Case.queue_id))
        .join(Department, col(Department.id) == col(Queue.department_id))
        .outerjoin(Agent, col(Agent.id) == col(Case.agent_id))
        .where(col(Case.id).in_(case_ids))
    )
    rows = {row[0].id: row for row in session.exec(found)}
    contacts = contact_views(session, {row[0].contact_id for row in rows.values()})
    types = types_of(session, rows)
    clocks = clocks_of(session, types)
    shared = shared_queues(session, rows)
    views = (
        _case_view(*rows[case_id][:4], contacts[rows[case_id][0].contact_id], shared.get(case_id, ()))
        for case_id in case_ids
        if case_id in rows
    )
    return tuple(_typed(view, types[view.id], clocks.get(view.id, ())) if view.id in types else view for view in views)


def _typed(view: CaseView, typed: tuple[CaseType, date], clocks: tuple[ClockView, ...]) -> CaseView:
    case_type, received_on = typed
    return replace(view, type=case_type.slug, type_name=case_type.name, received_on=received_on, clocks=clocks)


def contact_views(session: Session, contact_ids: Collection[int]) -> dict[int, ContactView]:
    """Contacts by id, each with its addresses, oldest first. Two or three statements."""
    addresses: defaultdict[int, list[AddressView]] = defaultdict(list)
    of_them = select(Address, Textless.uri).outerjoin(Textless, col(Textless.uri) == col(Address.uri))
    of_them = of_them.where(col(Address.contact_id).in_(contact_ids)).order_by(col(Address.id))
    for address, textless in session.exec(of_them):
        addresses[address.contact_id].append(_address_view(address, textless is not None))
    for contact_id, claimed in _claimed(session, [each for each in contact_ids if each not in addresses]):
        addresses[contact_id] = addresses[contact_id] or [claimed]
    contacts = session.exec(select(Contact).where(col(Contact.id).in_(contact_ids)))
    return {
        contact.id: ContactView(
            id=contact.id, name=contact.name, language=contact.language, addresses=tuple(addresses[contact.id])
        )
        for contact in contacts
    }


def _claimed(session: Session, contact_ids: Collection[int]) -> Iterator[tuple[int, AddressView]]:
    """The address that a contact without one claimed in a mail, oldest first: somebody else's, or nobody's yet."""
    if not contact_ids:
        return
    found = (
        select(Case.contact_id, Message.sender)
        .join(Message, col(Message.case_id) == col(Case.id))
        .where(col(Case.contact_id).in_(contact_ids), Message.direction == Direction.IN)
        .where(col(Message.sender).startswith("mailto:"))
        .order_by(col(Message.id))
    )
    for contact_id, uri in session.exec(found):
        scheme, _, value = uri.partition(":")
        yield contact_id, AddressView(uri=uri, scheme=scheme, value=value, verification=Verification.CLAIMED.value)


def _address_view(address: Address, no_texts: bool) -> AddressView:
    scheme, _, value = address.uri.partition(":")
    return AddressView(
        uri=address.uri,
        scheme=scheme,
        value=value,
        verification=address.verification.value,
        opted_out=address.opted_out_at is not None,
        unreachable=address.unreachable_at is not None,
        no_texts=no_texts,
    )


def _case_view(
    case: Case,
    queue: Queue,
    department: Department,
    agent: Agent | None,
    contact: ContactView,
    also_in: tuple[SharedQueue, ...],
) -> CaseView:
    return CaseView(
        id=case.id,
        reference=case.reference,
        subject=case.subject,
        status=case.status.value,
        priority=case.priority.value,
        department=department.slug,
        department_name=department.name,
        queue=queue.slug,
        queue_name=queue.name,
        agent=agent.email if agent else "",
        agent_name=agent.name if agent else "",
        channel=case.channel,
        contact=contact,
        tags=tuple(case.tags),
        opened_at=case.opened_at,
        updated_at=case.updated_at,
        due_at=case.due_at,
        resolved_at=case.resolved_at,
        outcome=case.outcome,
        rule=case.rule,
        seq=case.seq,
        follow_up_of=reference_of(case.follow_up_of) if case.follow_up_of is not None else "",
        snoozed_until=case.snoozed_until if case.status is CaseStatus.SNOOZED else None,
        forgotten_at=case.forgotten_at,
        also_in=also_in,
    )
