"""Words on a contact that rules may look at, such as "vulnerable". They are kept in lower case."""

from sqlmodel import Session

from hub.actions._events import add_event, locked_case
from hub.characters import printable
from hub.errors import Invalid, NotFound
from hub.models import Contact, ContactFlag

LONGEST = 60  # characters


def flag_contact(session: Session, contact_id: int, flag: str, agent_id: int) -> None:
    """Raises NotFound, Invalid. A flag that is there already stays as it is."""
    flag = _checked(flag)
    if session.get(Contact, contact_id) is None:
        raise NotFound("There is no such contact.")
    if session.get(ContactFlag, (contact_id, flag)) is None:
        session.add(ContactFlag(contact_id=contact_id, flag=flag, agent_id=agent_id))


def unflag_contact(session: Session, contact_id: int, flag: str) -> None:
    """Raises NotFound when the contact doesn't bear it."""
    row = session.get(ContactFlag, (contact_id, flag.strip().casefold()))
    if row is None:
        raise NotFound("The contact has no such flag.")
    session.delete(row)


def flag_citizen(session: Session, case_id: int, agent_id: int, flag: str, seq: int | None = None) -> int:
    """On the case's contact, and in the case's record. Returns the seq of its latest event. Raises Invalid."""
    case, flag = locked_case(session, case_id, seq), _checked(flag)
    if session.get(ContactFlag, (case.contact_id, flag)) is not None:
        return case.seq
    flag_contact(session, case.contact_id, flag, agent_id)
    return add_event(session, case, "flagged", agent_id=agent_id, flag=flag)


def unflag_citizen(session: Session, case_id: int, agent_id: int, flag: str, seq: int | None = None) -> int:
    """The opposite; a flag that is gone already stays gone."""
    case, flag = locked_case(session, case_id, seq), _checked(flag)
    if session.get(ContactFlag, (case.contact_id, flag)) is None:
        return case.seq
    unflag_contact(session, case.contact_id, flag)
    return add_event(session, case, "unflagged", agent_id=agent_id, flag=flag)


def _checked(flag: str) -> str:
    flag = printable(" ".join(flag.split())).casefold()
    if not flag or len(flag) > LONGEST:
        raise Invalid("Name the flag.", {"flag": f"One to {LONGEST} characters."})
    return flag
