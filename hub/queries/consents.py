"""The consent ledger of a contact's addresses, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from hub.models import Address, Consent, Inbox

_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    uri: str
    given: bool
    purpose: str  # all, or bulk
    channel: str
    inbox: str  # its name, "" = unknown
    source: str  # citizen, provider, agent
    said: str
    at: datetime

    @property
    def is_whatsapp(self) -> bool:
        return self.uri.startswith("whatsapp:")


def consents(session: Session, contact_id: int) -> tuple[ConsentView, ...]:
    found = (
        select(Consent, Inbox.name)
        .outerjoin(Inbox, col(Inbox.id) == col(Consent.inbox_id))
        .where(col(Consent.uri).in_(select(Address.uri).where(Address.contact_id == contact_id)))
        .order_by(col(Consent.id).desc())
        .limit(_MOST)
    )
    return tuple(
        ConsentView(
            uri=row.uri,
            given=row.given,
            purpose=row.purpose,
            channel=row.channel,
            inbox=inbox or "",
            source=row.source,
            said=row.said,
            at=row.at,
        )
        for row, inbox in session.exec(found)
    )


def without_bulk(said: Sequence[ConsentView]) -> frozenset[str]:
    """The addresses whose latest word in this ledger (newest first) was no: to messages sent to many, or to all."""
    latest = {each.uri: each.given for each in reversed(said)}
    return frozenset(uri for uri, given in latest.items() if not given)
