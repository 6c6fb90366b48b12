"""Texts out through Twilio's REST API, and what the provider's own list says about them afterwards.

Source: https://www.twilio.com/docs/messaging/api/message-resource
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import structlog
from twilio.base.exceptions import TwilioException

from channels.contract import DeliveryStatus, InboundMessage, Inbox, OutboundMessage, RemoteFile, SendError, SendResult
from channels.sms.delivery import STATUSES
from channels.sms.inbound import WHATSAPP, address_of
from channels.sms.inbound_text import inbound_text
from channels.twilio_api import reading
from channels.twilio_client import twilio_client
from channels.twilio_media import named
from channels.twilio_webhook import NUL_SHOWN

PAGE_SIZE = 500
MOST_SENT = 1_000  # listed to find one text; the provider has more than these to one number in no few days
MOST_MISSED = 10_000  # texts taken in again after one outage
CLOCKS_DIFFER = timedelta(minutes=2)  # at most, the provider's and ours
PICTURES_LOST = "It came with pictures that the provider no longer has. Ask the citizen for them again."
TRIAL_PREFIX = "Sent from your Twilio trial account - "

log = structlog.get_logger()


async def send_text(message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
    """Hand one text to the provider. Raises SendError."""
    if message.to.scheme not in ("tel", "whatsapp"):
        raise SendError("This isn't a telephone number. Answer on the channel it belongs to.", "failed")
    to, sender = _parties(message, inbox)
    _refuse_files(message, inbox)
    media = {"media_url": [file.link for file in message.files]} if message.files else {}
    record = await twilio_client(inbox, http).messages.create_async(
        to=to,
        from_=sender,
        body=message.text,
        **media,
        status_callback=f"{inbox.public_url}/in/sms/{quote(inbox.name)}/status",
    )
    if not record.sid:
        raise SendError("The text provider took the message without naming it.", "unknown")
    return _result(record)


async def find_text(message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult | None:
    """The provider's record of this text; None when its list is complete and has none.

    Raises SendError `unknown` whenever there is a doubt: no complete list, several such texts, or one whose words
    were removed or whose time lies within the clocks' difference before ours.
    """
    since = message.created_at.astimezone(UTC).replace(microsecond=0)  # the provider keeps no fractions
    try:
        records = [record async for record in _sent(message, since - CLOCKS_DIFFER, inbox, http)]
    except SendError as error:
        raise SendError(str(error), "unknown", code=error.code, retry_after=error.retry_after) from error
    return _the_one(message, since, records)


async def missed_texts(since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> list[InboundMessage]:
    """What citizens texted to this inbox since then, oldest first. Raises SendError."""
    start = since.astimezone(UTC).replace(microsecond=0)
    client = twilio_client(inbox, http)
    addresses = [inbox.address, WHATSAPP + inbox.address] if inbox.config.get("whatsapp") else [inbox.address]
    try:
        records = [record for to in addresses async for record in _inbound(client, to, start)]
        messages = [await _missed(client, record, inbox) for record in sorted(records, key=_time, reverse=True)]
    except SendError as error:
        raise reading(error) from error
    if len(messages) >= MOST_MISSED:
        log.warning("more texts were missed than are taken in again", inbox=inbox.name, taken=len(messages))
    return messages[::-1]


def _refuse_files(message: OutboundMessage, inbox: Inbox) -> None:
    """Raises SendError for pictures that this way doesn't carry."""
    if message.files and message.to.scheme == "tel" and not inbox.config.get("pictures"):
        raise SendError("This number can't send pictures by text. Answer by WhatsApp or mail.", "failed", code="files")
    if len(message.files) > 1 and message.to.scheme == "whatsapp":
        raise SendError("WhatsApp takes one picture a message. Send the others one by one.", "failed", code="files")


def _parties(message: OutboundMessage, inbox: Inbox) -> tuple[str, str]:
    """To and From as the provider writes them: an answer goes back the way the citizen came."""
    mark = WHATSAPP if message.to.scheme == "whatsapp" else ""
    return mark + message.to.value, mark + inbox.address


