"""What a caseworker types to find a case: words, a reference in any spelling, a number or a mail address."""

import re

from sqlalchemy import column, text, union
from sqlalchemy.sql.selectable import CompoundSelect
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from channels.numbers import e164
from hub.db.dialects import dialect_of
from hub.models import Address, Case, Council
from hub.reference import case_id_of

BIGGEST_ID = 2**63 - 1

_NUMBER = re.compile(r"\+?[\d\s().-]{4,24}", re.ASCII)
_MAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


def found_cases(session: Session, q: str) -> CompoundSelect[tuple[int]]:
    """A subquery of the ids of cases with a message that holds all these words, or whose reference or contact's
    address this is. Each part has an index of its own, so they are united and not OR-ed."""
    sql, values = dialect_of(session).matching_cases(q)
    words = text(sql).bindparams(**values).columns(column("case_id"))
    return union(words, *_named(q), *_of_contacts(session, q))


def _named(q: str) -> list[SelectOfScalar[int]]:
    case_id = case_id_of(q)
    if case_id is None or case_id > BIGGEST_ID:
        return []
    return [select(Case.id).where(Case.id == case_id)]


def _of_contacts(session: Session, q: str) -> list[SelectOfScalar[int]]:
    uris = _uris(session, q.strip())
    if not uris:
        return []
    contacts = select(Address.contact_id).where(col(Address.uri).in_(uris))
    return [select(Case.id).where(col(Case.contact_id).in_(contacts))]


def _uris(session: Session, written: str) -> list[str]:
    """The address URIs that somebody may mean who writes this."""
    if _MAIL_ADDRESS.fullmatch(written):
        return sorted({f"mailto:{written}", f"mailto:{written.lower()}"})
    if _NUMBER.fullmatch(written):
        country = session.exec(select(Council.country)).first() or "GB"
        number = e164(written, country)
        return [f"tel:{number}"] if number else []
    return []
