"""The mailbox that an email inbox looks into: what its `[inbox.config]` may say. The list for people: README.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from channels.contract import Inbox, NotConfigured
from channels.email.imap.position import is_start
from channels.email.network import is_from_environment, is_loopback, is_port

Tls = Literal["none", "starttls", "tls"]
After = Literal["keep", "seen", "move"]

TEXTS = (
    "imap_host",
    "imap_username",
    "imap_password",
    "imap_folder",
    "imap_since",
    "imap_after",
    "imap_move_to",
    "oauth_token_url",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_refresh_token",
    "oauth_scope",
    "authserv_id",
)
KEYS = (*TEXTS, "imap_port", "imap_tls", "imap_poll")
SHORTEST_POLL, LONGEST_POLL = 5, 3600  # seconds

_PORTS: Mapping[str, int] = {"none": 143, "starttls": 143, "tls": 993}


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """Where mail is fetched from, and what becomes of it there."""

    host: str
    port: int
    tls: str
    username: str
    folder: str
    since: str
    after: str
    move_to: str
    poll: float  # seconds between two looks where the server has no IDLE

    @property
    def place(self) -> str:
        """Names the folder in bookmarks: another account, or another folder, is another place."""
        return f"imap {self.username}@{self.host}/{self.folder}"


def mailbox_settings(inbox: Inbox) -> MailboxSettings:
    """Raises NotConfigured, naming the key."""
    host = inbox.setting("imap_host")
    tls = inbox.setting("imap_tls", "none" if is_loopback(host) else "tls")
    port = inbox.setting("imap_port", str(_PORTS.get(tls, _PORTS["tls"])))
    poll = inbox.setting("imap_poll", "60")
    since, after = inbox.setting("imap_since", "now"), inbox.setting("imap_after", "keep")
    used = {"imap_tls": tls, "imap_port": port, "imap_since": since, "imap_after": after}
    for problem in _about_values({**used, "imap_poll": int(poll) if poll.isdecimal() else poll}):
        raise NotConfigured(f"inbox email/{inbox.name}: {problem}")
    return MailboxSettings(
        host=host,
        port=int(port),
        tls=tls,
        username=inbox.setting("imap_username"),
        folder=inbox.setting("imap_folder", "INBOX"),
        since=since,
        after=after,
        move_to=inbox.setting("imap_move_to", ""),
        poll=float(poll),
    )


def mailbox_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """One sentence a fault, the key first; their being texts is checked elsewhere."""
    yield from _about_values({key: value for key, value in config.items() if not is_from_environment(value)})
    if ("imap_move_to" in config) != (config.get("imap_after") == "move"):
        yield 'imap_move_to: goes together with imap_after = "move"'
    yield from _about_signing_in(config)


def _about_values(written: Mapping[str, Any]) -> Iterator[str]:
    if "imap_port" in written and not is_port(written["imap_port"]):
        yield "imap_port: must be a whole number from 1 to 65535"
    for key, allowed in (("imap_tls", get_args(Tls)), ("imap_after", get_args(After))):
        if key in written and written[key] not in allowed:
            yield f"{key}: must be {', '.join(allowed[:-1])} or {allowed[-1]}"
    if not is_start(str(written.get("imap_since", "now"))):
        yield 'imap_since: must be "now", "all", or a number of days such as "7d"'
    poll = written.get("imap_poll", SHORTEST_POLL)
    if isinstance(poll, bool) or not isinstance(poll, int) or not SHORTEST_POLL <= poll <= LONGEST_POLL:
        yield f"imap_poll: must be a whole number of seconds from {SHORTEST_POLL} to {LONGEST_POLL}"


def _about_signing_in(config: Mapping[str, Any]) -> Iterator[str]:
    imap = sorted(key for key in config if key.startswith("imap_") and key != "imap_host")
    oauth = [key for key in ("oauth_token_url", "oauth_client_id", "oauth_client_secret") if key in config]
    if "imap_host" not in config:
        if imap:
            yield f"{imap[0]}: goes together with imap_host"
        return
    if "imap_username" not in config:
        yield "imap_username: is missing"
    if oauth and len(oauth) < 3:
        yield f"{oauth[0]}: goes together with oauth_token_url, oauth_client_id and oauth_client_secret"
    if ("imap_password" in config) == bool(oauth):
        yield "imap_password: give either this or oauth_token_url, oauth_client_id and oauth_client_secret"
