"""Two cases about one thing become one: the messages move, and what the one was is kept so that it can be undone."""

from sqlmodel import Session, col, select

from hub.actions.casework.alarms import is_calling, move_alarms
from hub.actions.casework.holding import hand_to
from hub.actions.casework.joined import joined_to
from hub.actions.casework.sharing import add_shares, end_share, end_shares, shared_with
from hub.actions.events import add_event, locked_case, must_be_unchanged, new_ids
from hub.actions.sending.recipients import add_participants
from hub.actions.sending.undo import as_it_is, put_back
from hub.actions.time.calendar_later import note_words_or_later, retarget_or_later
from hub.errors import Conflict, Invalid, NotFound
from hub.models import (
    Agent,
    Case,
    CaseClock,
    CaseStatus,
    ClockState,
    Direction,
    Merge,
    Message,
    Participant,
    Restriction,
    TypedCase,
)
from hub.models.base import utcnow
from hub.queries.people import agent_view
from hub.queries.restrictions import require_visible, restricted_ids
from hub.reference import case_id_of, spoken

MERGED = "Joined to case "  # begins the outcome of a case that was joined to another


def merge(session: Session, case_id: int, agent_id: int, into: str, seq: int | None = None) -> int:
    """Joins the case to the one with the reference `into`, which goes on; this one is closed.

    Its messages stand there from now on, and what is written to it arrives there. Those who wrote in it by mail, and
    aren't the other's contact, take part there. What is joined to a restricted case is as restricted.
    Raises Invalid, NotFound, Conflict. Returns the seq of this case's event.
    """
    into_id = case_id_of(into)
    if into_id is None or into_id == case_id:
        raise Invalid("There is no such other case.", {"into": "Give the reference of another case."})
    locked = {each: locked_case(session, each) for each in sorted((case_id, into_id))}
    case, other = locked[case_id], locked[into_id]
    must_be_unchanged(case, seq)
    if joined_to(session, case_id) is not None:
        raise Conflict("This case is joined to another already.")
    require_visible(session, agent_view(session, agent_id), into_id)
    if not other.status.is_open:
        raise Conflict("The other case has ended. Reopen it first.")
    moved = _messages(session, case_id)
    restricts = _is_restricted_by(session, case, other)
    if is_calling(session, case_id):
        raise Conflict("There is an alarm in this case. Acknowledge it, or record that it is false, then join.")
    _refuse_to_end_clocks(session, case, other)
    shared = shared_with(session, case)
    row = Merge(
        id=new_ids(session, 1)[0],
        case_id=case_id,
        into_id=into_id,
        agent_id=agent_id,
        message_ids=[message.id for message in moved],
        participants=add_participants(session, into_id, agent_id, _writers(session, case, other, moved)),
        before={
            **as_it_is(session, case),
            "holder": case.agent_id,
            "restricted": restricts,
            "shared": shared,
            "shared_other": add_shares(session, other, shared, agent_id, utcnow()),
        },
    )
    session.add(row)
    if restricts:
        session.add(Restriction(case_id=case_id, why=f"{MERGED}{other.reference}"))
    for message in moved:
        message.case_id = into_id
    move_alarms(session, row.message_ids, into_id)
    end_shares(session, [case_id])
    hand_to(session, case, None)
    case.status, case.closed_at, case.snoozed_until = CaseStatus.CLOSED, utcnow(), None
    case.outcome = f"{MERGED}{spoken(other.reference)}"
    other.updated_at = max(other.updated_at, case.updated_at)
    if other.status is CaseStatus.WAITING and any(message.direction is Direction.IN for message in moved):
        other.status = CaseStatus.OPEN
        session.flush()
        note_words_or_later(session, [into_id], [], utcnow())
    for each in (case, other):
        retarget_or_later(session, each)
    add_event(session, other, "joined", agent_id=agent_id, other=case.reference, messages=len(moved))
    return add_event(session, case, "merged", agent_id=agent_id, into=other.reference)


def unmerge(session: Session, case_id: int, agent_id: int, seq: int | None = None) -> int:
    """Takes the case out again, as it was, with the messages that it brought. What came later stays there."""
    row = joined_to(session, case_id)
    if row is None:
        raise NotFound("This case isn't joined to another.")
    require_visible(session, agent_view(session, agent_id), row.into_id)
    locked = {each: locked_case(session, each) for each in sorted((case_id, row.into_id))}
    case, other = locked[case_id], locked[row.into_id]
    must_be_unchanged(case, seq)
    if joined_to(session, row.into_id) is not None:
        raise Conflict(f"Case {other.reference} is itself joined to another: take that one out first.")
    brought = select(Message).where(col(Message.id).in_(row.message_ids), Message.case_id == row.into_id)
    back = session.exec(brought).all()
    for message in back:
        message.case_id = case_id
    move_alarms(session, [message.id for message in back], case_id)
    for uri in row.participants:
        if (participant := session.get(Participant, (row.into_id, uri))) is not None:
            session.delete(participant)
    put_back(session, case, row.before)
    if row.before.get("restricted") and (restriction := session.get(Restriction, case_id)) is not None:
        session.delete(restriction)
        session.flush()
    add_shares(session, case, row.before.get("shared", ()), agent_id, utcnow())
    for queue_id in row.before.get("shared_other", ()):
        end_share(session, row.into_id, queue_id)
    holder = session.get(Agent, row.before.get("holder") or 0)
    if holder is not None and holder.active and case.status.is_open:
        hand_to(session, case, holder.id)
    row.undone_at = utcnow()
    session.flush()
    add_event(session, other, "left", agent_id=agent_id, other=case.reference)
    return add_event(session, case, "unmerged", agent_id=agent_id, out_of=other.reference)


def _is_restricted_by(session: Session, case: Case, other: Case) -> bool:
    """Whether the case becomes restricted by being joined. Raises Conflict where the other would show its words to
    everybody."""
    restricted = restricted_ids(session, [case.id, other.id])
    if case.id in restricted and other.id not in restricted:
        raise Conflict("This case is restricted and the other isn't: join the other one to this one instead.")
    return other.id in restricted and case.id not in restricted


def _refuse_to_end_clocks(session: Session, case: Case, other: Case) -> None:
    """Raises Conflict where the law's clocks of this case would end with it: the other has none of its type, or later
    ones."""
    mine, theirs = session.get(TypedCase, case.id), session.get(TypedCase, other.id)
    if mine is None or (theirs and theirs.type_id == mine.type_id and theirs.received_on <= mine.received_on):
        return
    goes_on = (ClockState.PENDING, ClockState.RUNNING, ClockState.PAUSED)
    found = select(CaseClock.id).where(CaseClock.case_id == case.id, col(CaseClock.state).in_(goes_on))
    if session.exec(found.limit(1)).first() is not None:
        raise Conflict("A clock of the law runs in this case and would end: join that one to this one, or keep both.")


def _messages(session: Session, case_id: int) -> list[Message]:
    return list(session.exec(select(Message).where(Message.case_id == case_id).order_by(col(Message.id))))


def _writers(session: Session, case: Case, other: Case, moved: list[Message]) -> list[str]:
    """Who wrote these mails and isn't the other case's contact; the participants of the case, too."""
    if case.contact_id == other.contact_id:
        own = {message.sender for message in moved}
    else:
        own = set()
    wrote = [
        message.sender
        for message in moved
        if message.direction is Direction.IN and message.sender.startswith("mailto:") and not message.automatic
    ]
    invited = session.exec(select(Participant.uri).where(Participant.case_id == case.id)).all()
    return [uri for uri in dict.fromkeys([*wrote, *invited]) if uri not in own]
