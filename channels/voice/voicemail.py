"""The voicemail: the tone, the recording, the farewell; and what the provider reports of recordings later."""

from starlette.responses import Response

from channels.voice.calls import recorded, recording_reported, transcribed
from channels.voice.turn import Turn


async def to_voicemail(turn: Turn, tags: tuple[str, ...], about: str) -> Response:
    """The call is received before the tone, so that a recording finds it and nobody who hangs up goes unseen."""
    standing = await turn.tell("voicemail", message=turn.message(tags), about=about)
    turn.spoken.voicemail(standing.reference)
    return turn.answer()


async def answer_silence(turn: Turn) -> Response:
    """POST …/voicemail."""
    return await to_voicemail(turn, (), "")


async def end_message(turn: Turn) -> Response:
    """POST …/recorded: <Record> has ended. When this is the first that the hub hears of the call, it begins here."""
    [receipt] = await turn.desk.receive([recorded(turn.webhook)])
    reference = receipt.reference
    if not reference:
        reference = (await turn.tell("voicemail", message=turn.message())).reference
    turn.spoken.farewell("thanks", reference)
    return turn.answer()


async def receive_recording(turn: Turn) -> Response:
    """POST …/recording, with ?ring=N for a conversation's: it belongs to the call that the agent was brought to."""
    external_id = ""
    if "ring" in turn.query:
        standing = await turn.desk.calls.ring_standing(turn.inbox.name, turn.ring)
        external_id = standing.external_id if standing else ""
        if not external_id:
            return await _kept(turn, "a recording of a conversation that the hub doesn't know")
    event = recording_reported(turn.webhook, external_id)
    if event:
        await turn.desk.receive([event])
    return Response(status_code=204)


async def receive_transcript(turn: Turn) -> Response:
    """POST …/transcript."""
    event = transcribed(turn.webhook)
    if event:
        await turn.desk.receive([event])
    return Response(status_code=204)


async def _kept(turn: Turn, why: str) -> Response:
    if turn.said("RecordingStatus").lower() == "completed":
        await turn.desk.receive([turn.webhook.unreadable(why)])
    return Response(status_code=204)
