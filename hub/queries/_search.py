"""What a caseworker types to find a case: words, a reference in any spelling, a number or a mail address."""

import re

from sqlalchemy import TextClause, text
from sqlmodel import Session, select

from channels.numbers import e164
from hub.db.dialects import dialect_of
from hub.models import Council
from hub.reference import case_id_of

BIGGEST_ID = 2**63 - 1

_OF_CONTACT = "SELECT id FROM cases WHERE contact_id IN (SELECT contact_id FROM addresses WHERE uri = :search_uri)"

_NUMBER = re.compile(r"\+?[\d\s().-]{4,24}", re.ASCII)
_MAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


def found_cases(session: Session, q: str) -> TextClause:
    """A subquery of the ids of cases with a message that holds all these words, or whose reference or contact's
    address this is. Each part has an index of its own, so they are united and not OR-ed."""
    sql, values = dialect_of(session).matching_cases(q)
    parts = [sql]
    case_id = case_id_of(q)
    if case_id is not None and case_id <= BIGGEST_ID:
        parts.append("SELECT id FROM cases WHERE id = :search_id")
        values = {**values, "search_id": case_id}
    if uri := _uri(session, q.strip()):
        parts.append(_OF_CONTACT)
        values = {**values, "search_uri": uri}
    return text(" UNION ".join(parts)).bindparams(**values)


def _uri(session: Session, written: str) -> str:
    """The address URI that somebody means who writes this, "" = none. Mail addresses are kept in lower case."""
    if _MAIL_ADDRESS.fullmatch(written):
        return f"mailto:{written.lower()}"
    if _NUMBER.fullmatch(written):
        country = session.exec(select(Council.country)).first() or "GB"
        number = e164(written, country)
        return f"tel:{number}" if number else ""
    return ""
