"""What a channel may raise, and what the desk may; the port (channels/contract.py) offers them all."""

from typing import Literal

#
#   ChannelError
#   ├── Refused          the caller is told `status` and nothing is stored (403 not authentic, 404 no such inbox)
#   ├── Unavailable      the hub can't store now: HTTP 503, SMTP 451; the provider retries
#   ├── NotConfigured    an inbox lacks a setting, or the environment a variable it names
#   └── SendError        a message did not leave, or nobody knows


class ChannelError(Exception):
    """The root; its text is for people and holds neither secrets nor citizens' data."""


class Refused(ChannelError):
    """The request is answered with `status` and stores nothing."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Unavailable(ChannelError):
    """Nothing can be committed at present. Say so to the provider in its own protocol, so that it retries."""


class NotConfigured(ChannelError):
    """A needed setting is missing; the text names it and says where it belongs."""


AddressFlag = Literal["opted_out", "unreachable", "no_texts"]  # no_texts: such as a landline, which can be called


class SendError(ChannelError):
    """Why a message did not leave.

    outcome: `retry` (certainly not processed: try later), `failed` (never try again), `unknown` (it may have
    gone out: reconcile, never resend blindly).
    flag: what this says about the address, if anything; see AddressFlag.
    retry_after: seconds that the provider asked for, or None.
    alert: an administrator has to do something about the account.
    """

    def __init__(
        self,
        message: str,
        outcome: Literal["retry", "failed", "unknown"],
        *,
        code: str = "",
        flag: AddressFlag | None = None,
        retry_after: float | None = None,
        alert: bool = False,
    ) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.code = code
        self.flag = flag
        self.retry_after = retry_after
        self.alert = alert

    @property
    def retryable(self) -> bool:
        return self.outcome == "retry"
