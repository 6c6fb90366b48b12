"""For comparison: the way most programs store a message, a session and a commit for each."""

import time
from collections.abc import Iterator
from itertools import count

from sqlmodel import Session

from hub.db.engine import writer_engine
from hub.models import Address, Case, CaseEvent, Contact, Direction, Message, MessageStatus, Receipt
from hub.models.base import utcnow
from tests.bench.texts import INBOX_ADDRESS, Text

FIRST_ID = 10**12  # far above what anybody else in this database counts to


def pace(url: str, texts: Iterator[Text], seconds: float) -> float:
    """Texts a second, each of a new number: the fewest rows that a new case has, without an acknowledgement."""
    engine = writer_engine(url)
    ids = count(FIRST_ID)
    written = 0
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        with Session(engine) as session:
            _add(session, next(texts), ids)
            session.commit()
        written += 1
    spent = time.perf_counter() - started
    engine.dispose()
    return written / spent


def _add(session: Session, text: Text, ids: Iterator[int]) -> None:
    now = utcnow()
    contact = Contact(id=next(ids), created_at=now)
    session.add(contact)
    session.flush()
    uri = f"tel:{text.number}:{contact.id}"
    session.add(Address(id=next(ids), uri=uri, contact_id=contact.id, created_at=now))
    case_id, message_id = next(ids), next(ids)
    session.add(
        Case(
            id=case_id,
            reference=str(case_id),
            subject=text.body[:80],
            queue_id=1,
            contact_id=contact.id,
            inbox_id=1,
            channel="sms",
            seq=1,
            opened_at=now,
            updated_at=now,
        )
    )
    session.flush()
    session.add(Receipt(inbox_id=1, external_id=f"{text.external_id}:{case_id}", message_id=message_id, at=now))
    session.add(
        Message(
            id=message_id,
            case_id=case_id,
            inbox_id=1,
            direction=Direction.IN,
            channel="sms",
            sender=uri,
            recipient=INBOX_ADDRESS,
            text=text.body,
            status=MessageStatus.RECEIVED,
            at=now,
        )
    )
    session.add(CaseEvent(id=next(ids), case_id=case_id, seq=1, kind="opened", message_id=message_id, at=now))
