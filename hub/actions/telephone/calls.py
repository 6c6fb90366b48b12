"""What a telephone line tells of a citizen's call. Each piece of news is taken once, in whatever order it comes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from channels.calling import CallNews
from hub.actions.casework.cases import MAX_TEXT
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.intake.updates import add_early_words
from hub.actions.telephone._unseen_meetings import met_unseen
from hub.actions.telephone.callbacks import due_after
from hub.actions.telephone.telling_calls import retell, title
from hub.actions.time.calendar_later import retarget_or_later
from hub.characters import printable
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.errors import Conflict, NotFound
from hub.models import Call, Callback, CallbackState, CallResult, CallState, Case, Message, Queue
from hub.models.base import utcnow
from hub.queries.line import call_standing
from hub.reference import case_id_of

SEEN_AS_ONE = timedelta(minutes=30)  # missed calls of one caller
_LONGEST_SAYING = 200  # characters
_SOONEST_CALLBACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of a piece of news. `missed`: nobody met the caller, and no case says so yet."""

    call_id: int
    missed: bool = False


@dataclass(frozen=True, slots=True)
class OpenLines:
    """Slugs of queues: where the caller's choice leads ("" = they chose nothing), and those that are open now."""

    chosen: str = ""
    open: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Taking:
    session: Session
    call: Call
    news: CallNews
    now: datetime
    lines: OpenLines
    country: str

    def case(self) -> Case | None:
        return locked_case(self.session, self.call.case_id) if self.call.case_id is not None else None


def note_call(
    session: Session,
    inbox_id: int,
    news: CallNews,
    message_id: int | None,
    now: datetime,
    lines: OpenLines,
    country: str,
) -> Noted:
    """`message_id`: of what the call has become, None = nothing new."""
    call = _locked_call(session, inbox_id, news, now)
    taking = _Taking(session, call, news, now, lines, country)
    if message_id is not None:
        _link(taking, message_id)
    _TAKE[news.kind](taking)
    session.flush()
    missed = call.state is CallState.ENDED and call.result is CallResult.MISSED and call.message_id is None
    return Noted(call.id, missed)


def _locked_call(session: Session, inbox_id: int, news: CallNews, now: datetime) -> Call:
    """The call's row, made when this is the first word of it; held until COMMIT against the other words."""
    dialect_of(session).hold(session, f"call {inbox_id} {news.sid}")
    found = select(Call).where(Call.inbox_id == inbox_id, Call.sid == news.sid)
    call = session.exec(found.execution_options(populate_existing=True)).first()
    if call is None:
        uri = str(news.sender) if news.sender else ""
        call = Call(id=new_ids(session, 1)[0], inbox_id=inbox_id, sid=news.sid, uri=uri)
        call.started_at, call.is_listed = news.began_at or now, news.began_at is not None
        session.add(call)
        session.flush()
    call.language = news.language or call.language
    return call


def _link(taking: _Taking, message_id: int) -> None:
    """The call has become a message of a case."""
    call, session = taking.call, taking.session
    if call.message_id is not None:
        return
    call.message_id = message_id
    call.case_id = session.get_one(Message, message_id).case_id
    case = locked_case(session, call.case_id)
    title(case, call, taking.news.about, taking.country)
    add_early_words(session, case, session.get_one(Message, message_id))


# --- each piece of news ------------------------------------------------------------------------------------------


def _began(taking: _Taking) -> None:
    """The row is there; that is all."""


def _said(taking: _Taking) -> None:
    """What they said is kept beside what they chose, once each."""
    call, words = taking.call, printable(taking.news.label.strip())[:_LONGEST_SAYING]
    said = {"step": taking.news.step, "said": True, "label": f"said “{words}”"}
    if words and said not in call.path:
        call.path = _in_order([*call.path, said])


def _chose(taking: _Taking) -> None:
    call, news = taking.call, taking.news
    if not _has_chosen(call, news.step):
        call.path = _in_order([*call.path, {"step": news.step, "key": news.key, "label": news.label}])


def _has_chosen(call: Call, step: int) -> bool:
    return any(taken.get("step") == step and not taken.get("said") for taken in call.path)


