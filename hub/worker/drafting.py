"""The worker's part in transcripts: voicemails of lines that want it are written down here, one after the other."""

from datetime import timedelta

import structlog

from channels.calling import Dictates
from channels.contract import MessageUpdate
from hub.actions.files.drafting import Due, claim_drafts, record_drafted, record_undrafted
from hub.models.base import utcnow
from hub.running import Hub
from hub.transcription import TranscriptionError, drafted

_NONE = "No transcriber is set up on the hub's machine (HUB_TRANSCRIBER). Ask an administrator."
_NO_WORDS = "The machine understood no words. Listen to the recording."
_PAUSE = timedelta(minutes=2)  # doubled with each try

log = structlog.get_logger()


async def draft_voicemails(hub: Hub) -> float | None:
    """One round: how many seconds to wait, None = as long as usual."""
    languages = _languages(hub)
    if not languages:
        return None
    due = await hub.db.write(claim_drafts, sorted(languages), utcnow())
    for draft in due:
        await _draft(hub, draft, languages[draft.inbox_id])
    return 0.0 if due else None


def _languages(hub: Hub) -> dict[int, str]:
    """Of the inboxes that want drafts, by id."""
    languages: dict[int, str] = {}
    for entry in hub.directory.inboxes.values():
        channel = hub.channels.get(entry.channel)
        if entry.active and isinstance(channel, Dictates):
            language = channel.draft_language(entry.port)
            if language is not None:
                languages[entry.id] = language
    return languages


async def _draft(hub: Hub, draft: Due, language: str) -> None:
    try:
        if not hub.settings.transcriber:
            raise TranscriptionError(_NONE)
        words = await drafted(hub.settings.transcriber, hub.files.read(draft.sha256), language)
    except (TranscriptionError, OSError) as error:
        why = str(error) if isinstance(error, TranscriptionError) else "The recording couldn't be read."
        log.warning("a voicemail couldn't be written down", attachment=draft.attachment_id, error=type(error).__name__)
        retry_at = utcnow() + _PAUSE * 2**draft.attempts
        await hub.db.write(record_undrafted, draft.attachment_id, why, retry_at)
        return
    if words:
        entry = hub.directory.inboxes[draft.inbox_id]
        update = MessageUpdate(
            channel=entry.channel, inbox=entry.port.name, external_id=draft.external_id, transcript=words
        )
        await hub.desk.receive([update])
    await hub.db.write(record_drafted, draft.attachment_id, utcnow(), "" if words else _NO_WORDS)
