"""What an email inbox's `[inbox.config]` may hold, and how it is read. The list for people is in README.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from channels.contract import FileLimits, Inbox, NotConfigured, Quoting
from channels.email.imap.settings import KEYS as IMAP_KEYS
from channels.email.imap.settings import TEXTS as IMAP_TEXTS
from channels.email.imap.settings import mailbox_problems
from channels.email.network import is_from_environment, is_loopback, is_port
from channels.email.sending.bulk import unsubscribe_faults
from channels.email.sending.signing import signature_faults

DEFAULT_MEGABYTES = 18  # grows by a third on its way; 25 is what most servers take
MAX_FILES = 50
DEFAULT_QUOTE: Quoting = "last"

Tls = Literal["none", "starttls", "tls"]

_TEXTS = ("smtp_host", "smtp_username", "smtp_password", "token", "from_name")
KEYS = (*_TEXTS, "smtp_port", "smtp_tls", "signature", "unsubscribe", "quote", "attachment_megabytes", *IMAP_KEYS)
SECRETS = ("smtp_password", "token", "imap_password", "oauth_client_secret", "oauth_refresh_token")
_PORTS: Mapping[Tls, int] = {"none": 25, "starttls": 587, "tls": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where an inbox's mail leaves."""

    host: str
    port: int
    tls: Tls
    username: str
    password: str = field(repr=False)


def mail_server(inbox: Inbox) -> MailServer:
    """Raises NotConfigured, naming the key."""
    host = inbox.setting("smtp_host")
    tls = _tls(inbox.setting("smtp_tls", ""), host, inbox)
    port = inbox.setting("smtp_port", str(_PORTS[tls]))
    if not is_port(port):
        raise NotConfigured(f"inbox email/{inbox.name}: smtp_port must be a number from 1 to 65535")
    return MailServer(host, int(port), tls, inbox.setting("smtp_username", ""), inbox.setting("smtp_password", ""))


def problems_of(config: Mapping[str, Any]) -> Sequence[str]:
    """One sentence a fault, the key first."""
    faults = [
        f"{key}: an email inbox has no such setting; it has {', '.join(KEYS)}" for key in config if key not in KEYS
    ]
    faults += [f"{key}: must be a text" for key in (*_TEXTS, *IMAP_TEXTS) if not isinstance(config.get(key, ""), str)]
    if "smtp_port" in config and not is_port(config["smtp_port"]) and not is_from_environment(config["smtp_port"]):
        faults.append("smtp_port: must be a whole number from 1 to 65535")
    if "smtp_tls" in config and config["smtp_tls"] not in get_args(Tls) and not is_from_environment(config["smtp_tls"]):
        faults.append("smtp_tls: must be none, starttls or tls")
    if ("smtp_username" in config) != ("smtp_password" in config):
        faults.append("smtp_username: goes together with smtp_password")
    if config.get("quote", DEFAULT_QUOTE) not in get_args(Quoting):
        faults.append("quote: must be none, last or whole")
    faults += signature_faults(config.get("signature", ""))
    faults += unsubscribe_faults(config.get("unsubscribe", ""))
    if not _is_size(config.get("attachment_megabytes", DEFAULT_MEGABYTES)):
        faults.append("attachment_megabytes: must be a whole number from 0 to 100")
    return [*faults, *mailbox_problems(config)]


def file_limits(inbox: Inbox) -> FileLimits | None:
    """What a mail from this inbox may carry; 0 megabytes: nothing."""
    megabytes = inbox.config.get("attachment_megabytes", DEFAULT_MEGABYTES)
    size = (megabytes if _is_size(megabytes) else DEFAULT_MEGABYTES) * 1_000_000
    return FileLimits(count=MAX_FILES, bytes_each=size, bytes_together=size) if size else None


def quoting(inbox: Inbox) -> Quoting:
    """How much of what was said before an answer from this inbox may repeat below."""
    written: Quoting = inbox.config.get("quote", DEFAULT_QUOTE)
    return written if written in get_args(Quoting) else DEFAULT_QUOTE


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100


def _tls(written: str, host: str, inbox: Inbox) -> Tls:
    if not written:
        return "none" if is_loopback(host) else "starttls"
    for known in get_args(Tls):
        if written == known:
            return known  # type: ignore[no-any-return]  # get_args isn't typed
    raise NotConfigured(f"inbox email/{inbox.name}: smtp_tls must be none, starttls or tls")
