"""In line for a person: the wait with position and time, the offer to be called back, and what comes after."""

from starlette.responses import Response

from channels.calling import Standing
from channels.contract import Address
from channels.numbers import e164
from channels.voice.spoken import MAX_TRIES, digit_by_digit, hold_name, line_name
from channels.voice.turn import Turn
from channels.voice.voicemail import to_voicemail

GOES_ON = ("redirected", "redirected-from-bridged", "bridging-in-process")  # elsewhere: what is answered isn't heard
OVER = ("completed", "busy", "failed", "no-answer", "canceled")


async def to_person(turn: Turn, tags: tuple[str, ...], about: str) -> Response:
    """Into the line of the queue where the case stands; the voicemail where nobody takes calls, or not now."""
    if not turn.words.has_people:
        return await to_voicemail(turn, tags, about)
    standing = await turn.tell("waiting", message=turn.message(tags), about=about)
    if not standing.is_open or standing.today in turn.words.holidays:
        turn.spoken.phrase("nobody_now")
        return await to_voicemail(turn, tags, about)
    if standing.records:
        turn.spoken.phrase("recorded")
    turn.spoken.phrase("put_through", queue=standing.queue_name)
    _enqueue(turn, standing)
    return turn.answer()


def _enqueue(turn: Turn, standing: Standing) -> None:
    turn.spoken.enqueue(line_name(turn.inbox, standing.queue), turn.spoken.door("waiting"))


async def answer_waiting(turn: Turn) -> Response:
    """POST …/waiting: the provider asks, again and again, what a caller in line hears."""
    standing = await turn.tell("waiting")
    waiting = turn.words.waiting
    if waiting is None or _whole(turn.said("QueueTime")) >= waiting.longest:
        return await _to_message(turn)
    for sentence in _prospects(turn, standing):
        turn.spoken.say(sentence)
    turn.spoken.waiting("offer_callback" if waiting.callback else "offer_message", waiting.music)
    return turn.answer()


def _prospects(turn: Turn, standing: Standing) -> list[str]:
    words, position = turn.words, standing.position
    said = [words.phrase("position_first") if position <= 1 else words.phrase("position", position=position)]
    if standing.wait_seconds is None:
        return [*said, words.phrase("please_hold")]
    minutes = round(standing.wait_seconds / 60)
    return [*said, words.phrase("wait_short") if minutes < 1 else words.phrase("wait", minutes=minutes)]


async def answer_waiting_key(turn: Turn) -> Response:
    """POST …/line: 1 = call me back, 2 = I leave a message; anything else goes on waiting."""
    digits = turn.said("Digits")
    callback = turn.words.waiting is not None and turn.words.waiting.callback
    if digits == "1" and callback:
        await turn.tell("callback", number=turn.sender)
        turn.spoken.leave()
    elif digits == "2":
        return await _to_message(turn)
    else:
        return await answer_waiting(turn)
    return turn.answer()


async def _to_message(turn: Turn) -> Response:
    await turn.tell("voicemail", message=turn.message())
    turn.spoken.leave()
    return turn.answer()


async def leave_line(turn: Turn) -> Response:
    """POST …/left: <Enqueue> is over; QueueResult says why."""
    result = turn.said("QueueResult").lower()
    if result == "bridged":
        standing = await turn.tell("parted", waited=_whole(turn.said("QueueTime")))
        if standing.held_by is None and not standing.is_waiting and not standing.goes_to:
            turn.spoken.farewell("", reference="")
    elif result == "hangup" or turn.said("CallStatus").lower() in OVER:
        await turn.tell("left", message=turn.message())
    elif result == "leave":
        return await _leave(turn)
    elif result not in GOES_ON:  # the line is full, or out of order, or says something new: nobody is hung up on
        turn.spoken.phrase("nobody_now")
        return await to_voicemail(turn, (), "")
    return turn.answer()


async def _leave(turn: Turn) -> Response:
    standing = await turn.tell("began")
    if standing.is_waiting and not standing.wants_callback:  # the agent who held the caller has gone
        return await take_on(turn)
    if not standing.wants_callback:
        return await to_voicemail(turn, (), "")
    if turn.sender is None:
        turn.spoken.ask_number("number", "callback_number", attempt=1)
    else:
        turn.spoken.farewell("callback_noted", standing.reference)
    return turn.answer()


async def answer_number(turn: Turn) -> Response:
    """POST …/number?try=N: where a caller with a withheld number is to be called back."""
    number = e164(turn.said("Digits"), turn.inbox.country)
    if number:
        standing = await turn.tell("callback", number=Address("tel", number))
        turn.spoken.phrase("callback_noted_for", digits=digit_by_digit(turn.said("Digits")))
        turn.spoken.farewell("", standing.reference)
    elif turn.attempt < MAX_TRIES:
        turn.spoken.phrase("callback_wrong")
        turn.spoken.ask_number("number", "callback_number", turn.attempt + 1)
    else:
        return await to_voicemail(turn, (), "")
    return turn.answer()


# --- on hold, and on to somebody else ---------------------------------------------------------------------------


async def hold(turn: Turn) -> Response:
    """POST …/hold: an agent has put the caller on hold; the provider was told to ask here."""
    standing = await turn.tell("began")
    if standing.held_by is None:
        return await take_on(turn)
    turn.spoken.phrase("on_hold")
    turn.spoken.enqueue(hold_name(turn.inbox, standing.held_by), turn.spoken.door("holding"))
    return turn.answer()


async def hold_music(turn: Turn) -> Response:
    """POST …/holding: what is heard on hold; when the agent has gone, back into the line."""
    standing = await turn.tell("began")
    if standing.held_by is None:
        turn.spoken.leave()
        return turn.answer()
    turn.spoken.music(None, turn.words.waiting.music if turn.words.waiting else "")
    return turn.answer()


async def take_on(turn: Turn) -> Response:
    """POST …/send: an agent sends the caller to another queue's line or to another number."""
    standing = await turn.tell("began")
    turn.spoken.phrase("transferred")
    if standing.goes_to:
        turn.spoken.pass_on(standing.goes_to)
    elif standing.queue:
        _enqueue(turn, standing)
    else:
        return await to_voicemail(turn, (), "")
    return turn.answer()


async def sent(turn: Turn) -> Response:
    """POST …/sent: the call with that other number is over, or never came about: then the voicemail."""
    if turn.said("DialCallStatus").lower() in ("busy", "failed", "no-answer", "canceled"):
        turn.spoken.phrase("nobody_now")
        return await to_voicemail(turn, (), "")
    await turn.tell("parted")
    turn.spoken.farewell("", reference="")
    return turn.answer()


async def call_status(turn: Turn) -> Response:
    """POST …/status: the provider's word on a call that came in; only its end says anything new."""
    if turn.said("CallStatus").lower() in OVER and turn.sid:
        seconds = turn.said("CallDuration")
        await turn.tell("ended", message=turn.message(), seconds=int(seconds) if seconds.isdecimal() else None)
    return Response(status_code=204)


def _whole(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) < 10 else 0
