"""The worker's part: it rings phones, ends what nobody has ended, and has recordings deleted at the provider."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from channels.calling import OutboundRing, Steering
from channels.contract import File, Inbox, SendError, SendResult
from channels.voice.adapter import Voice
from hub.actions.files.attachments import claim_wanted, record_fetched
from hub.actions.telephone.rings import take_next
from hub.actions.telephone.steering import hold
from hub.errors import Conflict
from hub.models import Attachment, Call, CallResult, ForgottenCopy, Queue, Ring, RingState
from hub.models.base import utcnow
from hub.telephone.steering import steered
from hub.worker.ringing import Ringing
from tests.calls.line import MENUS, Line, line_at_work


@dataclass
class FakeVoice(Voice):
    """The line with a provider that does what it is told to."""

    errors: list[SendError] = field(default_factory=list)
    rung: list[OutboundRing] = field(default_factory=list)
    steered: list[Steering] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def _maybe(self) -> None:
        if self.errors:
            raise self.errors.pop(0)

    async def ring(self, ring: OutboundRing, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        self.rung.append(ring)
        self._maybe()
        return SendResult(external_id=f"CA{ring.id}")

    async def steer(self, steering: Steering, inbox: Inbox, http: httpx.AsyncClient) -> None:
        self.steered.append(steering)
        self._maybe()

    async def forget(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> None:
        self.forgotten.append(ref)
        self._maybe()


def provided(line: Line) -> FakeVoice:
    voice = FakeVoice()
    line.town.hub.channels["voice"] = voice
    return voice


async def asked(line: Line) -> Ring:
    await line.wait_in_line()
    queue = await line.town.one(Queue, slug="triage")
    ring_id = await line.town.db.write(take_next, line.town.agents["ann"], [queue.id or 0])
    return await line.town.one(Ring, id=ring_id)


async def test_a_phone_is_rung_once(line: Line) -> None:
    voice, ring = provided(line), await asked(line)
    ringing = Ringing(line.town.hub)
    assert (await ringing.rings(), await ringing.rings()) == (0.0, None)
    assert [each.id for each in voice.rung] == [ring.id]
    ring = await line.town.one(Ring, id=ring.id)
    assert (ring.state, ring.sid) == (RingState.RINGING, f"CA{ring.id}")


@pytest.mark.parametrize(("outcome", "state"), [("retry", "queued"), ("failed", "failed"), ("unknown", "failed")])
async def test_a_phone_that_may_ring_is_never_rung_again(line: Line, outcome: str, state: str) -> None:
    voice, ring = provided(line), await asked(line)
    voice.errors = [SendError("No.", outcome)]  # type: ignore[arg-type]  # a row of the table
    await Ringing(line.town.hub).rings()
    assert (await line.town.one(Ring, id=ring.id)).state.value == state


async def test_what_the_provider_refuses_to_steer_is_told_and_undone(line: Line) -> None:
    voice, ring = provided(line), await asked(line)
    await Ringing(line.town.hub).rings()
    await line.hear(f"/in/voice/main/meet?ring={ring.id}")
    voice.errors = [SendError("The call is over.", "failed")]
    order = await line.town.db.write(hold, line.town.agents["ann"])
    with pytest.raises(Conflict, match="The call is over"):
        await steered(line.town.hub, order)
    assert (await line.call()).state.value == "talking"
    voice.errors = [SendError("Silence.", "unknown")]
    await steered(line.town.hub, await line.town.db.write(hold, line.town.agents["ann"]))
    assert [each.what for each in voice.steered] == ["hold"] * 3
    assert (await line.call()).state.value == "held"


async def test_a_call_whose_end_was_never_told_ends_as_missed(line: Line) -> None:
    await line.hear(CallStatus="ringing")
    call = await line.call()
    await line.town.change(Call, call.id, started_at=utcnow() - timedelta(hours=5))
    await Ringing(line.town.hub).tidy()
    call = await line.call()
    assert call.result is CallResult.MISSED
    assert (await line.messages((await line.case_of()).id))[0].text.startswith("Missed call")


async def test_a_recording_is_deleted_at_the_provider_once_it_is_fetched(sqlite_url: str, tmp_path: Path) -> None:
    forgetful = MENUS.replace("speech = true", "speech = true\ndelete_recordings = true")
    async with line_at_work(sqlite_url, tmp_path, forgetful) as line:
        voice = provided(line)
        record = await line.hear("/in/voice/main/voicemail")
        await line.hear(
            record.action("Record"), RecordingUrl="http://127.0.0.1:9/Recordings/RE1", RecordingDuration="4"
        )
        ringing = Ringing(line.town.hub)
        await ringing.tidy()
        assert voice.forgotten == []
        [wanted] = await line.town.db.write(claim_wanted, utcnow())
        file = File(filename="x.wav", media_type="audio/wav", content=b"RIFF")
        await line.town.db.write(record_fetched, wanted.id, file, "0" * 64)
        voice.errors = [SendError("Later.", "retry")]
        await ringing.tidy()
        copy = await line.town.one(ForgottenCopy)
        assert (copy.gone_at, copy.error) == (None, "Later.")
        await line.town.change(ForgottenCopy, copy.attachment_id, due_at=utcnow())
        await ringing.tidy()
        await ringing.tidy()
        assert voice.forgotten == ["http://127.0.0.1:9/Recordings/RE1.wav"] * 2
        assert (await line.town.one(ForgottenCopy)).gone_at is not None
        assert (await line.town.one(Attachment)).state.value == "stored"
