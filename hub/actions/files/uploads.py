"""Files that agents hand in: they wait for their message, or are dropped after a day. Their content is stored first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from channels.contract import FileLimits
from hub.actions.events import new_ids
from hub.actions.intake.arrivals import StoredFile
from hub.characters import printable
from hub.db.dialects import dialect_of
from hub.errors import Invalid, NotFound
from hub.models import Attachment, AttachmentState, Upload
from hub.models.base import utcnow
from hub.queries.views import Uploaded

MAX_NAME = 200  # characters
_MEGABYTE = 1_000_000


def keep_upload(session: Session, agent_id: int, case_id: int | None, file: StoredFile) -> Uploaded:
    """`case_id`: whose composer it was dropped into; None for a program, which names it in its reply."""
    row = Upload(
        id=new_ids(session, 1)[0],
        agent_id=agent_id,
        case_id=case_id,
        filename=printable(file.filename)[:MAX_NAME] or "attachment",
        media_type=printable(file.media_type)[:MAX_NAME] or "application/octet-stream",
        size=file.size,
        sha256=file.sha256,
    )
    session.add(row)
    session.flush()
    return Uploaded(id=row.id, filename=row.filename, media_type=row.media_type, size=row.size)


def drop_upload(session: Session, agent_id: int, upload_id: int) -> None:
    """Raises NotFound when it isn't the agent's, or has left already."""
    row = session.get(Upload, upload_id)
    if row is None or row.agent_id != agent_id:
        raise NotFound("This file isn't waiting any more.")
    _drop(session, "id = :id", id=upload_id)


def drop_old_uploads(session: Session, before: datetime) -> None:
    """Nobody sent them."""
    _drop(session, "at < :before", before=before)


def _drop(session: Session, condition: str, **values: Any) -> None:
    """Their contents are deleted later, unless they are another message's, too."""
    dropped = f"SELECT DISTINCT sha256, :now FROM uploads WHERE {condition}"  # noqa: S608  # our own words, as below
    noted = f"INSERT INTO dropped_contents(sha256, at) {dropped} ON CONFLICT DO NOTHING"
    dialect_of(session).run(session, noted, now=utcnow(), **values)
    dialect_of(session).run(session, f"DELETE FROM uploads WHERE {condition}", **values)  # noqa: S608


def attach(
    session: Session, agent_id: int, message_id: int, upload_ids: Sequence[int], limits: FileLimits | None
) -> None:
    """The uploads become the message's attachments, under the same ids. Raises Invalid, naming the limits."""
    wanted = list(dict.fromkeys(upload_ids))
    if not wanted:
        return
    found = {row.id: row for row in session.exec(select(Upload).where(col(Upload.id).in_(wanted)))}
    rows = [found[each] for each in wanted if each in found and found[each].agent_id == agent_id]
    if len(rows) < len(wanted):
        raise Invalid("A file is gone.", {"attachments": "Hand it in again: it was removed or sent, or a day passed."})
    if limits is None:
        raise Invalid("This way takes no files.", {"attachments": "Remove them, or answer by mail."})
    _check(rows, limits)
    for row in rows:
        session.add(
            Attachment(
                id=row.id,
                message_id=message_id,
                filename=row.filename,
                media_type=row.media_type,
                size=row.size,
                sha256=row.sha256,
                state=AttachmentState.STORED,
            )
        )
        session.delete(row)
    session.flush()


def give_back(session: Session, agent_id: int, case_id: int, message_id: int) -> None:
    """The attachments of a reply that is undone wait again as uploads of the case."""
    for row in session.exec(select(Attachment).where(Attachment.message_id == message_id)).all():
        upload = _waiting_again(row, row.id, agent_id, case_id)
        session.delete(row)
        session.flush()
        session.add(upload)
    session.flush()


def hand_in_again(session: Session, agent_id: int, case_id: int, message_id: int) -> None:
    """The attachments of a message that stays wait as uploads of the case, too; each once, however often asked."""
    here = set(session.exec(select(Upload.sha256).where(Upload.agent_id == agent_id, Upload.case_id == case_id)))
    attached = select(Attachment).where(
        Attachment.message_id == message_id,
        Attachment.state == AttachmentState.STORED,
        Attachment.disposition != "raw",
    )
    files = [file for file in session.exec(attached.order_by(col(Attachment.id))) if file.sha256 not in here]
    for row_id, file in zip(new_ids(session, len(files)), files, strict=True):
        session.add(_waiting_again(file, row_id, agent_id, case_id))
    session.flush()


def _waiting_again(file: Attachment, row_id: int, agent_id: int, case_id: int) -> Upload:
    return Upload(
        id=row_id,
        agent_id=agent_id,
        case_id=case_id,
        filename=file.filename,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        at=utcnow(),
    )


def in_words(limits: FileLimits) -> str:
    """At most 10 files, 10 MB each, 20 MB together; only GIF, JPEG, PNG. Said once where both sizes are the same."""
    names = sorted(kind.rpartition("/")[2].upper() for kind in limits.media_types)
    kinds = f"; only {', '.join(names)}" if names else ""
    each, together = limits.bytes_each / _MEGABYTE, limits.bytes_together / _MEGABYTE
    sizes = f"{together:g} MB together" if each == together else f"{each:g} MB each, {together:g} MB together"
    return f"At most {limits.count} files, {sizes}{kinds}."


def _check(rows: Sequence[Upload], limits: FileLimits) -> None:
    if len(rows) > limits.count or sum(row.size for row in rows) > limits.bytes_together:
        raise Invalid("These are too many or too large.", {"attachments": in_words(limits)})
    for row in rows:
        if row.size > limits.bytes_each:
            raise Invalid(f"{row.filename} is too large.", {"attachments": in_words(limits)})
        if limits.media_types and row.media_type not in limits.media_types:
            raise Invalid(f"{row.filename} can't be sent this way.", {"attachments": in_words(limits)})
