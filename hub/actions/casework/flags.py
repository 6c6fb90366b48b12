"""Words on a contact that rules may look at, such as "vulnerable". They are kept in lower case."""

from sqlmodel import Session, col, select

from hub.actions.events import add_event, locked_case
from hub.characters import printable
from hub.errors import Invalid, NotFound
from hub.models import Case, Contact, ContactFlag

LONGEST = 60  # characters


def flag_contact(session: Session, contact_id: int, flag: str, agent_id: int) -> None:
    """Said in the record of the contact's latest case. Raises NotFound, Invalid. A flag that is there already stays."""
    flag = _checked(flag)
    if session.get(Contact, contact_id) is None:
        raise NotFound("There is no such contact.")
    if session.get(ContactFlag, (contact_id, flag)) is not None:
        return
    session.add(ContactFlag(contact_id=contact_id, flag=flag, agent_id=agent_id))
    _record(session, contact_id, "flagged", flag, agent_id)


def unflag_contact(session: Session, contact_id: int, flag: str, agent_id: int) -> None:
    """The opposite. Raises NotFound when the contact doesn't bear it."""
    flag = _checked(flag)
    row = session.get(ContactFlag, (contact_id, flag))
    if row is None:
        raise NotFound("The contact has no such flag.")
    session.delete(row)
    _record(session, contact_id, "unflagged", flag, agent_id)


def flag_citizen(session: Session, case_id: int, agent_id: int, flag: str, seq: int | None = None) -> int:
    """On the case's contact, and in the case's record. Returns the seq of its latest event. Raises Invalid."""
    case, flag = locked_case(session, case_id, seq), _checked(flag)
    if session.get(ContactFlag, (case.contact_id, flag)) is not None:
        return case.seq
    session.add(ContactFlag(contact_id=case.contact_id, flag=flag, agent_id=agent_id))
    return add_event(session, case, "flagged", agent_id=agent_id, flag=flag)


def unflag_citizen(session: Session, case_id: int, agent_id: int, flag: str, seq: int | None = None) -> int:
    """The opposite; a flag that is gone already stays gone."""
    case, flag = locked_case(session, case_id, seq), _checked(flag)
    row = session.get(ContactFlag, (case.contact_id, flag))
    if row is None:
        return case.seq
    session.delete(row)
    return add_event(session, case, "unflagged", agent_id=agent_id, flag=flag)


def _record(session: Session, contact_id: int, kind: str, flag: str, agent_id: int) -> None:
    found = select(Case.id).where(Case.contact_id == contact_id).order_by(col(Case.id).desc()).limit(1)
    latest = session.exec(found).first()
    if latest is not None:
        add_event(session, locked_case(session, latest), kind, agent_id=agent_id, flag=flag)


def _checked(flag: str) -> str:
    flag = printable(" ".join(flag.split())).casefold()
    if not flag or len(flag) > LONGEST:
        raise Invalid("Name the flag.", {"flag": f"One to {LONGEST} characters."})
    return flag
