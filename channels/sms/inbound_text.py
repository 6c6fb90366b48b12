"""One text in the hub's words, whoever carried it: orders, and senders whom nobody can answer, are the same for all."""

from datetime import datetime

from channels.contract import Address, InboundMessage, Inbox, RemoteFile
from channels.numbers import is_shared
from channels.sms.keywords import order


def inbound_text(
    inbox: Inbox,
    *,
    external_id: str,
    sender: Address | None,
    text: str,
    opt_out_type: str = "",
    sender_name: str = "",
    at: datetime | None = None,
    remote_files: tuple[RemoteFile, ...] = (),
    problems: tuple[str, ...] = (),
    raw: bytes | None = None,
) -> InboundMessage:
    """The same for a webhook and for a listed message, so that the hub sees one; `sender` None: withheld."""
    ordered = order(text, inbox.config, opt_out_type)
    return InboundMessage(
        channel=inbox.channel,
        inbox=inbox.name,
        external_id=external_id,
        sender=sender,
        shared_sender=sender is not None and is_shared(sender.value),
        sender_name=sender_name,
        text=text,
        at=at,
        keyword=ordered.keyword if ordered else None,
        keyword_answers=ordered.answers if ordered else (),
        keyword_settled=ordered is not None and ordered.settled,
        purpose=ordered.purpose if ordered else "all",
        remote_files=remote_files,
        problems=problems,
        raw=raw,
    )
