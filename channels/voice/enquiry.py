"""A caller keys in a reference and hears how the case stands, when it belongs to the number that they call from."""

from starlette.responses import Response

from channels.voice.line import to_person
from channels.voice.spoken import MAX_TRIES, digit_by_digit
from channels.voice.turn import Turn


async def answer_reference(turn: Turn) -> Response:
    """POST …/reference?try=N&step=N."""
    digits = turn.said("Digits")
    if turn.sender is None:
        turn.spoken.phrase("status_withheld")
        return _after(turn)
    status = await turn.desk.case_status(digits, turn.sender) if digits else None
    if status is not None:
        await turn.tell("status", reference=status.reference, step=turn.step, label=status.status)
        words = turn.words.phrase(f"status_{status.status}")
        turn.spoken.phrase("status_said", digits=digit_by_digit(status.reference), status=words)
        return _after(turn)
    if turn.attempt >= MAX_TRIES:
        return await to_person(turn, (), "")
    turn.spoken.phrase("status_unknown" if digits else "not_heard")
    turn.spoken.ask_number("reference", "status_ask", turn.attempt + 1, step=turn.step)
    return turn.answer()


def _after(turn: Turn) -> Response:
    """The menu again: whoever has heard enough hangs up."""
    if turn.words.menu:
        turn.spoken.menu(turn.words.menu, "", attempt=1, step=turn.step + 1)
    else:
        turn.spoken.farewell("", reference="")
    return turn.answer()
