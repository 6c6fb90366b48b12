"""The hub as a channel sees it, for tests: it remembers what it was given, and can be away."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.calling import CallDesk
from channels.contract import Address, CaseStatus, Event, Inbox, Receipt, Unavailable, Utterance
from channels.waiting import MailDoors

PUBLIC_URL = "https://hub.anytown.example"


def inbox_of(channel: str, name: str, address: str, *, id: int = 1, **config: Any) -> Inbox:  # noqa: A002
    return Inbox(
        id=id,
        channel=channel,
        name=name,
        address=address,
        queue="triage",
        public_url=PUBLIC_URL,
        council="Anytown Council",
        country="GB",
        config=config,
    )


@dataclass
class FakeDesk:
    """`tokens`: the tags of local+tag@domain that the hub signed. `away`: nothing can be committed. `broken`: a bug."""

    all_inboxes: list[Inbox]
    tokens: frozenset[str] = frozenset()
    away: bool = False
    broken: bool = False
    public_url: str = PUBLIC_URL
    mail_doors: MailDoors = field(default_factory=lambda: MailDoors(smtp=("127.0.0.1", 0)))
    max_mail_bytes: int = 1_000_000
    cases: Mapping[str, CaseStatus] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    batches: int = 0
    bookmarks: dict[tuple[int, str], Mapping[str, Any]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)  # as reported, "" = well
    secrets: dict[tuple[int, str], str] = field(default_factory=dict)  # that were kept
    watched_elsewhere: bool = False  # another process looks after the inboxes

    async def receive(self, events: Sequence[Event]) -> list[Receipt]:
        if self.away:
            raise Unavailable("the database is away")
        if self.broken:
            raise RuntimeError("a defect, with jane@citizen.example in its text")
        self.events.extend(events)
        self.batches += 1
        return [Receipt(reference="48210937", message_id=len(self.events)) for _ in events]

    def inbox(self, channel: str, name: str) -> Inbox | None:
        return next((each for each in self.all_inboxes if (each.channel, each.name) == (channel, name)), None)

    def inbox_for(self, channel: str, address: str) -> Inbox | None:
        local, _, domain = address.lower().rpartition("@")
        plain, plus, tag = local.partition("+")
        if plus and tag not in self.tokens:
            return None
        wanted = f"{plain}@{domain}" if domain else address
        return next((each for each in self.all_inboxes if (each.channel, each.address) == (channel, wanted)), None)

    def inboxes(self, channel: str) -> Sequence[Inbox]:
        return [each for each in self.all_inboxes if each.channel == channel]

    async def watch(self, inbox: Inbox, seconds: float) -> bool:
        return not self.watched_elsewhere

    async def unwatch(self, inbox: Inbox) -> None:
        return None

    async def report(self, inbox: Inbox, trouble: str) -> None:
        self.troubles.append(trouble)

    async def bookmark(self, inbox: Inbox, place: str) -> Mapping[str, Any]:
        return self.bookmarks.get((inbox.id, place), {})

    async def kept_secret(self, inbox: Inbox, key: str) -> str:
        return self.secrets.get((inbox.id, key)) or inbox.setting(key, "")

    async def keep_secret(self, inbox: Inbox, key: str, value: str) -> None:
        if self.away:
            raise Unavailable("the database is away")
        self.secrets[inbox.id, key] = value

    async def set_bookmark(self, inbox: Inbox, place: str, position: Mapping[str, Any]) -> None:
        self.bookmarks[inbox.id, place] = position

    async def case_status(self, reference: str, address: Address) -> CaseStatus | None:
        return self.cases.get(reference)

    async def is_open(self, queue: str) -> bool:
        return True

    async def waiting(self, queue: str) -> int:
        return 0

    @property
    def calls(self) -> CallDesk:
        raise NotImplementedError("this channel carries no calls")

    async def follow(self, address: Address, after: int) -> AsyncIterator[Utterance]:
        nothing: tuple[Utterance, ...] = ()
        for utterance in nothing:
            yield utterance
