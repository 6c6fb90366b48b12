"""What one running process holds; made by hub.main, found on `request.app.state.hub`."""

from collections import Counter
from dataclasses import dataclass, field

import httpx
from starlette.requests import HTTPConnection

from channels.abilities import CarriesFiles, Quotes
from channels.contract import Channel, FileLimits, Quoting
from channels.costs import CountsParts
from hub.db.database import Database
from hub.directory import Directory
from hub.files.pictures import RemotePictures
from hub.files.store import Files
from hub.listening_desk import HubListeningDesk
from hub.live import Live
from hub.replay.runs import ReplayRuns
from hub.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Hub:
    settings: Settings
    db: Database
    channels: dict[str, Channel]
    desk: HubListeningDesk
    live: Live
    http: httpx.AsyncClient
    pictures: RemotePictures = field(default_factory=RemotePictures)
    replays: ReplayRuns = field(default_factory=ReplayRuns)
    refused: Counter[str] = field(default_factory=Counter)  # webhooks that weren't authentic, by channel

    @property
    def directory(self) -> Directory:
        """The council's configuration as it is now."""
        return self.desk.directory

    @property
    def files(self) -> Files:
        """Where the contents of attachments are."""
        return self.desk.files

    def file_limits(self, inbox_id: int) -> FileLimits | None:
        """Which files an outbound message of this inbox may carry; None: none."""
        entry = self.directory.inboxes.get(inbox_id)
        channel = self.channels.get(entry.channel) if entry else None
        return channel.file_limits(entry.port) if entry and isinstance(channel, CarriesFiles) else None

    def quoting(self, inbox_id: int) -> Quoting:
        """How much of what was said before an answer of this inbox may repeat."""
        entry = self.directory.inboxes.get(inbox_id)
        channel = self.channels.get(entry.channel) if entry else None
        return channel.quoting(entry.port) if entry and isinstance(channel, Quotes) else "none"

    def longest_text(self, inbox_id: int) -> int | None:
        """How many characters a message of this inbox may have; None: as many as any message."""
        entry = self.directory.inboxes.get(inbox_id)
        channel = self.channels.get(entry.channel) if entry else None
        return channel.part_costs(entry.port).longest if entry and isinstance(channel, CountsParts) else None

    @property
    def mail_domain(self) -> str:
        return self.settings.mail_domain


def hub_of(connection: HTTPConnection) -> Hub:
    """The hub that serves this request or socket."""
    hub: Hub = connection.app.state.hub
    return hub
