"""What a citizen texted: from a signed webhook, or from the provider's list of what it took in meanwhile."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from channels.contract import Event, InboundMessage, Inbox, RemoteFile
from channels.numbers import telephone
from channels.sms.keywords import keyword
from channels.twilio_media import named
from channels.twilio_webhook import Webhook

UNREADABLE_CHARACTERS = "Some characters weren't valid UTF-8 and are shown as �."


def texted(webhook: Webhook) -> Event:
    """The message of this webhook. A request without a MessageSid or a From is kept as Unreadable."""
    form = webhook.form
    missing = [name for name in ("MessageSid", "From") if not form.get(name, "").strip()]
    if missing:
        said_something = bool(form.get("Body") or form.get("MediaUrl0"))
        return webhook.unreadable(f"a text without {' and '.join(missing)}", from_citizen=said_something)
    problems = webhook.problems + ((UNREADABLE_CHARACTERS,) if "�" in form.get("Body", "") else ())
    return received(
        webhook.inbox,
        external_id=form["MessageSid"].strip(),
        sender=form["From"],
        text=form.get("Body", ""),
        opt_out_type=form.get("OptOutType", ""),
        remote_files=tuple(_media(form)),
        problems=problems,
        raw=webhook.raw if problems else None,
    )


def received(
    inbox: Inbox,
    *,
    external_id: str,
    sender: str,
    text: str,
    opt_out_type: str = "",
    at: datetime | None = None,
    remote_files: tuple[RemoteFile, ...] = (),
    problems: tuple[str, ...] = (),
    raw: bytes | None = None,
) -> InboundMessage:
    """One text in the hub's words; the same for a webhook and for a listed message, so that the hub sees one."""
    return InboundMessage(
        channel=inbox.channel,
        inbox=inbox.name,
        external_id=external_id,
        sender=telephone(sender, inbox.country),
        text=text,
        at=at,
        keyword=keyword(text, opt_out_type),
        remote_files=remote_files,
        problems=problems,
        raw=raw,
    )


def _media(form: Mapping[str, str]) -> Iterator[RemoteFile]:
    """MediaUrl0, MediaUrl1 … as far as they go: NumMedia says the same, and can be wrong."""
    number = 0
    while url := form.get(f"MediaUrl{number}", "").strip():
        media_type = form.get(f"MediaContentType{number}", "").strip().lower() or "application/octet-stream"
        yield RemoteFile(ref=url, filename=named(url, media_type), media_type=media_type)
        number += 1
