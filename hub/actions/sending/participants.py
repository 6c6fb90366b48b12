"""Who belongs to a case beside its contact. Only an agent's act adds somebody: a stranger's mail never does."""

from sqlmodel import Session

from hub.actions.events import add_event, locked_case
from hub.actions.sending.recipients import add_participants, addresses_in, of_contact
from hub.errors import Conflict, NotFound
from hub.models import Participant


def add_participant(session: Session, case_id: int, agent_id: int, address: str, seq: int | None = None) -> int:
    """Their answers to the case's mails join it from now on. Raises Invalid, Conflict; returns the event's seq."""
    uris = addresses_in(address, "address")
    case = locked_case(session, case_id, seq)
    own = of_contact(session, case.contact_id)
    added = add_participants(session, case_id, agent_id, [uri for uri in uris if uri not in own])
    if not added:
        raise Conflict("They belong to this case already.")
    return add_event(session, case, "participant_added", agent_id=agent_id, addresses=[_value(uri) for uri in added])


def remove_participant(session: Session, case_id: int, agent_id: int, address: str, seq: int | None = None) -> int:
    """What they wrote stays; what they write next opens a case of its own."""
    case = locked_case(session, case_id, seq)
    uris = addresses_in(address, "address")
    row = session.get(Participant, (case_id, uris[0])) if uris else None
    if row is None:
        raise NotFound("They don't take part in this case.")
    session.delete(row)
    session.flush()
    return add_event(session, case, "participant_removed", agent_id=agent_id, addresses=[_value(row.uri)])


def _value(uri: str) -> str:
    return uri.partition(":")[2]
