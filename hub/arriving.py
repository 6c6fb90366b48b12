"""What is done to a message before its transaction: made storable, its files put on disk. No database here."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from channels.contract import Address, Event, InboundMessage, Unreadable
from hub import files
from hub.actions._arrivals import StoredFile

_TEXTS = ("text", "subject", "html", "sender_name", "message_id", "external_id", "automatic")


def as_message(event: Event) -> InboundMessage | None:
    """A message, also of what a citizen wrote and nobody could read: that becomes a case which says so."""
    if isinstance(event, InboundMessage):
        return event
    if not isinstance(event, Unreadable) or not event.from_citizen:
        return None
    return InboundMessage(
        channel=event.channel,
        inbox=event.inbox,
        external_id=hashlib.sha256(event.raw).hexdigest(),
        sender=None,
        subject="A message that couldn't be read",
        text=f"Something arrived that couldn't be read: {event.why} The original is attached.",
        automatic="unreadable",
        problems=(event.why,),
        raw=event.raw,
    )


def storable(message: InboundMessage) -> InboundMessage:
    """Without what no database takes: NUL characters and lone surrogates are shown instead, and noted."""
    changed: dict[str, Any] = {}
    for name in _TEXTS:
        text = getattr(message, name)
        if text and (clean := _printable(text)) != text:
            changed[name] = clean
    if message.sender and (value := _printable(message.sender.value)) != message.sender.value:
        changed["sender"] = Address(message.sender.scheme, value)
    if any(_printable(named) != named for named in message.references):
        changed["references"] = tuple(map(_printable, message.references))
    if not changed:
        return message
    note = "It held characters that can't be shown; they are marked."
    return replace(message, **changed, problems=(*message.problems, note))


def _printable(text: str) -> str:
    if "\x00" in text:
        text = text.replace("\x00", "␀")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def store_files(folder: Path, message: InboundMessage) -> tuple[StoredFile, ...]:
    """The message's files and, when it is there, its original."""
    stored = [
        StoredFile(
            filename=_printable(file.filename),
            media_type=_printable(file.media_type),
            size=len(file.content),
            sha256=files.store(folder, file.content),
            content_id=_printable(file.content_id),
            disposition=file.disposition,
        )
        for file in message.files
    ]
    if message.raw is not None:
        stored.append(
            StoredFile(
                filename="original.eml" if message.channel == "email" else "original.txt",
                media_type="message/rfc822" if message.channel == "email" else "text/plain",
                size=len(message.raw),
                sha256=files.store(folder, message.raw),
                disposition="raw",
            )
        )
    return tuple(stored)