def _in_order(path: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(path, key=lambda taken: int(taken["step"]))


def _status(taking: _Taking) -> None:
    """The caller heard how a case stands: that is on the record of that case, and wakes nobody."""
    call, news = taking.call, taking.news
    case_id = case_id_of(news.reference)
    if case_id is None or _has_chosen(call, news.step):
        return
    label = f"heard how {news.reference} stands: {news.label}"
    call.path = [*call.path, {"step": news.step, "key": "", "label": label}]
    if call.result is CallResult.UNKNOWN:
        call.result = CallResult.STATUS
    case = locked_case(taking.session, case_id)
    call.case_id = call.case_id or case_id
    add_event(taking.session, case, "status-heard", status=news.label)


def _voicemail(taking: _Taking) -> None:
    call = taking.call
    if call.answered_at is None and call.state in (CallState.GREETING, CallState.WAITING):
        call.state = CallState.VOICEMAIL
    if call.answered_at is None and call.result in (CallResult.UNKNOWN, CallResult.STATUS, CallResult.MISSED):
        call.result = CallResult.VOICEMAIL


def _waiting(taking: _Taking) -> None:
    """Only the step that leads into the line moves a call there; the line itself asks again and again."""
    call, session = taking.call, taking.session
    if taking.news.message is None or call.state is not CallState.GREETING:
        return
    case = taking.case()
    queue = _line_for(taking, case) if case else None
    if case is None or queue is None:
        return
    call.state, call.waiting_at, call.queue_id = CallState.WAITING, taking.now, queue.id
    retell(session, case, call)
    add_event(session, case, "call-waiting", message_id=call.message_id, queue=queue.slug)
    wake(session, "events")


def _line_for(taking: _Taking, case: Case) -> Queue | None:
    """Where the caller's choice leads, when that is open; else where the case stands, when that is; else nowhere."""
    of_case = taking.session.get_one(Queue, case.queue_id)
    lines = taking.lines
    if lines.chosen in lines.open:
        return taking.session.exec(select(Queue).where(Queue.slug == lines.chosen)).one()
    return of_case if of_case.slug in lines.open else None


def _callback(taking: _Taking) -> None:
    """The promise is made once; without a number (withheld) it waits until the caller has keyed one in."""
    call, session, news = taking.call, taking.session, taking.news
    case = taking.case()
    if case is None or call.answered_at is not None:
        return
    call.result = CallResult.CALLBACK
    made = session.exec(select(Callback).where(Callback.call_id == call.id)).first()
    if news.number is None or made is not None:
        return
    standing = call_standing(session, call.id, "")
    wait = max(timedelta(seconds=standing.wait_seconds or 0), _SOONEST_CALLBACK)
    callback = Callback(
        id=new_ids(session, 1)[0],
        case_id=case.id,
        call_id=call.id,
        inbox_id=call.inbox_id,
        queue_id=call.queue_id or case.queue_id,
        uri=str(news.number),
        place_at=call.waiting_at or taking.now,
        due_at=due_after(session, call.queue_id or case.queue_id, taking.now, wait),
    )
    session.add(callback)
    retarget_or_later(session, case)
    retell(session, case, call)
    due = callback.due_at.isoformat()
    add_event(session, case, "callback-asked", message_id=call.message_id, due_at=due)


def _left(taking: _Taking) -> None:
    """Out of the line by hanging up; the provider's word on the whole call may come later or never."""
    _end(taking)


def _parted(taking: _Taking) -> None:
    """Who was brought out of the line has met somebody, even when the word of their meeting was lost, and the word of
    the call's end was the first to come. Who is on hold by now, or on the way to somebody else, goes on."""
    call = taking.call
    unmet = call.state is CallState.WAITING or (call.state is CallState.ENDED and call.result is CallResult.MISSED)
    if call.answered_at is None and call.waiting_at is not None and unmet:
        met_at = min(taking.now, call.waiting_at + timedelta(seconds=taking.news.waited or 0))
        met_unseen(taking.session, call, met_at)
    elif taking.news.waited is not None and (call.state is not CallState.TALKING or call.goes_to):
        return
    if call.answered_at is not None:
        _end(taking)


def _ended(taking: _Taking) -> None:
    if taking.news.seconds is not None:
        taking.call.seconds = taking.news.seconds
    _end(taking)


def _end(taking: _Taking) -> None:
    call = taking.call
    if call.state is CallState.ENDED:
        return
    if call.answered_at is not None:
        call.result = CallResult.ANSWERED
    elif call.result is CallResult.UNKNOWN:
        call.result = CallResult.VOICEMAIL if call.state is CallState.VOICEMAIL else CallResult.MISSED
    call.state, call.ended_at = CallState.ENDED, taking.now
    case = taking.case()
    if case is None:
        return
    retell(taking.session, case, call)
    if call.message_id is not None:
        add_event(taking.session, case, "call-ended", message_id=call.message_id, result=call.result.value)


_TAKE: Mapping[str, Callable[[_Taking], None]] = {
    "began": _began,
    "said": _said,
    "chose": _chose,
    "status": _status,
    "voicemail": _voicemail,
    "waiting": _waiting,
    "callback": _callback,
    "left": _left,
    "parted": _parted,
    "ended": _ended,
}


# --- missed calls ------------------------------------------------------------------------------------------------


def join_missed(session: Session, call_id: int, now: datetime) -> bool:
    """Whether the same caller was missed a short while ago: then this call stands in that entry, too."""
    call = session.get_one(Call, call_id)
    if not call.uri or call.message_id is not None:
        return call.message_id is not None
    found = (
        select(Call)
        .where(
            Call.inbox_id == call.inbox_id,
            Call.uri == call.uri,
            Call.result == CallResult.MISSED,
            col(Call.message_id).is_not(None),
            col(Call.ended_at) >= now - SEEN_AS_ONE,
            Call.id != call.id,
        )
        .order_by(col(Call.id))
    )
    first = session.exec(found.limit(1)).first()
    if first is None or first.case_id is None:
        return False
    case = locked_case(session, first.case_id)
    if not case.status.is_open:
        return False
    call.case_id, call.message_id = first.case_id, first.message_id
    first.repeats += 1
    retell(session, case, first)
    case.updated_at = max(case.updated_at, now)
    add_event(session, case, "call-missed", message_id=first.message_id, times=first.repeats + 1)
    return True


def link_missed(session: Session, call_id: int, message_id: int, country: str) -> None:
    """The missed call has become this message."""
    call = session.get_one(Call, call_id)
    if call.message_id is None:
        call.message_id = message_id
        call.case_id = session.get_one(Message, message_id).case_id
    assert call.case_id is not None
    case = locked_case(session, call.case_id)
    if case.subject == "Call":
        title(case, call, "", country)
        case.subject = case.subject.replace("Call", "Missed call", 1)
    retell(session, case, call)
    add_early_words(session, case, session.get_one(Message, message_id))


# --- what agents say -----------------------------------------------------------------------------------------------


def wrap_up(session: Session, call_id: int, agent_id: int, outcome: str, note: str, words: str) -> None:
    """What an agent says a call came to. `outcome` is one of the inbox's codes, `words` what it means."""
    call = session.get(Call, call_id, with_for_update=True, populate_existing=True)
    if call is None:
        raise NotFound("There is no such call.")
    if call.agent_id != agent_id:
        raise Conflict("Somebody else had this call.")
    if call.state is not CallState.ENDED:
        raise Conflict("This call goes on. Say how it ended when it is over.")
    call.outcome, call.note = outcome, printable(note.strip()[:MAX_TEXT])
    call.wrapped_at = call.wrapped_at or utcnow()
    _settle_callback(session, call, words)
    if call.case_id is not None:
        case = locked_case(session, call.case_id)
        add_event(
            session, case, "call-wrapped", agent_id=agent_id, message_id=call.message_id,
            outcome=words, note=call.note,
        )  # fmt: skip


def _settle_callback(session: Session, call: Call, words: str) -> None:
    """The outcome of a callback that reached somebody is the callback's, too."""
    if call.direction != "out" or call.answered_at is None or call.case_id is None:
        return
    of_case = select(Callback).where(
        Callback.case_id == call.case_id, Callback.state == CallbackState.DONE, Callback.outcome == ""
    )
    for callback in session.exec(of_case):
        callback.outcome = words
