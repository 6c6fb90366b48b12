"""Telephone calls through Twilio. Setting it up: docs/channels/voice.md.

    POST /in/voice/{inbox}     a call comes in            greeting, then languages, menu, a person or the voicemail
         …/language            a language was chosen      menus
         …/menu                a key, a word, or silence
         …/reference           a reference was keyed in   how the case stands
         …/voicemail           without a choice           voicemail
         …/recorded            <Record> ended             thanks, the case's reference, the end
         …/waiting, …/line     in line; a key there       position, time, music; called back, or voicemail
         …/left, …/number      out of the line; where to be called back
         …/hold, …/holding, …/send, …/sent                what an agent does with the caller
         …/agent, …/accept, …/meet, …/over, …/back        the agent's own phone that the hub rings
         …/status, …/ring, …/recording, …/transcript      what the provider reports: 204

What is answered follows from the request: the provider sends CallSid and From each time, our own URLs carry the place
in the menu and are signed with it. The hub notes each step under the CallSid, so a repeated step changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from channels.calling import BrowserPass, ListedCalls, OutboundRing, Steering
from channels.contract import File, Inbox, Route, SendResult
from channels.twilio_api import check_provider
from channels.twilio_media import fetch_media
from channels.voice import agents, checking, enquiry, line, menus, softphone, voicemail
from channels.voice.script import TRANSCRIBED_HERE, menu_tags
from channels.voice.turn import HttpHandler, report, turn

_DOORS: Mapping[str, HttpHandler] = {
    "": turn(menus.answer_call, from_citizen=True),
    "/language": turn(menus.answer_language),
    "/menu": turn(menus.answer_key),
    "/reference": turn(enquiry.answer_reference),
    "/voicemail": turn(voicemail.answer_silence),
    "/recorded": turn(voicemail.end_message),
    "/waiting": turn(line.answer_waiting),
    "/line": turn(line.answer_waiting_key),
    "/left": turn(line.leave_line),
    "/number": turn(line.answer_number),
    "/hold": turn(line.hold),
    "/holding": turn(line.hold_music),
    "/send": turn(line.take_on),
    "/sent": turn(line.sent),
    "/agent": turn(agents.answer_agent),
    "/accept": turn(agents.accept),
    "/meet": turn(agents.meet),
    "/over": turn(agents.over),
    "/back": turn(agents.take_back),
    "/status": report(line.call_status),
    "/ring": report(agents.ring_status),
    "/recording": report(voicemail.receive_recording),
    "/transcript": report(voicemail.receive_transcript),
}


class Voice:
    """Answers, fetches, rings; a caseworker's written reply to a call goes out on another channel.

    See channels/contract.py and channels/calling.py.
    """

    name = "voice"
    scheme = "tel"
    secrets = ("auth_token", "softphone_secret")
    routes: Sequence[Route] = tuple(Route("POST", f"/in/voice/{{inbox}}{path}", door) for path, door in _DOORS.items())

    def check(self, config: Mapping[str, Any]) -> Sequence[str]:
        return check_provider(config, also=checking.KEYS) + checking.check_script(config)

    def menu_tags(self, config: Mapping[str, Any]) -> frozenset[str]:
        return menu_tags(config)

    def prepare(self, inbox: Inbox) -> None:
        from channels.voice import listing, outbound  # noqa: F401  # Twilio's library

    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
        return await fetch_media(ref, inbox, http)

    async def ring(self, ring: OutboundRing, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        from channels.voice import outbound

        return await outbound.ring_phone(ring, inbox, http)

    async def steer(self, steering: Steering, inbox: Inbox, http: httpx.AsyncClient) -> None:
        from channels.voice import outbound

        await outbound.steer_call(steering, inbox, http)

    def browser_pass(self, agent: int, inbox: Inbox) -> BrowserPass:
        return softphone.browser_pass(agent, inbox)

    def speaks_with(self, inbox: Inbox) -> Sequence[str]:
        return softphone.speaks_with(inbox)

    async def listed_calls(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> ListedCalls:
        from channels.voice import listing

        return await listing.listed_calls(since, inbox, http)

    def draft_language(self, inbox: Inbox) -> str | None:
        return inbox.setting("language", "") if inbox.config.get("transcribe") == TRANSCRIBED_HERE else None

    def is_forgetful(self, inbox: Inbox) -> bool:
        return bool(inbox.config.get("delete_recordings", False))

    async def forget(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> None:
        from channels.voice import outbound

        await outbound.forget_recording(ref, inbox, http)


channel = Voice()
