"""The way back to a citizen: which of their addresses, and through which inbox."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from channels.contract import Verification
from hub.actions.events import new_ids
from hub.errors import Invalid, OptedOut
from hub.models import Address, Case, Inbox, Message

SCHEME_OF = {"sms": "tel", "whatsapp": "whatsapp", "voice": "tel", "email": "mailto", "webchat": "chat"}
_ANSWERED_BY = {"voice": "sms"}  # a call is answered by a text
_CARRIED_BY = {"whatsapp": "sms"}  # the channel whose inboxes send it
_CLOSED = "The citizen has opted out of texts."


@dataclass(frozen=True, slots=True)
class Way:
    inbox: Inbox
    address: Address

    @property
    def is_mail(self) -> bool:
        return self.inbox.channel == "email"


def way_back(session: Session, case: Case, latest: Message | None, channel: str | None, inbox_name: str | None) -> Way:
    """The way that is asked for, else the one that the citizen came by.

    `whatsapp` is a way of the text inboxes. Raises Invalid when there is none, with what to do; OptedOut.
    """
    wanted = channel or _came_by(case, latest)
    wanted = _ANSWERED_BY.get(wanted, wanted)
    if wanted not in SCHEME_OF:
        raise Invalid("There is no such channel.", {"channel": f"One of {', '.join(sorted(SCHEME_OF))}."})
    address = _address(session, case, latest, SCHEME_OF[wanted])
    if address is None:
        raise Invalid(
            f"The citizen can't be reached by {wanted}.",
            {"channel": "No address of theirs is known for it. Choose another channel, or ask for one."},
        )
    if wanted in ("sms", "whatsapp") and address.opted_out_at is not None:
        raise OptedOut(_CLOSED, {"channel": "Answer another way, until they text START."})
    return Way(_inbox(session, case, latest, _CARRIED_BY.get(wanted, wanted), inbox_name), address)


def open_inbox(session: Session, channel: str, name: str | None) -> Inbox:
    """The active inbox of that name, or the channel's first. Raises Invalid."""
    return _offered(session, channel, name)[0]


def _came_by(case: Case, latest: Message | None) -> str:
    if latest is not None and latest.sender.startswith("whatsapp:"):
        return "whatsapp"
    return latest.channel if latest else case.channel


def _address(session: Session, case: Case, latest: Message | None, scheme: str) -> Address | None:
    if latest is not None and latest.sender.startswith(f"{scheme}:"):
        row = session.exec(select(Address).where(Address.uri == latest.sender)).first()
        return _taken(session, case, latest) if row is None and scheme == "mailto" else row
    known = select(Address).where(Address.contact_id == case.contact_id, col(Address.uri).startswith(f"{scheme}:"))
    return session.exec(known.order_by(col(Address.id).desc()).limit(1)).first()


def _taken(session: Session, case: Case, latest: Message) -> Address:
    """The address that a mail only claimed, now that an agent takes it for its sender's."""
    row_id = new_ids(session, 1)[0]
    address = Address(id=row_id, uri=latest.sender, contact_id=case.contact_id, verification=Verification.CLAIMED)
    session.add(address)
    return address


def _inbox(session: Session, case: Case, latest: Message | None, channel: str, name: str | None) -> Inbox:
    """The named one, else that which the citizen used, else the one with the same number, else the first."""
    offered = _offered(session, channel, name)
    used = latest.inbox_id if latest else case.inbox_id
    number = latest.recipient if latest else ""
    return next(
        (i for i in offered if i.id == used),
        next((i for i in offered if number and i.address == number), offered[0]),
    )


def _offered(session: Session, channel: str, name: str | None) -> list[Inbox]:
    found = select(Inbox).where(Inbox.channel == channel, col(Inbox.active)).order_by(col(Inbox.id))
    offered = [inbox for inbox in session.exec(found).all() if name in (None, inbox.name)]
    if not offered:
        raise Invalid(f"No inbox can send by {channel}.", {"inbox": "Add one to the council file, or choose another."})
    return offered
