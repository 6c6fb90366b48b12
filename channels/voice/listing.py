"""Calls that never reached the webhook, and recordings that were never reported: the provider's lists know them.

Source: https://www.twilio.com/docs/voice/api/call-resource and …/recording
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog

from channels.calling import CallNews, ListedCalls, ListedRecording
from channels.contract import InboundMessage, Inbox, SendError
from channels.numbers import telephone
from channels.twilio_api import reading
from channels.twilio_client import twilio_client
from channels.voice.calls import CALL, lasting, recording_file
from channels.voice.line import OVER
from channels.voice.outbound import in_words

PAGE_SIZE = 500
MOST = 10_000  # calls, and recordings, that are looked at after one outage
NOT_REACHED = "The hub couldn't be reached when this call came. The provider's list told of it later."
_KINDS = {"RecordVerb": "voicemail", "DialVerb": "call"}  # by source; the hub starts no others

log = structlog.get_logger()


async def listed_calls(since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> ListedCalls:
    """Raises SendError."""
    start = since.astimezone(UTC).replace(microsecond=0)
    client = twilio_client(inbox, http)
    try:
        with in_words():
            calls = [call async for call in _calls(client, inbox, start)]
            recordings = await _recordings_or_none(client, inbox, start)
    except SendError as error:
        raise reading(error) from error
    if max(len(calls), len(recordings)) >= MOST:
        log.warning("more calls were listed than are taken in again", inbox=inbox.name, taken=MOST)
    ends = sorted((_end(call, inbox) for call in calls), key=_began)
    return ListedCalls(ends=tuple(ends), recordings=tuple(recordings))


async def _calls(client: Any, inbox: Inbox, start: datetime) -> AsyncIterator[Any]:
    """Calls that came in since then and are over; one that goes on tells of its end by itself."""
    found = await client.calls.stream_async(
        to=inbox.address, start_time_after=_day(start), limit=MOST, page_size=PAGE_SIZE
    )
    async for call in found:
        is_ours = call.direction == "inbound" and str(call.status) in OVER
        if call.sid and is_ours and _moment(call.start_time or call.date_created) >= start:
            yield call


async def _recordings_or_none(client: Any, inbox: Inbox, start: datetime) -> list[ListedRecording]:
    """A list that will never be given, whatever the reason, costs no call."""
    try:
        return [each async for each in _recordings(client, start)]
    except SendError as error:
        if error.outcome != "failed":
            raise
        log.warning("the provider lists no recordings", inbox=inbox.name, code=error.code)
        return []


async def _recordings(client: Any, start: datetime) -> AsyncIterator[ListedRecording]:
    """Of the whole account, since none is listed by number."""
    found = await client.recordings.stream_async(date_created_after=_day(start), limit=MOST, page_size=PAGE_SIZE)
    async for recording in found:
        if str(recording.status) != "completed" or not recording.call_sid or not recording.uri:
            continue
        if _moment(recording.date_created or recording.start_time) < start:
            continue
        kind = _KINDS.get(str(recording.source))
        if kind is not None:
            yield ListedRecording(
                sid=recording.call_sid,
                of_conversation=kind == "call",
                file=recording_file(client.api.absolute_url(recording.uri), recording.sid or "", kind),
                text=lasting(str(recording.duration or "")),
            )


def _end(call: Any, inbox: Inbox) -> CallNews:
    began_at = _moment(call.start_time or call.date_created)
    seconds = str(call.duration or "")
    sender = telephone(str(call._from or ""), inbox.country)  # the library has no other name for it
    message = InboundMessage(
        channel=inbox.channel,
        inbox=inbox.name,
        external_id=call.sid,
        sender=sender,
        text=CALL,
        at=began_at,
        problems=(NOT_REACHED,),
    )
    return CallNews(
        inbox=inbox.name,
        sid=call.sid,
        kind="ended",
        sender=sender,
        message=message,
        seconds=int(seconds) if seconds.isdecimal() else None,
        began_at=began_at,
    )


def _began(news: CallNews) -> datetime:
    assert news.began_at is not None
    return news.began_at


def _day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _moment(at: object) -> datetime:
    """In UTC. Raises SendError when the provider doesn't say."""
    if not isinstance(at, datetime):
        raise SendError("The telephone provider's list names no times.", "unknown")
    return at if at.tzinfo else at.replace(tzinfo=UTC)
