"""A call in words: what its message says, and what its case is called. Pure but for the names, which are read."""

import phonenumbers
from sqlmodel import Session, select

from hub.models import Agent, Call, CallResult, CallState, Case, Message, Queue

BARE = "Call"  # what the channel calls a call before anything else is known
_DRAFT_LETTERS = 60
_MADE_HERE = ("Call", "Missed call", "We called")


def retell(session: Session, case: Case, call: Call) -> None:
    """Puts the call's message into words anew, unless it is a voicemail, which has its own. The case is locked."""
    message = session.get(Message, call.message_id) if call.message_id is not None else None
    if message is None or not message.text.startswith(_MADE_HERE):
        return
    if call.result is CallResult.VOICEMAIL:
        return
    replace_text(case, message, call_in_words(session, call))


def replace_text(case: Case, message: Message, text: str) -> None:
    """Keeps what the router saw, since the explanation is derived from it."""
    if case.facts.get("message") == message.id and "text" not in case.facts:
        case.facts = {**case.facts, "text": message.text}
    if case.subject == message.text:
        case.subject = text
    message.text = text


def call_in_words(session: Session, call: Call) -> str:
    """`Call, answered by Ann Ash, 3 min 12 s`, `Missed call: hung up in line after 2 min`, `We called: no answer`"""
    if call.direction == "out":
        return _we_called(session, call)
    if call.result is CallResult.MISSED:
        return _missed(call)
    if call.result is CallResult.CALLBACK:
        return "Call: asked to be called back"
    if call.result is CallResult.ANSWERED or call.state in (CallState.TALKING, CallState.HELD):
        return f"Call, answered by {_agent(session, call)}{_length(call)}"
    if call.state is CallState.WAITING:
        return "Call, waiting in line for a person"
    return BARE


def _missed(call: Call) -> str:
    if call.is_listed:
        where = "the hub couldn't be reached"
    elif call.waiting_at and call.ended_at:
        where = f"hung up in line after {length_in_words((call.ended_at - call.waiting_at).total_seconds())}"
    elif call.state is CallState.ENDED and call.path:
        where = "hung up in the menu"
    else:
        where = "hung up during the greeting"
    times = f", called {call.repeats + 1} times" if call.repeats else ""
    return f"Missed call: {where}{times}"


def _we_called(session: Session, call: Call) -> str:
    who = _agent(session, call)
    if call.result is CallResult.UNREACHED:
        return f"We called: {who} didn't reach anybody"
    if call.result is CallResult.ANSWERED or call.answered_at:
        return f"We called: {who} spoke with the citizen{_length(call)}"
    return f"We called: {who} is calling"


def _agent(session: Session, call: Call) -> str:
    agent = session.get(Agent, call.agent_id) if call.agent_id is not None else None
    return agent.name if agent else "somebody"


def _length(call: Call) -> str:
    if not (call.answered_at and call.ended_at):
        return ""
    return f", {length_in_words((call.ended_at - call.answered_at).total_seconds())}"


def length_in_words(seconds: float) -> str:
    """`12 s`, `3 min 5 s`, `1 h 2 min`"""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def left_a_message(session: Session, case: Case, message_id: int) -> None:
    """A call that counted as missed, until its recording came."""
    found = select(Call).where(Call.message_id == message_id, Call.result == CallResult.MISSED)
    for call in session.exec(found):
        call.result = CallResult.VOICEMAIL
        case.subject = case.subject.replace("Missed call", "Call", 1)


# --- the case's title ------------------------------------------------------------------------------------------


def title(case: Case, call: Call, about: str, country: str) -> None:
    """Names a case that is nothing but this call so far by what it is about, else by who called."""
    if case.subject != BARE:
        return
    if about:
        case.subject = f"Call about {about}"
    elif call.uri:
        case.subject = f"Call from {_number(call.uri.removeprefix('tel:'), country)}"
    else:
        case.subject = "Call, number withheld"


def title_by_transcript(case: Case, message: Message) -> None:
    """A call that says nothing of what it is about is named by the first words of its voicemail, once a machine has
    drafted them."""
    if not case.subject.startswith(("Call from ", "Call, number withheld")) and case.subject != message.text:
        return
    words = " ".join(message.transcript.split())
    if len(words) > _DRAFT_LETTERS:
        words = words[:_DRAFT_LETTERS].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
    case.subject = f"Voicemail (draft): “{words}”"


def _number(value: str, country: str) -> str:
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return value
    at_home = number.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def queue_name(session: Session, queue_id: int | None) -> str:
    queue = session.get(Queue, queue_id) if queue_id is not None else None
    return queue.name if queue else ""
