"""What the hub asks of the provider about calls: ring an agent's phone, steer a call, delete a recording.

Source: https://www.twilio.com/docs/voice/api/call-resource and …/recording
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx
from twilio.base.exceptions import TwilioException

from channels.calling import OutboundRing, Steering
from channels.contract import Inbox, SendError, SendResult
from channels.twilio_client import twilio_client
from channels.twilio_media import is_providers

RING_SECONDS = 30
_PHONE_EVENTS = ["ringing", "answered", "completed"]
_DOORS = {"hold": "hold", "retrieve": "back", "send": "send"}
_CURRENT = "Twilio.CURRENT"  # the recording that goes on, whatever its name


async def ring_phone(ring: OutboundRing, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
    """Calls an agent's own phone or browser, showing the council's number. Raises SendError."""
    client = twilio_client(inbox, http)
    with in_words():
        call = await client.calls.create_async(
            to=str(ring.to) if ring.to.scheme == "client" else ring.to.value,
            from_=inbox.address,
            url=_door(inbox, "agent", ring.id),
            method="POST",
            status_callback=_door(inbox, "ring", ring.id),
            status_callback_event=_PHONE_EVENTS,
            status_callback_method="POST",
            timeout=int(inbox.config.get("ring_seconds", RING_SECONDS)),
        )
        return SendResult(external_id=str(call.sid))


async def steer_call(steering: Steering, inbox: Inbox, http: httpx.AsyncClient) -> None:
    """Raises SendError; a call that is over by now is `failed`."""
    client = twilio_client(inbox, http)
    call = client.calls(steering.sid)
    with in_words():
        if steering.what == "pause":
            await call.recordings(_CURRENT).update_async(status="paused", pause_behavior="skip")
        elif steering.what == "resume":
            await call.recordings(_CURRENT).update_async(status="in-progress")
        elif steering.what == "hang_up":
            await call.update_async(status="completed")
        else:
            take = "&take=1" if steering.what == "retrieve" else ""
            door = _door(inbox, _DOORS[steering.what], steering.ring) + take
            await call.update_async(url=door, method="POST")


async def forget_recording(ref: str, inbox: Inbox, http: httpx.AsyncClient) -> None:
    """Deletes the recording behind this URL at the provider; one that is gone already is well. Raises SendError."""
    if not is_providers(ref, inbox):
        raise SendError("The recording isn't at the provider.", "failed")
    sid = httpx.URL(ref).path.rpartition("/")[2].partition(".")[0]
    client = twilio_client(inbox, http)
    try:
        with in_words():
            await client.recordings(sid).delete_async()
    except SendError as error:
        if error.code not in ("404", "20404"):
            raise


def _door(inbox: Inbox, name: str, ring: int) -> str:
    return f"{inbox.public_url}/in/voice/{quote(inbox.name)}/{name}?ring={ring}"


@contextmanager
def in_words() -> Iterator[None]:
    """The transport speaks of texts; here it is about calls. Twilio's client trips over odd answers in its own way."""
    try:
        yield
    except SendError as error:
        words = str(error).replace("text provider", "telephone provider").replace("The message may", "The phone may")
        words = words.replace("have gone out: it isn't sent again until that is known", "be ringing all the same")
        raise SendError(words, error.outcome, code=error.code, retry_after=error.retry_after) from error
    except (TwilioException, AttributeError, KeyError, TypeError) as error:
        raise SendError("The telephone provider's answer made no sense.", "unknown") from error
