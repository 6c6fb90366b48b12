"""One LMTP connection (RFC 2033): SMTP between a mail server and the hub, with an answer for each recipient."""

from channels.email.listening.smtp_session import MailSession


class LmtpSession(MailSession):
    """LHLO in place of HELO and EHLO; a mail that can be stored for one inbox and not for another says so."""

    ident = "LMTP hub"

    async def smtp_LHLO(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        await self.push("500 5.5.1 this is LMTP: send LHLO")

    async def smtp_EHLO(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        await self.push("500 5.5.1 this is LMTP: send LHLO")

    async def _stored(self) -> list[str]:
        return await self._lobby.store_each(self.envelope)

    def _answers_due(self) -> int:
        return len(self.envelope.rcpt_tos)
