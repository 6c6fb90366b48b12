"""What is done to a message before its transaction: made storable, its files put on disk. No database here."""

import base64
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

import orjson

from channels.contract import Event, File, InboundMessage, Unreadable
from hub.actions.intake.arrivals import StoredFile
from hub.characters import all_printable
from hub.files.store import Files

_TEXTS = [each.name for each in fields(InboundMessage) if "str" in str(each.type) and "tuple" not in str(each.type)]
SMALL_ORIGINAL = 100_000  # bytes; up to there a row costs less than a file (docs/decisions)
STORED_AT_ONCE = 8  # files of one message
_texts_of = attrgetter(*_TEXTS)
_LONGEST_ID = 600  # characters; a B-tree of PostgreSQL takes 2,704 bytes


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
        text=f"Something arrived that couldn't be read: {event.why.rstrip('.')}. The original is attached.",
        automatic="unreadable",
        problems=(event.why,),
        raw=event.raw,
    )


def storable(message: InboundMessage) -> InboundMessage:
    """Without what no database takes, and noted: characters that can't be stored are marked, endless ids stand for
    themselves by their hash, and a sender that can be nobody is left out."""
    clean = message if _is_plain(message) else all_printable(message)
    if clean is not message:
        clean = _noting(clean, "It held characters that can't be shown; they are marked.")
        if clean.raw is None and clean.text != message.text:  # no database takes them, a file does
            clean = replace(clean, raw=message.text.encode("utf-8", "surrogatepass"))
    if clean.sender is not None and not 0 < len(clean.sender.value) <= _LONGEST_ID:
        clean = replace(_noting(clean, "Its sender's address can't be one."), sender=None)
    if any(len(each) > _LONGEST_ID for each in (clean.external_id, clean.message_id, *clean.references)):
        clean = replace(
            clean,
            external_id=_bounded(clean.external_id),
            message_id=_bounded(clean.message_id),
            references=tuple(map(_bounded, clean.references)),
        )
    return clean


def _is_plain(message: InboundMessage) -> bool:
    """Most texts are: no character of theirs needs a closer look, which costs more than all else here."""
    if message.files or message.remote_files or message.menu or message.cc or message.problems:
        return False
    sender = message.sender.value if message.sender else ""
    words = "".join([*filter(None, _texts_of(message)), *message.references, sender])
    return "\x00" not in words and (words.isascii() or _is_whole(words))


def _is_whole(words: str) -> bool:
    """Without lone halves of surrogate pairs."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True


def _noting(message: InboundMessage, problem: str) -> InboundMessage:
    return replace(message, problems=(*message.problems, problem))


def _bounded(external: str) -> str:
    """An index takes no endless keys; the same id gives the same hash, so that threads and duplicates are found."""
    return external if len(external) <= _LONGEST_ID else f"sha256:{hashlib.sha256(external.encode()).hexdigest()}"


def raw_of(event: Event) -> tuple[bytes, str]:
    """What is kept of an event that can't be stored as such, and its media type: the original, else all it says."""
    if isinstance(event, InboundMessage) and event.raw is not None:
        return event.raw, original_of(event.channel)[1]
    said = {each.name: all_printable(getattr(event, each.name)) for each in fields(event)}
    return orjson.dumps(said, default=_in_words), "application/json"


def _in_words(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return list(value) if isinstance(value, tuple) else repr(value)


def original_of(channel: str) -> tuple[str, str]:
    """File name and media type of a message's original."""
    return ("original.eml", "message/rfc822") if channel == "email" else ("original.txt", "text/plain")


def store_files(files: Files, message: InboundMessage, *, held: bool = False) -> tuple[StoredFile, ...]:
    """The message's files and, when it is there, its original; `held` until a virus scanner has looked at them.

    Raises OSError: they are written, but for a small original.
    """
    stored = [
        StoredFile(
            filename=file.filename,
            media_type=file.media_type,
            size=len(file.content),
            sha256=sha256,
            content_id=file.content_id,
            disposition=file.disposition,
            held=held,
        )
        for file, sha256 in zip(message.files, _stored_together(files, message.files), strict=True)
    ]
    if message.raw is not None:
        stored.append(_original(files, message.channel, message.raw, held))
    return tuple(stored)


def _stored_together(files: Files, several: Sequence[File]) -> list[str]:
    """The sha256 of each. Several at a time, since each waits for the disk or the network and not for the processor: a
    mail of 1,000 pictures, one after the other, took ten seconds and more."""
    if len(several) < 2:
        return [files.store(file.content) for file in several]
    with ThreadPoolExecutor(min(STORED_AT_ONCE, len(several))) as threads:
        return list(threads.map(files.store, (file.content for file in several)))


def needs_store(message: InboundMessage) -> bool:
    """Is there anything for the store? Without files, and with a small original, there isn't."""
    return bool(message.files) or len(message.raw or b"") > SMALL_ORIGINAL


def _original(files: Files, channel: str, raw: bytes, held: bool) -> StoredFile:
    filename, media_type = original_of(channel)
    is_small = len(raw) <= SMALL_ORIGINAL
    return StoredFile(
        filename=filename,
        media_type=media_type,
        size=len(raw),
        sha256=hashlib.sha256(raw).hexdigest() if is_small else files.store(raw),
        disposition="raw",
        held=held,
        content=raw if is_small else None,
    )
