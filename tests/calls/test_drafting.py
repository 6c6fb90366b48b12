"""A voicemail is written down by the hub's own machine, as a draft; when that fails, the case says so."""

from dataclasses import replace
from pathlib import Path

from channels.contract import File
from channels.voice.adapter import channel
from hub.actions.files.attachments import claim_wanted, record_fetched
from hub.models import DraftTranscript
from hub.models.base import utcnow
from hub.queries.calls import case_calls
from hub.running import Hub
from hub.worker.drafting import draft_voicemails
from tests.calls.line import MENUS, Line, line_at_work
from tests.transcription.test_transcription import WAV

HERE = MENUS.replace("speech = true", 'speech = true\ntranscribe = "here"\nlanguage = "en-GB"')


def hub_with(line: Line, transcriber: str) -> Hub:
    hub = line.town.hub
    return replace(hub, settings=hub.settings.model_copy(update={"transcriber": transcriber}))


async def test_a_voicemail_is_written_down_here_and_a_failure_is_seen(sqlite_url: str, tmp_path: Path) -> None:
    async with line_at_work(sqlite_url, tmp_path, HERE) as line:
        line.town.hub.channels["voice"] = channel
        record = await line.hear("/in/voice/main/voicemail")
        assert "transcribe" not in record.find("Record").attrib
        url = "http://127.0.0.1:9/Recordings/RE1"
        await line.hear(record.action("Record"), RecordingUrl=url, RecordingDuration="2")
        await line.end()
        assert await draft_voicemails(hub_with(line, "sphinx")) is None
        [wanted] = await line.town.db.write(claim_wanted, utcnow())
        content = WAV.read_bytes()
        sound = File(filename="x.wav", media_type="audio/wav", content=content)
        await line.town.db.write(record_fetched, wanted.id, sound, line.town.hub.files.store(content))

        assert await draft_voicemails(hub_with(line, "")) == 0.0
        draft = await line.town.one(DraftTranscript)
        assert "HUB_TRANSCRIBER" in draft.error
        case = await line.case_of()
        assert list((await line.town.db.read(case_calls, case.id, 0)).undrafted.values()) == [draft.error]
        assert await draft_voicemails(hub_with(line, "sphinx")) is None
        await line.town.change(DraftTranscript, draft.attachment_id, due_at=utcnow())
        assert await draft_voicemails(hub_with(line, "sphinx")) == 0.0

        [message] = await line.messages(case.id)
        assert "one two three" in message.transcript
        draft = await line.town.one(DraftTranscript)
        assert (draft.error, draft.due_at, draft.attempts) == ("", None, 2)
        assert (await line.case_of()).subject.startswith("Voicemail (draft): “one two three")
        assert await draft_voicemails(hub_with(line, "sphinx")) is None
        assert (await line.town.db.read(case_calls, case.id, 0)).undrafted == {}
