"""What a caseworker types to find a case: words, a reference in any spelling, a number or a mail address."""

import re

from sqlalchemy import ColumnElement, text
from sqlmodel import Session, col, select

from channels.numbers import e164
from hub.db.dialects import dialect_of
from hub.models import Case, Council
from hub.models.base import BIGGEST_ID
from hub.reference import case_id_of

_FEW = 500  # cases

_OF_CONTACT = "SELECT id FROM cases WHERE contact_id IN (SELECT contact_id FROM addresses WHERE uri = :search_uri)"

_NUMBER = re.compile(r"\+?[\d\s().-]{4,24}", re.ASCII)
_MAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


def is_found(session: Session, q: str) -> ColumnElement[bool]:
    """A condition on Case: a message of it holds all these words, or its reference or its contact's address is this.
    Each part has an index of its own, so they are united and not OR-ed.

    Few are named by their ids: PostgreSQL takes any word that it doesn't know to be frequent for one that stands in one
    message of two hundred, and would look for it through all cases, the newest first.
    """
    sql, values = dialect_of(session).matching_cases(q)
    parts = [sql]
    case_id = case_id_of(q)
    if case_id is not None and case_id <= BIGGEST_ID:
        parts.append("SELECT id FROM cases WHERE id = :search_id")
        values = {**values, "search_id": case_id}
    if uri := _uri(session, q.strip()):
        parts.append(_OF_CONTACT)
        values = {**values, "search_uri": uri}
    first = text(f"{' UNION ALL '.join(parts)} LIMIT {_FEW + 1}").bindparams(**values)
    ids = [row[0] for row in session.execute(first)]
    return col(Case.id).in_(sorted(set(ids)) if len(ids) <= _FEW else text(" UNION ".join(parts)).bindparams(**values))


def _uri(session: Session, written: str) -> str:
    """The address URI that somebody means who writes this, "" = none. Mail addresses are kept in lower case."""
    if _MAIL_ADDRESS.fullmatch(written):
        return f"mailto:{written.lower()}"
    if _NUMBER.fullmatch(written):
        country = session.exec(select(Council.country)).first() or "GB"
        number = e164(written, country)
        return f"tel:{number}" if number else ""
    return ""
