"""Who wants messages that are sent to many, and what the reader of one may know of their own standing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from hub.db.dialects import dialect_of
from hub.errors import NotFound
from hub.models import Message

BULK = "bulk"  # as a message's automatic_why: it goes to many, and answers nobody


@dataclass(frozen=True, slots=True)
class BulkStanding:
    address: str = field(repr=False)
    wanted: bool  # they get messages that are sent to many


def bulk_standing(session: Session, message_id: int) -> BulkStanding:
    """Raises NotFound when it is no such message, or isn't here any more."""
    row = session.get(Message, message_id)
    if row is None or row.automatic_why != BULK:
        raise NotFound("This link isn't good any more. Answer the mail instead: a person reads it.")
    return BulkStanding(row.recipient.partition(":")[2], not closed_to_bulk(session, [row.recipient]))


def closed_to_bulk(session: Session, uris: Sequence[str]) -> set[str]:
    """Those whose latest word, about bulk messages or about all, was no."""
    if not uris:
        return set()
    sql = (
        "SELECT uri FROM (SELECT uri, given, row_number() OVER (PARTITION BY uri ORDER BY id DESC) AS place "
        "FROM consents WHERE uri IN MANY(:uris)) ranked WHERE place = 1 AND given = FALSE"
    )
    return {row[0] for row in dialect_of(session).run(session, sql, uris=sorted(set(uris)))}
