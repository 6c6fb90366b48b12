"""Who gets a copy of a mail: addresses as people type them, and those who belong to the case by an agent's act."""

import re
from collections.abc import Iterable, Sequence
from email.utils import getaddresses

from sqlmodel import Session, col, select

from channels.email.addresses import citizen_address
from hub.errors import Invalid
from hub.models import Address, Participant
from hub.models.base import utcnow

MAX_COPIES = 50
_SEPARATORS = re.compile(r"[;\n]+")


def addresses_in(written: str | Sequence[str], field: str) -> tuple[str, ...]:
    """URIs of "a@b.c, Jane <j@x.y>"; each once. Raises Invalid for the field, naming what is no address."""
    lines = [written] if isinstance(written, str) else list(written)
    lines = [line for each in lines for line in _SEPARATORS.split(each) if line.strip(" ,")]
    found: dict[str, None] = {}
    for line in lines:
        for _, typed in getaddresses([line]):
            address = citizen_address(typed)
            if address is None or "@" not in typed or ":" in line:  # a colon would begin a group of addresses
                wrong = typed if "@" in typed else line.strip()
                raise Invalid("This isn't a mail address.", {field: f"{wrong[:80]} is none."})
            found[str(address)] = None
    if len(found) > MAX_COPIES:
        raise Invalid("Too many addresses.", {field: f"At most {MAX_COPIES}; there are {len(found)}."})
    return tuple(found)


def add_participants(session: Session, case_id: int, agent_id: int, uris: Iterable[str]) -> list[str]:
    """Those of them who are new to the case, in order; the case's own contact is none."""
    wanted = list(dict.fromkeys(uris))
    known = set(session.exec(select(Participant.uri).where(Participant.case_id == case_id)))
    new = [uri for uri in wanted if uri not in known]
    now = utcnow()
    session.add_all(Participant(case_id=case_id, uri=uri, agent_id=agent_id, at=now) for uri in new)
    session.flush()
    return new


def of_contact(session: Session, contact_id: int) -> set[str]:
    """The contact's own address URIs."""
    return set(session.exec(select(Address.uri).where(col(Address.contact_id) == contact_id)))
