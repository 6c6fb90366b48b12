"""What goes out with a message beside its words: copies, files, and what was said before. Three statements answer
for a whole claim, and most claims have none of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from channels.contract import Address, Quoted
from hub.actions.sending._history import said_before
from hub.models import Attachment, AttachmentState, Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file to send; its content is in the store under its sha256."""

    id: int
    filename: str
    media_type: str
    sha256: str
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosures:
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    files: tuple[OutgoingFile, ...] = field(default=(), repr=False)


NOTHING = Enclosures()


def enclosures(session: Session, message_ids: Sequence[int]) -> dict[int, Enclosures]:
    """By message id, of those that have any."""
    files = _files(session, message_ids)
    envelopes = {
        row.message_id: row for row in session.exec(select(Envelope).where(col(Envelope.message_id).in_(message_ids)))
    }
    return {
        message_id: _of(session, message_id, envelopes.get(message_id), files.get(message_id, []))
        for message_id in {*files, *envelopes}
    }


def _of(session: Session, message_id: int, envelope: Envelope | None, files: Sequence[OutgoingFile]) -> Enclosures:
    if envelope is None:
        return Enclosures(files=tuple(files))
    return Enclosures(
        cc=tuple(map(Address.parse, envelope.cc)),
        bcc=tuple(map(Address.parse, envelope.bcc)),
        quoted=said_before(session, message_id) if envelope.quotes else (),
        files=tuple(files),
    )


def _files(session: Session, message_ids: Sequence[int]) -> dict[int, list[OutgoingFile]]:
    found: defaultdict[int, list[OutgoingFile]] = defaultdict(list)
    of_them = select(Attachment).where(
        col(Attachment.message_id).in_(message_ids),
        Attachment.state == AttachmentState.STORED,
        Attachment.disposition != "raw",  # the original of an answer that was written elsewhere
    )
    for row in session.exec(of_them.order_by(col(Attachment.id))):
        file = OutgoingFile(
            id=row.id, filename=row.filename, media_type=row.media_type, sha256=row.sha256, size=row.size
        )
        found[row.message_id].append(file)
    return found
