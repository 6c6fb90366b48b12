"""A mail that came without an envelope: pushed over HTTP, or fetched from a mailbox. Its header says where to."""

from channels.contract import Desk, Event, Inbox
from channels.email.intake import Delivery, event_of, tag_of
from channels.email.understanding.mail import Mail
from channels.email.understanding.parsing import understand

_MOST_ADDRESSES = 100


def event_without_envelope(raw: bytes, inbox: Inbox, desk: Desk, *, as_case: bool = False) -> Event:
    """Never raises for what a mail holds; takes up to two seconds of a thread. `as_case`: see `Delivery`."""
    return as_event(understand(raw), raw, inbox, desk, as_case=as_case)


def as_event(mail: Mail, raw: bytes, inbox: Inbox, desk: Desk, *, as_case: bool = False) -> Event:
    """The same of a mail that has been understood."""

    def is_ours(address: str) -> bool:
        return desk.inbox_for("email", address) is not None

    return event_of(mail, raw, Delivery(inbox, _token(mail, inbox, desk), is_ours, as_case))


def _token(mail: Mail, inbox: Inbox, desk: Desk) -> str | None:
    """The tag of an address that the mail was sent to, when the hub knows it as one that it gave out."""
    written = [*mail.delivered_to, *(mailbox.address for mailbox in (*mail.to, *mail.cc))]
    for address in written[:_MOST_ADDRESSES]:
        tag = tag_of(address, inbox)
        if tag and desk.inbox_for("email", address) is not None:
            return tag
    return None
