"""Fills a database with cases of mails by the hub's own intake, in large groups: all the rows that mails leave.

They all have the same original, since nobody reads it. The acknowledgements count as sent, as they would
be by then.
"""

import asyncio
import gc
import hashlib
from collections.abc import Iterator
from itertools import islice

from sqlalchemy import text as sql
from sqlmodel import Session

from channels.contract import Address, InboundMessage
from hub.actions.intake.arrivals import Arrival, StoredFile
from hub.actions.intake.receive import Intake
from hub.arriving import original_of
from hub.db.database import Database
from hub.directory import Directory
from hub.queries.directory import load_directory
from hub.settings import Settings
from tests.bench.mails import INBOX, Writers

_GROUP = 500  # mails a transaction
_SENT = (
    "INSERT INTO receipts (inbox_id, external_id, message_id, at) SELECT inbox_id, message_id, id, at FROM messages "
    "WHERE status = 'queued'",
    "UPDATE messages SET status = 'sent', external_id = message_id, due_at = NULL, attempts = 1 "
    "WHERE status = 'queued'",
)


def fill(settings: Settings, cases: int) -> None:
    """Until there are so many cases. Nobody else may be writing."""
    asyncio.run(_fill(settings, cases))


async def _fill(settings: Settings, cases: int) -> None:
    gc.disable()
    db = Database(settings.url)
    try:
        directory = await db.read(load_directory, settings.base_url)
        there = await db.read(_count)
        intake = Intake(directory, settings.mail_domain)
        arrivals = _arrivals(directory, there)
        for begin in range(there, cases, _GROUP):
            await db.write_batched(intake.receive, list(islice(arrivals, min(_GROUP, cases - begin))))
            gc.collect(0)
        await db.write(_as_sent)
    finally:
        await db.close()
        gc.enable()


def _arrivals(directory: Directory, there: int) -> Iterator[Arrival]:
    entry = directory.inbox_by_name[("email", INBOX)]
    writers = Writers("", f"before{there}")
    original = next(writers.new(1)).raw
    filename, media_type = original_of("email")
    file = StoredFile(
        filename=filename,
        media_type=media_type,
        size=len(original),
        sha256=hashlib.sha256(original).hexdigest(),
        disposition="raw",
        content=original,
    )
    while True:
        citizen, subject, words = writers.next_words()
        message_id = f"{there}.{citizen.address}"
        said = InboundMessage(
            channel="email",
            inbox=INBOX,
            external_id=message_id,
            sender=Address("mailto", citizen.address),
            sender_name=citizen.name,
            subject=subject,
            text=words,
            message_id=message_id,
        )
        yield Arrival(message=said, inbox=entry, uri=str(said.sender), files=(file,))


def _count(session: Session) -> int:
    return int(session.connection().execute(sql("SELECT count(*) FROM cases")).scalar_one())


def _as_sent(session: Session) -> None:
    for statement in _SENT:
        session.connection().execute(sql(statement))
