"""What a citizen texted through Twilio: from a signed webhook, or from its list of what it took in meanwhile."""

import re
from collections.abc import Iterator, Mapping

from channels.contract import Address, Event, Inbox, RemoteFile
from channels.numbers import telephone
from channels.sms.inbound_text import inbound_text
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
    return inbound_text(
        webhook.inbox,
        external_id=form["MessageSid"].strip(),
        sender=address_of(form["From"], webhook.inbox.country),
        text=text,
        opt_out_type=form.get("OptOutType", ""),
        sender_name=form.get("ProfileName", "").strip(),
        remote_files=files,
        problems=problems,
        raw=webhook.raw if problems else None,
    )


def address_of(sender: str, country: str) -> Address | None:
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
