"""An inbound message on its way into a case, with what the desk found out before the transaction."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from channels.contract import InboundMessage
from hub.directory import InboxEntry
from routing.topics.classifier import Said

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file whose content is safely in the store, or goes into the database with it."""

    filename: str
    media_type: str
    size: int  # bytes
    sha256: str  # hex
    content_id: str = ""
    disposition: str = "attachment"
    held: bool = False  # until a virus scanner has looked at it
    content: bytes | None = field(default=None, repr=False)  # of a small original, which no store has


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    message: InboundMessage
    inbox: InboxEntry
    uri: str = field(repr=False)  # of the sender; "" when withheld
    files: tuple[StoredFile, ...] = ()
    token_case: int | None = None  # the case whose signed reply address it was sent to
    quoted_cases: tuple[int, ...] = ()  # whose references stand in subject or text
    said: Said | None = field(default=None, repr=False)  # by the classifier, when one is in use

    @property
    def key(self) -> tuple[int, str]:
        return self.inbox.id, self.message.external_id

    @property
    def scheme(self) -> str:
        return self.message.sender.scheme if self.message.sender else ""

    @property
    def known_as(self) -> tuple[str, ...]:
        """Message-IDs that may name a message of its case: what it answers, and itself in another inbox."""
        own = (self.message.message_id,) if self.message.message_id else ()
        return (*self.message.references, *own)

    def sent_at(self, now: datetime) -> datetime:
        """When the citizen sent it; a clock that runs ahead, or has gone wild, isn't believed."""
        at = self.message.at
        return now if at is None or at < _EARLIEST else min(at, now)
