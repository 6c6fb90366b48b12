"""Telephone calls through Twilio: greeting, one menu, voicemail. Setting it up: README.md.

    POST /in/voice/{inbox}       a call comes in       greeting, then the menu, or at once the voicemail
         …/menu?try=N            a key was pressed     the call is received; voicemail (or the menu again)
         …/voicemail             no key was pressed    the call is received; voicemail
         …/recorded              <Record> ended        thanks, the case's reference, the end
         …/recording             the recording is there, or absent
         …/transcript            a machine's draft of it

No state is kept between these: the provider sends CallSid and From each time, our own URLs carry the rest and are
signed with it. The call is received before <Record> is answered, so that a recording always finds it, and so that a
caller who hangs up then is still seen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response

from channels.contract import Desk, Event, File, Inbox, Route
from channels.twilio_api import check_provider
from channels.twilio_media import fetch_media
from channels.twilio_webhook import Webhook, authentic
from channels.voice import script
from channels.voice.calls import call_sid, called, recorded, recording_reported, transcribed
from channels.voice.spoken import MAX_TRIES, SORRY_NOT_NOW, SORRY_WRONG_KEY, THANKS, Spoken


async def answer_call(request: Request, desk: Desk) -> Response:
    """POST /in/voice/{inbox}."""
    webhook = await authentic(request, desk, "voice")
    if not call_sid(webhook):
        return await _turned_away(webhook, desk, from_citizen=True)
    words = script.script(webhook.inbox)
    spoken = Spoken(webhook.inbox, words, desk)
    spoken.say(words.greeting)
    if not await desk.is_open(webhook.inbox.queue):
        spoken.say(words.closed)
    if words.choices:
        spoken.menu(attempt=1)
        return spoken.response()
    return await _to_voicemail(webhook, desk, spoken)


async def answer_key(request: Request, desk: Desk) -> Response:
    """POST /in/voice/{inbox}/menu?try=N: a wrong key gets the menu again, and after MAX_TRIES the voicemail."""
    webhook = await authentic(request, desk, "voice")
    if not call_sid(webhook):
        return await _turned_away(webhook, desk)
    words = script.script(webhook.inbox)
    spoken = Spoken(webhook.inbox, words, desk)
    choice = words.choices.get(webhook.form.get("Digits", "").strip())
    if choice:
        return await _to_voicemail(webhook, desk, spoken, choice.tags)
    spoken.say(SORRY_WRONG_KEY)
    attempt = _attempt(request)
    if attempt >= MAX_TRIES or not words.choices:
        return await _to_voicemail(webhook, desk, spoken)
    spoken.menu(attempt + 1)
    return spoken.response()


async def answer_silence(request: Request, desk: Desk) -> Response:
    """POST /in/voice/{inbox}/voicemail."""
    webhook = await authentic(request, desk, "voice")
    if not call_sid(webhook):
        return await _turned_away(webhook, desk)
    return await _to_voicemail(webhook, desk, _spoken(webhook, desk))


async def end_call(request: Request, desk: Desk) -> Response:
    """POST /in/voice/{inbox}/recorded."""
    webhook = await authentic(request, desk, "voice")
    if not call_sid(webhook):
        return await _turned_away(webhook, desk)
    [receipt] = await desk.receive([recorded(webhook)])
    spoken = _spoken(webhook, desk)
    spoken.farewell(THANKS, receipt.reference)
    return spoken.response()


async def receive_recording(request: Request, desk: Desk) -> Response:
    """POST /in/voice/{inbox}/recording."""
    return await _noted(recording_reported(await authentic(request, desk, "voice")), desk)


async def receive_transcript(request: Request, desk: Desk) -> Response:
    """POST /in/voice/{inbox}/transcript."""
    return await _noted(transcribed(await authentic(request, desk, "voice")), desk)


async def _to_voicemail(webhook: Webhook, desk: Desk, spoken: Spoken, tags: tuple[str, ...] = ()) -> Response:
    [receipt] = await desk.receive([called(webhook, tags)])
    spoken.voicemail(receipt.reference)
    return spoken.response()


async def _turned_away(webhook: Webhook, desk: Desk, *, from_citizen: bool = False) -> Response:
    """For a request that names no call: kept, and answered in words, since somebody may be listening."""
    await desk.receive([webhook.unreadable("a call without CallSid", from_citizen=from_citizen)])
    spoken = _spoken(webhook, desk)
    spoken.farewell(SORRY_NOT_NOW, reference="")
    return spoken.response()


async def _noted(event: Event | None, desk: Desk) -> Response:
    if event:
        await desk.receive([event])
    return Response(status_code=204)


def _spoken(webhook: Webhook, desk: Desk) -> Spoken:
    return Spoken(webhook.inbox, script.script(webhook.inbox), desk)


def _attempt(request: Request) -> int:
    asked = request.query_params.get("try", "")
    return int(asked) if asked in ("1", "2", "3") else MAX_TRIES


class Voice:
    """Answers and fetches; a caseworker's reply to a call goes out on another channel. See channels/contract.py."""

    name = "voice"
    scheme = "tel"
    routes: Sequence[Route] = (
        Route("POST", "/in/voice/{inbox}", answer_call),
        Route("POST", "/in/voice/{inbox}/menu", answer_key),
        Route("POST", "/in/voice/{inbox}/voicemail", answer_silence),
        Route("POST", "/in/voice/{inbox}/recorded", end_call),
        Route("POST", "/in/voice/{inbox}/recording", receive_recording),
        Route("POST", "/in/voice/{inbox}/transcript", receive_transcript),
    )

    def check(self, config: Mapping[str, Any]) -> Sequence[str]:
        return check_provider(config, also=script.KEYS) + script.check_script(config)

    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
        return await fetch_media(ref, inbox, http)


channel = Voice()
