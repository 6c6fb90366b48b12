"""What a citizen texted through Twilio: from a signed webhook, or from its list of what it took in meanwhile."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from channels.contract import Address, Event, InboundMessage, Inbox, RemoteFile
from channels.numbers import is_shared, telephone
from channels.sms.keywords import order
from channels.twilio_media import is_providers, named
from channels.twilio_webhook import Webhook

UNREADABLE_CHARACTERS = "Some characters weren't valid UTF-8 and are shown as �."
ELSEWHERE = "A picture's address isn't the provider's: it isn't fetched, and stands in the text."
FEWER = "The provider announced more pictures than it named. Ask the citizen for them again."
WHATSAPP = "whatsapp:"
MOST_FILES = 50

_MEDIA = re.compile(r"MediaUrl([0-9]{1,3})")


def texted(webhook: Webhook) -> Event:
    """The message of this webhook. A request without a MessageSid or a From is kept as Unreadable."""
    form = webhook.form
    missing = [name for name in ("MessageSid", "From") if not form.get(name, "").strip()]
    if missing:
        said_something = bool(form.get("Body") or form.get("MediaUrl0"))
        return webhook.unreadable(f"a text without {' and '.join(missing)}", from_citizen=said_something)
    body = form.get("Body", "")
    problems = webhook.problems + ((UNREADABLE_CHARACTERS,) if "�" in body else ())
    files: tuple[RemoteFile, ...] = ()
    text = body if "Latitude" not in form else _with_place(body, form)
    if form.get("NumMedia", "0") != "0" or "MediaUrl0" in form:
        files, strange = _files(form, webhook.inbox)
        problems += (ELSEWHERE,) * bool(strange) + (FEWER,) * _is_short(form, len(files) + len(strange))
        text = "\n".join((text, *strange)).strip() if strange else text
    return received(
        webhook.inbox,
        external_id=form["MessageSid"].strip(),
        sender=form["From"],
        text=text,
        opt_out_type=form.get("OptOutType", ""),
        sender_name=form.get("ProfileName", "").strip(),
        remote_files=files,
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
    sender_name: str = "",
    at: datetime | None = None,
    remote_files: tuple[RemoteFile, ...] = (),
    problems: tuple[str, ...] = (),
    raw: bytes | None = None,
) -> InboundMessage:
    """One text in the hub's words; the same for a webhook and for a listed message, so that the hub sees one."""
    address = _address(sender, inbox.country)
    ordered = order(text, inbox.config, opt_out_type)
    return InboundMessage(
        channel=inbox.channel,
        inbox=inbox.name,
        external_id=external_id,
        sender=address,
        shared_sender=address is not None and is_shared(address.value),
        sender_name=sender_name,
        text=text,
        at=at,
        keyword=ordered.keyword if ordered else None,
        keyword_answers=ordered.answers if ordered else (),
        keyword_settled=ordered is not None and ordered.settled,
        purpose=ordered.purpose if ordered else "all",
        remote_files=remote_files,
        problems=problems,
        raw=raw,
    )


def _address(sender: str, country: str) -> Address | None:
    """WhatsApp's `whatsapp:+447700900123` is an address of its own; the number behind it is read like any other."""
    if not sender.lower().startswith(WHATSAPP):
        return telephone(sender, country)
    number = telephone(sender[len(WHATSAPP) :], country)
    return Address("whatsapp", number.value) if number else None


def _files(form: Mapping[str, str], inbox: Inbox) -> tuple[tuple[RemoteFile, ...], tuple[str, ...]]:
    """The pictures that the provider keeps, and the addresses that aren't the provider's."""
    files: list[RemoteFile] = []
    strange: list[str] = []
    for number, url in _media(form):
        if is_providers(url, inbox):
            media_type = form.get(f"MediaContentType{number}", "").strip().lower() or "application/octet-stream"
            files.append(RemoteFile(ref=url, filename=named(url, media_type), media_type=media_type))
        else:
            strange.append(url)
    return tuple(files), tuple(strange)


def _media(form: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """MediaUrl0, MediaUrl1 … in order, whatever NumMedia says."""
    numbers = sorted(int(found[1]) for name in form if (found := _MEDIA.fullmatch(name)))
    for number in numbers[:MOST_FILES]:
        if url := form.get(f"MediaUrl{number}", "").strip():
            yield number, url


def _is_short(form: Mapping[str, str], found: int) -> bool:
    announced = form.get("NumMedia", "0").strip()
    return announced.isdecimal() and len(announced) < 4 and int(announced) > found


def _with_place(body: str, form: Mapping[str, str]) -> str:
    """WhatsApp sends a place as coordinates beside the words."""
    where = ", ".join(filter(None, (form.get("Label", "").strip(), form.get("Address", "").strip())))
    place = f"Location: {form['Latitude']}, {form.get('Longitude', '')}"
    return "\n".join(filter(None, (body, f"{place} ({where})" if where else place)))
