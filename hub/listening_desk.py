"""The desk as channels see it that listen or look by themselves (channels.waiting.ListeningDesk)."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from channels import contract
from channels.waiting import MailDoors
from hub.actions.council.watching import hold_watch, keep_secret, release_watch, report_watch, set_bookmark
from hub.desk import HubDesk
from hub.errors import Unavailable
from hub.queries.watching import bookmark, kept_secret
from hub.sealing import fingerprint, seal, unseal

_PROCESS = secrets.token_hex(8)


class HubListeningDesk(HubDesk):
    """One a process."""

    @property
    def mail_doors(self) -> MailDoors:
        settings = self._settings
        return MailDoors(
            smtp=settings.smtp_address,
            lmtp=settings.lmtp_address,
            certificate=settings.smtp_certificate,
            key=settings.smtp_key,
            connections=settings.smtp_connections,
            connections_per_peer=settings.smtp_connections_per_peer,
        )

    def inboxes(self, channel: str) -> Sequence[contract.Inbox]:
        return [entry.port for (name, _), entry in self.directory.inbox_by_name.items() if name == channel]

    async def watch(self, inbox: contract.Inbox, seconds: float) -> bool:
        return bool(await self._committed(hold_watch, inbox.id, _PROCESS, seconds, alone=self._db.is_sqlite))

    async def unwatch(self, inbox: contract.Inbox) -> None:
        await self._committed(release_watch, inbox.id, _PROCESS)

    async def report(self, inbox: contract.Inbox, trouble: str) -> None:
        await self._committed(report_watch, inbox.id, trouble)

    async def bookmark(self, inbox: contract.Inbox, place: str) -> Mapping[str, Any]:
        try:
            return await self._db.read(bookmark, inbox.id, place)
        except Unavailable as error:
            raise contract.Unavailable(error.message) from error

    async def set_bookmark(self, inbox: contract.Inbox, place: str, position: Mapping[str, Any]) -> None:
        await self._committed(set_bookmark, inbox.id, place, position)

    async def kept_secret(self, inbox: contract.Inbox, key: str) -> str:
        secret, configured = self._settings.secret, inbox.setting(key, "")
        try:
            sealed = await self._db.read(kept_secret, inbox.id, key, fingerprint(secret, configured))
        except Unavailable as error:
            raise contract.Unavailable(error.message) from error
        return unseal(secret, sealed) or configured if sealed else configured

    async def keep_secret(self, inbox: contract.Inbox, key: str, value: str) -> None:
        secret = self._settings.secret
        replaces = fingerprint(secret, inbox.setting(key, ""))
        await self._committed(keep_secret, inbox.id, key, seal(secret, value), replaces)

    async def _committed(self, action: Any, *arguments: Any, **more: Any) -> Any:
        try:
            return await self._db.write(action, *arguments, **more)
        except Unavailable as error:
            raise contract.Unavailable(error.message) from error
