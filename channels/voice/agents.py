"""The agent's own phone: rung by the hub, a key pressed by a person, then brought together with the citizen."""

from starlette.responses import Response

from channels.calling import RingStanding
from channels.voice.spoken import digit_by_digit, hold_name, line_name
from channels.voice.turn import Turn

REACHED = ("completed", "answered")


async def answer_agent(turn: Turn) -> Response:
    """POST …/agent?ring=N: the phone was answered, perhaps by a machine; a browser's only by a person."""
    standing = await turn.rung("answered", sid=turn.sid)
    if standing is None or standing.over:
        return _gone(turn)
    if standing.in_browser:
        return await accept(turn)
    if standing.purpose == "next":
        words = turn.words.phrase("agent_next", queue=standing.queue_name)
    else:
        words = turn.words.phrase("agent_call", digits=digit_by_digit(standing.reference))
    turn.spoken.any_key(words, turn.ring)
    return turn.answer()


async def accept(turn: Turn) -> Response:
    """POST …/accept?ring=N: a key was pressed, or a browser answered."""
    standing = await turn.rung("accepted", sid=turn.sid)
    if standing is None or standing.over:
        return _gone(turn)
    if standing.purpose == "next":
        line = line_name(turn.inbox, standing.queue)
        turn.spoken.dial_queue(line, turn.ring, records=standing.records)
    else:
        turn.spoken.dial_number(standing.number, turn.ring, records=standing.records)
    return turn.answer()


async def meet(turn: Turn) -> Response:
    """POST …/meet?ring=N: the citizen is about to hear the agent; they are told of the recording first."""
    standing = await turn.rung("connected", caller_sid=turn.sid)
    if standing is not None and standing.records and standing.purpose != "next":
        turn.spoken.phrase("recorded")
    return turn.answer()


async def over(turn: Turn) -> Response:
    """POST …/over?ring=N: agent and citizen are no longer together; on hold the agent stays on the line."""
    result = turn.said("DialCallStatus").lower()
    seconds = turn.said("DialCallDuration")
    standing = await turn.rung("ended", result=result, seconds=int(seconds) if seconds.isdecimal() else None)
    if standing is not None and standing.holding:
        turn.spoken.holding(turn.ring)
        return turn.answer()
    turn.spoken.phrase(_farewell(standing, result))
    turn.spoken.hang_up()
    return turn.answer()


def _farewell(standing: RingStanding | None, result: str) -> str:
    if result in REACHED or standing is None:
        return "agent_over"
    return "agent_gone" if standing.purpose == "next" else "agent_unreached"


async def take_back(turn: Turn) -> Response:
    """POST …/back?ring=N: a key takes the caller back from hold; silence goes on holding."""
    standing = await turn.desk.calls.ring_standing(turn.inbox.name, turn.ring)
    if standing is None or not standing.holding:
        return _gone(turn)
    if turn.said("Digits") or turn.query.get("take") == "1":
        turn.spoken.dial_queue(hold_name(turn.inbox, standing.agent), turn.ring, records=standing.records)
    else:
        turn.spoken.holding(turn.ring)
    return turn.answer()


async def ring_status(turn: Turn) -> Response:
    """POST …/ring?ring=N: the provider's word on the agent's phone; unordered and repeated."""
    status = turn.said("CallStatus").lower()
    if status == "ringing":
        await turn.rung("ringing", sid=turn.sid)
    elif status == "completed":
        await turn.rung("ended", sid=turn.sid, result="completed")
    elif status in ("busy", "no-answer", "failed", "canceled"):
        await turn.rung("failed", sid=turn.sid, result=status)
    return Response(status_code=204)


def _gone(turn: Turn) -> Response:
    turn.spoken.phrase("agent_gone")
    turn.spoken.hang_up()
    return turn.answer()