# --- the provider's list ------------------------------------------------------------------------------------


async def _inbound(client: Any, to: str, start: datetime) -> AsyncIterator[Any]:
    async for record in _listed(client, limit=MOST_MISSED, to=to, date_sent_after=_day(start)):
        if record.direction == "inbound" and _time(record) >= start:
            yield record


async def _listed(client: Any, limit: int, **filters: object) -> AsyncIterator[Any]:
    """Records of the provider's list, newest first, page by page. Raises SendError `unknown` for an odd one."""
    with _making_sense():
        page_size = min(PAGE_SIZE, limit)
        async for record in await client.messages.stream_async(limit=limit, page_size=page_size, **filters):
            yield record


@contextmanager
def _making_sense() -> Iterator[None]:
    """Twilio's client trips over a list of another shape in these ways. Raises SendError `unknown` for them."""
    try:
        yield
    except (TwilioException, AttributeError, KeyError, TypeError) as error:
        raise SendError("The text provider's list made no sense.", "unknown") from error


async def _sent(
    message: OutboundMessage, earliest: datetime, inbox: Inbox, http: httpx.AsyncClient
) -> AsyncIterator[Any]:
    """Our own texts from this inbox to that number since then. Raises SendError when the list may be cut off."""
    to, sender = _parties(message, inbox)
    filters = {"to": to, "from_": sender, "date_sent_after": _day(earliest)}
    seen = 0
    async for record in _listed(twilio_client(inbox, http), limit=MOST_SENT, **filters):
        seen += 1
        if seen >= MOST_SENT:
            raise SendError("The text provider lists too many texts to that number to be sure.", "unknown")
        if record.direction == "outbound-api" and record.to == to and _time(record) >= earliest:
            yield record


def _the_one(message: OutboundMessage, since: datetime, records: list[Any]) -> SendResult | None:
    alike = [record for record in records if _words(record) in (_plain(message.text), "")]
    if not alike:
        return None
    if len(alike) > 1 or not _words(alike[0]) or _time(alike[0]) < since:
        raise SendError("The text provider lists texts like this one: which is it?", "unknown")
    return _result(alike[0])


def _result(record: Any) -> SendResult:
    return SendResult(external_id=record.sid, status=STATUSES.get(record.status, DeliveryStatus.SENT))


def _words(record: Any) -> str:
    return _plain(str(record.body or "").removeprefix(TRIAL_PREFIX))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _time(record: Any) -> datetime:
    """When the provider made the record (UTC). Raises SendError when it doesn't say."""
    at = record.date_created or record.date_sent
    if not isinstance(at, datetime):
        raise SendError("The text provider's list names no times.", "unknown")
    return at


# --- texts that never reached the webhook -------------------------------------------------------------------


async def _missed(client: Any, record: Any, inbox: Inbox) -> InboundMessage:
    pictures, problems = await _pictures_or_problem(client, record)
    text = record.body or ""
    return inbound_text(
        inbox,
        external_id=record.sid,
        sender=address_of(record.from_ or "", inbox.country),
        text=text.replace("\0", "␀"),
        at=_time(record),
        remote_files=pictures,
        problems=(*problems, NUL_SHOWN) if "\0" in text else problems,
    )


async def _pictures_or_problem(client: Any, record: Any) -> tuple[tuple[RemoteFile, ...], tuple[str, ...]]:
    """Pictures that the provider will never list cost the text nothing but a remark. Raises SendError otherwise."""
    if str(record.num_media or "0") == "0":
        return (), ()
    try:
        return tuple([file async for file in _pictures(client, record)]), ()
    except SendError as error:
        if error.outcome != "failed":
            raise
        return (), (PICTURES_LOST,)


async def _pictures(client: Any, record: Any) -> AsyncIterator[RemoteFile]:
    with _making_sense():
        for media in await client.messages(record.sid).media.list_async(limit=20):
            ref = client.api.absolute_url(media.uri.removesuffix(".json"))
            media_type = media.content_type or "application/octet-stream"
            yield RemoteFile(ref=ref, filename=named(ref, media_type), media_type=media_type)
