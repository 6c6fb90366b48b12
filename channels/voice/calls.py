"""A call in the hub's words: one message, and what reaches it later (its recording, a transcript)."""

import re

from channels.contract import Event, InboundMessage, MessageUpdate, RemoteFile
from channels.numbers import telephone
from channels.twilio_webhook import Webhook

CALL = "Call"
NO_MESSAGE = "Call, no message left"
RECORDING_FAILED = "Call, the recording failed"


def call_sid(webhook: Webhook) -> str:
    """The provider's name of the call; "" when the request has none."""
    return webhook.form.get("CallSid", "").strip()


def called(webhook: Webhook, tags: tuple[str, ...] = (), language: str = "") -> InboundMessage:
    """The call itself. tags: what the caller chose in the menu; language: which they chose, "" = no choice."""
    return InboundMessage(
        channel=webhook.inbox.channel,
        inbox=webhook.inbox.name,
        external_id=call_sid(webhook),
        sender=telephone(webhook.form.get("From", ""), webhook.inbox.country),
        text=CALL,
        menu=tags,
        language=language,
        problems=webhook.problems,
        raw=webhook.raw if webhook.problems else None,
    )


def recorded(webhook: Webhook) -> MessageUpdate:
    """The voicemail of this call; without a RecordingUrl it says that there is none."""
    if not webhook.form.get("RecordingUrl", "").strip():
        return _update(webhook, text=NO_MESSAGE)
    words = lasting(webhook.form.get("RecordingDuration", "").strip())
    return _update(webhook, text=words, remote_files=(_file(webhook, "voicemail"),))


def _file(webhook: Webhook, kind: str) -> RemoteFile:
    return recording_file(webhook.form.get("RecordingUrl", "").strip(), webhook.form.get("RecordingSid", ""), kind)


def recording_file(url: str, sid: str, kind: str) -> RemoteFile:
    """The recording as it is fetched: a WAV, by the same name and address whoever announces it."""
    url = re.sub(r"\.(wav|mp3|json)$", "", url)
    name = re.sub(r"\W", "", sid or url.rpartition("/")[2], flags=re.ASCII)
    return RemoteFile(ref=f"{url}.wav", filename=f"{kind}-{name}.wav", media_type="audio/wav")


def recording_reported(webhook: Webhook, conversation: str = "") -> Event | None:
    """The meaning of a recordingStatusCallback; None when it says nothing yet (in-progress).

    conversation: the external id of the call whose conversation with an agent this is; "" = a voicemail.
    """
    status = webhook.form.get("RecordingStatus", "").strip().lower()
    if not call_sid(webhook):
        return webhook.unreadable("a recording's report without CallSid")
    if status == "in-progress":
        return None
    if status == "completed" and webhook.form.get("RecordingUrl", "").strip():
        if conversation:
            return _update(webhook, external_id=conversation, remote_files=(_file(webhook, "call"),))
        return recorded(webhook)
    if conversation and status in ("absent", "failed"):
        return None  # the call stands in the case without it
    words = {"absent": NO_MESSAGE, "failed": RECORDING_FAILED}.get(status)
    return _update(webhook, text=words) if words else webhook.unreadable("a recording's report that we don't know")


def transcribed(webhook: Webhook) -> Event | None:
    """The meaning of a transcribeCallback; None when the provider's machine understood nothing."""
    if not call_sid(webhook):
        return webhook.unreadable("a transcript without CallSid")
    words = webhook.form.get("TranscriptionText", "").strip()
    if webhook.form.get("TranscriptionStatus", "").strip().lower() != "completed" or not words:
        return None
    return _update(webhook, transcript=words)


def lasting(seconds: str) -> str:
    """`12` → `Voicemail, 12 seconds`"""
    if not seconds.isdecimal():
        return "Voicemail"
    return f"Voicemail, {int(seconds)} second{'' if int(seconds) == 1 else 's'}"


def _update(
    webhook: Webhook,
    *,
    external_id: str = "",
    text: str | None = None,
    transcript: str | None = None,
    remote_files: tuple[RemoteFile, ...] = (),
) -> MessageUpdate:
    return MessageUpdate(
        channel=webhook.inbox.channel,
        inbox=webhook.inbox.name,
        external_id=external_id or call_sid(webhook),
        text=text,
        transcript=transcript,
        remote_files=remote_files,
    )
