"""Forgetting who a citizen was, once no case tells of them any more."""

from sqlmodel import Session

from hub.db.dialects import dialect_of

# Who said no to messages must not be written to again: of them the address and the no are kept, and nothing else.
_WRITTEN = (
    "DELETE FROM contact_flags WHERE contact_id = :id",
    "DELETE FROM consents WHERE uri IN (SELECT uri FROM addresses WHERE contact_id = :id AND NOT SAID NO)",
    "DELETE FROM textless WHERE uri IN (SELECT uri FROM addresses WHERE contact_id = :id AND NOT SAID NO)",
    "UPDATE consents SET said = '', message_id = NULL WHERE uri IN (SELECT uri FROM addresses WHERE contact_id = :id)",
    "DELETE FROM addresses WHERE contact_id = :id AND NOT SAID NO",
    "UPDATE contacts SET name = '', language = '' WHERE id = :id",
    "DELETE FROM contacts WHERE id = :id AND NOT EXISTS (SELECT 1 FROM addresses WHERE contact_id = :id)",
)
_SAID_NO = "(opted_out_at IS NOT NULL OR EXISTS (SELECT 1 FROM consents n WHERE n.uri = addresses.uri AND NOT n.given))"
_STATEMENTS = [each.replace("SAID NO", _SAID_NO) for each in _WRITTEN]


def forget_contact(session: Session, contact_id: int) -> None:
    """Nothing changes while there is another case of theirs. Somebody who writes at this very moment makes it fail, to
    be tried again."""
    dialect = dialect_of(session)
    if dialect.fetch(session, "SELECT 1 FROM cases WHERE contact_id = :id LIMIT 1", id=contact_id):
        return
    for statement in _STATEMENTS:
        dialect.run(session, statement, id=contact_id)
