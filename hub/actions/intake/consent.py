"""The consent ledger: who may be written to, who said otherwise, when and by which words.

STOP closes a number for all that the hub sends it, by text and by WhatsApp, from every inbox of the council: the
provider and the law ask no less. A council's own word may close it for messages sent to many only (purpose `bulk`).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.intake.arrivals import Arrival
from hub.models import Address, Consent, Message
from hub.models.base import utcnow
from hub.queries.unsubscribing import BULK, closed_to_bulk

REFUSED = "refused"  # the kind of the event: somebody wanted to write to a number that is closed

_ONE_NUMBER = ("tel", "whatsapp")
_LONGEST_SAID = 200  # characters


def same_number(uri: str) -> tuple[str, ...]:
    """The addresses that one number stands behind: its calls and texts, and its WhatsApp."""
    scheme, _, value = uri.partition(":")
    return tuple(f"{each}:{value}" for each in _ONE_NUMBER) if scheme in _ONE_NUMBER else (uri,)


def note_consents(session: Session, said: Iterable[tuple[Arrival, int]], now: datetime) -> None:
    """Writes down what arrivals (with their message ids) say about consent, and opens or closes their numbers."""
    ordered = [each for each in said if each[0].message.keyword in ("stop", "start") and each[0].uri]
    if not ordered:
        return
    for arrival, message_id in ordered:
        keyword, message = arrival.message.keyword, arrival.message
        given = keyword == "start"
        if message.purpose == "all" and not _set_open(session, arrival.uri, given, now):
            continue  # it was so before: YES from somebody who never opted out is an answer
        for uri in same_number(arrival.uri) if message.purpose == "all" else (arrival.uri,):
            row = Consent(
                id=new_ids(session, 1)[0],
                uri=uri,
                given=given,
                purpose=message.purpose,
                channel=arrival.inbox.channel,
                inbox_id=arrival.inbox.id,
                said=message.text[:_LONGEST_SAID],
                message_id=message_id,
                at=now,
            )
            session.add(row)
    session.flush()


def close_by_provider(session: Session, uri: str, message: Message, code: str) -> None:
    """The provider says that this number has opted out: it knows of a STOP that never reached us."""
    now = utcnow()
    if not _set_open(session, uri, False, now):
        return
    for each in same_number(uri):
        row = Consent(
            id=new_ids(session, 1)[0],
            uri=each,
            given=False,
            channel=message.channel,
            inbox_id=message.inbox_id,
            source="provider",
            said=code,
            message_id=message.id,
            at=now,
        )
        session.add(row)
    session.flush()


def close_to_bulk(session: Session, uri: str, message: Message, said: str) -> bool:
    """A provider says that they want no messages sent to many; whether that is news."""
    return note_bulk(session, uri, False, "provider", said, message)


def note_bulk(session: Session, uri: str, given: bool, source: str, said: str, message: Message | None = None) -> bool:
    """Writes down whether they want messages that are sent to many, as citizen, provider or agent says; whether that is
    news. `message`: the one by which they said so."""
    if not uri or (uri not in closed_to_bulk(session, [uri])) is given:
        return False
    row = Consent(
        id=new_ids(session, 1)[0],
        uri=uri,
        given=given,
        purpose=BULK,
        channel=message.channel if message else "",
        inbox_id=message.inbox_id if message else None,
        source=source,
        said=said[:_LONGEST_SAID],
        message_id=message.id if message else None,
        at=utcnow(),
    )
    session.add(row)
    session.flush()
    return True


def note_refusal(session: Session, case_id: int, agent_id: int, why: str) -> int:
    """Puts on the case that somebody wanted to write to a number that is closed; returns the event's seq."""
    case = locked_case(session, case_id)
    return add_event(session, case, REFUSED, agent_id=agent_id, why=why)


def _set_open(session: Session, uri: str, is_open: bool, now: datetime) -> bool:
    """Whether that changed anything."""
    rows = session.exec(select(Address).where(col(Address.uri).in_(same_number(uri))).order_by(col(Address.uri))).all()
    changed = [row for row in rows if (row.opted_out_at is None) != is_open]
    for row in changed:
        row.opted_out_at = None if is_open else now
    return bool(changed)
