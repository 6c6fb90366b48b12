"""The desk: what the hub offers to channels (channels.contract.Desk), over actions and queries."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import structlog

from channels import contract
from channels.contract import (
    Address,
    Complaint,
    DeliveryUpdate,
    Event,
    InboundMessage,
    MessageUpdate,
    Receipt,
    Refused,
    Utterance,
    Verification,
)
from channels.email.addresses import comparable
from hub.actions.casework.raising import take_words
from hub.actions.intake.agent_mail import take_agent_mail
from hub.actions.intake.arrivals import Arrival, StoredFile
from hub.actions.intake.complaints import apply_complaint
from hub.actions.intake.receive import Intake
from hub.actions.intake.updates import About, apply_delivery, keep_unreadable
from hub.arriving import as_message, needs_store, raw_of, storable, store_files
from hub.calendars import is_open_at
from hub.characters import all_printable
from hub.db.database import Database
from hub.directory import Directory, InboxEntry
from hub.errors import HubError, Unavailable
from hub.files.store import files_of
from hub.languages import Languages
from hub.live import Live
from hub.models.base import utcnow
from hub.queries.conversation import addresses_of, case_status, utterances, waiting
from hub.queries.directory import load_directory
from hub.queries.topics import whole_text
from hub.reference import quoted_case_ids
from hub.settings import Settings
from hub.signed.reply_token import case_of_token, message_of_bounce
from hub.telephone.calling import CallService
from hub.topics import Topics

_FOLLOW_SECONDS = 15.0  # a follower looks by itself when no hint came

log = structlog.get_logger()


class HubDesk:
    """One a process. `reload()` takes the council's configuration anew."""

    def __init__(self, settings: Settings, db: Database, live: Live, directory: Directory) -> None:
        self._settings = settings
        self._public_url = settings.base_url  # looked at for every webhook
        self._db = db
        self._live = live
        self.files = files_of(settings)
        self._followers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._reloading = asyncio.Lock()
        self._take(directory)
        self.topics = Topics(db)
        self.calls = CallService(db, lambda: self.directory, self.receive, self.is_open)

    @property
    def public_url(self) -> str:
        return self._public_url

    @property
    def max_mail_bytes(self) -> int:
        return self._settings.max_mail_bytes

    async def reload(self) -> None:
        """One after the other, so that what was read later is what stays."""
        async with self._reloading:
            self._take(await self._db.read(load_directory, self.public_url))

    def _take(self, directory: Directory) -> None:
        self.directory = directory
        self.languages = Languages(directory.told_apart)
        self._receive = Intake(directory, self._settings.mail_domain).receive  # one object: the lane fuses by it

    # --- configuration --------------------------------------------------------------------------------------

    def inbox(self, channel: str, name: str) -> contract.Inbox | None:
        entry = self.directory.inbox_by_name.get((channel, name))
        return entry.port if entry else None

    def inbox_for(self, channel: str, address: str) -> contract.Inbox | None:
        address = comparable(address)
        entry = self.directory.inbox_by_address.get((channel, address))
        if entry is None and "+" in address:
            local, _, domain = address.rpartition("@")
            name, _, token = local.rpartition("+")
            if case_of_token(self._settings.secret, token) is not None:
                entry = self.directory.inbox_by_address.get((channel, f"{name}@{domain}"))
        return entry.port if entry else None

    async def is_open(self, queue: str) -> bool:
        entry = self.directory.queue_by_slug.get(queue)
        return entry is not None and is_open_at(entry.hours, self.directory.local(utcnow()))

    async def waiting(self, queue: str) -> int:
        entry = self.directory.queue_by_slug.get(queue)
        return await self._db.read(waiting, entry.id) if entry else 0

    async def case_status(self, reference: str, address: Address) -> contract.CaseStatus | None:
        return await self._db.read(case_status, reference, str(address))

    # --- in ---------------------------------------------------------------------------------------------------

    async def receive(self, events: Sequence[Event]) -> list[Receipt]:
        """Raises contract.Unavailable when nothing could be stored, Refused 404 for an unknown inbox."""
        try:
            if len(events) == 1 and isinstance(events[0], InboundMessage):
                return await self._store([await self._arrival(events[0])])
            return await self._receive_mixed(events)
        except Unavailable as error:
            raise contract.Unavailable(error.message) from error

    async def _receive_mixed(self, events: Sequence[Event]) -> list[Receipt]:
        places: list[int] = []
        arrivals: list[Arrival] = []
        receipts = [Receipt() for _ in events]
        for place, event in enumerate(events):
            message = as_message(event)
            if message is not None:
                places.append(place)
                arrivals.append(await self._arrival(message))
        if arrivals:
            for place, receipt in zip(places, await self._store(arrivals), strict=True):
                receipts[place] = receipt
        for place, event in enumerate(events):
            if place not in places:
                receipts[place] = await self._update(event)
        return receipts

    async def _store(self, arrivals: list[Arrival]) -> list[Receipt]:
        if any(map(self._agent_of, arrivals)):
            return [await self._store_alone(arrival) for arrival in arrivals]
        return await self._store_together(arrivals)

    async def _store_alone(self, arrival: Arrival) -> Receipt:
        if agent := self._agent_of(arrival):
            taken = await self._db.write(take_agent_mail, arrival, *agent, self._settings.mail_domain)
            if taken is not None:
                return taken
        return (await self._store_together([arrival]))[0]

    def _agent_of(self, arrival: Arrival) -> tuple[int, str] | None:
        """The caseworker from whose address a mail comes; None for one that is certainly forged, or a machine's."""
        said = arrival.message
        if arrival.scheme != "mailto" or said.automatic is not None or said.verification is Verification.CLAIMED:
            return None
        return self.directory.agents.get(said.sender.value) if said.sender else None

    async def _store_together(self, arrivals: list[Arrival]) -> list[Receipt]:
        try:
            receipts = await self._db.write_batched(self._receive, arrivals)
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the message must not be lost
            if len(arrivals) > 1:
                return [receipt for arrival in arrivals for receipt in await self._store_together([arrival])]
            log.error("a message couldn't be stored as such; it is kept raw", error=type(error).__name__)
            return [await self._keep_raw(arrivals[0])]
        for arrival in arrivals:
            self._tell_followers(arrival.uri)
        return receipts

    async def _keep_raw(self, arrival: Arrival) -> Receipt:
        raw, media_type = raw_of(arrival.message)
        why = "It was understood, but couldn't be stored as a message. Tell the people who run the hub."
        return await self._db.write(keep_unreadable, arrival.inbox.id, raw, media_type, why)

    async def _update(self, event: Event) -> Receipt:
        entry = self._entry(event.channel, event.inbox)
        event = all_printable(event)
        if isinstance(event, DeliveryUpdate):
            return await self._db.write(apply_delivery, entry.id, event, self._about(event.bounce_token))
        if isinstance(event, Complaint):
            return await self._db.write(apply_complaint, entry.id, event, self._about(event.bounce_token))
        if isinstance(event, MessageUpdate):
            return await self._db.write(
                take_words, entry.id, event, self.directory, self._public_url, self._settings.mail_domain
            )
        assert isinstance(event, contract.Unreadable)
        log.warning("something authentic couldn't be read; it is kept", channel=event.channel, why=event.why)
        return await self._db.write(keep_unreadable, entry.id, event.raw, event.media_type, event.why)

    def _about(self, token: str) -> About | None:
        case_id = case_of_token(self._settings.secret, token) if token else None
        return About(case_id, message_of_bounce(self._settings.secret, token)) if case_id is not None else None

    async def _arrival(self, message: InboundMessage) -> Arrival:
        entry = self._entry(message.channel, message.inbox)
        message = storable(message)
        is_asked = not message.language and message.automatic is None and message.keyword is None
        if is_asked and (language := await self.languages.of(message.text)):
            message = replace(message, language=language)
        stored: tuple[StoredFile, ...] = ()
        if needs_store(message):
            stored = await self._on_disk(message)
        elif message.raw is not None:
            stored = store_files(self.files, message, held=bool(self._settings.clamd))
        token = message.reply_token
        judged = self.topics.is_in_use and message.automatic is None and message.keyword is None and bool(message.text)
        return Arrival(
            message=message,
            inbox=entry,
            uri=str(message.sender) if message.sender and not message.shared_sender else "",
            files=stored,
            token_case=case_of_token(self._settings.secret, token) if token else None,
            quoted_cases=tuple(quoted_case_ids(f"{message.subject}\n{message.text}")),
            said=await self.topics.about(whole_text(message.subject, message.text)) if judged else None,
        )

    async def _on_disk(self, message: InboundMessage) -> tuple[StoredFile, ...]:
        try:
            return await asyncio.to_thread(store_files, self.files, message, held=bool(self._settings.clamd))
        except OSError as error:
            log.error("a file couldn't be written", error=type(error).__name__, why=error.strerror)
            raise Unavailable("Files can't be stored at present; nothing was stored. Try again in a moment.") from error

    def _entry(self, channel: str, name: str) -> InboxEntry:
        entry = self.directory.inbox_by_name.get((channel, name))
        if entry is None:
            raise Refused(404, f"there is no inbox {channel}/{name}")
        return entry

    # --- out, where a channel follows -------------------------------------------------------------------------

    async def follow(self, address: Address, after: int) -> AsyncIterator[Utterance]:
        uri = str(address)
        woken = asyncio.Event()
        self._followers[uri].add(woken)
        try:
            while True:
                woken.clear()
                try:
                    said = await self._db.read(utterances, uri, after)
                except Unavailable:
                    said = []
                for utterance in said:
                    after = utterance.id
                    yield utterance
                if not said:
                    await _wait(woken, _FOLLOW_SECONDS)
        finally:
            self._followers[uri].discard(woken)
            if not self._followers[uri]:
                del self._followers[uri]

    async def tell_followers(self) -> None:
        """Runs with the process: wakes those who follow a conversation when its case changes."""
        with self._live.subscribe(while_=lambda: bool(self._followers)) as events:
            async for event in events:
                uris = await self._db.read(addresses_of, event.contact_id)
                for uri in uris if event.contact_id else list(self._followers):
                    self._tell_followers(uri)

    def _tell_followers(self, uri: str) -> None:
        for woken in self._followers.get(uri, ()):
            woken.set()


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
